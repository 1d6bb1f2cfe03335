"""The first request for what a template declares finds it deployed, whichever way it asks: nobody has published anything before.

Source: SAM guide, AutoPublishAlias and SnapStart: after `sam deploy` there are the alias, its version and the version's snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.engines import until
from tests.support.shared_engine import SharedEngine, shared_by_tests

WAYS = ("Invoked", "Streamed", "Queued", "Checked", "CheckedForStream")
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.13, Handler: app.handler, CodeUri: src/, Timeout: 30}
Resources:
  First: {Type: AWS::Serverless::Function}
""" + "".join(f"""
  Alias{way}: {{Type: AWS::Serverless::Function, Properties: {{AutoPublishAlias: live}}}}
  Snapshot{way}:
    Type: AWS::Serverless::Function
    Properties: {{AutoPublishAlias: live, SnapStart: {{ApplyOn: PublishedVersions}}}}
""" for way in WAYS)
CODE = "def handler(event, context):\n    return context.function_version\n"


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    """`workbench serve` for the template."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "src").mkdir()
    (root / "src" / "app.py").write_text(CODE)
    (root / "template.yaml").write_text(TEMPLATE)
    with shared_by_tests(tmp_path_factory, root) as engine:
        yield engine


def invoked(client: Any, name: str) -> tuple[int, str]:
    answer = client.invoke(FunctionName=name, Qualifier="live")
    return answer["StatusCode"], json.loads(answer["Payload"].read())


def streamed(client: Any, name: str) -> tuple[int, str]:
    answer = client.invoke_with_response_stream(FunctionName=name, Qualifier="live")
    payload = b"".join(event["PayloadChunk"]["Payload"] for event in answer["EventStream"] if "PayloadChunk" in event)
    assert answer["ExecutedVersion"] == "1"
    return answer["StatusCode"], json.loads(payload)


def status(method: str, kind: str) -> Callable[[Any, str], tuple[int, str]]:
    def call(client: Any, name: str) -> tuple[int, str]:
        answer = getattr(client, method)(FunctionName=name, Qualifier="live", InvocationType=kind)
        answer.get("EventStream", answer.get("Payload")).close()
        return answer["StatusCode"], "1"

    return call


@pytest.mark.parametrize("kind", ["Alias", "Snapshot"])
@pytest.mark.parametrize(("way", "call", "answered"), [
    ("Invoked", invoked, 200), ("Streamed", streamed, 200), ("Queued", status("invoke", "Event"), 202),
    ("Checked", status("invoke", "DryRun"), 204),
    ("CheckedForStream", status("invoke_with_response_stream", "DryRun"), 204)])
def test_an_alias_is_there(
    client: Any, kind: str, way: str, call: Callable[[Any, str], tuple[int, str]], answered: int
) -> None:
    assert call(client, kind + way) == (answered, "1")


async def test_an_event_runs_the_version_of_its_alias(client: Any, engine: SharedEngine) -> None:
    for name in ("AliasQueued", "SnapshotQueued"):
        accepted = client.invoke(FunctionName=name, Qualifier="live", InvocationType="Event")
        request_id = accepted["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]

        async def has_run(request_id: str = request_id) -> bool:
            events = await engine.ask(lambda client: client.invocation_events(request_id))
            return any(event.type == "platform.start" and event.fields()["version"] == "1" for event in events)

        await until(has_run, limit_s=60)
