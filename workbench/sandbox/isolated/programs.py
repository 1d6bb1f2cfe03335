"""Predicts whether the system would start a program, because a shell runs one that the system refuses as a script.

Source: execve(2).
"""

from __future__ import annotations

import errno
import os
import platform
import re
import struct
from pathlib import Path

_ELF = b"\x7fELF"
_MACHINES = {"x86_64": 62, "amd64": 62, "aarch64": 183, "arm64": 183}
"""Source: elf.h, EM_X86_64 and EM_AARCH64."""
_HEAD_BYTES = 256
_INSIDE = ("/usr", "/bin", "/sbin", "/lib", "/lib64")


def reason_not_to_start(program: Path) -> int:
    """The errno with which starting this file would fail, 0 for none. Blocking, but short."""
    try:
        head = _head(program)
    except OSError as error:
        return error.errno or errno.EACCES
    if not program.stat().st_mode & 0o001:  # the bit for others: on Lambda, the function's user does not own it
        return errno.EACCES
    if head.startswith(_ELF):
        return 0 if _is_for_this_machine(head) else errno.ENOEXEC
    return _of_script(head) if head.startswith(b"#!") else errno.ENOEXEC


def _head(program: Path) -> bytes:
    with program.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _is_for_this_machine(head: bytes) -> bool:
    if len(head) < 20:
        return False
    order = "<" if head[5:6] == b"\x01" else ">"
    return bool(struct.unpack_from(f"{order}H", head, 18)[0] == _MACHINES.get(platform.machine().lower()))


def _of_script(head: bytes) -> int:
    """The errno for a script. Its interpreter must be a program of the system: besides the code's, a sandbox has no others."""
    line = head[2:].split(b"\n", 1)[0].strip(b" \t")
    interpreter = os.fsdecode(re.split(rb"[ \t]", line, maxsplit=1)[0])  # a \r from Windows is part of the name
    if interpreter.startswith(_INSIDE) and not os.path.exists(interpreter):
        return errno.ENOENT
    return 0 if interpreter.startswith("/") else errno.ENOENT
