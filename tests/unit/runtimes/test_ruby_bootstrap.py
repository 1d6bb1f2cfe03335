"""Our Ruby runtime client against a scripted Runtime API: what it posts, logs, and with which status it ends."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import textwrap
from pathlib import Path

import pytest

from tests.support.runtime_api_server import Outcome, RuntimeApiServer, ScriptedEvent, event, lambda_environment, run_client

BOOTSTRAP = Path(__file__).parents[3] / "workbench/runtimes/bootstraps/bootstrap.rb"
RUBY = shutil.which("ruby") or ""
REQUEST_ID = "00000000-0000-4000-8000-000000000001"

pytestmark = pytest.mark.skipif(not RUBY, reason="Ruby is not installed")


class Function:
    """A folder with app.rb in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, code: str, *events: ScriptedEvent, handler: str = "app.handler", **variables: str) -> Outcome:
        self.write("app.rb", code)
        return run_client((RUBY, str(BOOTSTRAP)), self.folder, {"_HANDLER": handler, **variables}, events or (event({"n": 1}),))

    def write(self, name: str, code: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(code))

    def value(self, expression: str, *events: ScriptedEvent, **variables: str) -> object:
        """What a handler of one expression returns."""
        outcome = self.run(f"def handler(event:, context:)\n  {expression}\nend\n", *events, **variables)
        assert outcome.posts[0].path.endswith("/response"), outcome.posts[0].body
        return outcome.posts[0].document()


@pytest.fixture
def function(tmp_path: Path) -> Function:
    return Function(tmp_path)


def test_a_result_is_json(function: Function) -> None:
    outcome = function.run("def handler(event:, context:) = { got: event, nothing: nil }\n", event({"ü": [1, 2.5]}), event("x"))
    assert [post.path for post in outcome.posts] == [
        f"/invocation/{REQUEST_ID}/response", "/invocation/00000000-0000-4000-8000-000000000002/response",
    ]
    assert outcome.posts[0].document() == {"got": {"ü": [1, 2.5]}, "nothing": None}
    assert outcome.posts[0].headers["content-type"] == "application/json"
    assert outcome.posts[0].headers["lambda-runtime-invocation-id"] == f"invocation-{REQUEST_ID}"
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (None, b"", b"")


def test_nothing_is_null(function: Function) -> None:
    assert function.value("nil") is None


def test_a_stream_is_sent_as_it_is(function: Function) -> None:
    outcome = function.run("def handler(event:, context:) = StringIO.new('plain')\n")
    assert (outcome.posts[0].body, outcome.posts[0].headers["content-type"]) == (b"plain", "application/unknown")


def test_another_content_type_is_handed_over_as_it_came(function: Function) -> None:
    assert function.value("event.upcase", ScriptedEvent(b"bare", {"Content-Type": "text/plain"})) == "BARE"


def test_marshalling_can_be_replaced(function: Function) -> None:
    outcome = function.run("""
        class AwsLambda::Marshaller
          def self.marshall_request(request) = [request["Lambda-Runtime-Aws-Request-Id"], request.body]
          def self.marshall_response(response) = ["<#{response.join(' ')}>", "text/html"]
        end
        def handler(event:, context:) = event
    """)
    assert outcome.posts[0].body == f'<{REQUEST_ID} {{"n": 1}}>'.encode()
    assert outcome.posts[0].headers["content-type"] == "text/html"


def test_the_context(function: Function) -> None:
    names = ("aws_request_id", "invoked_function_arn", "function_name", "function_version", "memory_limit_in_mb",
             "log_group_name", "log_stream_name", "deadline_ms", "identity", "client_context", "tenant_id")
    sent = event(1, Lambda_Runtime_Cognito_Identity='{"cognitoIdentityId": "i"}', Lambda_Runtime_Aws_Tenant_Id="t",
                 Lambda_Runtime_Client_Context='{"custom": {"k": "v"}}')
    found = function.value(f"%w[{' '.join(names)}].to_h {{ |name| [name, context.public_send(name)] }}", sent)
    assert found == {
        "aws_request_id": REQUEST_ID, "invoked_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:conformance",
        "function_name": "conformance", "function_version": "$LATEST", "memory_limit_in_mb": "128",
        "log_group_name": "/aws/lambda/conformance", "log_stream_name": "2026/11/05/[$LATEST]0123456789abcdef0123456789abcdef",
        "deadline_ms": 4102444800000, "identity": {"cognitoIdentityId": "i"}, "client_context": {"custom": {"k": "v"}},
        "tenant_id": "t",
    }


def test_no_client_context(function: Function) -> None:
    sent = event(1, Lambda_Runtime_Client_Context="", Lambda_Runtime_Cognito_Identity="")
    assert function.value("[context.client_context, context.identity, context.tenant_id]", sent) == [None, None, None]


def test_the_remaining_time(function: Function) -> None:
    past = event(1, Lambda_Runtime_Deadline_Ms="1000")
    assert function.value("context.get_remaining_time_in_millis", past) == 0
    assert isinstance(function.value("context.get_remaining_time_in_millis"), int)


