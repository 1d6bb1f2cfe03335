"""Every failure gets a cause and a cure, and the specific ones name what matters."""

from __future__ import annotations

import json
import re

import pytest

from workbench.model import function_failures as failures
from workbench.model.exception_explanations import explain_exception
from workbench.model.explanations import explain, explain_failure
from workbench.model.limit_explanations import Failure


def python(error_type: str, message: str, *, handler: str = "app.handler", timeout_s: int = 3, memory_mb: int = 128) -> str:
    return explain(error_type, message, runtime="python3.13", handler=handler, timeout_s=timeout_s, memory_mb=memory_mb)


def node(error_type: str, message: str, *, handler: str = "index.handler", runtime: str = "nodejs22.x") -> str:
    return explain(error_type, message, runtime=runtime, handler=handler, timeout_s=3, memory_mb=128)


PLATFORM = [
    failures.timed_out("id", 3), failures.exited("id", code=0, signal=None), failures.exited("id", code=1, signal=None),
    failures.exited("id", code=None, signal=9), failures.exited("id", code=None, signal=11), failures.out_of_memory("id"),
    failures.not_startable(
        "id", "Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"),
    failures.response_too_large(), failures.sandbox_lost("id", "gone"),
]
RUNTIME_TYPES = [
    "Runtime.ImportModuleError", "Runtime.HandlerNotFound", "Runtime.MalformedHandlerName", "Runtime.UserCodeSyntaxError",
    "Runtime.BuiltInModuleConflict", "Runtime.MarshalError", "Runtime.UnmarshalError", "Runtime.LambdaContextUnmarshalError",
    "Runtime.BeforeSnapshotError", "Runtime.AfterRestoreError", "Runtime.LambdaRuntimeClientError",
    "Runtime.UnhandledPromiseRejection", "Runtime.NodeJsExit", "Runtime.MalformedStreamingHandler",
    "Runtime.InvalidStreamingOperation", "Runtime.CallbackHandlerDeprecated", "Runtime.JSONStringifyError",
    "Runtime.PlatformError",
    "Runtime.NativeClientLoading", "Runtime.InvalidWorkingDir", "Runtime.InvalidTaskConfig", "Runtime.TruncatedResponse",
    "Runtime.InvalidResponseModeHeader", "Runtime.Unknown", "Function.Unknown", "Extension.InitError", "Extension.ExitError",
    "Extension.Crash", "Extension.LaunchError", "Extension.TooManyExtensions", "Init<LoadError>",
    "java.lang.ClassNotFoundException",
    "LambdaValidationException", "DurableExecution.NotSupported", "DurableExecution.InvalidResponse",
    "Function<RuntimeError>", "errorString", "ValueError", "",
]


def assert_plain_sentences(text: str, message: str) -> None:
    assert 40 < len(text) < 420
    assert text.endswith((".", ")."))
    assert text != message
    # Nothing left of a format string; a regular expression's group never shows as None.
    assert not re.search(r"\{\w*\}|\bNone \(", text)


@pytest.mark.parametrize("failure", PLATFORM, ids=lambda failure: failure.error_message[:60])
def test_platform_failures_are_explained(failure: failures.FunctionFailure) -> None:
    assert_plain_sentences(python(failure.error_type, failure.error_message), failure.error_message)


@pytest.mark.parametrize("runtime", ["python3.13", "nodejs22.x", "provided.al2023"])
@pytest.mark.parametrize("error_type", RUNTIME_TYPES)
@pytest.mark.parametrize("message", ["", "something"])
def test_every_type_is_explained_whatever_its_message(error_type: str, message: str, runtime: str) -> None:
    text = explain(error_type, message, runtime=runtime, handler="app.handler", timeout_s=3, memory_mb=128)
    assert_plain_sentences(text, message)


