"""An environment that was restored from a snapshot, and the one that holds it, as the window and the terminal show them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from workbench.model.events import StreamEvent
from workbench.model.platform_lines import platform_lines
from workbench.model.prices import PriceTable, cost_of_invocation, decode_prices
from workbench.resource_files import resource_path
from workbench.state.environment_words import state_text
from workbench.state.environments import Environments
from workbench.state.invocation import fold_invocation
from workbench.state.span_kinds import SpanKind
from workbench.state.startup import Startup
from workbench.state.timeline import Timeline

REPORT = {"durationMs": 127.1, "billedDurationMs": 154, "memorySizeMB": 2048, "maxMemoryUsedMB": 212, "restoreDurationMs": 325.93,
          "billedRestoreDurationMs": 26}


def told(*events: tuple[str, float, dict[str, object]], environment: str = "e", request: str = "") -> list[StreamEvent]:
    return [StreamEvent(seq=number, time_ms=1_000 + at_ms, type=kind, record=record, function_name="Snap",
                        environment_id=environment, request_id=request) for number, (kind, at_ms, record) in enumerate(events, 1)]


def restored(status: str = "success") -> list[StreamEvent]:
    return told(
        ("sandbox.creating", 0, {"sandbox": "process", "runtime": "python3.13", "memorySizeMB": 2048,
                                 "initializationType": "snap-start", "ahead": False}),
        ("sandbox.created", 2, {"durationMs": 2.0}),
        ("platform.restoreStart", 3, {"runtimeVersion": "Python 3.13.1", "functionName": "Snap", "functionVersion": "1"}),
        ("platform.restoreRuntimeDone", 33, {"status": status}),
        ("platform.restoreReport", 33, {"status": status, "metrics": {"durationMs": 30.0}}))


def test_the_lines_of_a_restore() -> None:
    """Source: Lambda guide, "Restore phase": RESTORE_REPORT of one that failed."""
    lines = [line for event in restored() for line in platform_lines(event)]
    assert lines == ["RESTORE_START Runtime Version: Python 3.13.1", "RESTORE_REPORT Restore Duration: 30.00 ms"]
    failed = {"status": "error", "errorType": "Runtime.ExitError", "metrics": {"durationMs": 1236.04}}
    [event] = told(("platform.restoreReport", 0, failed))
    assert platform_lines(event) == ["RESTORE_REPORT Restore Duration: 1236.04 ms\tStatus: error\tError Type: Runtime.ExitError"]


@pytest.mark.parametrize(("status", "kinds"), [
    ("success", [SpanKind.CREATE, SpanKind.START, SpanKind.RESTORE, SpanKind.IDLE]),
    ("timeout", [SpanKind.CREATE, SpanKind.START, SpanKind.FAILED])])
def test_a_restore_is_a_span_of_its_own(status: str, kinds: list[SpanKind]) -> None:
    timeline = Timeline()
    for event in restored(status):
        timeline.apply(event)
    assert [SpanKind(int(kind)) for kind in timeline.spans.kind] == kinds
    assert timeline.spans.end_ms[2] - timeline.spans.start_ms[2] == 30


def test_a_restore_is_the_last_phase_of_a_start() -> None:
    startup = Startup()
    for event in restored():
        startup.apply(event)
    assert [(phase.name, phase.duration_ms) for phase in startup.phases] == [("createSandbox", 2.0), ("restore", 30.0)]
    assert (startup.restore_duration_ms, startup.init_ms, startup.status) == (30.0, None, "success")
    assert not startup.holds_snapshot


def test_an_invocation_has_the_figures_of_its_restore() -> None:
    events = told(("sandbox.assigned", 0, {"requestId": "r", "start": "cold"}), ("platform.report", 9, {
        "requestId": "r", "metrics": REPORT}), request="r")
    metrics = fold_invocation(events, "r").metrics
    assert metrics is not None
    assert (metrics.restore_duration_ms, metrics.billed_restore_duration_ms, metrics.init_duration_ms) == (325.93, 26, None)
    assert metrics.document() == REPORT


def test_one_that_holds_a_snapshot_says_so_and_is_not_warm() -> None:
    environments = Environments()
    holder = told(("sandbox.creating", 0, {"initializationType": "snap-start", "ahead": True}), ("platform.initStart", 1, {}),
                  ("platform.initReport", 5, {"status": "success", "metrics": {"durationMs": 4}}), environment="holder")
    words = []
    for event in (*holder, *restored()):
        environment = environments.apply(event)
        assert environment is not None
        words.append(state_text(environment, 2_000, 900))
    assert words[:3] == ["sandbox is being created", "initializing before a snapshot", "holds a snapshot (SnapStart)"]
    assert words[-1].startswith("idle, reclaimed in")
    assert (environments.warm, environments.warm_of("Snap")) == (1, 1)


def prices(region: str) -> PriceTable:
    return decode_prices(resource_path("prices/lambda.json").read_bytes()).table(region)


def test_a_restore_costs_by_memory() -> None:
    """Source: Lambda pricing, "SnapStart Pricing", US East (N. Virginia): $0.0001397998 for every GB restored."""
    plain, restored_ = (cost_of_invocation(154, 512, 512, "x86_64", prices("us-east-1"), is_restored=is_restored)
                        for is_restored in (False, True))
    assert restored_.usd - plain.usd == restored_.restore_usd == Decimal("0.0001397998") / 2
    assert restored_.formula == plain.formula + "  +  0.5 GB restored × $0.0001397998"
    unknown = cost_of_invocation(154, 512, 512, "x86_64", prices("us-east-2"), is_restored=True)
    assert unknown.restore_usd == 0
    assert unknown.formula.endswith("0.5 GB restored (its price is not known here)")
