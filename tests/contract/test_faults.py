"""Whatever is killed, filled up or flooded: the engine goes on, the next invocation is right, nothing is left, nothing is lost.

A short run of the benchmark `faults`, every kind once. The seed is fixed, so that a failure can be seen again.
"""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from pathlib import Path

import psutil
import pytest

from tests.contract.conftest import StartEngine
from tests.support.engines import until
from tests.support.faults import FaultRun, run_faults
from tests.support.faults_kinds import kinds_for
from tests.support.faults_victims import command_of, containers, kill, remove_container, victims
from tests.support.faults_workspace import EXTENSION, GUARDED, MARKER, faults_workspace
from tests.support.workspaces import one_function
from workbench.engine.environment.state import State
from workbench.model.function import SandboxKind
from workbench.sandbox.docker.engine import find_engine

SEED = 20_261
LIMIT_S = 40.0


@pytest.mark.slow
@pytest.mark.skipif(not psutil.LINUX, reason="victims are found through /proc")
async def test_faults_one_after_the_other(sandbox: SandboxKind, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if sandbox == "docker" and not os.environ.get("WORKBENCH_DOCKER_FAULTS"):
        pytest.skip("takes a quiet machine: WORKBENCH_DOCKER_FAULTS=1, or the benchmark `faults`")
    images = request.getfixturevalue("docker_images") if sandbox == "docker" else {}
    run = FaultRun(tmp_path, SEED, images, (sandbox,))
    kinds = kinds_for(run)
    assert await run_faults(run, kinds, len(kinds), limit_s=LIMIT_S) > 0
    assert run.audit_file() > 0


@pytest.mark.skipif(not psutil.LINUX, reason="victims are found through /proc")
async def test_a_runtime_or_an_extension_is_killed_at_rest(start: StartEngine, tmp_path: Path) -> None:
    """When the runtime is, its extensions still shut down as the next invocation comes: that must not hit the new sandbox.

    When an extension is, no invocation fails, also where the one who would tell of it rests too.
    """
    marker = uuid.uuid4().hex
    engine = await start(faults_workspace(tmp_path / "w", marker))
    for number, killed in enumerate(["is_runtime", "is_extension"] * 2):
        await engine.invoke({"n": number}, GUARDED)
        if await kill([each for each in victims(marker) if getattr(each, killed)]):
            await engine.invoke({"n": number}, GUARDED)  # it dies when it is thawed
        after = await engine.invoke({"n": number}, GUARDED)
        assert (after.status, after.payload) == ("success", str(number)), after.document()


@pytest.mark.skipif(not psutil.LINUX, reason="victims are found through /proc")
async def test_runtimes_that_are_killed_at_rest_fail_no_invocation(start: StartEngine, tmp_path: Path) -> None:
    """A frozen one dies when it is thawed, some of them with the event that they never read."""
    marker = uuid.uuid4().hex
    workspace = one_function(tmp_path / "w", "def handler(event, context):\n    return event\n", environment={MARKER: marker})
    engine = await start(workspace)
    for number in range(5):
        await engine.invoke(number)
        await kill(victims(marker))
        after = await engine.invoke(number)
        assert (after.status, after.payload) == ("success", str(number)), (after.payload, after.start, after.log_lines())
        assert [event.type for event in await engine.client.invocation_events(after.request_id)].count("platform.start") == 1


async def test_the_container_of_an_extension_is_removed(
    sandbox: SandboxKind, start: StartEngine, tmp_path: Path
) -> None:
    """Nobody knows how it ended, so it is no crash of the extension: what happened is said in words."""
    if sandbox != "docker":
        pytest.skip("a process has no container")
    if (await asyncio.to_thread(find_engine)).product == "Podman":
        pytest.skip("Podman does not tell that somebody ended a container")
    engine = await start(faults_workspace(tmp_path / "w", uuid.uuid4().hex))
    call = asyncio.create_task(engine.invoke({"n": 1, "do": "sleep", "s": 60}, GUARDED))
    await until(lambda: any(each.state is State.BUSY for each in engine.pool), 30)
    ours = await asyncio.to_thread(containers, [engine.engine.engine_id])
    (extension,) = [each for each in ours if f"/{EXTENSION}" in await asyncio.to_thread(command_of, each)]
    await asyncio.to_thread(remove_container, extension)
    invocation = await call
    failure = json.loads(invocation.payload)
    assert failure["errorType"] == "Sandbox.Failure", invocation.document()
    assert "Its container was" in failure["errorMessage"], failure
    assert (await engine.invoke({"n": 2}, GUARDED)).payload == "2"
