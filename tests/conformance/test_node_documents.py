"""What our Node.js runtime client answers, by the reference: for what AWS's released client cannot be asked."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.runtime_api_server import Outcome, ScriptedEvent, event, run_client
from workbench.runtimes.command_lines import node_command
from workbench.runtimes.node_flags import node_flags

HANDLERS = Path(__file__).parent / "handlers" / "node"
BOOTSTRAP = Path(__file__).parents[2] / "workbench/runtimes/bootstraps/bootstrap.cjs"
FLAGS = node_flags(128, (20,), (), "")

pytestmark = [pytest.mark.node, pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")]


def run(handler: str, *events: ScriptedEvent, runtime: str = "nodejs20.x", **environment: str) -> Outcome:
    settings = {"AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}", "_HANDLER": handler, **environment}
    return run_client(node_command("node", BOOTSTRAP, FLAGS), HANDLERS, settings, events or (event({"n": 1}),))


@pytest.mark.parametrize(("runtime", "handler", "path", "kind", "message", "exit_code"), [
    ("nodejs20.x", "missing.handler", "/init/error", "Runtime.ImportModuleError",
     "Error: Cannot find module 'missing'\nRequire stack:\n- /var/runtime/index.mjs", 129),
    ("nodejs24.x", "missing.handler", "/init/error", "Runtime.ImportModuleError",
     "Error: Cannot find module 'missing'\nRequire stack:\n- /var/runtime/index.mjs", 1),
    ("nodejs20.x", "index.nope", "/init/error", "Runtime.HandlerNotFound", "index.nope is undefined or not exported", 129),
    ("nodejs24.x", "index.nope", "/init/error", "Runtime.HandlerNotFound", "index.nope is undefined or not exported", 1),
    ("nodejs20.x", "index.number", "/init/error", "Runtime.HandlerNotFound", "index.number is not a function", 129),
    ("nodejs20.x", "index", "/init/error", "Runtime.MalformedHandlerName", "Bad handler", 129),
    ("nodejs20.x", "syntax.handler", "/init/error", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token ';'", 129),
    ("nodejs20.x", "rejects.handler", "/init/error", "Runtime.UnhandledPromiseRejection", "Error: while loading, later", 128),
    ("nodejs20.x", "index.unhandled", "response", "Runtime.UnhandledPromiseRejection", "Error: nobody caught this", 128),
    ("nodejs20.x", "index.uncaught", "response", "Error", "in a timer", 129),
    ("nodejs24.x", "index.never", "response", "Runtime.NodeJsExit",
     "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was "
     "never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes", 13),
    ("nodejs24.x", "index.callback", "/init/error", "Runtime.CallbackHandlerDeprecated",
     "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify "
     "this function to use a supported handler signature to use Node.js 24 or later. For more information see "
     "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.", 1),
    ("nodejs24.x", "index.bigint", "response", "Runtime.JSONStringifyError", "Unable to stringify response body", None),
    ("nodejs20.x", "index.bigint", "response", "Error", "Unable to stringify response body", None),
])
def test_error_document(runtime: str, handler: str, path: str, kind: str, message: str, exit_code: int | None) -> None:
    outcome = run(handler, runtime=runtime)
    expected = "/invocation/00000000-0000-4000-8000-000000000001/error" if path == "response" else path
    assert [post.path for post in outcome.posts] == [expected]
    document = outcome.posts[0].document()
    assert (document["errorType"], document["errorMessage"]) == (kind, message)
    assert list(document) == ["errorType", "errorMessage", "trace"]
    assert outcome.exit_code == exit_code


def test_trace_looks_as_on_lambda() -> None:
    trace = run("index.failing", event("after-await")).posts[0].document()["trace"]
    assert trace[0] == "TypeError: after await"
    assert trace[1].startswith("    at Runtime.failing [as handler] (")
    assert not any("_workbench" in line or "bootstrap.cjs" in line for line in trace)


def test_sync_failure_names_the_runtime_as_lambda_does() -> None:
    trace = run("index.throwsSync").posts[0].document()["trace"]
    assert re.match(r"    at (Runtime\.)?exports\.throwsSync \[as handler\] \(", trace[1])
    assert trace[2].startswith("    at Runtime.handleOnceNonStreaming (file:///var/runtime/index.mjs:")
    assert len(trace) == 3


@pytest.mark.parametrize("runtime", ["nodejs22.x", "nodejs24.x"])
def test_invocation_id_is_echoed(runtime: str) -> None:
    for handler in ("index.echo", "index.failing", "index.stream"):
        post = run(handler, event("error"), runtime=runtime).posts[0]
        assert post.headers["lambda-runtime-invocation-id"] == "invocation-00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize("runtime", ["nodejs22.x", "nodejs24.x"])
def test_heaps_of_the_function_and_its_worker_threads_follow_its_memory(runtime: str) -> None:
    node, *flags, _bootstrap = node_command("node", BOOTSTRAP, FLAGS)
    plain = subprocess.run([node, *flags, str(HANDLERS / "heaps.js")], capture_output=True, check=True)
    outcome = run("heaps.handler", runtime=runtime)
    assert outcome.posts[0].document() == json.loads(plain.stdout)
    assert outcome.stderr == b""


def test_callback_handlers_are_warned_of_node_24() -> None:
    assert b"\tWARN\tAWS Lambda plans to remove support for callback-based" in run("index.callback").stdout
    assert run("index.callback", AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING="1").stdout == b""
    assert run("index.echo").stdout == b""


def test_first_request_tells_of_init() -> None:
    report = json.loads(run("index.echo").first_next_headers["workbench-init"])
    (runtime_start, runtime_end), (function_start, function_end) = report["runtimeInit"], report["functionInit"]
    assert runtime_start < runtime_end == function_start < function_end
    for row in report["imports"]:  # empty before Node.js 22
        assert -1 <= row[1] < report["imports"].index(row)
        assert function_start <= row[2] <= row[2] + row[3] <= function_end


def test_init_error_tells_of_init() -> None:
    assert json.loads(run("broken.handler").posts[0].headers["workbench-init"])["imports"] is not None


@pytest.mark.parametrize("runtime", ["nodejs20.x", "nodejs24.x"])
def test_connection_closed_while_the_handler_runs(runtime: str) -> None:
    outcome = run("index.failing", ScriptedEvent(b'"fine"', hang_up=True), event("also fine"), runtime=runtime)
    assert [post.body for post in outcome.posts] == [b'"fine"', b'"also fine"']
    assert outcome.exit_code is None
