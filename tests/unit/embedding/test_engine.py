"""`workbench.Engine` as a program uses it, over a real engine process."""

from __future__ import annotations

import json
import os
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from workbench import Engine, ServiceError
from workbench.model.failures import InvalidInput, WorkspaceError


def test_a_result(engine: Engine) -> None:
    result = engine.invoke("Echo", {"a": 1}, cold=True)
    assert result.payload["event"] == {"a": 1}
    assert (result.status, result.function_error, result.executed_version, result.is_cold) == ("success", "", "$LATEST", True)
    assert result.log == ("loaded", "event {'a': 1}")
    assert result.report is not None
    assert result.report.init_duration_ms is not None
    assert 0 < result.report.duration_ms <= result.report.billed_duration_ms
    warm = engine.invoke("Echo")
    assert (warm.payload["event"], warm.payload["count"], warm.log) == ({}, 2, ("event {}",))
    assert warm.request_id != result.request_id
    engine.stop_environments("Echo")
    assert engine.invoke("Echo", None).payload["count"] == 1


def test_a_failure_is_a_result(engine: Engine) -> None:
    result = engine.invoke("Echo", "fail")
    assert (result.status, result.function_error, result.error_type) == ("error", "Unhandled", "ValueError")
    assert result.error_message == result.payload["errorMessage"] == "as asked"
    assert any(line.startswith("[ERROR] ValueError: as asked") for line in result.log)


def test_an_event_of_the_folder_is_compared_with_what_it_expects(engine: Engine) -> None:
    events = Path(engine._root) / "events"
    events.mkdir(exist_ok=True)
    (events / "one.json").write_text('{"a": 1}')
    without = engine.invoke_event("Echo", "one")
    assert without.differences is None
    with pytest.raises(InvalidInput, match="Nothing is expected of this result"):
        without.assert_expected()
    (events / "one.expect").write_text('{"event": {"a": {"$above": 1}}, "$durationMs": {"$atLeast": 0}}')
    result = engine.invoke_event("Echo", "one", cold=True)
    assert (result.differences, result.is_cold) == (("$.event.a is 1, not above 1.",), True)
    with pytest.raises(AssertionError, match=r"The result is not as expected:\n  \$\.event\.a is 1, not above 1\."):
        result.assert_expected()
    (events / "one.expect").write_text('{"event": {"a": {"$above": 0}}}')
    engine.invoke_event("Echo", "one").assert_expected()
    (events / "one.expect").write_text('{"event": {"$gte": 1}}')
    with pytest.raises(InvalidInput, match='Did you mean "\\$atLeast"'):
        engine.invoke_event("Echo", "one")
    with pytest.raises(WorkspaceError, match="There is no event two"):
        engine.invoke_event("Echo", "two")


def test_how_an_invocation_is_asked_for(engine: Engine) -> None:
    client = engine.boto3_client("lambda")
    version = client.publish_version(FunctionName="Echo")["Version"]
    client.create_alias(FunctionName="Echo", Name="live", FunctionVersion=version)
    result = engine.invoke("Echo", b'"raw"', qualifier="live", client_context={"custom": {"k": "v"}})
    assert result.executed_version == version
    assert (result.payload["event"], result.payload["custom"]) == ("raw", {"k": "v"})


def test_what_lambda_refuses(engine: Engine) -> None:
    with pytest.raises(ServiceError, match=r"not found: arn:aws:.*:Nothing.* This workspace has: Echo\.") as refused:
        engine.invoke("Nothing")
    assert (refused.value.status, refused.value.code) == (404, "ResourceNotFoundException")


@pytest.mark.parametrize("event", [{"a": object()}, float("nan"), {"a": [float("inf")]}, {1, 2}, b"raw".hex, {"a": b"raw"},
                                   Decimal("1.5"), datetime(2026, 1, 2), {(1, 2): 3}])
def test_an_event_that_json_does_not_have_is_refused_and_not_changed(engine: Engine, event: object) -> None:
    """As `json.dumps` for an SDK would, except that this takes NaN, which Lambda refuses."""
    for send in (engine.invoke, engine.invoke_async):
        with pytest.raises(InvalidInput, match="The event cannot be written as JSON"):
            send("Echo", event)


@pytest.mark.parametrize("event", [{"half": "\ud83d"}, "\ud83d\ude80é", {"1": (1, 2.5)}, 2**70, 1e300])
def test_an_event_arrives_as_it_was_given(engine: Engine, event: object) -> None:
    assert engine.invoke("Echo", event).payload["event"] == json.loads(json.dumps(event))


def test_function_urls(engine: Engine) -> None:
    with urllib.request.urlopen(engine.url("Echo") + "a?b=1") as answer:
        assert json.load(answer)["event"]["rawQueryString"] == "b=1"
    with pytest.raises(InvalidInput, match="Echo:live has no function URL"):
        engine.url("Echo", "live")


def test_many_threads_share_an_engine(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda number: engine.invoke("Echo", number), range(40)))
    assert [result.payload["event"] for result in results] == list(range(40))
    assert len({result.request_id for result in results}) == 40


def test_logs_of_all_invocations(engine: Engine) -> None:
    request_id = engine.invoke("Echo", "looked for later").request_id
    (line,) = engine.logs.lines("looked FOR later", function="Echo")
    assert (line.request_id, line.function_name) == (request_id, "Echo")
    assert engine.logs.of(request_id)[-1] == "event looked for later"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks on this system")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_is_told_that_it_has_no_engine(engine: Engine) -> None:
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        try:
            engine.invoke("Echo")
        except BaseException as error:
            os.write(write, str(error).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as said:
        assert "This engine was started by another process, of which this one is a fork." in said.read()
    os.waitpid(child, 0)