def test_a_missing_library_names_its_package() -> None:
    text = python("Runtime.ImportModuleError", "Unable to import module 'app': No module named 'yaml'")
    assert "imports yaml" in text
    assert "add PyYAML to requirements.txt" in text


def test_a_missing_handler_file_is_not_taken_for_a_library() -> None:
    message = "Unable to import module 'src/app': No module named 'src.app'"
    text = python("Runtime.ImportModuleError", message, handler="src/app.handler")
    assert "There is no src/app.py" in text
    assert "pip" not in text


def test_other_reasons_of_a_failing_import() -> None:
    prefix = "Unable to import module 'app': "
    assert "no_such" in python("Runtime.ImportModuleError", prefix + "cannot import name 'no_such' from 'json' (/json.py)")
    assert "dot" in python("Runtime.ImportModuleError", prefix + "attempted relative import with no known parent package")
    assert "manylinux" in python("Runtime.ImportModuleError", prefix + "/var/task/x.so: invalid ELF header")


def test_node_modules_and_files() -> None:
    stack = "\nRequire stack:\n- /var/task/index.js"
    library = node("Runtime.ImportModuleError", "Error: Cannot find module '@acme/foo/bar'" + stack)
    assert "npm install @acme/foo in" in library
    assert "TypeScript" in node("Runtime.ImportModuleError", "Error: Cannot find module 'index'" + stack)
    own = node("Runtime.ImportModuleError", "Error: Cannot find module 'index'\nRequire stack:\n- /var/runtime/index.mjs")
    assert "index.js, .mjs or .cjs" in own
    assert "npm" not in node("Runtime.ImportModuleError", "Error: Cannot find module './lib/x'" + stack)
    assert ".mjs" in node("Runtime.UserCodeSyntaxError", "SyntaxError: Cannot use import statement outside a module")


@pytest.mark.parametrize(("message", "told"), [
    ("Cannot find package '@aws-sdk/client-s3' imported from /var/task/index.mjs", "Lambda's runtime includes it"),
    ("Cannot find module '@smithy/types'\nRequire stack:\n- /var/task/index.js", "Lambda's runtime includes it"),
    ("Cannot find module 'aws-sdk/clients/s3'\nRequire stack:\n- /var/task/index.js", "npm install aws-sdk in"),
    ("Cannot find package 'left-pad' imported from /var/task/index.mjs", "npm install left-pad in"),
    ("require() of ES Module /var/task/a.mjs from /var/task/index.js not supported.", "--experimental-require-module"),
])
def test_imports_that_fail_while_node_runs(message: str, told: str) -> None:
    assert told in node("Error", message)


def test_a_handler_that_is_not_there() -> None:
    assert "has no hndler" in python("Runtime.HandlerNotFound", "Handler 'hndler' missing on module 'app'", handler="app.hndler")
    message = "index.handlr is undefined or not exported"
    assert "exports.handlr" in node("Runtime.HandlerNotFound", message, handler="index.handlr")


def test_a_syntax_error_names_file_and_line() -> None:
    text = python("Runtime.UserCodeSyntaxError", "Syntax error in module 'app': invalid syntax (app.py, line 3)")
    assert "app.py at line 3" in text


def test_a_timeout_proposes_what_is_possible() -> None:
    assert "timeout of 3 s" in python("Sandbox.Timedout", "…")
    assert "raise the timeout" in python("Sandbox.Timedout", "…", timeout_s=899)
    assert "split the work" in python("Sandbox.Timedout", "…", timeout_s=900)


def test_out_of_memory_proposes_a_size_that_exists() -> None:
    assert "256 MB" in python("Runtime.OutOfMemory", "…")
    assert "10,240 MB, or hold" in python("Runtime.OutOfMemory", "…", memory_mb=8000)
    assert "for example" not in python("Runtime.OutOfMemory", "…", memory_mb=10_240)


