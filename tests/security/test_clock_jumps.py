"""Somebody sets this machine's clock, or it slept: no limit fires, durations and order stay right, times of day follow."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import psutil
import pytest

from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.workspaces import one_function
from workbench.client.stream import follow
from workbench.editor.recovery import Recovery, UnsavedText, recovered
from workbench.engine.clock import LARGEST_DRIFT_NS, Clock
from workbench.engine.environment.state import State
from workbench.engine.events.stream import Stream
from workbench.engine.journal.journal import Journal
from workbench.gateway.operations.descriptions import last_modified
from workbench.model.events import StreamEvent
from workbench.packages.leases import Leases, leased
from workbench.sandbox.docker.labels import engine_labels, owner_is_dead
from workbench.state.invocation import Invocation
from workbench.state.session import Session
from workbench.storage.processes import RunningProcess
from workbench.workspace.history import History
from workbench.workspace.state_directory import data_directory
from workbench.workspace.trash import Trash

HOUR_S, DAY_S = 3_600, 86_400
JUMPS_S = (HOUR_S, -HOUR_S, DAY_S, -DAY_S, -DAY_S, 3 * DAY_S)
TIMEOUT_S = 5
CODE = """
    import os, time

    def handler(event, context):
        print("began", flush=True)
        while event.get("until") and not os.path.exists(event["until"]):
            time.sleep(0.002)
        time.sleep(event.get("s", 0))
        return context._epoch_deadline_time_in_ms
