"""Makes an empty ext4 file system for /tmp, as bytes: writable by everybody, with exactly the wanted space.

e2fsprogs makes it once per size. Its non-empty parts take some hundred KB, whatever its size, so every further one takes only a
millisecond. Source: ext4's documentation, "Super Block". Lambda's own /tmp is also an ext4 of its size.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import tempfile
from functools import cache
from typing import IO

import msgspec

_BLOCK_BYTES = 4096
_BLOCKS_PER_MB = 2**20 // _BLOCK_BYTES
_OWN_SHARE = 256 / 16384 + 2 / 32768
"""The share of blocks it needs itself: 256 bytes of inode per 16 KB, two bitmap blocks per group. Source: mke2fs.conf(5)."""

_BOOKKEEPING_BLOCKS = 64
"""Blocks for directories and other metadata of a function's files, which must not reduce the space for its data."""

_MOST_TRIES = 6
_SUPERBLOCK_AT, _FREE_BLOCKS_AT = 1024, 12
_RESERVED_SHARE, _MOST_RESERVED = 50, 4096
"""Blocks reserved by the kernel for itself: 2 %, at most 4,096. Source: Linux, fs/ext4/super.c, ext4_calculate_resv_clusters."""

_FEATURES = "^has_journal,^resize_inode"
"""Neither a journal nor room to grow, which take space. Inode tables are left as holes (lazy_itable_init): the image is small."""

# With debugfs, because a mount takes root: removes lost+found, as a /tmp is empty at first, and sets the mode of a /tmp.
_FOR_EVERYBODY = "rmdir lost+found\nset_inode_field / mode 041777\n"
_LIMIT_S = 20
_ADMINISTRATORS_FOLDERS = ("/usr/sbin", "/sbin")


class FileSystemImage(msgspec.Struct, frozen=True):
    """The non-empty parts as (offset, data), and the length of the whole."""

    parts: tuple[tuple[int, bytes], ...]
    size_bytes: int

    def write(self, file: IO[bytes]) -> None:
        """Write it to an empty file, which stays sparse. Raises OSError."""
        os.ftruncate(file.fileno(), self.size_bytes)
        for place, part in self.parts:
            os.pwrite(file.fileno(), part, place)


def can_make() -> bool:
    """Whether e2fsprogs is on this machine."""
    return bool(_program("mkfs.ext4") and _program("debugfs"))


@cache
def empty_file_system(storage_mb: int) -> FileSystemImage:
    """A file system with `storage_mb` free. Blocking, some 50 ms for the first of a size. Raises OSError, SubprocessError."""
    wanted = storage_mb * _BLOCKS_PER_MB + _BOOKKEEPING_BLOCKS
    blocks = _first_guess(wanted)
    with tempfile.TemporaryFile() as file:  # without a name, so that nothing of it stays if the engine is killed meanwhile
        for _ in range(_MOST_TRIES):
            missing = wanted - _made(file.fileno(), blocks)
            if missing == 0:
                break
            blocks += missing
        return _read(file.fileno())


def _first_guess(wanted: int) -> int:
    """An estimate of the total blocks, close enough that two or three tries suffice."""
    return int(min(wanted / (1 - _OWN_SHARE - 1 / _RESERVED_SHARE), (wanted + _MOST_RESERVED) / (1 - _OWN_SHARE)))


def _made(descriptor: int, blocks: int) -> int:
    """Make one with this many blocks; returns how many of them a function can write."""
    for size_bytes in (0, blocks * _BLOCK_BYTES):
        os.ftruncate(descriptor, size_bytes)
    path = f"/proc/self/fd/{descriptor}"
    _run(descriptor, ["mkfs.ext4", "-q", "-F", "-m", "0", "-b", str(_BLOCK_BYTES), "-O", _FEATURES,
                      "-E", "lazy_itable_init=1,nodiscard", path, str(blocks)])
    _run(descriptor, ["debugfs", "-w", "-f", "-", path], _FOR_EVERYBODY)
    free = struct.unpack("<I", os.pread(descriptor, 4, _SUPERBLOCK_AT + _FREE_BLOCKS_AT))[0]
    return int(free) - min(blocks // _RESERVED_SHARE, _MOST_RESERVED)


def _read(descriptor: int) -> FileSystemImage:
    parts, place = [], _next_data(descriptor, 0)
    while place is not None:
        end = os.lseek(descriptor, place, os.SEEK_HOLE)
        parts.append((place, os.pread(descriptor, end - place, place)))
        place = _next_data(descriptor, end)
    return FileSystemImage(tuple(parts), os.fstat(descriptor).st_size)


def _next_data(descriptor: int, place: int) -> int | None:
    try:
        return os.lseek(descriptor, place, os.SEEK_DATA)
    except OSError:  # only a hole from here to the end
        return None


def _run(descriptor: int, command: list[str], text: str = "") -> None:
    command[0] = _program(command[0]) or command[0]
    subprocess.run(command, input=text, text=True, check=True, capture_output=True, timeout=_LIMIT_S, pass_fds=[descriptor])


def _program(name: str) -> str | None:
    """The path of a program, None if it is missing. An ordinary PATH often lacks the administrator's folders."""
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(_ADMINISTRATORS_FOLDERS))
