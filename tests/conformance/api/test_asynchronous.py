"""Asynchronous invocation, as clients of AWS see it.

Sources: recorded answers of Lambda (202, no body, no X-Amz-Executed-Version, the request ID of the answer in every attempt);
Lambda guide, "How Lambda handles errors and retries with asynchronous invocation" and "Lambda quotas" (1 MB; 256 KB for
InvokeAsync); API reference, Invoke (checks and their errors are those of RequestResponse).
"""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, Refusal, create, refused, zipped
from tests.support.shared_engine import SharedEngine
from workbench.model.queue import QueueMove

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
CODE = """
def handler(event, context):
    print("ran", context.aws_request_id, context.function_version, context.client_context and context.client_context.custom)
    if event.get("fail"):
        raise ValueError("no")
"""


@pytest.fixture
def name(client: Any, engine: SharedEngine) -> Iterator[str]:
    """A function with version 1 and alias `live`, whose queue is held."""
    create(client, "later", Code={"ZipFile": zipped(CODE)}, Publish=True)
    client.create_alias(FunctionName="later", Name="live", FunctionVersion="1")
    engine.told(lambda asked: asked.queue.hold("later"))
    yield "later"
    engine.told(lambda asked: asked.queue.drop_all("later"))
    engine.told(lambda asked: asked.queue.resume("later"))
    client.delete_function(FunctionName="later")


def outcomes(move: QueueMove) -> list[tuple[str, int]]:
    return [(step.outcome, step.attempts) for step in move.steps]


def lines_of(engine: SharedEngine, request_id: str) -> list[str]:
    """What the function printed for a request."""
    events = engine.told(lambda asked: asked.invocation_events(request_id))
    return [event.record.split()[1:3] for event in events if event.type == "function" and str(event.record).startswith("ran")]


def test_the_whole_answer(client: Any, engine: SharedEngine, name: str) -> None:
    context = base64.b64encode(b'{"custom": {"a": "b"}}').decode()
    answer = client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}', ClientContext=context)
    assert answer["Payload"].read() == b""
    headers = {header: value for header, value in answer["ResponseMetadata"]["HTTPHeaders"].items() if header != "date"}
    request_id = answer["ResponseMetadata"]["RequestId"]
    trace_id = headers.pop("x-amzn-trace-id")
    assert trace_id.startswith("Root=1-")
    server = {header: headers.pop(header) for header in ("server", "content-type") if header in headers}
    assert server.get("content-type") is None
    assert headers == {"x-amzn-requestid": request_id, "x-amzn-remapped-content-length": "0", "content-length": "0"}
    assert {key: value for key, value in answer.items() if key not in ("Payload", "ResponseMetadata")} == {"StatusCode": 202}
    [event] = engine.told(lambda asked: asked.queue.info(name)).events
    assert (event.request_id, event.payload, event.state) == (request_id, '{"a": 1}', "waiting")
    assert outcomes(engine.told(lambda asked: asked.queue.step(name))) == [("Success", 1)]
    events = engine.told(lambda asked: asked.invocation_events(request_id))
    printed = [str(event.record).strip() for event in events if event.type == "function"]
    assert printed == [f"ran {request_id} $LATEST None"]  # Lambda passes the client context for synchronous invocations only


def test_an_event_without_a_payload_is_listed_tried_and_dropped(client: Any, engine: SharedEngine, name: str) -> None:
    for _ in range(2):
        client.invoke(FunctionName=name, InvocationType="Event")
    [event, _] = engine.told(lambda asked: asked.queue.info(name)).events
    assert (event.payload, event.payload_bytes) == ("", 0)
    assert outcomes(engine.told(lambda asked: asked.queue.step(name))) == [("Success", 1)]
    assert engine.told(lambda asked: asked.queue.drop_all(name)).waiting == 0


def test_two_retries_with_one_request_id(client: Any, engine: SharedEngine, name: str) -> None:
    answer = client.invoke(FunctionName=name, Qualifier="live", InvocationType="Event", Payload=b'{"fail": true}')
    move = engine.told(lambda asked: asked.queue.forward(name, 180))
    assert outcomes(move) == [("scheduled", 1), ("scheduled", 2), ("RetriesExhausted", 3)]
    assert [step.due_ms - move.steps[0].due_ms for step in move.steps[:2]] == [0, 120_000]
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert lines_of(engine, request_id) == [[request_id, "1"]] * 3