def test_exits_tell_status_and_runtime_apart() -> None:
    assert "not found" in python("Runtime.ExitError", "RequestId: x Error: Runtime exited with error: exit status 127")
    assert "sys.exit" in python("Runtime.ExitError", "RequestId: x Error: Runtime exited with error: exit status 129")
    assert "callback" in node("Runtime.ExitError", "RequestId: x Error: Runtime exited with error: exit status 129")
    assert "process.exit" in node("Runtime.ExitError", "RequestId: x Error: Runtime exited with error: exit status 3")
    assert "segmentation fault" in python("Runtime.ExitError", failures.exited("x", code=None, signal=11).error_message)


def test_what_json_can_not_hold() -> None:
    prefix = "Unable to marshal response: "
    assert "isoformat" in python("Runtime.MarshalError", prefix + "Object of type datetime is not JSON serializable")
    assert "asyncio.run" in python("Runtime.MarshalError", prefix + "Object of type coroutine is not JSON serializable")
    assert "contains itself" in python("Runtime.MarshalError", prefix + "Circular reference detected")


def raised(code: str) -> tuple[str, str]:
    """Type and message of what this Python really raises for the code."""
    with pytest.raises(Exception) as caught:  # noqa: PT011
        exec(code, {"json": json})
    return type(caught.value).__name__, str(caught.value)


@pytest.mark.parametrize(("code", "word"), [
    ("{}['name']", "'name'"), ("x = None\nx['a']", "None"), ("x = None\nx.get('a')", "None"), ("nowhere", "nowhere"),
    ("x = 'text'\nx['a']", "json.loads"), ("json.loads('')", "JSON"), ("[][0]", "shorter"), ("open('/no/such')", "/no/such"),
    ("import no_such_module", "no_such_module"), ("1 / 0", "zero"),
    ("def handler(event): pass\nhandler(1, 2)", "handler(event, context)"),
    ("def f(): f()\nf()", "without end"), ("raise OSError(30, 'Read-only file system', '/var/task/x')", "/tmp"),
    ("raise TimeoutError('timed out')", "in time"),
])
def test_common_exceptions_of_python(code: str, word: str) -> None:
    error_type, message = raised(code)
    text = python(error_type, message)
    assert word in text
    assert "Your code raised" not in text
    assert_plain_sentences(text, message)


@pytest.mark.parametrize(("error_type", "message", "word"), [
    ("TypeError", "Cannot read properties of undefined (reading 'id')", "undefined"),
    ("ReferenceError", "require is not defined in ES module scope, you can use import instead", ".cjs"),
    ("ReferenceError", "foo is not defined", "foo"),
    ("TypeError", "client.send is not a function", "client.send"),
    ("SyntaxError", "Unexpected token 'h', \"hello\" is not valid JSON", "JSON"),
    ("Error", "ENOENT: no such file or directory, open '/var/task/x.txt'", "/var/task/x.txt"),
    ("Error", "connect ECONNREFUSED 127.0.0.1:8000", "localhost"),
    ("NoCredentialsError", "Unable to locate credentials", "AWS_ACCESS_KEY_ID"),
    ("ClientError", "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied", "policy"),
    ("NoSuchBucket", "An error occurred (NoSuchBucket) when calling the GetObject operation: …", "does not exist"),
    ("Function<NoMethodError>", "undefined method `[]' for nil", "missing"),
    ("java.lang.NullPointerException", "", "missing"),
])
def test_common_exceptions_of_other_runtimes_and_libraries(error_type: str, message: str, word: str) -> None:
    text = node(error_type, message)
    assert word in text
    assert_plain_sentences(text, message)


@pytest.mark.parametrize(("error_type", "message", "service"), [
    ("EndpointConnectionError", 'Could not connect to the endpoint URL: "https://lambda.us-east-1.amazonaws.com/2015"', "lambda"),
    ("Error", "getaddrinfo ENOTFOUND dynamodb.eu-west-1.amazonaws.com", "dynamodb"),
    ("ConnectTimeoutError", 'Connect timeout on endpoint URL: "https://orders.s3.amazonaws.com/key"', "orders")])
