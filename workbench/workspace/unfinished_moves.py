"""Folders that move together with a change of the template: both happen or neither, also if the program is killed in between.

What is about to move is noted in the person's state folder first, and no longer once the template is saved. Whoever opens the
workspace next and finds the note puts back what moved without the template.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.storage.digests import sha256_hex
from workbench.storage.exclusive import exclusive
from workbench.storage.state_file import StateFile
from workbench.workspace.state_directory import MOVES, state_directory

if TYPE_CHECKING:
    from workbench.workspace.history import History
    from workbench.workspace.template import Template


class _Note(msgspec.Struct, frozen=True, kw_only=True):
    """`before` is the digest of the template as it was; `moves` are old and new paths."""

    template: str
    before: str
    moves: list[tuple[str, str]]


@contextmanager
def noted(root: Path, template: Template, moves: Sequence[tuple[Path, Path]]) -> Iterator[None]:
    """Within it, move the folders and then save the template, which is given as it is now. Blocks."""
    if not moves:
        yield
        return
    file = StateFile(state_directory(root) / MOVES, _Note)
    with exclusive(_lock(file)):
        with suppress(OSError):  # a full disk: without the note, a kill may leave the folder under its new name
            file.write(_Note(template=str(template.path), before=_digest(template.path),
                             moves=[(str(old), str(new)) for old, new in moves]))
        try:
            yield
        finally:
            file.remove()


def settle(folder: Path, history: History) -> None:
    """Put back what a killed program moved without saving the template, as the note in the state folder says.

    Blocks while another one is at it.
    """
    file = StateFile(folder / MOVES, _Note)
    with suppress(OSError), exclusive(_lock(file)):
        note = file.read()
        if note is None:  # another program was at it, and is done
            return
        is_saved = _digest(Path(note.template)) != note.before
        for old, new in ((Path(old), Path(new)) for old, new in note.moves):
            if is_saved:
                history.follow(old, new)
            elif new.is_dir() and not old.exists():
                new.rename(old)
        file.remove()


def _lock(file: StateFile[_Note]) -> Path:
    return file.path.with_suffix(".lock")


def _digest(path: Path) -> str:
    try:
        return sha256_hex(path.read_bytes())
    except OSError:
        return ""
