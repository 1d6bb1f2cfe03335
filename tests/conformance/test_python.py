"""Our Python runtime client against AWS's own (awslambdaric): the same posts, the same output, the same end."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.pythons import other_pythons
from tests.support.runtime_api_server import Outcome, Posted, ScriptedEvent, event, run_client
from workbench.engine.events.log_frames import RecordSplitter
from workbench.runtimes.command_lines import python_command

HANDLERS = Path(__file__).parent / "handlers" / "python"
BOOTSTRAP = Path(__file__).parents[2] / "workbench/runtimes/bootstraps/bootstrap.py"
COMPARED_HEADERS = ("content-type", "lambda-runtime-invocation-id", "lambda-runtime-function-error-type")
CAUSE = "lambda-runtime-function-xray-error-cause"
UNICODE = {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.12"}
OLDER = {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.11", "PYTHONIOENCODING": "utf-8:strict"}
"""As on Amazon Linux 2, whose locale is strict with what is no Unicode."""
FRAMES = {"_LAMBDA_TELEMETRY_LOG_FD": "1"}
"""As on Lambda, where the descriptor is another one."""
SNAP_START = {**UNICODE, "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
JSON_LOGS = {"AWS_LAMBDA_LOG_FORMAT": "JSON"}

needs_oracle = pytest.mark.skipif(
    importlib.util.find_spec("awslambdaric") is None, reason="AWS's client awslambdaric is not installed (Linux only)"
)


@dataclass(frozen=True)
class Case:
    name: str
    handler: str
    events: tuple[ScriptedEvent, ...] = (event({"n": 1}),)
    environment: dict[str, str] = field(default_factory=dict)
    goes_on: bool = False  # the same process answers every event


def _kinds(name: str, handler: str, *kinds: str, environment: Mapping[str, str] | None = None) -> Case:
    """One process that is given all these: what a handler returns or raises does not end it."""
    return Case(name, handler, tuple(map(event, kinds)), dict(environment or {}), goes_on=True)


def _ends(*kinds: str) -> list[Case]:
    """A process each: what these raise ends it."""
    return [Case(f"fails-{kind}", "failing.handler", (event(kind), event("fine"))) for kind in kinds]


CLIENT_CONTEXT = {
    "client": {"installation_id": "i", "app_title": "t", "app_version_name": "v", "app_version_code": "c"},
    "custom": {"k": "ü"},
    "env": {"locale": "en"},
    "w3c": {"traceparent": "00-x", "baggage": 5, "other": "no"},
}
IDENTITY = {"cognitoIdentityId": "id", "cognitoIdentityPoolId": "pool"}

CASES = [
    _kinds(
        "values", "values.handler",
        "none", "text", "unicode", "numbers", "nan", "decimal", "decimal-special", "decimal-top", "decimal-key", "bytes",
        "bytes-inside", "bytes-bad", "bytearray", "tuple", "namedtuple", "keys", "bad-key", "enums", "subclasses", "asdict",
        "asdict-bad", "datetime", "set", "uuid", "generator", "range", "exception", "empty", "cycle", "cycle-inside", "deep",
        "deeper", "deep-decimal", "too-deep", "big", "big-int", "shared", "surrogate", "echo-env",
    ),
    _kinds("values-3.12", "values.handler", "unicode", "big", "decimal", "bytes-inside", environment=UNICODE),
    Case("value-surrogate-3.12", "values.handler", (event("surrogate"),), UNICODE),
    _kinds(
        "fails", "failing.handler", "value", "custom", "fine", "chained", "assert", "json", "recursion", "import",
        "import-module", "import-broken", "import-broken-statement", "exec", "fine",
    ),
    *_ends("exit", "exit-text", "exit-none", "base"),
    Case("fails-unicode-3.12", "failing.handler", (event("value"),), UNICODE),
    Case("fails-json-logs", "failing.handler", (event("value"), event("custom")), JSON_LOGS),
    Case("formats-itself", "failing.formats_itself"),
    Case("no-arguments", "failing.no_arguments"),
    Case("one-argument", "failing.one_argument"),
    Case("not-callable", "failing.not_callable"),
    Case("as-object", "failing.as_object"),
    Case("init-missing-module", "nope.handler"),
    Case("init-missing-dependency", "needs_missing.handler"),
    Case("init-missing-function", "values.nope"),
    Case("init-no-dot", "values"),
    Case("init-empty", ""),
    Case("init-built-in", "sys.handler"),
    Case("init-built-in-folder", "time.deep.handler"),
    Case("init-broken", "broken.handler"),
    Case("init-broken-json", "broken.handler", (), JSON_LOGS),
    Case("init-broken-debug", "broken.handler", (), {"AWS_LAMBDA_LOG_LEVEL": "FATAL"}),
    Case("init-syntax-error", "syntax.handler"),
    Case("init-tab-error", "tabs.handler"),
    Case("init-import-error", "import_error_itself.handler", (), UNICODE),
    Case("init-import-error-unicode", "import_error_unicode.handler", (), UNICODE),
    Case("init-exits", "exits_at_import.handler"),
    Case("handler-path-slash", "deep/inner/leaf.handler"),
    Case("handler-path-dots", "deep.inner.leaf.handler"),
    Case("events", "values.echo", (
        ScriptedEvent(b"raw", {"Content-Type": "text/plain"}),
        ScriptedEvent('{"ü": [1.50, 1e3, "\\u00e9", null]}'.encode()),
        ScriptedEvent(b' \n [1 , 2]\t\r\n'),
        ScriptedEvent(b""),
        ScriptedEvent(b'{"a": NaN}'),
        ScriptedEvent(b'{"a": 1}  x\ny'),
        ScriptedEvent(b'"\xff"'),
        event("fine"),
    )),
    Case("logs", "logging_at_import.handler"),
    Case("logs-json", "logging_at_import.handler", (event(1, Lambda_Runtime_Aws_Tenant_Id="tenant"),), JSON_LOGS),
    Case("logs-info", "logging_at_import.handler", (event(1),), {"AWS_LAMBDA_LOG_LEVEL": "INFO"}),
    Case("logs-trace", "logging_at_import.handler", (event(1),), {"AWS_LAMBDA_LOG_LEVEL": "trace"}),
    Case("logs-json-debug", "logging_at_import.handler", (event(1),), {**JSON_LOGS, "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}),
    Case("logs-sets-level", "logging_at_import.sets_level"),
    Case("logs-fails", "logging_at_import.fails"),
    Case("logs-late", "logging_late.handler", (event(1), event(2))),
    Case("logs-preview", "values.echo", (event(1),), {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.15"}),
    Case("context-log-alone", "logging_late.log_without_logging"),
    Case("context", "contexts.handler", (
        event(1),
        event(1, Lambda_Runtime_Client_Context=json.dumps(CLIENT_CONTEXT), Lambda_Runtime_Cognito_Identity=json.dumps(IDENTITY),
              Lambda_Runtime_Aws_Tenant_Id="tenant", Lambda_Runtime_Trace_Id=""),
        event(2),
        event(1, Lambda_Runtime_Client_Context="", Lambda_Runtime_Cognito_Identity="", Lambda_Runtime_Invocation_Id=""),
    )),
    Case("context-bad", "contexts.handler", (event(1, Lambda_Runtime_Client_Context="{nonsense"), event(2))),
    Case("identity-bad", "contexts.handler", (event(1, Lambda_Runtime_Cognito_Identity="x"), event(2))),
    Case("context-late", "contexts.late", (event(1, Lambda_Runtime_Deadline_Ms="1"),)),
    _kinds("unencodable", "unencodable.handler", "log", "print", "print-high", "context", "fine",
           environment={**OLDER, **FRAMES}),
    _kinds("unencodable-3.12", "unencodable.handler", "log", "print", "print-high", "context", "fine",
           environment={**UNICODE, **FRAMES}),
    *(Case(f"unencodable-{kind}{suffix}", "unencodable.handler", (event(kind), event("fine")), {**environment, **FRAMES})
      for kind in ("raise", "return")
      for suffix, environment in (("", OLDER), ("-3.12", UNICODE))),
    Case("records", "records.handler", (event(1), event(2))),
    Case("records-framed", "records.handler", (event(1), event(2)), FRAMES),
    Case("logs-framed", "logging_at_import.handler", (event(1), event(2)), FRAMES),
    Case("logs-framed-level", "logging_at_import.handler", (event(1),), {**FRAMES, "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}),
    Case("logs-framed-json", "logging_at_import.handler", (event(1),), {**FRAMES, **JSON_LOGS}),
    Case("logs-framed-late", "logging_late.handler", (event(1), event(2)), FRAMES),
    Case("logs-framed-context", "logging_late.log_without_logging", (event(1),), FRAMES),
    Case("fails-framed", "failing.handler", (event("value"), event("custom"), event("chained")), FRAMES),
    Case("fails-framed-json", "failing.handler", (event("value"), event("custom")), {**FRAMES, **JSON_LOGS}),
    Case("init-broken-framed", "broken.handler", (), FRAMES),
    Case("init-json", "json.handler"),
    Case("init-main", "__main__.nope"),
    *(Case(f"hooks{suffix}", "hooks.handler", (event(1), event(2)), {**SNAP_START, "FAILS": fails, **environment})
      for suffix, fails, environment in (
          ("", "", {}), ("-before", "before 1", {}), ("-after", "after 2", {}), ("-before-exits", "exit before 2", {}),
          ("-after-exits", "exit after 1", {}), ("-after-json", "after 1", JSON_LOGS), ("-before-framed", "before 2", FRAMES))),
    Case("hooks-on-demand", "hooks.handler", (event(1),), {**SNAP_START, "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}),
    Case("no-hooks", "values.echo", (event(1),), SNAP_START),
    Case("refused-response", "values.echo", (ScriptedEvent(b"1", refuse=413), event(2))),
    Case("refused-error", "failing.handler", (ScriptedEvent(b'"value"', refuse=500), event(2))),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handlers, and two that no tool for Python source would bear."""
    copied = tmp_path_factory.mktemp("task")
    for path in HANDLERS.rglob("*.py"):
        target = copied / path.relative_to(HANDLERS)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    (copied / "syntax.py").write_text("import os\n\ndef handler(event, context)\n    return 1\n")
    (copied / "tabs.py").write_text("def handler(event, context):\n        if event:\n\treturn 1\n")
    return copied


