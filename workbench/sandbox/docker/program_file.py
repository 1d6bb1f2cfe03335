"""What the first bytes of a file say of it as a program: whether the kernel starts it, and what it needs for that.

Source: Linux manual, execve(2) and elf(5).
"""

from __future__ import annotations

import struct

import msgspec

from workbench.model.function import Architecture

FIRST_BYTES = 4096
"""How much of a file is looked at: the program headers and the loader's name are at its beginning."""

_MACHINES: dict[Architecture, tuple[int, ...]] = {"x86_64": (3, 62), "arm64": (40, 183)}
"""What ELF calls the processors; each can run programs of its predecessor too."""

_ELF, _SCRIPT = b"\x7fELF", b"#!"
_64_BIT, _LITTLE_ENDIAN = 2, 1
_LOADER = 3
_HEADER = struct.Struct("<16x2xH4x8xQ8x4x2xHH")
_SEGMENT = struct.Struct("<I4xQ8x8xQ")


class ProgramFile(msgspec.Struct, frozen=True):
    """`can_run`: it has a form that the kernel starts. `interpreter`: what it needs, of a script or a loader; "" for nothing."""

    can_run: bool
    interpreter: str = ""


def program_file(first: bytes, architecture: Architecture) -> ProgramFile:
    """What they say; where they do not reach far enough, nothing is needed."""
    if first.startswith(_SCRIPT):
        words = first[2:].split(b"\n", 1)[0].strip(b" \t").replace(b"\t", b" ").split(b" ")
        return ProgramFile(bool(words[0]), words[0].decode(errors="replace"))
    if not first.startswith(_ELF) or len(first) < _HEADER.size or first[5] != _LITTLE_ENDIAN:
        return ProgramFile(can_run=False)
    machine = int.from_bytes(first[18:20], "little")
    return ProgramFile(machine in _MACHINES[architecture], _loader(first) if first[4] == _64_BIT else "")


def _loader(first: bytes) -> str:
    """The dynamic loader that the program was linked for."""
    _, headers_at, size, count = _HEADER.unpack_from(first)
    for at in range(headers_at, headers_at + size * count, size or 1):
        if at + _SEGMENT.size > len(first):
            return ""
        kind, begin, length = _SEGMENT.unpack_from(first, at)
        if kind == _LOADER and begin + length <= len(first):
            return first[begin:begin + length].rstrip(b"\0").decode(errors="replace")
    return ""
