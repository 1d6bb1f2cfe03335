"""A published version with SnapStart: its snapshot is made, its environments are restored, in time or not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.obedient_runtime import obey
from tests.support.simulated_engine import SimulatedEngine
from tests.support.simulated_sandbox import Script, SimulatedRuntime
from workbench.engine.registry.records import VersionRecord
from workbench.model.events import StreamEvent
from workbench.model.failures import ServiceError
from workbench.model.function_version import FunctionVersion

INIT_S, HOOKS_S = 0.5, 2.0
DAY_S = 24 * 3_600


def restored(hooks_s: float = HOOKS_S) -> Script:
    """A runtime whose INIT and hooks take time."""
    async def script(runtime: SimulatedRuntime) -> int:
        await runtime.sleep(INIT_S)
        await runtime.wait_at_snapshot()
        runtime.write("restored\n")
        await runtime.sleep(hooks_s)
        return await obey(runtime)

    return script


def in_engine(folder: Path, script: Script, test: Callable[[SimulatedEngine], Awaitable[None]], *, state: str = "Active") -> None:
    """Run a test with an engine that has version 1 of `Snap`, whose runtimes run the script."""
    async def run() -> None:
        engine = SimulatedEngine(folder, script)
        engine.publish_with_snapshot(state)
        try:
            await test(engine)
        finally:
            await engine.close()
            await engine.resources.close()  # what is published is written to a file

    asyncio.run(run())


def of_type(engine: SimulatedEngine, kind: str) -> list[StreamEvent]:
    return [event for event in engine.events() if event.type == kind]


async def refused(engine: SimulatedEngine, within_s: float) -> ServiceError:
    call = engine.invoke({}, of="Snap:1")
    await engine.clock.forward(within_s)
    with pytest.raises(ServiceError) as caught:
        await call
    return caught.value


def test_a_restore_is_reported_and_billed(tmp_path: Path) -> None:
    """Recorded: `Duration: 127.10 ms Billed Duration: 154 ms … Restore Duration: 325.93 ms Billed Restore Duration: 26 ms`."""
    async def test(engine: SimulatedEngine) -> None:
        calls = [engine.invoke({"sleep": 0.1}, name, of="Snap:1") for name in ("first", "second")]
        await engine.clock.forward(10)
        for call in calls:
            assert json.loads((await call).result.payload)["count"] == 1, "two environments"
            metrics = engine.report((await call).request_id)["metrics"]
            assert "initDurationMs" not in metrics
            assert (metrics["restoreDurationMs"], metrics["billedRestoreDurationMs"]) == (2000, 2000)
            assert (metrics["durationMs"], metrics["billedDurationMs"]) == (100, 2100)
        assert {event.fields()["initializationType"] for event in of_type(engine, "platform.initStart")} == {"snap-start"}
        kinds = [event.type for event in engine.events() if "estore" in event.type]
        assert kinds.count("platform.restoreStart") == kinds.count("platform.restoreReport") == 2
        again = engine.invoke({}, "third", of="Snap:1")
        await engine.clock.forward(1)
        assert json.loads((await again).result.payload)["count"] == 2, "one of them, warm"
        assert "restoreDurationMs" not in engine.report("third")["metrics"]

    in_engine(tmp_path, restored(), test)


@pytest.mark.parametrize(("hooks_s", "is_in_time"), [(9.9, True), (10.1, False)])
def test_hooks_after_a_restore_have_ten_seconds(tmp_path: Path, hooks_s: float, is_in_time: bool) -> None:
    """Source: Lambda guide, "Lambda SnapStart runtime hooks for Python"; API reference, SnapStartTimeoutException."""
    async def test(engine: SimulatedEngine) -> None:
        if is_in_time:
            call = engine.invoke({}, of="Snap:1")
            await engine.clock.forward(11)
            assert json.loads((await call).result.payload)["count"] == 1
            return
        error = await refused(engine, 11)
        assert (error.code, error.status) == ("SnapStartTimeoutException", 408)
        assert error.message == "Lambda couldn't restore the snapshot within the timeout limit."
        [report] = of_type(engine, "platform.restoreReport")
        assert report.fields() == {"status": "timeout", "errorType": "Sandbox.Timedout", "metrics": {"durationMs": 10_000}}
        assert [event.fields()["reason"] for event in of_type(engine, "sandbox.stopped")] == ["failure"]
        engine.provider.script = restored(1)
        call = engine.invoke({}, of="Snap:1")
        await engine.clock.forward(2)
        assert json.loads((await call).result.payload)["count"] == 1, "the next one is restored anew"

    in_engine(tmp_path, restored(hooks_s), test)


async def with_a_failing_hook(runtime: SimulatedRuntime) -> int:
    await runtime.wait_at_snapshot()
    await runtime.fail_restore("Runtime.AfterRestoreError")
    return 65


async def that_dies(runtime: SimulatedRuntime) -> int:
    await runtime.wait_at_snapshot()
    return 3


@pytest.mark.parametrize(("script", "error_type"), [
    (with_a_failing_hook, "Runtime.AfterRestoreError"), (that_dies, "Runtime.ExitError")])
def test_a_restore_that_fails_is_the_callers_error(tmp_path: Path, script: Script, error_type: str) -> None:
    """Source: API reference, SnapStartException."""
    async def test(engine: SimulatedEngine) -> None:
        error = await refused(engine, 1)
        assert (error.code, error.status) == ("SnapStartException", 400)
        [report] = of_type(engine, "platform.restoreReport")
        assert (report.fields()["status"], report.fields()["errorType"]) == ("error", error_type)

    in_engine(tmp_path, script, test)


def test_a_runtime_that_knows_no_snapshots_is_restored_at_once(tmp_path: Path) -> None:
    async def test(engine: SimulatedEngine) -> None:
        call = engine.invoke({}, "one", of="Snap:1")
        await engine.clock.forward(1)
        assert json.loads((await call).result.payload)["count"] == 1
        assert engine.report("one")["metrics"]["billedRestoreDurationMs"] <= 1

    in_engine(tmp_path, obey, test)


def test_after_a_crash_init_and_hooks_are_part_of_the_next_invocation(tmp_path: Path) -> None:
    async def test(engine: SimulatedEngine) -> None:
        crash = engine.invoke({"exit": 4}, "crash", of="Snap:1")
        await engine.clock.forward(5)
        assert b"exit status 4" in (await crash).result.payload
        after = engine.invoke({}, "after", of="Snap:1")
        await engine.clock.forward(5)
        assert json.loads((await after).result.payload)["count"] == 1
        metrics = engine.report("after")["metrics"]
        assert (metrics["durationMs"], metrics["billedDurationMs"]) == ((INIT_S + HOOKS_S) * 1000, (INIT_S + HOOKS_S) * 1000)

    in_engine(tmp_path, restored(), test)


def test_hooks_that_outlast_the_timeout_end_with_the_invocation_they_are_part_of(tmp_path: Path) -> None:
    async def test(engine: SimulatedEngine) -> None:
        crash = engine.invoke({"exit": 4}, "crash", of="Snap:1")
        await engine.clock.forward(5)
        await crash
        engine.provider.script = restored(5)
        after = engine.invoke({}, "after", of="Snap:1")
        await engine.clock.forward(8)
        assert b"Task timed out after 3.00 seconds" in (await after).result.payload
        assert engine.report("after")["status"] == "timeout"

    in_engine(tmp_path, restored(), test)


def published(engine: SimulatedEngine) -> VersionRecord:
    record = engine.resources._registry.get(VersionRecord, engine.resources.home, "Snap", "1")
    assert record is not None
    return record


def published_version(engine: SimulatedEngine) -> FunctionVersion:
    return engine.resources.functions.configuration(
        engine.resources.functions.require(engine.resources.home, "Snap", "1")).identity


def test_a_version_is_active_once_its_snapshot_was_made(tmp_path: Path) -> None:
    async def test(engine: SimulatedEngine) -> None:
        assert (await refused(engine, 0)).code == "SnapStartNotReadyException"
        engine.snapshots.make_pending()
        await engine.clock.forward(INIT_S / 2)
        assert published(engine).state == "Pending"
        await engine.clock.forward(INIT_S)
        await engine.until(lambda: published(engine).state == "Active")
        assert not of_type(engine, "platform.restoreStart")
        [stopped] = of_type(engine, "sandbox.stopped")
        assert stopped.fields() == {"reason": "snapshot"}, "no sandbox of a script can be forked"

    in_engine(tmp_path, restored(), test, state="Pending")


def test_a_version_that_nobody_invokes_becomes_inactive_and_is_woken_by_a_request_that_is_refused(tmp_path: Path) -> None:
    """Source: Lambda guide, "Activating and managing Lambda SnapStart", "Troubleshooting SnapStart errors"."""
    def seen(engine: SimulatedEngine) -> tuple[str, str]:
        view = engine.resources.functions.require(engine.resources.home, "Snap", "1")
        return view.state, view.reason_code

    async def invoked(engine: SimulatedEngine) -> None:
        call = engine.invoke({}, of="Snap:1")
        await engine.clock.forward(5)
        await call

    async def test(engine: SimulatedEngine) -> None:
        await engine.clock.forward(13 * DAY_S)
        await invoked(engine)
        await engine.until(lambda: published(engine).used_ms > published(engine).modified_ms)
        noted_ms = published(engine).used_ms
        await invoked(engine)
        await engine.clock.forward(13.9 * DAY_S)
        assert seen(engine) == ("Active", ""), "the 14 days begin with the last invocation"
        assert published(engine).used_ms == noted_ms, "once a day"
        await engine.clock.forward(0.2 * DAY_S)
        assert seen(engine) == ("Inactive", "Idle")
        assert not engine.resources.snapshots.is_kept(published_version(engine), engine.resources.home)
        error = await refused(engine, 0)
        assert (error.code, error.status) == ("SnapStartNotReadyException", 409)
        assert "not invoked for 14 days" in error.hint
        await engine.until(lambda: seen(engine) == ("Pending", "Restoring"))
        engine.snapshots.make_pending()
        await engine.clock.forward(INIT_S * 2)
        await engine.until(lambda: seen(engine) == ("Active", ""))
        await invoked(engine)

    in_engine(tmp_path, restored(), test)


async def that_cannot_be_loaded(runtime: SimulatedRuntime) -> int:
    await runtime.fail_init("Runtime.BeforeSnapshotError")
    return 64


async def that_takes_for_ever(runtime: SimulatedRuntime) -> int:
    await runtime.sleep(131)
    return 0


@pytest.mark.parametrize(("script", "code"), [
    (that_cannot_be_loaded, "FunctionError"), (that_takes_for_ever, "FunctionError.InitTimeout")])
def test_a_version_whose_snapshot_cannot_be_made_has_failed(tmp_path: Path, script: Script, code: str) -> None:
    """Recorded by deployments: "An error occurred during function initialization.", FunctionError."""
    async def test(engine: SimulatedEngine) -> None:
        engine.snapshots.make_pending()
        await engine.clock.forward(140)
        await engine.until(lambda: published(engine).state == "Failed")
        record = published(engine)
        assert (record.reason, record.reason_code) == ("An error occurred during function initialization.", code)
        error = await refused(engine, 0)
        assert (error.code, error.status) == ("ResourceConflictException", 409)
        assert error.message == ("The operation cannot be performed at this time. "
                                 "The function is currently in the following state: Failed")

    in_engine(tmp_path, script, test, state="Pending")