def run_ours(case: Case, folder: Path, python: str = sys.executable) -> Outcome:
    command = python_command(python, BOOTSTRAP)
    return run_client(command, folder, {**case.environment, "_HANDLER": case.handler}, case.events)


def run_awss(case: Case, folder: Path) -> Outcome:
    command = [sys.executable, "-B", "-m", "awslambdaric", case.handler]
    return run_client(command, folder, {**case.environment, "_HANDLER": case.handler}, case.events)


@needs_oracle
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_same_as_awslambdaric(case: Case, folder: Path) -> None:
    ours, theirs = run_ours(case, folder), run_awss(case, folder)
    assert [_told(post) for post in ours.posts] == [_told(post) for post in theirs.posts]
    assert len(ours.posts) == len(case.events) or not case.goes_on
    assert _lines(ours.stdout) == _lines(theirs.stdout)
    assert _events(ours.stdout) == _events(theirs.stdout)
    assert ours.exit_code == theirs.exit_code, ours.stderr.decode()
    if ours.exit_code is None:
        assert _lines(ours.stderr) == _lines(theirs.stderr)


def _events(output: bytes) -> list[list[bytes]]:
    """What the engine makes of it: lines, and frames that may have several."""
    splitter = RecordSplitter()
    return [_lines(text.encode(errors="surrogateescape")) for text in (*splitter.feed(output), *splitter.end())]


