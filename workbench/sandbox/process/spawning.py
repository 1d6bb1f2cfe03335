"""How a runtime or an extension is started: a session, an output pipe and limits of its own, within its environment's group."""

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
    """What to start, where, and with which variables; `obeys_modes`: permissions of files count, also for root."""

    argv: Sequence[str]
    folder: str
    environment: Mapping[str, str]
    obeys_modes: bool = False


def spawn(program: Program, write_end: int, group: ControlGroup) -> subprocess.Popen[bytes]:
    """Start it; about a millisecond, in which the loop stands still. Raises OSError, and SandboxError of the group.

    Both output streams into one pipe keeps their order; a session of its own makes the group that signals reach.
    """
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            program.argv, cwd=program.folder, env=dict(program.environment), stdin=subprocess.DEVNULL,
            stdout=write_end, stderr=write_end, start_new_session=True, creationflags=flags,
        )

    with without_privileges() if program.obeys_modes else contextlib.nullcontext():
        process = group.spawn(start)
    limit_process(process.pid)
    return process