def test_the_trace_id_is_a_variable(function: Function) -> None:
    assert str(function.value("ENV['_X_AMZN_TRACE_ID']")).startswith("Root=1-5bef4de7")


def test_an_error(function: Function) -> None:
    outcome = function.run("""
        class OwnError < StandardError; end
        def handler(event:, context:)
          deeper(event["n"])
        end
        def deeper(n)
          raise OwnError, "boöm" if n == 1
          n
        end
    """, event({"n": 1}), event({"n": 2}))
    failed, succeeded = outcome.posts
    app = function.folder / "app.rb"
    document = failed.document()
    assert [*document] == ["errorMessage", "errorType", "stackTrace"]
    assert (document["errorMessage"], document["errorType"]) == ("boöm", "Function<OwnError>")
    assert [re.sub(r"in .*", "in", frame) for frame in document["stackTrace"]] == [f"{app}:7:in", f"{app}:4:in"]
    assert failed.headers["lambda-runtime-function-error-type"] == "Function<UserException>"
    cause = json.loads(failed.headers["lambda-runtime-function-xray-error-cause"])
    assert (cause["working_directory"], cause["exceptions"][0]["message"]) == (str(function.folder), "boöm")
    assert cause["exceptions"][0]["stack"][0]["line"] == 7
    assert succeeded.document() == 2
    title, record, rest = outcome.stdout.decode().split("\n")
    assert (title, rest) == ("Error raised from handler method", "")
    assert json.loads(record.replace("\r", "\n")) == document


@pytest.mark.parametrize(("statement", "error_type", "header"), [
    ("raise ArgumentError, 'x'", "Function<ArgumentError>", "Function<ArgumentError>"),
    ("raise 'x'", "Function<RuntimeError>", "Function<UserException>"),
    ("Float::NAN", "Function<JSON::GeneratorError>", "Function<UserException>"),
])
def test_errors_after_which_it_goes_on(function: Function, statement: str, error_type: str, header: str) -> None:
    outcome = function.run(f"def handler(event:, context:)\n  {statement}\nend\n", event(1), event(2))
    assert len(outcome.posts) == 2
    assert outcome.posts[0].document()["errorType"] == error_type
    assert outcome.posts[0].headers["lambda-runtime-function-error-type"] == header
    assert outcome.exit_code is None


@pytest.mark.parametrize(("statement", "error_type"), [
    ("nil.nothing", "Function<NoMethodError>"),
    ("Nowhere", "Function<NameError>"),
    ("exit(3)", "Function<SystemExit>"),
    ("raise NotImplementedError, 'x'", "Function<NotImplementedError>"),
    ("handler(event: 1, context: 2)", "Function<SystemStackError>"),
])
def test_errors_that_end_the_process(function: Function, statement: str, error_type: str) -> None:
    outcome = function.run(f"def handler(event:, context:)\n  {statement}\nend\n", event(1), event(2))
    assert [post.document()["errorType"] for post in outcome.posts] == [error_type]
    assert outcome.stdout.startswith(b"Critical exception from handler\n{")
    assert outcome.exit_code == 255


@pytest.mark.parametrize(("code", "error_type"), [
    ("stream = StringIO.new\n  stream.close\n  stream", "Runtime<IOError>"),
    ("AwsLambda::Marshaller.define_singleton_method(:marshall_response) { |_| 5 }", "Runtime<NoMethodError>"),
])
def test_what_can_not_be_sent_is_the_clients_failure(function: Function, code: str, error_type: str) -> None:
    outcome = function.run(f"def handler(event:, context:)\n  {code}\nend\n", event(1), event(2))
    (post,) = outcome.posts
    assert (post.path, post.document()["errorType"]) == (f"/invocation/{REQUEST_ID}/error", error_type)
    assert outcome.exit_code == 254


@pytest.mark.parametrize(("code", "handler", "error_type"), [
    ("raise 'at load'", "app.handler", "Init<RuntimeError>"),
    ("require 'nowhere'", "app.handler", "Init<LoadError>"),
    ("def (", "app.handler", "Init<SyntaxError>"),
    ("Nowhere", "app.handler", "Init<NameError>"),
    ("exit 0", "app.handler", "Init<SystemExit>"),
    ("", "other.handler", "Init<LoadError>"),
    ("", "app", "Init<ArgumentError>"),
    ("", "a.b.c.d", "Init<ArgumentError>"),
])
def test_a_failed_init(function: Function, code: str, handler: str, error_type: str) -> None:
    outcome = function.run(code, handler=handler)
    (post,) = outcome.posts
    assert (post.path, post.document()["errorType"], outcome.exit_code) == ("/init/error", error_type, 252)
    assert outcome.stdout.startswith(f"Init error when loading handler {handler}\n{{".encode())