def test_aws_that_is_not_reached_can_be_had_here(error_type: str, message: str, service: str) -> None:
    text = python(error_type, message)
    assert_plain_sentences(text, message)
    assert f"AWS itself ({service})" in text
    assert "workbench serve --services moto" in text


def test_an_exception_of_ones_own_is_named() -> None:
    assert python("OrderRejected", "order 7 rejected").startswith("Your code raised OrderRejected ")
    assert python("Function<RuntimeError>", "boom").startswith("Your code raised RuntimeError ")
    assert explain_exception("OrderRejected", "order 7 rejected") == ""


OF_ENVIRON = ('  File "/var/task/app.py", line 2, in <module>\n    TABLE = os.environ["TABLE"]\n'
              '  File "{}", line 679, in __getitem__\n')


@pytest.mark.parametrize("file", ["<frozen os>", "/var/lang/lib/python3.9/os.py"])
def test_a_missing_environment_variable_is_no_missing_key_of_the_event(file: str) -> None:
    failure = Failure(error_type="KeyError", message="'TABLE'", runtime="python3.13", in_init=True, trace=OF_ENVIRON.format(file))
    assert explain_failure(failure).startswith("The environment variable TABLE is not set.")


@pytest.mark.parametrize(("error_type", "message"), [
    ("KeyError", "'name'"), ("TypeError", "f() takes 1 positional argument but 2 were given"),
    ("IndexError", "list index out of range"),
    ("TypeError", "f() missing 1 required positional argument: 'x'"), ("ZeroDivisionError", "division by zero"),
    ("AttributeError", "'NoneType' object has no attribute 'get'"), ("TypeError", "'NoneType' object is not subscriptable"),
    ("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"),
    ("TypeError", "Cannot read properties of undefined (reading 'x')"),
    ("Function<KeyError>", "key not found: :name"), ("java.lang.NullPointerException", ""),
])
def test_in_init_no_event_is_blamed(error_type: str, message: str) -> None:
    text = explain_failure(Failure(error_type=error_type, message=message, runtime="python3.13", in_init=True))
    assert_plain_sentences(text, message)
    assert "event" not in text.replace("no event exists yet", "")
    assert "outside the handler" in text


@pytest.mark.parametrize(("message", "runtime", "words"), [
    ("RequestId: x Error: Runtime exited with error: exit status 1", "python3.13", "with status 1 in init"),
    ("RequestId: x Error: Runtime exited without providing a reason", "nodejs22.x", "called process.exit"),
])
def test_an_exit_in_init_is_not_the_handlers(message: str, runtime: str, words: str) -> None:
    text = explain_failure(Failure(error_type="Runtime.ExitError", message=message, runtime=runtime, in_init=True))
    assert words in text
    assert "handler return" not in text


def test_what_the_runtime_brings_is_not_for_requirements() -> None:
    for text in (python("Runtime.ImportModuleError", "Unable to import module 'app': No module named 'boto3'"),
                 python("ModuleNotFoundError", "No module named 'botocore.config'")):
        assert text.startswith("On Lambda the runtime includes boto")
        assert "requirements.txt" not in text


def test_names_that_the_runtime_has_taken() -> None:
    message = "Handler 'handler' missing on module 'json'"
    assert "Rename your file" in python("Runtime.HandlerNotFound", message, handler="json.handler")
    assert "rename it: it hides that module" in python("AttributeError", "module 'logging' has no attribute 'get'")


def test_half_a_character_is_told() -> None:
    assert "lone surrogate" in python("UnicodeEncodeError", "'utf-8' codec can't encode character '\\udcff' in position 4: "
                                                            "surrogates not allowed")


