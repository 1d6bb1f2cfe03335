"""Tells from a file's first bytes whether the kernel can start it as a program, and what it needs for that.

Source: Linux manual, execve(2) and elf(5).
"""

from __future__ import annotations

import struct

import msgspec

from workbench.model.function import Architecture

FIRST_BYTES = 4096
"""How much of a file is read: the program headers and the loader's name are at its beginning."""

_MACHINES: dict[Architecture, tuple[int, ...]] = {"x86_64": (3, 62), "arm64": (40, 183)}
"""ELF's numbers of the processors; each can also run programs of its 32-bit predecessor."""

_ELF, _SCRIPT = b"\x7fELF", b"#!"
_64_BIT, _LITTLE_ENDIAN = 2, 1
_LOADER = 3
_HEADER = struct.Struct("<16x2xH4x8xQ8x4x2xHH")
_SEGMENT = struct.Struct("<I4xQ8x8xQ")


class ProgramFile(msgspec.Struct, frozen=True):
    """`can_run`: the kernel starts files of this format. `interpreter`: a script's, or a program's loader; "" for none."""

    can_run: bool
    interpreter: str = ""


def program_file(first: bytes, architecture: Architecture) -> ProgramFile:
    """Examine the first bytes. What lies beyond them is taken not to be needed: no flaw is claimed without proof."""
    if first.startswith(_SCRIPT):
        words = first[2:].split(b"\n", 1)[0].strip(b" \t").replace(b"\t", b" ").split(b" ")
        return ProgramFile(bool(words[0]), words[0].decode(errors="replace"))
    if not first.startswith(_ELF) or len(first) < _HEADER.size or first[5] != _LITTLE_ENDIAN:
        return ProgramFile(can_run=False)
    machine = int.from_bytes(first[18:20], "little")
    return ProgramFile(machine in _MACHINES[architecture], _loader(first) if first[4] == _64_BIT else "")


def _loader(first: bytes) -> str:
    """The dynamic loader that the program was linked for, "" for a static program or if it is beyond the first bytes."""
    _, headers_at, size, count = _HEADER.unpack_from(first)
    for at in range(headers_at, headers_at + size * count, size or 1):
        if at + _SEGMENT.size > len(first):
            return ""
        kind, begin, length = _SEGMENT.unpack_from(first, at)
        if kind == _LOADER and begin + length <= len(first):
            return first[begin:begin + length].rstrip(b"\0").decode(errors="replace")
    return ""