def test_where_code_and_gems_are_found(function: Function, tmp_path: Path) -> None:
    version = subprocess.run([RUBY, "-e", "print RbConfig::CONFIG['ruby_version']"], capture_output=True, text=True).stdout
    _gem(function.folder / "vendor" / "bundle" / "ruby" / version, "vendored")
    _gem(tmp_path / "gems", "layered")
    function.write("lib/beside.rb", "BESIDE = 1\n")
    (tmp_path / "rubylib").mkdir()
    (tmp_path / "rubylib" / "listed.rb").write_text("LISTED = 2\n")
    outcome = function.run(
        "require 'lib/beside'\nrequire 'listed'\nrequire 'vendored'\nrequire 'layered'\n"
        "def handler(event:, context:) = [BESIDE, LISTED, VENDORED, LAYERED]\n",
        RUBYLIB=str(tmp_path / "rubylib"), GEM_PATH=str(tmp_path / "gems"),
    )
    assert outcome.posts[0].document() == [1, 2, "vendored", "layered"]


def _gem(root: Path, name: str) -> None:
    """An installed gem, as Bundler and `gem install` lay it down."""
    lib = root / "gems" / f"{name}-1.0" / "lib"
    lib.mkdir(parents=True)
    (lib / f"{name}.rb").write_text(f"{name.upper()} = '{name}'\n")
    (root / "specifications").mkdir()
    (root / "specifications" / f"{name}-1.0.gemspec").write_text(
        f"Gem::Specification.new {{ |s| s.name = '{name}'; s.version = '1.0'; s.summary = 's'; s.authors = ['a'] }}\n"
    )


def test_handlers_of_modules_and_folders(function: Function) -> None:
    function.write("src/inner.rb", "module A\n  class B\n    def self.run(event:, context:) = 'inner'\n  end\nend\n")
    assert function.run("", handler="src/inner.A::B.run").posts[0].document() == "inner"


def test_the_logger_writes_lambdas_format(function: Function) -> None:
    outcome = function.run("""
        LOG = Logger.new($stdout, progname: "probe")
        LOG.warn("at load")
        def handler(event:, context:)
          LOG.info("one\\ntwo")
          Logger.new($stderr).error("three")
        end
    """)
    lines = re.sub(r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6} #\d+\]", "[<time>]", outcome.stdout.decode()).splitlines()
    assert lines == [
        "W, [<time>]  WARN  -- probe: at load", f"I, [<time>]  INFO {REQUEST_ID} -- probe: one", "two",
        f"E, [<time>] ERROR {REQUEST_ID} -- : three",
    ]


def test_the_logger_writes_json_where_that_is_set(function: Function) -> None:
    outcome = function.run("""
        def handler(event:, context:)
          log = Logger.new($stdout)
          log.info("one")
          log.error(ArgumentError.new("no"))
        end
    """, AWS_LAMBDA_LOG_FORMAT="JSON")
    one, no = map(json.loads, outcome.stdout.splitlines())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", one.pop("timestamp"))
    assert one == {"level": "INFO", "message": "one", "requestId": REQUEST_ID}
    assert (no["errorType"], no["errorMessage"]) == ("ArgumentError", "no")


def test_a_logger_on_a_file_is_left_alone(function: Function, tmp_path: Path) -> None:
    function.run(f"def handler(event:, context:)\n  Logger.new('{tmp_path}/log').info('x')\nend\n")
    assert "INFO -- : x" in (tmp_path / "log").read_text()


def test_init_is_reported_once(function: Function) -> None:
    outcome = function.run("sleep 0.01\ndef handler(event:, context:) = 1\n")
    report = json.loads(outcome.first_next_headers["workbench-init"])
    assert report["runtimeInit"][0] < report["runtimeInit"][1] == report["functionInit"][0]
    assert report["functionInit"][1] - report["functionInit"][0] >= 10_000_000


def test_the_connection_is_no_proxys_business(function: Function) -> None:
    assert function.value("1", http_proxy="http://127.0.0.1:9", HTTP_PROXY="http://127.0.0.1:9") == 1


def test_it_connects_again_to_a_server_that_hangs_up(function: Function) -> None:
    outcome = function.run("def handler(event:, context:) = event\n", ScriptedEvent(b"1", hang_up=True), event(2))
    assert len(outcome.posts) == 2
    assert outcome.exit_code is None


def test_no_server_ends_the_process(function: Function) -> None:
    function.write("app.rb", "def handler(event:, context:) = 1\n")
    environment = {**lambda_environment(function.folder), "_HANDLER": "app.handler", "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"}
    done = subprocess.run([RUBY, str(BOOTSTRAP)], cwd=function.folder, env=environment, capture_output=True, timeout=20)
    assert done.returncode == 254
    assert b"The Runtime API does not answer" in done.stderr


def test_sigterm_while_waiting_ends_it_quietly(function: Function) -> None:
    function.write("app.rb", "def handler(event:, context:) = 1\n")
    with RuntimeApiServer(()) as server:
        environment = {**lambda_environment(function.folder), "_HANDLER": "app.handler", "AWS_LAMBDA_RUNTIME_API": server.address}
        process = subprocess.Popen([RUBY, str(BOOTSTRAP)], cwd=function.folder, env=environment, stdout=subprocess.PIPE)
        server.on_exhausted = lambda: process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert b"was interrupted with a SIGTERM SIGNAL, gracefully shutting down." in output