CALLED_BY_THE_RUNTIME = """  File "/var/runtime/bootstrap.py", line 200, in handle_event_request
    response = request_handler(event, lambda_context)
"""
IN_THE_CODE = """  File "/var/task/app.py", line 2, in handler
    return 5()
"""


@pytest.mark.parametrize(("kind", "trace", "told"), [
    ("NoneType", CALLED_BY_THE_RUNTIME, "handler app.handler is not a function: its value is of type NoneType"),
    ("int", CALLED_BY_THE_RUNTIME, "Define handler(event, context)"),
    ("int", IN_THE_CODE, "Your code raised TypeError"),
])
def test_a_handler_that_cannot_be_called(kind: str, trace: str, told: str) -> None:
    failure = Failure(error_type="TypeError", message=f"'{kind}' object is not callable", runtime="python3.13",
                      handler="app.handler", trace=trace)
    assert told in explain_failure(failure)


@pytest.mark.parametrize(("handler", "error_type", "message", "told"), [
    ("./app.handler", "TypeError", "the 'package' argument is required to perform a relative import for '..app'",
     "seen from the code folder: app.handler."),
    ("app.py.handler", "Runtime.ImportModuleError",
     "Unable to import module 'app.py': No module named 'app.py'; 'app' is not a package", "such as app.handler;"),
    ("app.App.run", "Runtime.ImportModuleError",
     "Unable to import module 'app.App': No module named 'app.App'; 'app' is not a package", "a method of a class cannot be"),
    ("app.handler", "Runtime.ImportModuleError",
     "Unable to import module 'app': No module named 'requests.auth'; 'requests' is not a package", "rename your own file"),
    ("app.handler", "Runtime.MarshalError",
     "Unable to marshal response: keys must be str, int, float, bool or None, not tuple", "a key of type tuple"),
])
def test_what_is_wrong_with_names_in_python(handler: str, error_type: str, message: str, told: str) -> None:
    text = explain_failure(Failure(error_type=error_type, message=message, runtime="python3.13", handler=handler, in_init=True))
    assert told in text
    assert_plain_sentences(text, message)


@pytest.mark.parametrize("signal", [2, 15])
def test_a_signal_that_was_sent_is_not_blamed_on_native_code(signal: int) -> None:
    failure = failures.exited("id", code=None, signal=signal)
    text = python(failure.error_type, failure.error_message)
    assert "was ended by a signal" in text
    assert "native" not in text


@pytest.mark.parametrize(("handler", "error_type", "message", "told"), [
    ("my.func.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'my'\nRequire stack:\n- /var/runtime/index.mjs",
     "asks for my.js, .mjs or .cjs"),
    ("src/index.handler", "Runtime.ImportModuleError", "Error: Cannot find module './util'\nRequire stack:\n- /var/task/src/a.js",
     "The code imports ./util, and there is no such file"),
    ("index.handler", "Error", "Cannot find module '/var/task/util' imported from /var/task/index.mjs\n"
     "Did you mean to import \"./util.js\"?", "import ./util.js."),
    ("index.js.handler", "Runtime.HandlerNotFound", "index.js.handler is undefined or not exported", "leave .js out"),
    ("src/index.handlr", "Runtime.HandlerNotFound", "src/index.handlr is undefined or not exported", "no function called handlr"),
    ("../src/index.handler", "Runtime.MalformedHandlerName", "'../src/index.handler' is not a valid handler name. Use",
     "leads out of the code folder"),
    ("index.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token '}'", "node --check"),
    ("index.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: Named export 'zzz' not found. The requested module './u.cjs' "
     "is a CommonJS module", "imports zzz by name"),
    ("index.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: The requested module './u.mjs' does not provide an export "
     "named 'yyy'", "imports yyy by name"),
    ("index.handler", "Error", "Unable to stringify response body", "holds a BigInt"),
    ("index.handler", "string", "no good", "threw a value of type string"),
    ("index.handler", "Runtime.ExitError", "RequestId: id Error: Runtime exited with error: exit status 9", "NODE_OPTIONS"),
])
def test_what_is_wrong_with_names_and_values_in_node(handler: str, error_type: str, message: str, told: str) -> None:
    text = node(error_type, message, handler=handler)
    assert told in text
    assert_plain_sentences(text, message)