def _told(post: Posted) -> dict[str, object]:
    headers = {name: post.headers[name] for name in COMPARED_HEADERS if name in post.headers}
    if post.path in ("/init/error", "/restore/error"):
        headers.pop("content-type", None)  # awslambdaric posts these errors without one
    return {"path": post.path, "body": _same_places(post.body), "cause": _cause(post), **headers}


def _cause(post: Posted) -> object:
    if CAUSE not in post.headers:
        return None
    cause = json.loads(_same_places(post.headers[CAUSE].encode("latin-1")))
    stack = cause["exceptions"][0]["stack"]
    if len(stack) > 900:  # how deep a recursion gets depends on the frames before it
        del stack[900:]
    return {**cause, "paths": sorted(set(cause["paths"]))}


def _same_places(text: bytes) -> bytes:
    """The runtime's own file and line made equal: it shows where a handler cannot be called."""
    text = re.sub(rb"Previous line repeated \d+ more times", b"Previous line repeated N more times", text)
    text = re.sub(rb'[^ "]*/awslambdaric/\w+\.py', b"/var/runtime/bootstrap.py", text)
    text = re.sub(rb'(/var/runtime/bootstrap\.py\\?", (?:"line": |line ))\d+', rb"\1N", text)
    return re.sub(rb'(/var/runtime/bootstrap\.py", "line": )\d+', rb"\1N", text).replace(b'"line": N', b'"line": 0')


