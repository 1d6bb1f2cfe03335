"""Starts the runtime of a process sandbox: as a program, or as a fork of the runtime that holds a snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from workbench.sandbox.process.entrypoint import runtime_command, start_failure
from workbench.sandbox.process.fork_server import CONTROL_VARIABLE, ForkServer
from workbench.sandbox.process.place import Place
from workbench.sandbox.process.runtime_process import RuntimeProcess, SpawnedProcess
from workbench.sandbox.process.spawning import Program, spawn


class ProcessPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything needed to start one runtime. `command` is () for an OS-only runtime, whose program is the code's `bootstrap`.

    `holds`: what forks the runtime once that is at its snapshot. `restored_from`: what the runtime is to be forked from.
    """

    command: tuple[str, ...]
    code_folder: str
    place: Place
    environment: Mapping[str, str]
    memory_mb: int
    opt_path: str = ""
    freezes: bool = True
    obeys_modes: bool = False
    holds: ForkServer | None = None
    restored_from: ForkServer | None = None


async def start_runtime(plan: ProcessPlan, output: int) -> RuntimeProcess:
    """Start it; `output` is the descriptor that it writes to. Blocks the loop for about a millisecond, unless it is forked.

    Raises EntrypointInvalid if the code's own bootstrap is missing or cannot be executed, otherwise SandboxError.
    """
    if plan.restored_from is None:
        return _spawned(plan, output)
    process = await plan.restored_from.fork(plan.environment, output)
    await asyncio.to_thread(plan.place.group.adopt, process.pid)
    return process


def _spawned(plan: ProcessPlan, output: int) -> RuntimeProcess:
    holds = plan.holds
    argv = runtime_command(plan.command, plan.code_folder, plan.environment, plan.opt_path)
    own = {} if holds is None else {CONTROL_VARIABLE: str(holds.passed)}
    program = Program(argv=argv, folder=plan.code_folder, environment={**plan.environment, **own},
                      obeys_modes=plan.obeys_modes, passed=() if holds is None else (holds.passed,))
    try:
        process = spawn(program, output, plan.place.group)
    except OSError as error:
        raise start_failure(error, argv[0], plan.code_folder) from error
    if holds is not None:
        holds.started(process.pid, plan.environment)
    return SpawnedProcess(process)
