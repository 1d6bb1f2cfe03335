"""Functions with one FunctionName, and functions that are asked for by logical id as SAM CLI's local Lambda allows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.engines import engine_in_test
from tests.support.workspaces import WorkspaceBuilder
from workbench.client.queue import QueueCalls
from workbench.model.failures import ServiceError
from workbench.model.inbox import InboxFilter
from workbench.model.log_queries import LogFilter
from workbench.model.past_invocations import PastInvocationFilter

CODE = "def handler(event, context):\n    return context.function_name\n"


async def test_each_is_invoked_by_its_logical_id(tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "w")
    for name, shared in (("A", "same"), ("B", "same"), ("C", "own")):
        builder.function(name, {"app.py": CODE}, properties=f"FunctionName: {shared}")
    async with engine_in_test(builder.write()) as engine:
        answers = [(await engine.invoke(function=name)).payload for name in ("A", "B", "C", "own")]
        assert answers == ['"A"', '"B"', '"own"', '"own"']
        warnings = (await engine.client.health()).workspace_warnings
        assert any("A and B have the same FunctionName same" in said for said in warnings)
        with pytest.raises(ServiceError) as refused:
            await engine.invoke(function="same")
    assert refused.value.code == "ResourceNotFoundException"
    assert refused.value.hint == "A and B have the FunctionName same: it does not say which is meant. Name one of them."


NAMED = """\
      FunctionName: own
      DeadLetterQueue: {Type: SQS, TargetArn: "arn:aws:sqs:us-east-1:123456789012:dead"}
      EventInvokeConfig: {MaximumRetryAttempts: 0}
      FunctionUrlConfig: {AuthType: NONE}
"""


@pytest.mark.parametrize("named", ["C", "own", "arn:aws:lambda:us-east-1:123456789012:function:own"])
async def test_what_is_kept_of_a_function_is_found_by_all_that_it_is_called(tmp_path: Path, named: str) -> None:
    code = "def handler(event, context):\n    print('said')\n    raise ValueError('no')\n"
    root = WorkspaceBuilder(tmp_path / "w").function("C", {"app.py": code}, properties=NAMED).write()
    async with engine_in_test(root) as engine:
        client = engine.client
        await client.queue.hold(named)
        await client.queue.send(named, b"{}")
        assert [step.function_name for step in (await client.queue.step(named)).steps] == ["own"]
        assert len((await client.history.invocations(PastInvocationFilter(function_name=named))).invocations) == 1
        assert len((await client.history.lines("said", function_name=named)).lines) == 1
        text = b"".join([part async for part in client.log.file(LogFilter(text="said", function_name=named), "text")])
        assert text.count(b"said") == 1
        assert [message.function_name for message in await client.inbox.page(InboxFilter(function_name=named))] == ["own"]
        assert [url.function for url in await client.versions.function_urls(named)] == ["own"]
        assert await engine.states()
        await client.stop_environments(named)
        assert await engine.states() == []


@pytest.mark.parametrize("call", [
    lambda queue: queue.hold("Own"), lambda queue: queue.resume("Own"), lambda queue: queue.step("Own"),
    lambda queue: queue.forward("Own", 60), lambda queue: queue.drop_all("Own"),
], ids=["hold", "resume", "step", "forward", "drop"])
async def test_a_queue_of_no_function_is_refused(tmp_path: Path, call: Callable[[QueueCalls], Awaitable[object]]) -> None:
    root = WorkspaceBuilder(tmp_path / "w").function("C", {"app.py": CODE}).write()
    async with engine_in_test(root) as engine:
        with pytest.raises(ServiceError, match="Function not found: arn:aws:lambda:us-east-1:123456789012:function:Own"):
            await call(engine.client.queue)
        with pytest.raises(ServiceError, match="Function not found"):
            await engine.client.stop_environments("Own")
        assert [clock.function_name for clock in (await engine.client.queue.info()).clocks] == [""]
