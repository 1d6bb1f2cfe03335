"""Which folders a person trusts, kept for the person alone and outside of any of them, by their real paths."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from workbench.model.failures import WorkspaceError
from workbench.model.trust import Standing
from workbench.storage.exclusive import exclusive
from workbench.storage.state_file import StateFile
from workbench.storage.state_home import state_home

KEPT_DIGESTS = 500
"""So many things that were agreed to are remembered of a folder: going back to an earlier state of it asks nothing."""


class Said(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was said of a folder, and of what it brings (digests, see `model.trust.Brought`); the latest are the last."""

    standing: Standing = "unknown"
    agreed: tuple[str, ...] = ()


class _Kept(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    folders: Mapping[str, Said] = msgspec.field(default_factory=dict)
    below: tuple[str, ...] = ()


class TrustedFolders:
    """The list. One that is missing or damaged trusts nothing; another program may change it at any time. For any thread."""

    def __init__(self, directory: Path | None = None) -> None:
        """`directory` replaces the person's state folder. Raises WorkspaceError when there is no place for that."""
        self._file = StateFile((directory or state_home()) / "trust.json", _Kept)
        self._read: tuple[object, _Kept] = (None, _Kept())

    def of(self, root: Path) -> Said:
        """What was said of a folder itself. Blocks briefly."""
        return self._kept().folders.get(_key(root), Said())

    def above(self, root: Path) -> str:
        """The folder whose whole content is trusted and in which this one lies, "" for none. Blocks briefly."""
        resolved = Path(_key(root))
        return next((each for each in self._kept().below if resolved.is_relative_to(each)), "")

    def trust(self, root: Path, digests: Iterable[str]) -> None:
        """Trust a folder and what it brings now. Raises WorkspaceError when that cannot be kept. Blocks."""
        new = tuple(digests)

        def trusted(said: Said) -> Said:
            agreed = dict.fromkeys((*(each for each in said.agreed if each not in new), *new))
            return Said(standing="trusted", agreed=tuple(agreed)[-KEPT_DIGESTS:])

        self._say(root, trusted)

    def decline(self, root: Path) -> None:
        """One wants to look at it, and not to be asked each time. Raises WorkspaceError. Blocks."""
        self._say(root, lambda said: msgspec.structs.replace(said, standing="declined"))

    def trust_below(self, folder: Path) -> None:
        """Trust all that lies in a folder, now and later. Raises WorkspaceError. Blocks."""
        self._change(lambda kept: msgspec.structs.replace(kept, below=tuple(dict.fromkeys((*kept.below, _key(folder))))))

    def withdraw(self, folder: Path) -> bool:
        """Trust it no more, nor what is in it; False when it was not trusted. Raises WorkspaceError. Blocks."""
        key, kept = _key(folder), self._kept()
        if key not in kept.folders and key not in kept.below:
            return False
        self._change(lambda now: _Kept(folders={name: said for name, said in now.folders.items() if name != key},
                                       below=tuple(each for each in now.below if each != key)))
        return True

    def all(self) -> tuple[tuple[Path, bool], ...]:
        """The trusted folders, and whether all that lies in each is. Blocks."""
        kept = self._kept()
        alone = [name for name, said in kept.folders.items() if said.standing == "trusted"]
        return (*((Path(name), True) for name in kept.below), *((Path(name), False) for name in sorted(alone)))

    def state(self) -> object:
        """Another value when the list was changed. Blocks briefly."""
        try:
            status = self._file.path.lstat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size

    def _say(self, root: Path, change: Callable[[Said], Said]) -> None:
        key = _key(root)
        self._change(lambda kept: msgspec.structs.replace(
            kept, folders={**kept.folders, key: change(kept.folders.get(key, Said()))}))

    def _change(self, change: Callable[[_Kept], _Kept]) -> None:
        """What another program says meanwhile, a withdrawal above all, is not lost."""
        try:
            with exclusive(self._file.path.with_suffix(".lock")):
                self._file.write(change(self._file.read() or _Kept()), readable=True)
        except OSError as error:
            raise WorkspaceError(f"What you trust cannot be kept in {self._file.path.parent}: {error.strerror or error}.",
                                 "Make it writable.") from error

    def _kept(self) -> _Kept:
        state = self.state()
        if state != self._read[0]:
            self._read = (state, self._file.read() or _Kept())
        return self._read[1]


def _key(folder: Path) -> str:
    return os.path.realpath(folder)
