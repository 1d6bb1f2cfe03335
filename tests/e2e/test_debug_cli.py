"""`workbench debug` as a person has it: in a terminal, with a debugger that attaches from outside."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.dap_client import dap_client
from tests.support.workspaces import WorkspaceBuilder, one_function

pytestmark = pytest.mark.usefixtures("one_cache")
CODE = """\
def handler(event, context):
    answer = event["number"] + 1
    return {"answer": answer}
"""


@asynccontextmanager
async def debugging(root: Path, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "workbench", "debug", "Function", "-w", str(root), "--sandbox", "process", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def told_port(process: asyncio.subprocess.Process) -> int:
    assert process.stdout is not None
    async with asyncio.timeout(60):
        line = (await process.stdout.readline()).decode()
    match = re.search(r"127\.0\.0\.1:(\d+)", line)
    assert match, line + (await process.stderr.read()).decode()  # type: ignore[union-attr]
    return int(match[1])


async def test_debug_invokes_when_attached_shows_the_answer_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    root = one_function(tmp_path / "app", CODE)
    (root / "events").mkdir()
    (root / "events" / "one.json").write_text('{"number": 41}')
    async with debugging(root, "-e", "one", "--write-config", "vscode") as process:
        port = await told_port(process)
        assert process.stdout is not None
        assert b"launch.json" in await process.stdout.readline()
        (entry,) = json.loads((root / ".vscode" / "launch.json").read_text())["configurations"]
        assert entry["connect"]["port"] == port
        async with dap_client(port) as ide:
            await ide.attach(breakpoints={root / "function" / "app.py": [3]})
            thread, stack = await ide.stopped()
            assert (await ide.variables(stack[0]))["answer"] == "42"
            await ide.request("continue", {"threadId": thread})
            shown = ""
            async with asyncio.timeout(30):
                while "REPORT" not in shown or '"answer"' not in shown:
                    shown += (await process.stdout.readline()).decode()
            process.send_signal(signal.SIGINT)
            await ide.over()
        async with asyncio.timeout(30):
            assert await process.wait() == 0
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_what_can_not_be_debugged_is_told_in_two_lines(tmp_path: Path) -> None:
    root = WorkspaceBuilder(tmp_path).function("Function", {"bootstrap": ""}, runtime="provided.al2023").write()
    async with debugging(root) as process:
        _, errors = await process.communicate()
        assert process.returncode == 2
        assert b"Function cannot be debugged" in errors
