"""`workbench invocations` and `workbench logs`, beside an engine and after it has ended."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.test_cli import run_workbench
from tests.support.api_clients import lambda_client
from tests.support.engines import served
from tests.support.workspaces import one_function
from workbench.client.engine_process import attach
from workbench.model.failures import ServiceError
from workbench.model.past_invocations import PastInvocationFilter, Retention
from workbench.workspace.state_directory import state_directory

CODE = """
def handler(event, context):
    print(f"order {event['n']} paid")
    if event["n"] == 2:
        raise KeyError("n")
"""


def test_invocations_and_lines_are_found(tmp_path: Path) -> None:
    root = one_function(tmp_path / "w", CODE)
    with served(root, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        assert run_workbench("invocations", "-w", root).stdout == "There are no such invocations.\n"
        ids = [client.invoke(FunctionName="Function", Payload=json.dumps({"n": number}))["ResponseMetadata"]["RequestId"]
               for number in (1, 2, 3)]
        page = json.loads(run_workbench("invocations", "--json", "-w", root).stdout)
        assert (page["total"], "next" in page, [each["requestId"] for each in page["invocations"]]) == (3, False, ids[::-1])
        (failed,) = json.loads(run_workbench("invocations", "--status", "error", "--json", "-w", root).stdout)["invocations"]
        assert (failed["requestId"], failed["errorType"], failed["version"]) == (ids[1], "Runtime.Unknown", "$LATEST")
        latest = json.loads(run_workbench("invocations", "-n", "2", "--since", "2020-01-01", "--json", "-w", root).stdout)
        assert [each["requestId"] for each in latest["invocations"]] == ids[:0:-1]
        assert "next" in latest
        cold = run_workbench("invocations", "--start", "cold", "-f", "Function", "-w", root).stdout
        assert re.fullmatch(
            rf"\S+ \S+  {ids[0]}  Function:\$LATEST  cold  success  [\d.]+ ms, init [\d.]+ ms, \d+ of 256 MB\n", cold)
        with_text = run_workbench("invocations", "--text", "ORDER 3", "-w", root).stdout
        assert [line.split()[2] for line in with_text.splitlines()] == [ids[2]]
        assert json.loads(run_workbench("logs", "order 1", "--json", "-w", root).stdout)["lines"][0]["requestId"] == ids[0]
        found = run_workbench("logs", "--filter", r"function:Function /ORDER [23]/", "-n", "1", "--json", "-w", root)
        assert [(line["text"], line["requestId"]) for line in json.loads(found.stdout)["lines"]] == [("order 3 paid", ids[2])]
        errors = run_workbench("logs", "--filter", "level:error", "-w", root).stdout
        assert "KeyError: 'n'" in errors
        assert "paid" not in errors
        faulty = run_workbench("logs", "--filter", "/(/", "-w", root)
        assert (faulty.returncode, "The regular expression is invalid at character 1" in faulty.stderr) == (2, True)
        assert run_workbench("logs", "nowhere", "-w", root).stdout == "No line of the log has this text.\n"
        asyncio.run(_what_cannot_be_asked(root))
    # Without a running engine a command brings its own.
    lines = run_workbench("logs", "paid", "-n", "2", "-w", root).stdout
    assert [line.split("  ")[1:] for line in lines.splitlines()] == [
        [ids[2], "Function", "order 3 paid"], [ids[1], "Function", "order 2 paid"]]
    wrong = run_workbench("invocations", "--since", "yesterday", "-w", root)
    assert (wrong.returncode, "'yesterday' is not a time." in wrong.stderr) == (2, True)


async def _what_cannot_be_asked(root: Path) -> None:
    client = await attach(state_directory(root))
    assert client is not None
    async with client:
        with pytest.raises(ServiceError, match="limit is a whole number from 1 to 1,000"):
            await client.history.invocations(PastInvocationFilter(), limit=0)
        with pytest.raises(ServiceError, match="text has at most 1,000 characters"):
            await client.history.lines("x" * 1_001)
        with pytest.raises(ServiceError, match="start is cold or warm, not 'hot'"):
            await client.history.invocations(PastInvocationFilter(start="hot"))  # type: ignore[arg-type]
        with pytest.raises(ServiceError, match="textIn is log, event, result or any, not 'nowhere'"):
            await client.history.invocations(PastInvocationFilter(), text="x", place="nowhere")  # type: ignore[arg-type]
        with pytest.raises(ServiceError, match="leastDurationMs is a number that is not negative"):
            await client.history.invocations(PastInvocationFilter(least_duration_ms=-1.0))
        with pytest.raises(ServiceError, match="There is no invocation 999999"):
            await client.history.deployed(999_999)
        with pytest.raises(ServiceError, match="The setting is not valid"):
            await client.history.change_retention(Retention(days=0))
        assert (await client.history.forget([999_999])).invocations == 0
