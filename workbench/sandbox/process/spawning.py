"""Starts a runtime or an extension with its own session, output pipe and limits, in its environment's control group."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Mapping, Sequence

import msgspec

from workbench.sandbox.process.control_group import ControlGroup
from workbench.sandbox.process.privileges import without_privileges
from workbench.sandbox.process.rlimits import limit_process


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What to start, where, and with which variables. `obeys_modes`: file permissions apply to it, even if we are root.

    `passed` are descriptors that it inherits.
    """

    argv: Sequence[str]
    folder: str
    environment: Mapping[str, str]
    obeys_modes: bool = False
    passed: tuple[int, ...] = ()


def spawn(program: Program, write_end: int, group: ControlGroup) -> subprocess.Popen[bytes]:
    """Start it. Blocks the loop for about a millisecond. Raises OSError, and SandboxError from the group.

    Both output streams go into one pipe, which keeps their order. The session of its own makes the process group for signals.
    """
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW

    def start() -> subprocess.Popen[bytes]:
        # No preexec_fn: with one, Popen cannot use vfork, and a start takes 5 ms.
        return subprocess.Popen(
            program.argv, cwd=program.folder, env=dict(program.environment), stdin=subprocess.DEVNULL,
            stdout=write_end, stderr=write_end, start_new_session=True, creationflags=flags, pass_fds=program.passed,
        )

    with without_privileges() if program.obeys_modes else contextlib.nullcontext():
        process = group.spawn(start)
    limit_process(process.pid)
    return process