def test_the_configuration_of_the_qualifier_counts(client: Any, engine: SharedEngine, name: str) -> None:
    client.put_function_event_invoke_config(FunctionName=name, Qualifier="live", MaximumRetryAttempts=0)
    client.put_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    for qualifier in ("live", "$LATEST", "1"):
        client.invoke(FunctionName=name, Qualifier=qualifier, InvocationType="Event", Payload=b'{"fail": true}')
    assert outcomes(engine.told(lambda asked: asked.queue.forward(name, 180))) == [
        ("RetriesExhausted", 1), ("EventAgeExceeded", 1), ("scheduled", 1), ("scheduled", 2), ("RetriesExhausted", 3)]


def test_a_reserved_concurrency_of_zero(client: Any, engine: SharedEngine, name: str) -> None:
    """It is accepted, and given up without an attempt. Recorded: condition ZeroReservedConcurrency, count 0."""
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert client.invoke(FunctionName=name, InvocationType="Event")["StatusCode"] == 202
    assert outcomes(engine.told(lambda asked: asked.queue.step(name))) == [("ZeroReservedConcurrency", 0)]


def test_queued_events_run_with_the_code_of_then(client: Any, engine: SharedEngine, name: str) -> None:
    """Recorded: events still queued when a function is updated run in the new code."""
    answer = client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"fail": true}')
    assert outcomes(engine.told(lambda asked: asked.queue.step(name))) == [("scheduled", 1)]
    client.update_function_code(FunctionName=name, ZipFile=zipped("def handler(event, context):\n    print('ran new code')\n"))
    client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.02, "MaxAttempts": 500})
    assert outcomes(engine.told(lambda asked: asked.queue.step(name))) == [("Success", 2)]
    assert lines_of(engine, answer["ResponseMetadata"]["RequestId"])[1] == ["new", "code"]


def test_what_is_refused(client: Any, name: str) -> None:
    def refusal(**parameters: Any) -> Refusal:
        return refused(client.invoke, InvocationType="Event", **parameters)

    assert refusal(FunctionName="nowhere", Payload=b"{") == Refusal(404, "ResourceNotFoundException", {
        "Type": "User", "Message": f"Function not found: {ARN}:nowhere:$LATEST"})
    assert refusal(FunctionName=name, Qualifier="7") == Refusal(404, "ResourceNotFoundException", {
        "Type": "User", "Message": f"Function not found: {ARN}:{name}:7"})
    assert refusal(FunctionName=name, Payload=b"{") == refused(client.invoke, FunctionName=name, Payload=b"{")
    assert client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps("x" * 1_048_574))["StatusCode"] == 202
    assert refusal(FunctionName=name, Payload=json.dumps("x" * 1_048_575)) == Refusal(413, "RequestEntityTooLargeException", {
        "message": "Request must be smaller than 1048576 bytes for the InvokeFunction operation"})
    assert refused(client.invoke_async, FunctionName=name, InvokeArgs=json.dumps("x" * 262_143)) == Refusal(
        413, "RequestEntityTooLargeException", {
            "message": "Request must be smaller than 262144 bytes for the InvokeAsync operation"})


def test_invoke_async(client: Any, engine: SharedEngine, name: str) -> None:
    """API reference, InvokeAsync; older clients read the status from the body."""
    answer = client.invoke_async(FunctionName=name, InvokeArgs=b'{"old": true}')
    assert (answer["Status"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (202, 202)
    request = urllib.request.Request(f"{engine.url}/2014-11-13/functions/{name}/invoke-async/", b"{}", method="POST")
    with urllib.request.urlopen(request) as raw:
        assert (raw.status, raw.read()) == (202, b'{"Status":202}')
    assert [event.payload for event in engine.told(lambda asked: asked.queue.info(name)).events] == ['{"old": true}', "{}"]


def test_events_of_a_deleted_function_are_dropped(client: Any, engine: SharedEngine) -> None:
    create(client, "soon-gone")
    engine.told(lambda asked: asked.queue.hold("soon-gone"))
    client.invoke(FunctionName="soon-gone", InvocationType="Event")
    client.delete_function(FunctionName="soon-gone")
    move = engine.told(lambda asked: asked.queue.step("soon-gone"))
    assert outcomes(move) == [("dropped", 0)]
    assert move.steps[0].why.startswith("Its function is not there any more. ResourceNotFoundException: Function not found")
    engine.told(lambda asked: asked.queue.resume("soon-gone"))


def test_events_of_a_deleted_alias_are_dropped_and_the_reason_names_it(client: Any, engine: SharedEngine, name: str) -> None:
    client.invoke(FunctionName=name, Qualifier="live", InvocationType="Event")
    client.delete_alias(FunctionName=name, Name="live")
    move = engine.told(lambda asked: asked.queue.step(name))
    assert outcomes(move) == [("dropped", 0)]
    assert move.steps[0].why.startswith("Its version or alias live is not there any more. ResourceNotFoundException: Function")
