"""Recursive loops: ended after 16 turns, unless the function may run in one.

Sources: Lambda guide, "Use Lambda recursive loop detection to prevent infinite loops" (approximately 16 times, then the next
invocation is stopped; `Allow`); API reference, Invoke: RecursiveInvocationException, 400, which it describes in these words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, Refusal, refused
from tests.support.shared_engine import SharedEngine, shared_by_tests
from tests.support.workspaces import WorkspaceBuilder
from workbench.model.lineage import traced

LOOP = """\
import json, os, urllib.error, urllib.request

def handler(event, context):
    if "url" not in event:
        return os.environ["_X_AMZN_TRACE_ID"]
    headers = {"X-Amzn-Trace-Id": os.environ["_X_AMZN_TRACE_ID"]}
    event["turn"] += 1
    try:
        with urllib.request.urlopen(urllib.request.Request(event["url"], json.dumps(event).encode(), headers)) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return [event["turn"], error.code, error.headers["x-amzn-ErrorType"], json.load(error)]
"""
MESSAGE = ("Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your "
           "function's invocation.")
ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    workspace = tmp_path_factory.mktemp("workspace")
    WorkspaceBuilder(workspace).function("Loop", {"app.py": LOOP}, memory_mb=128).write()
    with shared_by_tests(tmp_path_factory, workspace) as engine:
        yield engine


def after(turns: int) -> str:
    """The tracing header with which Loop would be invoked after so many turns."""
    header = ROOT
    for _ in range(turns):
        header = traced(header, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Loop")
    return header


def invoke(client: Any, header: str) -> Any:
    """Invoke with a tracing header, as a function's SDK does."""
    def add(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = header

    client.meta.events.register_first("before-sign.lambda.Invoke", add)
    try:
        return client.invoke(FunctionName="Loop")
    finally:
        client.meta.events.unregister("before-sign.lambda.Invoke", add)


def test_a_function_that_invokes_itself_runs_16_times(engine: SharedEngine, client: Any) -> None:
    url = f"{engine.url}/2015-03-31/functions/Loop/invocations"
    answer = client.invoke(FunctionName="Loop", Payload=f'{{"url": "{url}", "turn": 0}}')
    turn, status, kind, document = json.load(answer["Payload"])
    assert (turn, status, kind) == (16, 400, "RecursiveInvocationException")
    assert document == {"Type": "User", "Message": MESSAGE}


def test_the_chain_is_counted_in_the_tracing_header(client: Any) -> None:
    assert invoke(client, after(15))["Payload"].read().decode() == f'"{after(16)}"'
    refusal = refused(lambda: invoke(client, after(16)))
    assert refusal == Refusal(400, "RecursiveInvocationException", {"Type": "User", "Message": MESSAGE})


def test_a_function_that_may_run_in_a_loop_does(client: Any) -> None:
    client.put_function_recursion_config(FunctionName="Loop", RecursiveLoop="Allow")
    assert invoke(client, after(16))["Payload"].read().decode() == f'"{after(17)}"'
    client.put_function_recursion_config(FunctionName="Loop", RecursiveLoop="Terminate")
    assert refused(lambda: invoke(client, after(16))).code == "RecursiveInvocationException"
