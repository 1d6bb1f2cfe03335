"""Recursive loops: ended after 16 turns, unless the function may run in one.

Sources: Lambda guide, "Use Lambda recursive loop detection to prevent infinite loops" (approximately 16 times, then the next
invocation is stopped; the event goes to the dead-letter queue and the destination of failures; `Allow`); API reference, Invoke:
RecursiveInvocationException, 400, which it describes in these words.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.api.asynchronous.functions import FIFO
from tests.support.api_clients import ACCOUNT, REGION, Refusal, refused
from tests.support.engines import until
from tests.support.shared_engine import SharedEngine
from workbench.model.inbox import InboxFilter
from workbench.model.lineage import traced

MESSAGE = ("Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your "
           "function's invocation.")
ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793"


@pytest.fixture(autouse=True)
def _no_environments(engine: SharedEngine) -> Iterator[None]:
    yield
    asyncio.run(engine.stop_environments())


def after(turns: int) -> str:
    """The tracing header with which Next would be invoked after so many turns."""
    header = ROOT
    for _ in range(turns):
        header = traced(header, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Next")
    return header


def invoke(client: Any, header: str) -> Any:
    """Invoke with a tracing header, as a function's SDK does."""
    def add(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = header

    client.meta.events.register_first("before-sign.lambda.Invoke", add)
    try:
        return client.invoke(FunctionName="Next", Payload=b'{"trace": 1}')
    finally:
        client.meta.events.unregister("before-sign.lambda.Invoke", add)


async def test_a_function_that_invokes_itself_with_boto3_runs_16_times(engine: SharedEngine, client: Any) -> None:
    client.invoke(FunctionName="Loop", InvocationType="Event", Payload=b'{"turn": 1}')

    async def ends() -> list[str]:
        events = await engine.ask(lambda each: each.events(limit=10_000))
        return [each.fields()["condition"] for each in events
                if each.type == "sandbox.queueSettled" and each.function_name == "Loop"]

    async def all_ended() -> bool:
        return len(await ends()) == 17

    await until(all_ended, 30)
    assert sorted(await ends()) == ["RecursiveInvocationDetected"] + ["Success"] * 16
    [letter] = await engine.ask(lambda each: each.inbox.page(InboxFilter(target=FIFO)))
    assert (letter.target, letter.kind, letter.body) == (FIFO, "dead-letter", '{"turn": 17}')
    assert {name: each.value for name, each in letter.attributes.items()} == {
        "RequestID": letter.request_id, "ErrorCode": "400", "ErrorMessage": MESSAGE}
    events = await engine.ask(lambda each: each.events(limit=10_000))
    turns = [str(each.record) for each in events if each.type == "function" and str(each.record).startswith("turn ")]
    assert [int(each.split()[1]) for each in turns] == list(range(1, 17))


def test_the_chain_is_counted_unless_the_function_may_run_in_a_loop(client: Any) -> None:
    assert json.load(invoke(client, after(15))["Payload"]) == after(16)
    refusal = refused(lambda: invoke(client, after(16)))
    assert refusal == Refusal(400, "RecursiveInvocationException", {"Type": "User", "Message": MESSAGE})
    client.put_function_recursion_config(FunctionName="Next", RecursiveLoop="Allow")
    assert json.load(invoke(client, after(16))["Payload"]) == after(17)
    client.put_function_recursion_config(FunctionName="Next", RecursiveLoop="Terminate")
    assert refused(lambda: invoke(client, after(16))).code == "RecursiveInvocationException"