"""


class SetClock:
    """A clock of the machine that a test sets."""

    def __init__(self) -> None:
        self.ahead_s = 0
        self.clock = Clock(epoch_ns=lambda: time.time_ns() + self.ahead_s * 10**9)

    @property
    def now_ms(self) -> float:
        """What it shows."""
        return (time.time() + self.ahead_s) * 1000


@pytest.fixture
def machine() -> SetClock:
    return SetClock()


@pytest.fixture
async def engine(tmp_path: Path, machine: SetClock) -> AsyncIterator[EngineInTest]:
    workspace = one_function(tmp_path / "w", CODE, timeout_s=TIMEOUT_S, memory_mb=1024)
    async with engine_in_test(workspace, clock=machine.clock) as engine:
        await engine.invoke()
        yield engine


async def jumped_under(engine: EngineInTest, machine: SetClock, jump_s: int, gate: Path) -> Invocation:
    """An invocation during which the clock is set."""
    before = (await engine.client.events(0, 100_000))[-1].seq
    call = asyncio.create_task(engine.invoke({"until": str(gate)}))

    async def has_begun() -> bool:
        return any(event.record == "began" for event in await engine.client.events(before, 1_000))

    await until(has_begun)
    machine.ahead_s += jump_s
    gate.touch()
    return await call


async def test_an_invocation_takes_as_long_as_it_takes(engine: EngineInTest, machine: SetClock, tmp_path: Path) -> None:
    for number, jump_s in enumerate(JUMPS_S):
        begun_s = time.monotonic()
        invocation = await jumped_under(engine, machine, jump_s, tmp_path / str(number))
        taken_ms = (time.monotonic() - begun_s) * 1000
        assert (invocation.status, invocation.start) == ("success", "warm"), invocation.document()
        assert invocation.metrics is not None
        assert 0 < invocation.metrics.duration_ms < taken_ms
        events = await engine.client.invocation_events(invocation.request_id)
        assert 0 <= events[-1].time_ms - events[0].time_ms < taken_ms  # one invocation is not torn


async def test_the_next_invocation_has_the_times_and_the_deadline_of_the_clock_as_it_is(
        engine: EngineInTest, machine: SetClock) -> None:
    for jump_s in JUMPS_S:
        machine.ahead_s += jump_s
        begun_ms = machine.now_ms
        invocation = await engine.invoke()
        events = await engine.client.invocation_events(invocation.request_id)
        assert all(begun_ms - 1_000 < event.time_ms <= machine.now_ms + 1_000 for event in events)
        assert begun_ms - 1 < int(invocation.payload) - TIMEOUT_S * 1_000 <= machine.now_ms


async def test_a_deadline_is_right_also_while_another_function_keeps_the_times_from_following(
        engine: EngineInTest, machine: SetClock, tmp_path: Path) -> None:
    longer = asyncio.create_task(engine.invoke({"until": str(tmp_path / "gate")}))
    await until(lambda: any(each.state is State.BUSY for each in engine.pool))
    machine.ahead_s += DAY_S
    begun_ms = machine.now_ms
    deadline_ms = int((await engine.invoke()).payload)
    (tmp_path / "gate").touch()
    assert (await longer).status == "success"
    assert begun_ms - 1 < deadline_ms - TIMEOUT_S * 1_000 <= machine.now_ms


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
async def test_a_time_limit_runs_out_neither_sooner_nor_later(machine: SetClock, tmp_path: Path, jump_s: int) -> None:
    async with engine_in_test(one_function(tmp_path / "w", CODE, timeout_s=1, memory_mb=1024), clock=machine.clock) as engine:
        await engine.invoke()
        begun_s = time.monotonic()
        call = asyncio.create_task(engine.invoke({"s": 60}))
        await until(lambda: any(each.state is State.BUSY for each in engine.pool))
        machine.ahead_s += jump_s
        invocation = await call
        assert invocation.status == "timeout"
        assert time.monotonic() - begun_s >= 1
        assert invocation.metrics is not None
        assert 1_000 <= invocation.metrics.duration_ms < 10_000


async def test_environments_rest_and_stay(engine: EngineInTest, machine: SetClock) -> None:
    limit_ns = int(engine.engine.settings.in_force.idle_limit_s * 10**9)
    for jump_s in JUMPS_S:
        machine.ahead_s += jump_s
        engine.invoker.follow_clock()  # as housekeeping does
        engine.pool.reclaim(machine.clock.now_ns(), limit_ns)
        (environment,) = await engine.client.environments()
        assert environment.state == "idle"
        assert environment.idle_since_ms is not None
        assert 0 <= machine.now_ms - environment.idle_since_ms < 60_000
    assert (await engine.invoke()).start == "warm"


async def test_followers_hear_everything_in_its_order(engine: EngineInTest, machine: SetClock) -> None:
    heard: list[StreamEvent] = []
    session = Session()

    async def listen() -> None:
        async for batch in follow(engine.client):
            heard.extend(batch)
            session.apply(batch, machine.now_ms)

    listening = asyncio.create_task(listen())
    for jump_s in JUMPS_S:
        await until(lambda: heard and heard[-1].seq == engine.engine.events.seq)
        machine.ahead_s += jump_s
        assert (await engine.invoke()).status == "success"
    await until(lambda: heard[-1].seq == engine.engine.events.seq)
    listening.cancel()
    assert [event.seq for event in heard] == list(range(1, len(heard) + 1))
    assert heard == await engine.client.events(0, 100_000)
    assert session.totals.invocations == len(JUMPS_S) + 1


async def test_an_engine_that_starts_in_the_past_goes_on_with_the_numbers(tmp_path: Path) -> None:
    for ahead_s in (0, -DAY_S, 10 * 365 * DAY_S, -DAY_S):
        journal = Journal(tmp_path / "journal.sqlite")
        stream = Stream(journal, Clock(epoch_ns=lambda ahead_s=ahead_s: time.time_ns() + ahead_s * 10**9))
        await stream.open()
        for _ in range(3):
            stream.publish("platform.start", {}, request_id="r", environment_id="e")
        rows = await journal.read(0, 1_000)
        await journal.close()
    assert [row[0] for row in rows] == list(range(1, 13))


def test_a_clock_that_is_adjusted_slowly_is_followed_in_steps() -> None:
    epoch_ns = 10**18
    clock = Clock(monotonic_ns=lambda: 0, epoch_ns=lambda: epoch_ns)
    for drift_ns in (1, LARGEST_DRIFT_NS // 2, LARGEST_DRIFT_NS):
        epoch_ns = 10**18 + drift_ns
        clock.follow()
        assert clock.epoch_ms(0) == 10**12
        assert clock.deadline_ms(0) == epoch_ns // 1_000_000
    epoch_ns += 1_000_000
    clock.follow()
    assert clock.epoch_ms(0) == clock.deadline_ms(0) == epoch_ns // 1_000_000


@pytest.mark.skipif(not psutil.LINUX, reason="elsewhere the system keeps the time at which a process began")
@pytest.mark.parametrize("jump_s", [HOUR_S, -HOUR_S, DAY_S])
def test_whoever_lives_is_known_to_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump_s: int) -> None:
    """Linux counts the start of a process from the boot: when the clock is set, the time of the boot is another."""
    me, labels, leases = RunningProcess.ourselves(), engine_labels("g"), Leases(tmp_path / "leases")
    leases.hold(["kind/key"])
    recovery = Recovery(tmp_path / "unsaved")
    recovery.keep(UnsavedText(path="a.py", text="x"))
    before_s, booted_s = psutil.Process().create_time(), psutil.boot_time()
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: booted_s + jump_s)
    assert psutil.Process(os.getpid()).create_time() == pytest.approx(before_s + jump_s, abs=2)
    assert me.runs
    assert me.is_ours_to_end
    assert not owner_is_dead(labels)
    assert leased(tmp_path / "leases") == {"kind/key"}
    assert recovered(tmp_path / "unsaved") == []
    assert RunningProcess.of(me.pid).created_s == me.created_s


def test_two_processes_of_a_number_are_two() -> None:
    me = RunningProcess.ourselves()
    assert not RunningProcess(me.pid, me.created_s - 60).runs


@pytest.mark.parametrize("kept_s", [1.0, 1_000_000_000.0], ids=["clock-not-set-then", "clock-ahead-now"])
def test_what_was_deleted_or_replaced_is_not_too_old_by_a_wrong_clock(kept_s: float, tmp_path: Path) -> None:
    """A clock that was not set yet, or that is decades ahead: the next start must not throw away what is a minute old."""
    root = one_function(tmp_path / "workspace", "old")
    history, trash = History(root), Trash(root)
    history.write(root / "app.py", b"new")
    for version in history.versions(root / "app.py"):
        version.file.rename(version.file.with_stem(f"{int(kept_s * 1e9):020}"))
    (root / "gone.json").write_text("{}")
    entry = trash.put("event", "gone", [root / "gone.json"])
    manifest = data_directory(root) / "trash" / entry.id / "manifest.json"
    manifest.write_bytes(msgspec.json.encode(msgspec.structs.replace(entry, deleted_at_s=kept_s)))
    History(root).prune()
    Trash(root).prune()
    assert len(history.versions(root / "app.py")) == 1
    assert [each.name for each in trash.entries()] == ["gone"]


async def test_code_with_times_that_no_calendar_has_is_invoked_and_described(tmp_path: Path) -> None:
    root = one_function(tmp_path / "workspace", "def handler(event, context):\n    return 'fine'\n")
    for number, file in enumerate(path for path in root.rglob("*") if path.is_file()):
        os.utime(file, (2**33 + number, 2**33 + number))
    os.utime(root, (-(2**31), -(2**31)))
    async with engine_in_test(root) as served:
        assert (await served.invoke({}, "Function")).status == "success"


@pytest.mark.parametrize(("mtime_ns", "expected"), [
    (1_795_960_715_449_000_000, "2026-11-29T13:58:35.449+0000"), (10**21, "9999-"), (-(10**21), "1970-")])
def test_code_of_any_time_can_be_described(mtime_ns: int, expected: str) -> None:
    """Some file systems keep times in years of more than four digits."""
    assert last_modified(mtime_ns // 1_000_000).startswith(expected)
