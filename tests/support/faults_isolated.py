"""Faults that happen to what an isolated environment is made of: its namespaces, what holds them, its way outside."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from tests.support.faults import FaultRun, Kind, Target
from tests.support.faults_leftovers import helpers_of
from tests.support.faults_victims import Victim, first_process, kill
from tests.support.faults_workspace import FUNCTIONS
from workbench.state.invocation import Invocation

_TOOLS = ("slirp4netns", "pasta", "pasta.avx2", "passt", "passt.avx2")
_NOTICED = ("Runtime.ExitError", "Sandbox.Failure", "Extension.Crash")


def isolated_kinds(run: FaultRun) -> dict[str, Kind]:
    """Those that can be had: none without such environments."""
    if "isolated" not in run.kinds:
        return {}
    return {
        "namespaces killed at rest": Kind(_namespaces_killed, 1.5),
        "namespaces killed at work": Kind(_namespaces_killed_at_work, 1.5),
        "holder killed at rest": Kind(_holder_killed, 1.5),
        "way outside killed at rest": Kind(_way_outside_killed, 1.5),
    }


def _target(run: FaultRun) -> Target:
    return Target(run.random.choice(FUNCTIONS), "isolated")


def _first_processes(run: FaultRun, target: Target) -> list[Victim]:
    """Of each of its environments, with which the kernel ends all others."""
    found = {first_process(each.pid) for each in run.victims(target)}
    assert found
    return [Victim(pid, target.function, target.sandbox, "") for pid in found]


async def _namespaces_killed(run: FaultRun) -> Target:
    target = _target(run)
    await run.invoke(target)
    await kill(_first_processes(run, target))
    await _may_notice(run, target)
    return target


async def _namespaces_killed_at_work(run: FaultRun) -> Target:
    target = _target(run)
    call = run.call(target, do="sleep", s=30)
    await run.began(call)
    await kill(_first_processes(run, target))
    assert _error_type(await call) in _NOTICED
    return target


async def _holder_killed(run: FaultRun) -> Target:
    """What holds network and /tmp of each environment. Its /tmp is lost with it, no invocation is."""
    target = _target(run)
    await run.invoke(target)
    for pid in helpers_of(run.engine_pid, ("bwrap",)):
        if b"@ready" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    await _may_notice(run, target)
    return target


async def _way_outside_killed(run: FaultRun) -> Target:
    target = _target(run)
    await run.invoke(target)
    for pid in helpers_of(run.engine_pid, _TOOLS):
        os.kill(pid, signal.SIGKILL)
    await _may_notice(run, target)
    return target


async def _may_notice(run: FaultRun, target: Target) -> None:
    """The next invocation may be the one that finds it; the one after it is right."""
    invocation = await run.invoke(target)
    if invocation.function_error:
        assert _error_type(invocation) in _NOTICED, invocation.document()


def _error_type(invocation: Invocation) -> str:
    assert invocation.function_error == "Unhandled", invocation.document()
    return str(json.loads(invocation.payload)["errorType"])