def _lines(output: bytes) -> list[bytes]:
    """Lines without what differs from run to run: times, and with them the length in a frame's header, where paths count."""
    output = re.sub(rb"(\xa5\x5a\x00[\x00-\x1f]).{12}", rb"\1<length><time>", output, flags=re.DOTALL)
    output = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", b"<time>", _same_places(output))
    return re.sub(rb"\[\d{13}\]", b"[<ms>]", output).split(b"\n")


SMOKE = [
    Case("value", "values.handler", (event("decimal"), event("namedtuple"), event("unicode"), event("datetime"))),
    Case("failure", "failing.handler", (event("value"), event("import-broken"), event("fine"))),
    Case("formats-itself", "failing.formats_itself"),
    Case("init-failure", "broken.handler"),
    Case("logs", "logging_at_import.handler"),
    Case("context", "contexts.handler"),
]


@pytest.fixture(scope="module")
def smoke_here(folder: Path) -> list[Outcome]:
    """What the interpreter that runs the tests makes of it."""
    return [run_ours(case, folder) for case in SMOKE]


@pytest.mark.parametrize("python", other_pythons(), ids=lambda path: path.parents[1].name)
def test_runs_on_other_versions(python: Path, folder: Path, smoke_here: list[Outcome]) -> None:
    """The same posts under every interpreter, but for what tracebacks say of the interpreter's own files."""
    for case, here in zip(SMOKE, smoke_here, strict=True):
        outcome = run_ours(case, folder, str(python))
        assert [_without_library_frames(post) for post in outcome.posts] == [_without_library_frames(post) for post in here.posts]
        assert outcome.exit_code == here.exit_code, outcome.stderr.decode()
        assert not _shows_watch(outcome)


def _without_library_frames(post: Posted) -> object:
    if post.headers.get("content-type") == "application/unknown":
        return post.body
    document = post.document()
    if isinstance(document, dict) and "stackTrace" in document:
        frames = [frame for frame in document["stackTrace"] if "importlib" not in frame]
        return {**document, "stackTrace": frames}
    return None if isinstance(document, list) else document


def _shows_watch(outcome: Outcome) -> bool:
    return any(b"line 1000" in post.body and post.path.endswith("error") for post in outcome.posts)