@pytest.mark.parametrize(("error_type", "message", "told"), [
    ("Runtime.InvalidEntrypoint", "RequestId: id Error: fork/exec /var/task/bootstrap: no such file or directory", "CR LF"),
    ("Runtime.InvalidEntrypoint", "RequestId: id Error: fork/exec /var/task/bootstrap: exec format error", "a script needs #!"),
    ("Init<SyntaxError>", "/var/task/app.rb:3: syntax error, unexpected end-of-input\n", "could not read app.rb at line 3"),
    ("Init<LoadError>", "cannot load such file -- aws-sdk-s3", "gem install aws-sdk-s3"),
    ("Init<LoadError>", "cannot load such file -- app", "names an existing file"),
    ("Init<LoadError>", "cannot load such file -- httparty", "Add the gem to the Gemfile"),
])
def test_what_does_not_start(error_type: str, message: str, told: str) -> None:
    text = explain(error_type, message, runtime="ruby3.3", handler="app.handler", timeout_s=3, memory_mb=128)
    assert told in text
    assert_plain_sentences(text, message)


@pytest.mark.parametrize(("error_type", "reason", "told"), [
    ("Runtime.InvalidEntrypoint", "fork/exec /app/run: no such file or directory", "the handler belongs in Command"),
    ("Runtime.InvalidEntrypoint", "fork/exec /root/run: permission denied", "keep it out of /root"),
    ("Runtime.InvalidEntrypoint", "fork/exec /lambda-entrypoint.sh: exec format error", "--platform"),
    ("Runtime.InvalidEntrypoint", "fork/exec /lambda-entrypoint.sh: not a directory", "is a file."),
    ("Runtime.InvalidEntrypoint", 'exec: "app.handler": executable file not found in $PATH', "app.handler is not a program"),
    ("Runtime.InvalidEntrypoint", "exec: no command", "Set ENTRYPOINT"),
    ("Runtime.InvalidWorkingDir", "the working directory doesn't exist: /x", "Lambda does not create it"),
    ("Runtime.InvalidWorkingDir", "the working directory 'x' is invalid, it needs to be an absolute path", "begin with /"),
])
def test_what_does_not_start_in_an_image(error_type: str, reason: str, told: str) -> None:
    message = f"RequestId: id Error: {reason}"
    text = explain(error_type, message, runtime="", handler="", timeout_s=3, memory_mb=128)
    assert told in text
    assert_plain_sentences(text, message)


@pytest.mark.parametrize(("error_type", "message", "told"), [
    ("TypeError", "Object of type Decimal is not JSON serializable", "JSON has no Decimal"),
    ("OSError", "[Errno 38] Function not implemented", "no shared memory"),
    ("ExecutionError", "Unexpected payload provided to start the durable execution. Check your resource configurations to "
     "confirm the durability is set.", "Give it DurableConfig"),
    ("Runtime.ExitError", "RequestId: id Error: Runtime exited with error: exit status 127", "one that a script calls"),
])
def test_what_lambda_has_not(error_type: str, message: str, told: str) -> None:
    text = python(error_type, message)
    assert told in text
    assert_plain_sentences(text, message)


def test_a_stack_trace_is_named_only_where_there_is_one() -> None:
    failure = Failure(error_type="LookupError", message="outer", runtime="python3.13", handler="app.handler")
    assert "has no stack trace" in explain_failure(failure)
    failure = Failure(error_type="LookupError", message="outer", runtime="python3.13", handler="app.handler", trace=IN_THE_CODE)
    assert "The stack trace shows the line" in explain_failure(failure)
