"""The kinds of faults. Each happens to a target and returns it, so that its next invocation can be looked at."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import suppress

from tests.support.faults import FaultRun, Kind, Target
from tests.support.faults_isolated import isolated_kinds
from tests.support.faults_prepared import prepared_kinds
from tests.support.faults_victims import Victim, containers, kill, labels_of, remove_container
from tests.support.faults_workspace import EXTENSION, FUNCTIONS, GUARDED
from workbench.model.failures import WorkbenchError
from workbench.state.invocation import Invocation

_STARTS_WITHIN_S = {"process": 0.05, "isolated": 0.1, "docker": 0.4}
LINES, LINE_BYTES = 100_000, 50_000_000
TOLD_BYTES = 15_000_000
"""Of so large a log both ends are told; what was in the middle is counted."""
BOMB = {"process": 50, "isolated": 1_100, "docker": 1_100}
"""Processes: a container may have 1,024; a plain process is in no such cage, so there it is a small one."""
TMP_MB = {"process": 8, "isolated": 600, "docker": 600}
"""A /tmp of its own has 512 MB and is then full; a process writes on this machine's disk, so there it stays within bounds."""


def kinds_for(run: FaultRun) -> dict[str, Kind]:
    """All kinds that can be had."""
    kinds = {
        "runtime killed at rest": Kind(_killed_at_rest, 3),
        "runtime killed at work": Kind(_killed_at_work, 3),
        "runtime killed while it starts": Kind(_killed_in_init, 2),
        "runtime ends itself": Kind(_ends_itself, 3),
        "extension killed at rest": Kind(_extension_killed_at_rest, 2),
        "extension killed at work": Kind(_extension_killed_at_work, 2),
        "everything killed": Kind(_everything_killed, 1),
        "engine killed at rest": Kind(_engine_killed, 0.5),
        "engine killed at work": Kind(_engine_killed_at_work, 0.5),
        "/tmp full": Kind(_tmp_full, 1),
        "fork bomb": Kind(_fork_bomb, 0.4),
        "process runs away": Kind(_runs_away, 1),
        "memory eaten": Kind(_memory_eaten, 0.5),
        "100,000 lines": Kind(_burst_of_lines, 0.15),
        "line of 50 MB": Kind(_long_line, 0.25),
        "stdout closed": Kind(_stdout_closed, 2),
        "invocation cancelled": Kind(_cancelled, 1),
    }
    if "docker" in run.kinds:
        kinds |= {
            "container removed at rest": Kind(_container_removed, 1.5),
            "container removed at work": Kind(_container_removed_at_work, 1.5),
            "pause container removed at rest": Kind(_pause_container_removed, 1.5),
            "pause container removed at work": Kind(_pause_container_removed_at_work, 1.5),
        }
    return kinds | isolated_kinds(run) | prepared_kinds(run)


def _error(invocation: Invocation, *expected: str) -> None:
    assert invocation.function_error == "Unhandled", invocation.document()
    assert json.loads(invocation.payload)["errorType"] in expected, invocation.document()


def _runtimes(run: FaultRun, target: Target) -> list[Victim]:
    return [each for each in run.victims(target) if each.is_runtime]


async def _killed(run: FaultRun, chosen: list[Victim]) -> None:
    """Killed at rest. Whom that reaches in an invocation only fails that one, and no other."""
    await _met_by(run, await kill(chosen))


async def _met_by(run: FaultRun, dying: list[Victim]) -> None:
    for target in {Target(victim.function, victim.sandbox) for victim in dying}:
        invocation = await run.invoke(target)
        if invocation.function_error:
            _error(invocation, "Runtime.ExitError", "Sandbox.Failure", "Extension.Crash")


async def _killed_at_rest(run: FaultRun) -> Target:
    target = run.target()
    await run.invoke(target)
    await _killed(run, _runtimes(run, target))
    return target


async def _killed_at_work(run: FaultRun) -> Target:
    target = run.target()
    call = run.call(target, do="sleep", s=30)
    await run.began(call)
    await asyncio.sleep(run.random.random() * 0.01)
    await kill(_runtimes(run, target))
    _error(await call, "Runtime.ExitError")
    return target


async def _killed_in_init(run: FaultRun) -> Target:
    """At some moment of a cold start; the invocation may still get through, when that moment was late."""
    target = run.target()
    await run.retire()
    call = run.call(target)
    await asyncio.sleep(run.random.random() * _STARTS_WITHIN_S[target.sandbox])
    dying = await kill(_runtimes(run, target))
    invocation = await call
    if invocation.function_error:
        _error(invocation, "Runtime.ExitError", "Sandbox.Failure")
    await _met_by(run, dying)
    return target


async def _ends_itself(run: FaultRun) -> Target:
    target = run.target()
    event = run.random.choice([
        {"do": "leave", "code": 0}, {"do": "leave", "code": 3}, {"do": "kill", "signal": int(signal.SIGKILL)},
        {"do": "kill", "signal": int(signal.SIGSEGV)}, {"do": "kill", "signal": int(signal.SIGABRT)},
    ])
    _error(await run.invoke(target, **event), "Runtime.ExitError")
    return target


def _guarded(run: FaultRun) -> Target:
    return Target(GUARDED, run.random.choice(run.kinds))


