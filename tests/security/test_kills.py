"""`kill -9` of an engine with everything it can have: nothing of it is left, the next one serves at once and knows what was.

Kills of runtimes, extensions, namespaces, containers and of engines one after the other, by chance, are in
`tests/contract/test_faults.py`; at length in `dev.py bench faults` and `dev.py bench attack`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.support.docker_engine import engine_or_reason
from tests.support.docker_images import ensure_images
from tests.support.engines import until
from tests.support.faults import FaultRun, Target
from tests.support.faults_leftovers import belongings
from tests.support.faults_victims import containers
from tests.support.faults_workspace import GUARDED
from workbench.model.failures import WorkbenchError
from workbench.model.function import SandboxKind
from workbench.sandbox.isolated.probe import isolated_status
from workbench.state.invocation import fold_invocation

SEED = 9
SERVED_WITHIN_S = 20.0
"""Most of it is this machine's business with other tests; a wait of ours for a lock or a port would take longer."""

pytestmark = pytest.mark.skipif(not psutil.LINUX, reason="what is left is found through /proc")


@pytest.fixture(params=["process", "isolated", pytest.param("docker", marks=pytest.mark.docker)])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> FaultRun:
    """An engine that keeps sandboxes prepared."""
    kind: SandboxKind = request.param
    if kind == "isolated" and not isolated_status().available:
        pytest.skip(isolated_status().detail)
    if kind == "docker" and (reason := engine_or_reason()):
        (pytest.fail if os.environ.get("WORKBENCH_REQUIRE_DOCKER") else pytest.skip)(reason)
    images = {"python3.11": ensure_images()["python"]} if kind == "docker" else {}
    return FaultRun(tmp_path, SEED, images, (kind,), keep_prepared=True)


async def test_an_engine_is_killed(run: FaultRun) -> None:
    (kind,) = run.kinds
    await run.start_engine()
    try:
        resting, working = Target("Alpha", kind), Target(GUARDED, kind)
        await run.invoke(resting, do="run_away")
        await run.invoke(resting)
        finished = run.request_id
        told = await run.client.invocation_events(finished)
        await run.prepared(resting)
        call = run.call(working, do="sleep", s=60)
        await run.began(call)
        broken_off = run.request_id
        await run.audit()
        await run.kill_engine()
        with suppress(WorkbenchError):
            await call
        assert max(run.served_after_s) < SERVED_WITHIN_S
        for target in (resting, working):
            await run.next_is_right(target)
        await run.audit()
        assert await run.client.invocation_events(finished) == told
        everything = await run.client.events(0, 100_000)
        (environment,) = {each.environment_id for each in everything if each.request_id == broken_off and each.environment_id}
        ends = [each.fields()["detail"] for each in everything
                if (each.environment_id, each.type) == (environment, "sandbox.stopped")]
        assert ends == ["Its engine ended without warning."]
        assert fold_invocation(await run.client.invocation_events(broken_off), broken_off).status != "success"
        await run.stop_engine()
    except BaseException:
        await run.abandon()
        raise
    run.audit_file()


async def test_what_an_engine_has_is_found_from_outside(run: FaultRun) -> None:
    """Else nothing would be left of it whatever happens."""
    (kind,) = run.kinds
    await run.start_engine()
    try:
        await run.invoke(Target("Alpha", kind), do="run_away")
        noted = belongings(run.engine_ids[-1], run.engine_pid, run.marker, run.temp)
        names = {name.split()[1] for name in noted.processes}
        assert len([each for each in noted.processes if "python3" in each]) >= 2  # the runtime and what ran away
        if kind == "isolated":
            assert "bwrap" in names
        if kind == "docker":
            assert containers([noted.engine_id])
        else:
            assert noted.folders
    finally:
        await run.retire()
        await run.stop_engine()
    await until(lambda: not noted.left())
