"""Faults that happen to a sandbox which was made ahead and waits for its first request: that request must not notice.

The death of a container is known a moment after it happened; a request in this moment may find out for itself, and fails as it
does when its sandbox dies under it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from pathlib import Path

from tests.support.faults import FaultRun, Kind, Target
from tests.support.faults_victims import containers, labels_of, network_of, remove_container, victims
from tests.support.faults_workspace import FUNCTIONS
from workbench.state.invocation import Invocation


def prepared_kinds(run: FaultRun) -> dict[str, Kind]:
    """Those that can be had: none where nothing is kept prepared."""
    if not run.keep_prepared:
        return {}
    kinds = {"folder of a prepared process removed": Kind(_folder_removed, 2)}
    if "docker" in run.kinds:
        kinds |= {
            "prepared container killed": Kind(_killed, 3),
            "prepared container removed": Kind(_removed, 3),
            "prepared container's pause container removed": Kind(_pause_container_removed, 3),
            "prepared container removed in its start": Kind(_removed_in_start, 3),
        }
    return kinds


async def _waiting(run: FaultRun) -> tuple[Target, list[str]]:
    """A function and the container that waits for its next cold start."""
    target = Target(run.random.choice(FUNCTIONS), "docker")
    await run.invoke(target)
    environment = (await run.prepared(target)).environment_id
    there = await asyncio.to_thread(containers, run.engine_ids)
    return target, [each for each in there if labels_of(each).get("workbench.environment") == environment]


async def _killed(run: FaultRun) -> Target:
    """SIGKILL to its processes: a shell that waits, and its init."""
    target, waiting = await _waiting(run)
    for victim in victims(run.marker):
        if victim.sandbox == "docker" and any(each in _groups(victim.pid) for each in waiting):
            os.kill(victim.pid, signal.SIGKILL)
    await _cold(run, target)
    return target


async def _removed(run: FaultRun) -> Target:
    target, waiting = await _waiting(run)
    for container in waiting:
        await asyncio.to_thread(remove_container, container)
    await _cold(run, target)
    return target


async def _pause_container_removed(run: FaultRun) -> Target:
    """Its network and its /tmp are gone, it itself is not."""
    target, waiting = await _waiting(run)
    for pause_container in filter(None, map(network_of, waiting)):
        await asyncio.to_thread(remove_container, pause_container)
    await _cold(run, target)
    return target


async def _removed_in_start(run: FaultRun) -> Target:
    target, waiting = await _waiting(run)
    call = asyncio.create_task(_cold(run, target))
    await asyncio.sleep(run.random.random() * 0.1)
    for container in waiting:
        await asyncio.to_thread(remove_container, container)
    await call
    return target


async def _folder_removed(run: FaultRun) -> Target:
    """As a system does that tidies up in its temporary folder."""
    target = Target(run.random.choice(FUNCTIONS), "process")
    await run.invoke(target)
    await run.prepared(target)
    for folder in run.temp.glob("workbench-*"):
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    invocation = await run.invoke_cold(target)
    assert invocation.status == "success", invocation.document()
    return target


async def _cold(run: FaultRun, target: Target) -> None:
    invocation = await run.invoke_cold(target)
    if invocation.function_error:
        assert _error_type(invocation) in ("Runtime.ExitError", "Sandbox.Failure", "Extension.Crash"), invocation.document()


def _error_type(invocation: Invocation) -> str:
    return str(json.loads(invocation.payload)["errorType"])


def _groups(pid: int) -> str:
    """The control groups of a process: a container's have its id in their names."""
    try:
        return Path(f"/proc/{pid}/cgroup").read_text()
    except OSError:
        return ""
