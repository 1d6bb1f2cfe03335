"""Which folders a person trusts, by real path; kept in the person's state folder, outside all of them."""

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
"""The number of items agreed to that are remembered per folder, so that going back to an earlier state does not ask again."""


class Said(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The decision on a folder, and the digests of the items agreed to (see `model.trust.Brought`), latest last."""

    standing: Standing = "unknown"
    agreed: tuple[str, ...] = ()


class _Kept(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    folders: Mapping[str, Said] = msgspec.field(default_factory=dict)
    below: tuple[str, ...] = ()


class TrustedFolders:
    """The list of trusted folders. A missing or damaged file trusts nothing.

    Other programs may change the file at any time, and any thread may use this object.
    """

    def __init__(self, directory: Path | None = None) -> None:
        """`directory` is used instead of the person's state folder if given. Raises WorkspaceError if there is none."""
        self._file = StateFile((directory or state_home()) / "trust.json", _Kept)
        self._name = str(self._file.path)
        self._read: tuple[object, _Kept] = (None, _Kept())

    def of(self, root: Path) -> Said:
        """Return the decision on a folder itself. Blocks briefly."""
        return self._kept().folders.get(_key(root), Said())

    def above(self, root: Path) -> str:
        """Return the folder around this one whose whole content is trusted, "" if there is none. Blocks briefly."""
        resolved = Path(_key(root))
        return next((each for each in self._kept().below if resolved.is_relative_to(each)), "")

    def trust(self, root: Path, digests: Iterable[str]) -> None:
        """Trust a folder and the items with these digests. Raises WorkspaceError if that cannot be saved. Blocks."""
        new = tuple(digests)

        def trusted(said: Said) -> Said:
            agreed = dict.fromkeys((*(each for each in said.agreed if each not in new), *new))
            return Said(standing="trusted", agreed=tuple(agreed)[-KEPT_DIGESTS:])

        self._say(root, trusted)

    def decline(self, root: Path) -> None:
        """Note that the person only wants to look at a folder and not to be asked again. Raises WorkspaceError. Blocks."""
        self._say(root, lambda said: msgspec.structs.replace(said, standing="declined"))

    def trust_below(self, folder: Path) -> None:
        """Trust everything inside a folder, now and later. Raises WorkspaceError if that cannot be saved. Blocks."""
        self._change(lambda kept: msgspec.structs.replace(kept, below=tuple(dict.fromkeys((*kept.below, _key(folder))))))

    def withdraw(self, folder: Path) -> bool:
        """Withdraw the trust in a folder and its content; False if it was not trusted. Raises WorkspaceError. Blocks."""
        key, kept = _key(folder), self._kept()
        if key not in kept.folders and key not in kept.below:
            return False
        self._change(lambda now: _Kept(folders={name: said for name, said in now.folders.items() if name != key},
                                       below=tuple(each for each in now.below if each != key)))
        return True

    def all(self) -> tuple[tuple[Path, bool], ...]:
        """Return the trusted folders, each with whether all of its content is trusted. Blocks."""
        kept = self._kept()
        alone = [name for name, said in kept.folders.items() if said.standing == "trusted"]
        return (*((Path(name), True) for name in kept.below), *((Path(name), False) for name in sorted(alone)))

    def state(self) -> object:
        """Return a value that changes when the list does. Blocks briefly."""
        try:
            status = os.lstat(self._name)  # of a text: every invocation asks
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size

    def _say(self, root: Path, change: Callable[[Said], Said]) -> None:
        key = _key(root)
        self._change(lambda kept: msgspec.structs.replace(
            kept, folders={**kept.folders, key: change(kept.folders.get(key, Said()))}))

    def _change(self, change: Callable[[_Kept], _Kept]) -> None:
        """Read, change and write under a lock, so that a change by another program, above all a withdrawal, is not lost."""
        try:
            with exclusive(self._file.path.with_suffix(".lock")):
                self._file.write(change(self._file.read() or _Kept()), readable=True)
        except OSError as error:
            raise WorkspaceError(f"What you trust cannot be saved in {self._file.path.parent}: {error.strerror or error}.",
                                 "Make the folder writable.") from error

    def _kept(self) -> _Kept:
        # Taken before reading: a change between the two is then noticed at the next call.
        state = self.state()
        if state != self._read[0]:
            self._read = (state, self._file.read() or _Kept())
        return self._read[1]


def _key(folder: Path) -> str:
    # The real path: a link that is pointed elsewhere later does not take the trust with it.
    return os.path.realpath(folder)
