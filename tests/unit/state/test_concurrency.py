"""The grid of concurrency: cells from the stream, ceilings from the engine's report."""

from __future__ import annotations

import msgspec
import pytest

from tests.support.event_builders import EventStream
from workbench.model.concurrency import (
    AccountConcurrency,
    ConcurrencyReport,
    FunctionConcurrency,
    MachineConcurrency,
    ProvisionedUse,
)
from workbench.state.concurrency import GLOW_MS, GONE_MS, SPARK_MS, ConcurrencyGrid
from workbench.state.concurrency_rows import SPARKS_KEPT
from workbench.state.session import Session, Topic

RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"


def report(*functions: FunctionConcurrency, waiting: int = 0) -> ConcurrencyReport:
    account = AccountConcurrency(region="us-east-1", account="123456789012", limit=1_000, running=0, unreserved=990,
                                 unreserved_running=0, functions=functions)
    return ConcurrencyReport(accounts=(account,), machine=MachineConcurrency(limit=100, environments=0, waiting=waiting))


def use(version: str, requested: int) -> ProvisionedUse:
    return ProvisionedUse(version=version, requested=requested, allocated=0, in_use=0, status="IN_PROGRESS")


class Played:
    """A stream that a session takes in as it grows."""

    def __init__(self, name: str = "thumbnail") -> None:
        self.stream, self.session, self._taken = EventStream(name), Session(), 0

    @property
    def grid(self) -> ConcurrencyGrid:
        return self.session.concurrency

    def take(self) -> set[Topic]:
        new, self._taken = self.stream.events[self._taken:], len(self.stream.events)
        return self.session.apply(new)

    def look(self, environment_id: str) -> str:
        cell = self.grid.cell(environment_id)
        return cell.look if cell is not None else "none"

    def made(self, environment_id: str, version: str = "$LATEST", kind: str = "on-demand") -> None:
        self.stream.emit("sandbox.creating", {
            "sandbox": "process", "version": version, "runtime": "python3.12", "runsOn": "Python", "memorySizeMB": 512,
            "notEnforced": [], "initializationType": kind}, environment_id)

    def throttled(self, count: int = 1) -> None:
        self.stream.emit("sandbox.throttled", {"reason": RESERVED, "count": count})

    def waits(self, request_id: str, fraction: float | None = None) -> None:
        self.stream.emit("sandbox.progress", {"stage": "wait", "text": "Waits", "fraction": fraction}, "", request_id)


def test_a_cell_goes_through_its_states() -> None:
    played, looks = Played(), []
    for event in EventStream().cold_success():
        played.stream.events = [*played.stream.events, event]
        if Topic.CONCURRENCY in played.take():
            looks.append((event.type, played.look("a81f00")))
    assert looks == [
        ("sandbox.assigned", "initializing"), ("sandbox.creating", "initializing"), ("platform.initStart", "initializing"),
        ("platform.initReport", "idle"), ("platform.start", "busy"), ("platform.report", "idle")]


def test_an_environment_that_stops_is_seen_to_stop_and_then_fades() -> None:
    played = Played()
    played.stream.cold_success()
    played.stream.emit("sandbox.stopping", {"reason": "idle"}, "a81f00")
    played.take()
    assert played.look("a81f00") == "stopping"
    assert played.session.environments.by_id["a81f00"].state == "stopping"
    played.stream.stop("a81f00", "idle")
    played.take()
    gone_ms = played.stream.now_ms
    played.grid.settle(gone_ms + GONE_MS - 1)
    assert played.look("a81f00") == "stopping"
    assert played.grid.is_lively(gone_ms + GONE_MS - 1)
    played.grid.settle(gone_ms + GONE_MS)
    assert (played.look("a81f00"), played.grid.functions) == ("none", {})
    assert not played.grid.is_lively(gone_ms + GONE_MS)


def test_what_is_broken_off_while_it_stops_stays_stopping() -> None:
    played = Played()
    played.stream.cold_success()
    played.stream.emit("sandbox.stopping", {"reason": "cold"}, "a81f00")
    played.stream.warm_success()
    played.take()
    assert played.look("a81f00") == "stopping"


def test_a_place_is_kept_until_its_cell_is_gone_and_then_used_again() -> None:
    played = Played()
    for name in ("a", "b", "c"):
        played.made(name)
    played.stream.stop("b", "idle")
    played.take()
    [function] = played.grid.ordered()
    [row] = function.ordered()
    assert [cell and cell.environment.environment_id for cell in row.on_demand] == ["a", "b", "c"]
    played.stream.wait(GONE_MS)
    played.grid.settle(played.stream.now_ms)
    assert [cell and cell.environment.environment_id for cell in row.on_demand] == ["a", None, "c"]
    played.made("d")
    played.take()
    assert [cell and cell.environment.environment_id for cell in row.on_demand] == ["a", "d", "c"]


def test_what_is_gone_does_not_pile_up_while_nobody_looks() -> None:
    played = Played()
    for number in range(50):
        played.made(f"e{number}")
        played.stream.wait(GONE_MS)
        played.stream.stop(f"e{number}", "idle")
    played.take()
    assert len(played.grid._cells) == 1