async def _extension_killed_at_rest(run: FaultRun) -> Target:
    target = _guarded(run)
    await run.invoke(target)
    await _killed(run, [each for each in run.victims(target) if each.is_extension])
    return target


async def _extension_killed_at_work(run: FaultRun) -> Target:
    target = _guarded(run)
    call = run.call(target, do="sleep", s=3)
    await run.began(call)
    chosen = [each for each in run.victims(target) if each.is_extension]
    await kill(chosen)
    invocation = await call
    if chosen:
        _error(invocation, "Extension.Crash")
    else:
        assert target.sandbox == "docker", f"{EXTENSION} was not found"
    return target


async def _everything_killed(run: FaultRun) -> Target:
    target = run.target()
    await run.invoke(target)
    await _killed(run, [each for function in FUNCTIONS for kind in run.kinds for each in run.victims(Target(function, kind))])
    return target


async def _engine_killed(run: FaultRun) -> Target:
    await run.invoke(run.target())
    await run.audit()
    await run.kill_engine()
    return run.target()


async def _engine_killed_at_work(run: FaultRun) -> Target:
    target = run.target()
    call = run.call(target, do="sleep", s=30)
    await run.began(call)
    await run.audit()
    await run.kill_engine()
    with suppress(WorkbenchError):
        await call
    return target


async def _container_removed(run: FaultRun) -> Target:
    target = Target(run.random.choice(FUNCTIONS), "docker")
    await run.invoke(target)
    await asyncio.to_thread(_remove_any, run)
    return target


async def _container_removed_at_work(run: FaultRun) -> Target:
    """One of the containers of the run, not always that of the call."""
    target = Target(run.random.choice(FUNCTIONS), "docker")
    call = run.call(target, do="sleep", s=2)
    await run.began(call)
    await asyncio.to_thread(_remove_any, run)
    invocation = await call
    if invocation.function_error:
        _error(invocation, "Runtime.ExitError", "Sandbox.Failure", "Extension.Crash")
    return target


async def _pause_container_removed(run: FaultRun) -> Target:
    """What holds a network and /tmp, of an environment or for the next one. Its /tmp may be lost, no invocation is."""
    target = Target(run.random.choice(FUNCTIONS), "docker")
    await run.invoke(target)
    await asyncio.to_thread(_remove_any, run, "workbench.holder")
    invocation = await run.invoke(target)
    if invocation.function_error:
        # Who joined the network of a container that is gone has none any more.
        _error(invocation, "Runtime.ExitError", "Sandbox.Failure", "Extension.Crash")
    return target


async def _pause_container_removed_at_work(run: FaultRun) -> Target:
    target = Target(run.random.choice(FUNCTIONS), "docker")
    call = run.call(target, do="sleep", s=2)
    await run.began(call)
    await asyncio.to_thread(_remove_any, run, "workbench.holder")
    invocation = await call
    if invocation.function_error:
        _error(invocation, "Runtime.ExitError", "Sandbox.Failure", "Extension.Crash")
    return target


def _remove_any(run: FaultRun, label: str = "workbench.environment") -> None:
    there = [each for each in containers(run.engine_ids) if label in labels_of(each)]
    if there:
        remove_container(run.random.choice(there))


async def _tmp_full(run: FaultRun) -> Target:
    target = run.target()
    invocation = await run.invoke(target, do="fill_tmp", mb=TMP_MB[target.sandbox])
    assert invocation.status == "success" or invocation.out_of_memory, invocation.document()
    return target


async def _fork_bomb(run: FaultRun) -> Target:
    target = run.target()
    invocation = await run.invoke(target, do="fork", processes=BOMB[target.sandbox])
    assert invocation.status == "success" or invocation.out_of_memory, invocation.document()
    return target


async def _runs_away(run: FaultRun) -> Target:
    target = run.target()
    assert (await run.invoke(target, do="run_away")).status == "success"
    return target


async def _memory_eaten(run: FaultRun) -> Target:
    target = run.target()
    invocation = await run.invoke(target, do="eat")
    _error(invocation, "Runtime.OutOfMemory")
    return target


async def _burst_of_lines(run: FaultRun) -> Target:
    target = run.target()
    invocation = await run.invoke(target, do="lines", count=LINES)
    lines = [line for line in invocation.log_lines() if line.startswith("line ")]
    assert lines == [f"line {number}" for number in range(LINES)], (len(lines), invocation.status)
    return target


async def _long_line(run: FaultRun) -> Target:
    target = run.target()
    invocation = await run.invoke(target, do="long_line", size=LINE_BYTES)
    assert invocation.status == "success", invocation.document()
    lines = invocation.log_lines()
    assert TOLD_BYTES <= sum(len(line) for line in lines if line.startswith("xx")) < LINE_BYTES
    assert any("left out here" in line for line in lines)
    return target


async def _stdout_closed(run: FaultRun) -> Target:
    """The environment goes on without a log; its successor has one again."""
    target = run.target()
    for event in ({"do": "close_output"}, {}):
        invocation = await run.invoke(target, **event)
        assert invocation.status == "success", invocation.document()
    _error(await run.invoke(target, do="leave", code=1), "Runtime.ExitError")
    return target


async def _cancelled(run: FaultRun) -> Target:
    target = run.target()
    call = run.call(target, do="sleep", s=30)
    await run.began(call)
    await run.client.cancel(run.request_id)
    _error(await call, "Sandbox.Canceled")
    return target
