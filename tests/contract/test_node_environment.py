"""What a Node.js function sees of its environment as a process, variable by variable, against what Lambda was recorded to give.

Differences are those that docs/limits.md lists: folders of this machine stand for Lambda's, and variables lead there.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.engines import engine_in_test
from tests.support.workspaces import WorkspaceBuilder

HANDLER = """
    exports.handler = async () => ({
      variables: process.env, argv: process.argv, flags: process.execArgv, cwd: process.cwd(), gc: typeof gc,
      main: [typeof require.main, typeof process.mainModule], filename: __filename, parent: module.parent?.filename,
    })
"""
RECORDED = {
    "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG",
    "LD_LIBRARY_PATH", "NODE_PATH", "PATH", "TZ", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT", "_HANDLER",
    "_X_AMZN_TRACE_ID",
}
"""Lambda's variables in nodejs20.x and later, 2026."""
OF_OURS = {"TMPDIR", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL_LAMBDA"}
VALUES = {
    "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "LANG": "en_US.UTF-8", "TZ": ":UTC",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR", "_HANDLER": "app.handler",
    "_AWS_XRAY_DAEMON_PORT": "2000",
}

Report = Callable[..., Awaitable[dict[str, Any]]]
pytestmark = [pytest.mark.node, pytest.mark.skipif(os.name != "posix", reason="Lambda's paths are those of POSIX")]


@pytest.fixture
async def report(tmp_path: Path) -> AsyncIterator[Report]:
    """What a function sees, made with these options."""
    async with AsyncExitStack() as stack:

        async def invoke(**options: Any) -> dict[str, Any]:
            builder = WorkspaceBuilder(tmp_path / "w").function("Function", {"app.js": HANDLER}, runtime="nodejs20.x", **options)
            engine = await stack.enter_async_context(engine_in_test(builder.write(), sandbox="process"))
            invocation = await engine.invoke({})
            assert invocation.status == "success", invocation.document()
            seen: dict[str, Any] = json.loads(invocation.payload)
            return seen

        yield invoke


async def test_variables_are_lambdas_and_no_others(report: Report, tmp_path: Path) -> None:
    variables = (await report(environment={"OWN": "1"}))["variables"]
    assert set(variables) - OF_OURS == RECORDED | {"OWN"}
    assert {name: variables[name] for name in VALUES} == VALUES
    assert variables["NODE_PATH"] == variables["LAMBDA_TASK_ROOT"] == str(tmp_path / "w" / "function")


async def test_process_looks_as_on_lambda(report: Report, tmp_path: Path) -> None:
    seen = await report(memory_mb=1024)
    task_root = str(tmp_path / "w" / "function")
    assert (seen["cwd"], seen["filename"]) == (task_root, f"{task_root}/app.js")
    assert seen["argv"][1:] == ["/var/runtime/index.mjs"]
    assert seen["main"] == ["undefined", "undefined"]
    assert seen["parent"] == "/var/runtime/index.mjs"
    assert seen["gc"] == "function"
    flags = ["--expose-gc", "--max-http-header-size=81920", "--max-semi-space-size=17", "--max-old-space-size=922"]
    assert seen["flags"][:4] == flags
    assert set(seen["flags"][4:]) <= {"--no-experimental-require-module"}


async def test_options_of_the_functions_own_win(report: Report) -> None:
    own = {"NODE_OPTIONS": "--max-old-space-size=300 --experimental-require-module", "NODE_PATH": "/var/task/lib:/nowhere"}
    seen = await report(environment=own)
    assert seen["flags"] == ["--expose-gc", "--max-http-header-size=81920"]
    variables = seen["variables"]
    assert variables["NODE_OPTIONS"] == own["NODE_OPTIONS"]
    assert variables["NODE_PATH"] == f"{variables['LAMBDA_TASK_ROOT']}/lib:/nowhere"
