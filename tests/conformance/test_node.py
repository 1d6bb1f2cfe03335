"""Our Node.js runtime client against AWS's own (aws-lambda-ric, both generations): the same posts, output and end."""

from __future__ import annotations

import base64
import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.nodes import Generation, NotInstalled, aws_client, generations
from tests.support.runtime_api_server import Outcome, Posted, ScriptedEvent, event, run_client
from workbench.runtimes.command_lines import node_command
from workbench.runtimes.node_flags import node_flags

HANDLERS = Path(__file__).parent / "handlers" / "node"
BOOTSTRAP = Path(__file__).parents[2] / "workbench/runtimes/bootstraps/bootstrap.cjs"
COMPARED_HEADERS = ("content-type", "lambda-runtime-function-error-type", "lambda-runtime-function-response-mode", "trailer")
ERROR_TRAILER = "lambda-runtime-function-error-body"
CAUSE = "lambda-runtime-function-xray-error-cause"
JSON_LOGS = {"AWS_LAMBDA_LOG_FORMAT": "JSON"}
FLAGS = node_flags(128, (20,), (), "")
BOTH = ("callbacks", "promises")

pytestmark = [pytest.mark.node, pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")]


@dataclass(frozen=True)
class Case:
    name: str
    handler: str
    events: tuple[ScriptedEvent, ...] = (event({"n": 1}),)
    environment: dict[str, str] = field(default_factory=dict)
    generations: tuple[str, ...] = BOTH
    goes_on: bool = False  # the same process answers every event


def _handlers(*names: str, only: tuple[str, ...] = BOTH) -> list[Case]:
    events = (event({"n": 1}), event({"n": 2}))
    return [Case(name, f"index.{name}", events, generations=only) for name in names]


def _kinds(name: str, handler: str, *kinds: str, only: tuple[str, ...] = BOTH) -> Case:
    """One process that is given all these: what a handler returns or throws does not end it."""
    return Case(name, handler, tuple(map(event, kinds)), generations=only, goes_on=True)


CLIENT_CONTEXT = json.dumps({"client": {"app_title": "t"}, "custom": {"k": "v"}, "env": {}})
IDENTITY = json.dumps({"cognitoIdentityId": "id", "cognitoIdentityPoolId": "pool"})

CASES = [
    *_handlers("echo", "sync", "nested.deep.handler"),
    _kinds("any", "index.any", "nothing", "text", "values", "bigint", "cycle", "env", "thenable", "throwsSync", "echo"),
    *_handlers("callback", "succeed", "never", "neverSync", only=("callbacks",)),
    _kinds(
        "any-with-callback", "index.anyWithCallback",
        "callbackError", "callbackText", "callbackTwice", "callbackWaits", "callbackBigint", "fail", "failEmpty", "done",
        "doneError", "callback", "callbackDoesNotWait", "callback", only=("callbacks",),
    ),
    *_handlers("callback", "succeed", only=("promises",)),
    *_handlers("unhandled", "unhandledText", "uncaught", "exits", "exitsClean", "logs"),
    *_handlers("nope", "number", "nested.nope.deeper"),
    _kinds(
        "fails", "index.failing", "error", "fine", "custom", "cause", "text", "object", "plain", "null", "undefined", "number",
        "no-stack", "after-await", "cyclic", "fine",
    ),
    Case("fails-json-logs", "index.failing", (event("custom"), event("text")), JSON_LOGS),
    *_handlers("stream"),
    _kinds("any-stream", "index.anyStream", "streamHttp", "streamPipeline", "streamFails", "streamFailsFirst", "streamSync",
           "streamReturns", "streamLateType", "stream"),
    Case("logs-json", "index.logs", (event(1, Lambda_Runtime_Aws_Tenant_Id="tenant"),), JSON_LOGS),
    Case("logs-warn", "index.logs", (event(1),), {"AWS_LAMBDA_LOG_LEVEL": "warn"}),
    Case("logs-json-fatal", "index.logs", (event(1),), {**JSON_LOGS, "AWS_LAMBDA_LOG_LEVEL": "FATAL"}),
    Case("contexts", "index.contexts", (
        event(1),
        event(1, Lambda_Runtime_Client_Context=CLIENT_CONTEXT, Lambda_Runtime_Cognito_Identity=IDENTITY,
              Lambda_Runtime_Aws_Tenant_Id="tenant", Lambda_Runtime_Trace_Id=""),
        event(2),
    )),
    Case("contexts-bad", "index.contexts", (event(1, Lambda_Runtime_Client_Context="{nonsense"),)),
    Case("contexts-no-global", "index.contexts", environment={"AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA": "1"}),
    Case("remaining", "index.remaining", (event(1, Lambda_Runtime_Deadline_Ms="1000"),)),
    Case("module", "module.handler"),
    Case("module-fails", "module.failing"),
    Case("module-default", "module.inDefault"),
    Case("module-callback", "module.callback"),
    Case("module-by-package", "esm/index.handler"),
    Case("folder-cjs", "folder/common.handler"),
    Case("folder-js", "./folder/plain.handler"),
    Case("without-ending", "bare.handler"),
    Case("folder-index", "dir.handler"),
    Case("folder-index-named", "dir/index.handler"),
    Case("module-awaits", "awaits.deep.er.handler"),
    Case("surrogates", "surrogates.handler", (event({"n": 1}), event({"n": 2}))),
    Case("surrogates-json", "surrogates.handler", (event({"n": 1}), event({"n": 2})), JSON_LOGS),
    Case("init-typescript", "typed.handler", ()),
    Case("init-missing", "missing.handler", ()),
    Case("init-missing-folder", "nowhere/missing.handler", ()),
    Case("init-needs-missing", "needs_missing.handler", ()),
    Case("init-needs-missing-module", "needs_missing_module.handler", ()),
    Case("init-broken", "broken.handler", ()),
    Case("init-broken-module", "broken_module.handler", ()),
    Case("init-broken-json", "broken.handler", (), JSON_LOGS),
    Case("init-exits", "exits.handler", ()),
    Case("init-syntax", "syntax.handler", ()),
    Case("init-no-dot", "index", ()),
    Case("init-parent", "../index.handler", ()),
    Case("logs-at-load", "logs_at_load.handler"),
]
RUNS = [pytest.param(case, generation, id=f"{case.name}-{generation.name}")
        for generation in generations() for case in CASES if generation.name in case.generations]


def environment_of(case: Case, generation: Generation) -> dict[str, str]:
    settings = {"AWS_EXECUTION_ENV": generation.execution_env, "AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING": "1"}
    return {**settings, **case.environment, "_HANDLER": case.handler}


def run_ours(case: Case, generation: Generation, node: str = "") -> Outcome:
    command = node_command(node or generation.node, BOOTSTRAP, FLAGS)
    return run_client(command, HANDLERS, environment_of(case, generation), case.events)


def run_awss(case: Case, generation: Generation, node: str, program: Path) -> Outcome:
    command = [node, str(program), case.handler]
    return run_client(command, HANDLERS, environment_of(case, generation), case.events)


@pytest.mark.slow
@pytest.mark.parametrize(("case", "generation"), RUNS)
def test_same_as_aws_lambda_ric(case: Case, generation: Generation) -> None:
    try:
        node, program = aws_client(generation)
    except NotInstalled as error:
        pytest.skip(f"AWS's client is not to be had here: {error}")
    ours, theirs = run_ours(case, generation, node), run_awss(case, generation, node, program)
    assert [_told(post) for post in ours.posts] == [_told(post) for post in theirs.posts]
    assert len(ours.posts) == len(case.events) or not case.goes_on
    assert _lines(ours.stdout) == _lines(theirs.stdout)
    assert ours.exit_code == theirs.exit_code, ours.stderr.decode()


def _told(post: Posted) -> dict[str, object]:
    headers = {name: post.headers[name] for name in COMPARED_HEADERS if name in post.headers}
    trailers = dict(post.trailers)
    if ERROR_TRAILER in trailers:
        trailers[ERROR_TRAILER] = _comparable(base64.b64decode(trailers[ERROR_TRAILER]))
    cause = _comparable(post.headers.get(CAUSE, "").encode("latin-1"))
    return {"path": post.path, "body": _comparable(post.body), "cause": cause, **headers, **trailers}


def _comparable(body: bytes) -> object:
    """A document without the runtime's own frames, everything else as it was sent."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    if isinstance(document, dict) and isinstance(document.get("trace"), list) and "errorType" in document:
        told = {**document, "errorMessage": _same_places(str(document["errorMessage"]))}
        return list({**told, "trace": _without_runtime(document["trace"])}.items())
    if isinstance(document, dict) and "exceptions" in document:
        return [{**thrown, "stack": _function_frames(thrown["stack"])} for thrown in document["exceptions"]]
    return body


def _function_frames(stack: list[dict[str, object]]) -> list[dict[str, object]]:
    return [frame for frame in stack if str(frame["path"]).startswith(str(HANDLERS))]


def _without_runtime(trace: list[str]) -> list[str]:
    return [line for line in map(_same_places, trace) if not re.match(r"    at .*(/var/runtime/|node:)", line)]


def _same_places(text: str) -> str:
    text = re.sub(r"[^ (\n\"]*/aws-lambda-ric/(dist/|bin/)?index\.mjs", "file:///var/runtime/index.mjs", text)
    text = re.sub(r"(- |imported from )(file://)?/var/runtime/index\.mjs", r"\1/var/runtime/index.mjs", text)
    return re.sub(r"/var/runtime/index\.mjs:\d+:\d+", "/var/runtime/index.mjs", text)


def _lines(output: bytes) -> list[str]:
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "<time>", _same_places(output.decode()))
    lines = [line for line in text.split("\n") if not line.startswith("Executing '")]
    return [re.sub(r',?"    at [^"]*(/var/runtime/|node:)[^"]*"', "", line) for line in lines]
