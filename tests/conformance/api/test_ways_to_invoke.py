"""Every way to invoke, through boto3, against `$LATEST`, a version, an alias, by each form of their names, and by URL.

Sources: API reference, Invoke and InvokeWithResponseStream; recorded answers of the service: those to an event and to a dry run
have no executed version.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, create, refused, waited, zipped
from tests.support.function_urls import url_of
from tests.support.shared_engine import SharedEngine
from workbench.model.events import StreamEvent

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
CODE = """
def handler(event, context):
    return {"version": context.function_version, "arn": context.invoked_function_arn, "event": event if "rawPath" not in event
            else event["rawPath"]}
"""
NAMES = (
    ("ways", ""), ("ways", "$LATEST"), ("ways", "1"), ("ways", "live"), ("ways:live", "live"),
    (f"{ACCOUNT}:function:ways:live", "live"), (f"{ARN}:ways:1", "1"), (f"{ARN}:ways:live", "live"))
"""Names of functions with the qualifier that they have, which is given besides where a name has none."""


@pytest.fixture
def function(client: Any) -> Iterator[str]:
    """Of which version 1, to which `live` points, is another one than `$LATEST`."""
    create(client, "ways", Publish=True, Timeout=20, Code={"ZipFile": zipped(CODE)})
    client.update_function_configuration(FunctionName="ways", Description="of $LATEST")
    waited(client, "function_updated_v2", "ways")
    client.create_alias(FunctionName="ways", Name="live", FunctionVersion="1")
    yield "ways"
    client.delete_function(FunctionName="ways")


def streamed(answer: Any) -> Any:
    """The value of a stream, which has to end with InvokeComplete."""
    events = list(answer["EventStream"])
    assert events[-1] == {"InvokeComplete": {}}
    return json.loads(b"".join(each["PayloadChunk"]["Payload"] for each in events[:-1]))


def ran(engine: SharedEngine, since: int, request_id: str) -> str:
    """The version that an event ran, once it has."""
    deadline = time.monotonic() + 30
    while True:
        events: list[StreamEvent] = engine.told(lambda told: told.events(since, 10_000))
        for event in events:
            if event.type == "platform.start" and event.request_id == request_id:
                return str(event.fields()["version"])
        assert time.monotonic() < deadline


def test_by_every_name(client: Any, engine: SharedEngine, function: str) -> None:
    for name, qualifier in NAMES:
        version = "$LATEST" if qualifier in ("", "$LATEST") else "1"
        given: dict[str, Any] = {"FunctionName": name, "Payload": b'{"n": 1}'}
        if qualifier and ":" not in name:
            given["Qualifier"] = qualifier
        value = {"version": version, "arn": f"{ARN}:ways:{qualifier}".rstrip(":"), "event": {"n": 1}}
        answer = client.invoke(**given)
        found = answer["StatusCode"], answer["ExecutedVersion"], json.loads(answer["Payload"].read())
        assert found == (200, version, value), given
        answer = client.invoke_with_response_stream(**given)
        assert (answer["StatusCode"], answer["ExecutedVersion"], streamed(answer)) == (200, version, value), given
        for call in (client.invoke, client.invoke_with_response_stream):
            dry = call(**given, InvocationType="DryRun")
            assert (dry["StatusCode"], "ExecutedVersion" in dry) == (204, False), given
            dry.get("EventStream", dry.get("Payload")).close()
        since = engine.told(lambda told: told.health()).seq
        accepted = client.invoke(**given, InvocationType="Event")
        assert (accepted["StatusCode"], "ExecutedVersion" in accepted, accepted["Payload"].read()) == (202, False, b""), given
        assert ran(engine, since, accepted["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]) == version, given


def test_what_is_not_there_is_refused_in_each_way(client: Any, function: str) -> None:
    for kind in ("RequestResponse", "Event", "DryRun"):
        for qualifier in ("2", "away"):
            missing = refused(client.invoke, FunctionName=function, Qualifier=qualifier, InvocationType=kind)
            assert (missing.status, missing.code) == (404, "ResourceNotFoundException"), kind
            assert missing.body["Message"] == f"Function not found: {ARN}:ways:{qualifier}"
    assert refused(client.invoke_with_response_stream, FunctionName=function, Qualifier="away").status == 404
    event = refused(client.invoke_with_response_stream, FunctionName=function, InvocationType="Event")
    assert (event.status, event.code) == (400, "ValidationException")


@pytest.mark.parametrize("context", [b"17", b'["custom"]', b"null", b"{", b'{"a": "\xff"}'])
def test_a_client_context_is_a_json_object(client: Any, function: str, context: bytes) -> None:
    given = refused(client.invoke, FunctionName=function, ClientContext=base64.b64encode(context).decode())
    assert (given.status, given.code) == (400, "InvalidRequestContentException")
    assert given.body["message"] == "Client context must be a valid Base64-encoded JSON object."


def test_by_the_url_of_the_function_and_of_an_alias(client: Any, function: str) -> None:
    """By the host that a browser names, and by the path that programs call; whole and streamed."""
    for alias, version in (("", "$LATEST"), ("live", "1")):
        qualifier = {"Qualifier": alias} if alias else {}
        for mode in ("BUFFERED", "RESPONSE_STREAM"):
            client.create_function_url_config(FunctionName=function, AuthType="NONE", InvokeMode=mode, **qualifier)
            for number, given in enumerate(({"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"},
                                            {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True})):
                client.add_permission(FunctionName=function, StatementId=f"{mode}{number}", Principal="*", **given, **qualifier)
            url = url_of(client, function, **qualifier)
            for answer in (url.send(path="/a/b"), url.send(path=f"/_url/{url.url_id}/a/b", host=url.engine.partition("//")[2])):
                assert (answer.status, answer.document["version"], answer.document["event"]) == (200, version, "/a/b")
            client.delete_function_url_config(FunctionName=function, **qualifier)
            for number in range(2):
                client.remove_permission(FunctionName=function, StatementId=f"{mode}{number}", **qualifier)
