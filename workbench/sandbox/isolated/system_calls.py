"""The system calls that a function may make: an allow-list; all others fail with EPERM.

It follows Docker's default profile, https://github.com/moby/profiles at seccomp/v0.2.3 (6 May 2026), as it applies to a container
without capabilities on x86_64 and aarch64; the names are in `resources/system_calls.json`. As there, `clone` cannot make
namespaces, and `clone3`, whose flags a filter cannot read, fails with ENOSYS, so that C libraries fall back to `clone`. There are
two differences:

- 32-bit programs are killed at their first call. Amazon Linux 2023 has no libraries for them, and in that mode the profile's
  rules for sockets can be bypassed. Source: AL2023 user guide, "32-bit x86 (i686) packages".
- Calls that are newer than the profile fail with ENOSYS, as on an older kernel, and not with EPERM, on which C libraries do not
  fall back.

`pyseccomp` (MIT; a binding in a single file without dependencies, finished rather than maintained: 0.1.2 is from 2021) uses the
libseccomp of this machine, which every system with systemd, Docker or Flatpak has.
"""

from __future__ import annotations

import errno
import functools
import os
import platform
import struct
import tempfile
from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.resource_files import resource_path
from workbench.sandbox.isolated.pipes import memory_file
from workbench.storage.decoding import decoder_of

_LOAD_NUMBER = struct.pack("=HBBI", 0x20, 0, 0, 0)
_SKIP_UNLESS_ABOVE = struct.Struct("=HBBI")
_ANSWER_ENOSYS = struct.pack("=HBBI", 0x06, 0, 0, 0x00050000 | errno.ENOSYS)
"""Instructions of the kernel's packet filter. Source: linux/bpf_common.h, linux/seccomp.h."""


class _Test(msgspec.Struct, frozen=True):
    """Allows a call depending on one of its arguments."""

    name: str
    argument: int
    test: str
    value: int


class _Profile(msgspec.Struct, frozen=True):
    """The content of `resources/system_calls.json`."""

    newest: int
    allow: tuple[str, ...]
    allow_on: Mapping[str, tuple[str, ...]]
    allow_if: tuple[_Test, ...]
    missing: tuple[str, ...]
    numbers: Mapping[str, int]


class SystemCallFilter(msgspec.Struct, frozen=True):
    """The program for the kernel. If it is b"", none can be made: `not_enforced` says so and `cure` what to do about it."""

    program: bytes = b""
    not_enforced: str = ""
    cure: str = ""

    def descriptor(self) -> int | None:
        """A new file with the program for `bwrap --seccomp`, which the caller closes; None without a program."""
        if not self.program:
            return None
        return memory_file("system-calls", self.program)


@functools.cache
def system_call_filter() -> SystemCallFilter:
    """The filter for this machine, built once. Blocking, some 50 ms."""
    profile = decoder_of(_Profile).decode(resource_path("system_calls.json").read_bytes())
    machine = platform.machine()
    if machine not in profile.allow_on:
        return SystemCallFilter(not_enforced=f"{_unfiltered()}: there is no list of them for {machine}.")
    try:
        import pyseccomp

        return SystemCallFilter(_younger_than(profile.newest) + _built(profile, machine, pyseccomp))
    except (ImportError, RuntimeError, AttributeError, OSError) as error:
        reason = "pyseccomp" if isinstance(error, ImportError) else "libseccomp"
        return SystemCallFilter(
            not_enforced=f"{_unfiltered()}: {reason} is not there or too old.",
            cure="Install lambda-workbench anew with pip." if reason == "pyseccomp"
            else "Install libseccomp (on Debian and Ubuntu: apt install libseccomp2).")


def _unfiltered() -> str:
    """What is missing without a filter. For root, only the filter prevents user namespaces; for others, bwrap does as well."""
    return "System calls are not filtered" + (", and user namespaces can be made" if os.geteuid() == 0 else "")


def _younger_than(newest: int) -> bytes:
    """The first instructions: calls that did not exist when the profile was made fail with ENOSYS."""
    return _LOAD_NUMBER + _SKIP_UNLESS_ABOVE.pack(0x25, 0, 1, newest) + _ANSWER_ENOSYS


def _built(profile: _Profile, machine: str, seccomp: Any) -> bytes:
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    rules.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
    numbers = {name: _number(name, profile, seccomp) for name in (
        *profile.allow, *profile.allow_on[machine], *profile.missing, *(each.name for each in profile.allow_if))}
    for name in (*profile.allow, *profile.allow_on[machine]):
        if numbers[name] >= 0:
            rules.add_rule(seccomp.ALLOW, numbers[name])
    for each in profile.allow_if:
        rules.add_rule(seccomp.ALLOW, numbers[each.name], _comparison(each, seccomp))
    for name in profile.missing:
        rules.add_rule(seccomp.ERRNO(errno.ENOSYS), numbers[name])
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _number(name: str, profile: _Profile, seccomp: Any) -> int:
    """The number of a call, negative if this architecture does not have it. The profile knows calls that libseccomp may not."""
    known: int = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
    return profile.numbers.get(name, known) if known == -1 else known


def _comparison(test: _Test, seccomp: Any) -> Any:
    if test.test == "none of":
        return seccomp.Arg(test.argument, seccomp.MASKED_EQ, test.value, 0)
    return seccomp.Arg(test.argument, {"<": seccomp.LT, "==": seccomp.EQ}[test.test], test.value)
