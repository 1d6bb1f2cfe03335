"""What the stream tells of environments, for those who show them: version, alias, and the two ends."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.held_clock import HeldClock
from tests.support.obedient_runtime import obey
from tests.support.simulated_engine import SimulatedEngine
from workbench.model.events import StreamEvent

DELAY_S = 0.02
"""What a sandbox takes for each step of its life."""


class TickingClock(HeldClock):
    """It is a bit later each time that somebody looks at it, as on a machine."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ns = self._tick

    def _tick(self) -> int:
        self._at_ns += 10_000
        return self._at_ns


async def invoked_twice(folder: Path, of: str) -> list[StreamEvent]:
    """A function is invoked cold and warm, and its engine ends."""
    engine = SimulatedEngine(folder, obey, delay_s=DELAY_S)
    engine.shift(1.0, seed=1)
    for request_id in ("cold", "warm"):
        call = engine.invoke({}, request_id, of=of)
        await engine.clock.forward(1)
        await call
    await engine.close()
    return engine.events()


def records(events: list[StreamEvent], kind: str) -> list[dict[str, Any]]:
    return [event.fields() for event in events if event.type == kind]


def test_an_environment_stops_before_it_is_gone(tmp_path: Path) -> None:
    events = asyncio.run(invoked_twice(tmp_path, "Function"))
    [stopping] = [event for event in events if event.type == "sandbox.stopping"]
    [stopped] = [event for event in events if event.type == "sandbox.stopped"]
    assert stopping.record == stopped.record == {"reason": "shutdown"}
    assert stopping.environment_id == stopped.environment_id
    assert stopped.time_ms - stopping.time_ms >= DELAY_S * 1_000, "its sandbox takes time to end"


def test_the_alias_that_was_named_and_the_version_of_a_new_environment(tmp_path: Path) -> None:
    events = asyncio.run(invoked_twice(tmp_path, "Versioned:live"))
    assert [(record["start"], record.get("alias"), record.get("version")) for record in records(events, "sandbox.assigned")] == [
        ("cold", "live", "2"), ("warm", "live", None)]
    assert [record["version"] for record in records(events, "sandbox.creating")] == ["2"]


def test_no_alias_for_versions_and_without_a_qualifier(tmp_path: Path) -> None:
    for of, version in (("Function", "$LATEST"), ("Versioned:1", "1")):
        events = asyncio.run(invoked_twice(tmp_path, of))
        assert [(record.get("alias"), record.get("version")) for record in records(events, "sandbox.assigned")] == [
            (None, version), (None, None)]


def test_start_is_told_when_the_duration_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a timeline, which has the time between two events, and REPORT say the same of how long it took."""
    monkeypatch.setattr("tests.support.simulated_engine.HeldClock", TickingClock)
    events = asyncio.run(invoked_twice(tmp_path, "Function"))
    started, done = ([event for event in events if event.type == kind] for kind in ("platform.start", "platform.runtimeDone"))
    assert len(started) == 2
    for start, end, report in zip(started, done, records(events, "platform.report"), strict=True):
        assert end.time_ms - start.time_ms == pytest.approx(report["metrics"]["durationMs"], abs=0.002)