def test_versions_are_rows_and_provisioned_environments_come_first() -> None:
    played = Played()
    played.made("latest")
    for version in ("10", "9"):
        played.made(f"on-demand {version}", version)
        played.made(f"ahead {version}", version, "provisioned-concurrency")
    played.take()
    [function] = played.grid.ordered()
    assert [row.version for row in function.ordered()] == ["$LATEST", "9", "10"]
    row = function.rows["9"]
    assert ([len(row.provisioned), len(row.on_demand)]) == [1, 1]
    assert [cell.environment.environment_id for cell in row.cells()] == ["ahead 9", "on-demand 9"]


def test_a_stream_that_tells_the_version_late_moves_the_cell() -> None:
    played = Played()
    played.stream.create("a81f00")
    played.take()
    [function] = played.grid.ordered()
    assert list(function.rows) == ["$LATEST"]
    played.stream.emit("platform.initStart", {
        "initializationType": "on-demand", "phase": "init", "runtimeVersion": "", "functionName": "thumbnail",
        "functionVersion": "3", "instanceId": "", "instanceMaxMemory": 1}, "a81f00")
    played.take()
    assert [(version, len(list(row.cells()))) for version, row in function.rows.items()] == [("3", 1)]


def test_ceilings_are_those_of_the_report_and_go_with_it() -> None:
    grid = ConcurrencyGrid()
    grid.take_report(report(FunctionConcurrency(function_name="a", reserved=5),
                            FunctionConcurrency(function_name="b", provisioned=(use("3", 2),)),
                            FunctionConcurrency(function_name="c", running=1)), 0.0)
    assert {name: (function.reserved, [(row.version, row.requested) for row in function.ordered()])
            for name, function in grid.functions.items()} == {"a": (5, []), "b": (None, [("3", 2)])}
    assert grid.account is not None
    assert (grid.account.limit, grid.account.unreserved) == (1_000, 990)
    grid.take_report(report(), 0.0)
    assert grid.functions == {}


def test_running_counts_requests_from_their_admission() -> None:
    """Also those for which an environment is still made, and those that wait for this machine."""
    played = Played()
    played.stream.assign("r1", "a81f00", "cold")
    played.waits("r2")
    played.take()
    [function] = played.grid.ordered()
    assert function.running == played.grid.running == 2
    played.waits("r2", 1.0)
    played.take()
    assert function.running == 1


def test_throttles_are_sparks_that_fade_and_are_counted_for_good() -> None:
    played = Played()
    played.throttled(1)
    played.stream.wait(100)
    played.throttled(30)
    played.take()
    [function] = played.grid.ordered()
    assert [(spark.requests, spark.reason) for spark in function.sparks] == [(1, RESERVED), (30, RESERVED)]
    assert function.throttles == {RESERVED: 31}
    assert played.grid.is_lively(played.stream.now_ms + SPARK_MS - 1)
    assert not played.grid.is_lively(played.stream.now_ms + SPARK_MS)
    for _ in range(SPARKS_KEPT):
        played.throttled(2)
    played.take()
    assert (len(function.sparks), function.throttles.total()) == (SPARKS_KEPT, 31 + 2 * SPARKS_KEPT)


def test_throttles_of_an_earlier_session_do_not_count() -> None:
    stream = EventStream()
    stream.emit("sandbox.throttled", {"reason": RESERVED, "count": 9})
    session = Session(since_ms=stream.now_ms + 1)
    assert session.apply(stream.events) == set()
    assert session.concurrency.functions == {}


@pytest.mark.parametrize("ends", ["assigned", "turn"])
def test_a_wait_for_this_machine_has_its_sentence_and_is_no_throttle(ends: str) -> None:
    played = Played()
    played.made("a81f00")
    played.waits("r1")
    played.take()
    [function] = played.grid.ordered()
    assert played.grid.waits == "Waits"
    assert not function.throttles
    if ends == "assigned":
        played.stream.assign("r1", "a81f00", "warm")
    else:
        played.waits("r1", 1.0)
    played.take()
    assert played.grid.waits == ""


def test_waits_of_callers_who_have_gone_end_with_the_report() -> None:
    played = Played()
    played.waits("gone")
    played.stream.wait(10)
    asked_ms = played.stream.now_ms
    played.stream.wait(10)
    played.waits("later")
    played.take()
    played.grid.take_report(report(waiting=1), asked_ms)
    assert played.grid.waiting == 2
    played.grid.take_report(report(), asked_ms)
    assert list(played.grid.functions["thumbnail"].waiting) == ["later"]


def test_a_cell_glows_for_a_moment_after_an_invocation() -> None:
    played = Played()
    played.stream.cold_success()
    played.take()
    cell = played.grid.cell("a81f00")
    assert cell is not None
    assert cell.reported_ms == played.stream.now_ms
    assert played.grid.is_lively(played.stream.now_ms + GLOW_MS - 1)
    assert cell.environment.last_request_id == "r-cold"


def test_a_stream_without_versions_is_that_of_latest() -> None:
    """As earlier engines wrote it."""
    events = [msgspec.structs.replace(event, record={k: v for k, v in event.record.items() if k != "functionVersion"})
              if event.type == "platform.initStart" and isinstance(event.record, dict) else event
              for event in EventStream().cold_success()]
    session = Session()
    session.apply(events)
    [function] = session.concurrency.ordered()
    assert list(function.rows) == ["$LATEST"]
