"""`workbench inbox` as a person runs it, beside an engine and without one."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from pathlib import Path

from tests.e2e.test_cli import run_workbench
from tests.support.api_clients import lambda_client
from tests.support.engines import served, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.model.inbox import InboxMessage
from workbench.workspace.state_directory import state_directory

FAILING = "def handler(event, context):\n    raise KeyError(event['order'])\n"
LETTERS = "arn:aws:sqs:us-east-1:123456789012:letters"
PROPERTIES = f"      DeadLetterQueue: {{Type: SQS, TargetArn: '{LETTERS}'}}\n"


async def first_message(root: Path) -> InboxMessage:
    """What arrives in the inbox of a workspace's engine."""
    connection, found = read_connection(state_directory(root)), list[InboxMessage]()
    assert connection is not None
    async with EngineClient(connection) as client:
        async def arrived() -> bool:
            found.extend(await client.inbox.page())
            return bool(found)

        await until(arrived, 30)
    return found[0]


def test_a_dead_letter_is_listed_shown_and_cleared(tmp_path: Path) -> None:
    root = tmp_path / "w"
    WorkspaceBuilder(root).function("Orders", {"app.py": FAILING}, properties=PROPERTIES).write()
    with served(root, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        client.put_function_event_invoke_config(FunctionName="Orders", MaximumRetryAttempts=0)
        sent = client.invoke(FunctionName="Orders", InvocationType="Event", Payload=b'{"order": 7}')
        request_id = sent["ResponseMetadata"]["RequestId"]
        message = asyncio.run(first_message(root))
        listed = run_workbench("inbox", "list", "-w", root).stdout
        assert listed.endswith(f"  dead-letter  Orders -> {LETTERS}\n"), listed
        lines = run_workbench("inbox", "show", "-w", root).stdout.splitlines()
        assert lines[:4] == [
            "Kind          dead letter", f"To            {LETTERS}",
            "From          arn:aws:lambda:us-east-1:123456789012:function:Orders:$LATEST", f"Request       {request_id}"]
        assert lines[-7:] == [
            f"RequestID     {request_id}", "ErrorCode     200", "ErrorMessage  7", "", "{", '  "order": 7', "}"]
        found = run_workbench("inbox", "list", "--kind", "dead-letter", "--json", "-w", root)
        assert json.loads(found.stdout)[0]["body"] == message.body == '{"order": 7}'
        missing = run_workbench("inbox", "show", "99", "-w", root)
        assert (missing.returncode, "The inbox has no message 99." in missing.stderr) == (2, True)
    # Without a running engine the command brings its own.
    assert run_workbench("inbox", "clear", "--function", "Orders", "-w", root).stdout == "Deleted 1 message.\n"
    assert run_workbench("inbox", "list", "-w", root).stdout == "The inbox is empty.\n"
