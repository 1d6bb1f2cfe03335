"""Writes files that are whole before they get their name, so that no reader, crash or full disk ever leaves half of one.

On Linux a file has no name until then (O_TMPFILE): nothing is left of it when its writer is killed meanwhile. Elsewhere, and on
file systems that cannot do this, it has a hidden name beside its place.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

Content = bytes | BinaryIO
"""What is written: bytes, or all of a file that can be read from its beginning."""
Prepare = Callable[[int | str], object]
"""Gets the file, as its descriptor or its path, before it has its name: to set its mode, say."""
NAMELESS = getattr(os, "O_TMPFILE", 0)
"""0 where there is none."""
_PIECE_BYTES = 1 << 20


def write_whole(
    target: Path, content: Content, *, durable: bool = True, is_new: bool = False, prepare: Prepare = lambda _: None
) -> None:
    """Write a file of mode 0600 and give it its name, in place of whatever has that. Raises OSError. Blocks.

    `durable`: it is synced to the disk first; otherwise a crash of the machine could leave the name with an empty file.
    `is_new`: nothing may have the name; raises FileExistsError.
    """
    if not NAMELESS or not _from_nothing(target, content, durable, is_new, prepare):
        _from_a_draft(target, content, durable, is_new, prepare)


def _from_nothing(target: Path, content: Content, durable: bool, is_new: bool, prepare: Prepare) -> bool:
    """False if the file system has no files without a name, or gives them none."""
    try:
        descriptor = os.open(target.parent, os.O_WRONLY | os.O_CLOEXEC | NAMELESS, 0o600)
    except OSError:  # whatever it is, a draft finds it too
        return False
    name = target if is_new else _hidden(target)
    with open(descriptor, "wb") as file:
        _fill(file, content, durable)
        prepare(descriptor)
        try:  # with a folder, which an absolute path ignores, because only then Python has links followed (linkat(2))
            os.link(f"/proc/self/fd/{descriptor}", name, src_dir_fd=descriptor)
        except FileExistsError:
            raise
        except OSError:
            return False
    if not is_new:
        _rename(name, target)
    return True


def _from_a_draft(target: Path, content: Content, durable: bool, is_new: bool, prepare: Prepare) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    draft = Path(name)
    try:
        with open(descriptor, "wb") as file:
            _fill(file, content, durable)
        prepare(name)
        if is_new:
            _link(draft, target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    if is_new:
        draft.unlink(missing_ok=True)
    else:
        _rename(draft, target)


def _fill(file: BinaryIO, content: Content, durable: bool) -> None:
    if isinstance(content, bytes):
        file.write(content)
    else:
        content.seek(0)
        shutil.copyfileobj(content, file, _PIECE_BYTES)
    file.flush()
    if durable:
        os.fsync(file.fileno())


def _link(draft: Path, target: Path) -> None:
    """Give the draft its final name. Raises FileExistsError if something has that."""
    try:  # a link, because a rename would replace an existing file
        os.link(draft, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with target.open("xb") as file:
            file.write(draft.read_bytes())


def _rename(draft: Path, target: Path) -> None:
    try:
        os.replace(draft, target)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def _hidden(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
