"""Two retries and a dead letter within seconds: `workbench queue` and `workbench inbox` as a teacher shows them to a class."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from tests.e2e.test_cli import run_workbench
from tests.support.api_clients import lambda_client
from tests.support.engines import served
from tests.support.workspaces import WorkspaceBuilder
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

T = TypeVar("T")
FAILING = "def handler(event, context):\n    raise KeyError(event['order'])\n"
LETTERS = "arn:aws:sqs:us-east-1:123456789012:letters"
RECORDS = "arn:aws:s3:::records"
PROPERTIES = f"""\
      DeadLetterQueue: {{Type: SQS, TargetArn: '{LETTERS}'}}
      EventInvokeConfig: {{DestinationConfig: {{OnFailure: {{Type: S3Bucket, Destination: '{RECORDS}'}}}}}}
"""


async def asked(root: Path, ask: Callable[[EngineClient], Awaitable[T]]) -> T:
    """Ask the engine of a workspace."""
    connection = read_connection(state_directory(root))
    assert connection is not None
    async with EngineClient(connection) as client:
        return await ask(client)


def test_two_retries_and_a_dead_letter(tmp_path: Path) -> None:
    root = tmp_path / "w"
    WorkspaceBuilder(root).function("Orders", {"app.py": FAILING}, properties=PROPERTIES).write()

    def said(*command: str) -> str:
        return run_workbench(*command, "-w", root).stdout

    with served(root, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        asyncio.run(asked(root, lambda engine: engine.queue.hold()))
        sent = client.invoke(FunctionName="Orders", InvocationType="Event", Payload=b'{"order": 7}')
        request_id = sent["ResponseMetadata"]["RequestId"]
        steps = [asyncio.run(asked(root, lambda engine: engine.queue.forward())).steps for _ in range(3)]
        assert [[step.outcome for step in tried] for tried in steps] == [["scheduled"], ["scheduled"], ["RetriesExhausted"]]
        listed = said("inbox", "list")
        assert listed.endswith(f"  failure      Orders -> {RECORDS}\n{listed.splitlines()[1]}\n"), listed
        assert listed.endswith(f"  dead-letter  Orders -> {LETTERS}\n"), listed
        lines = said("inbox", "show", "1").splitlines()
        assert lines[:4] == [
            "Kind          dead letter", f"To            {LETTERS}",
            "From          arn:aws:lambda:us-east-1:123456789012:function:Orders:$LATEST", f"Request       {request_id}"]
        assert lines[-7:] == [
            f"RequestID     {request_id}", "ErrorCode     200", "ErrorMessage  7", "", "{", '  "order": 7', "}"]
        [record] = json.loads(said("inbox", "list", "--kind", "failure", "--json"))
        context = json.loads(record["body"])["requestContext"]
        assert (context["condition"], context["approximateInvokeCount"]) == ("RetriesExhausted", 3)
    # Without a running engine the command brings its own.
    assert said("inbox", "clear", "--function", "Orders") == "Deleted 2 messages.\n"
