"""Run a Python function as Lambda's own runtime client does, under whichever interpreter starts this file (3.8 and later).

Standard library only; one process per environment. It behaves like awslambdaric: conformance tests compare the two byte by byte.
In reading order:

  1 Start          INIT, then one invocation after another
  2 Connection     HTTP/1.1 to the Runtime API
  3 Context        the object that a handler receives with its event
  4 JSON           decoding events and encoding results as simplejson does
  5 Rare JSON      decimals, named tuples, bytes, subclasses, cycles; errors in documents
  6 Search path    where the function's code finds modules, and which modules are always the runtime's
  7 Imports        how long each import during INIT took
  8 Logging        how Lambda configures the `logging` module, and how records reach the log
  9 Faults         error documents, their log lines, Lambda's own warnings
 10 Snapshots      SnapStart: hooks, and forks of a runtime that waits at its snapshot

Modules that only some functions need (json, logging, traceback, decimal) are imported on demand: each costs milliseconds of INIT.
So does compiling this file; `workbench.runtimes.launcher` starts it in a way that caches its bytecode.
"""

import time

STARTED_NS = time.monotonic_ns()

# The modules beneath json, socket, threading and the import system, which are built in or quick to load, unlike those packages.
import _frozen_importlib  # noqa: E402 (the clock first)
import _json  # noqa: E402
import _socket  # noqa: E402
import _thread  # noqa: E402
import importlib  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from time import monotonic_ns  # noqa: E402

TYPE_CHECKING = False  # type checkers assume True; importing it from typing would take some milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from logging import Filter, Formatter, Handler, LogRecord
    from traceback import FrameSummary
    from types import FrameType
    from typing import Any, NoReturn, TypeGuard

    FindAndLoad = Callable[[str, Any], object]  # of the import machinery
    Import = list[Any]  # module, index of its importer or -1, start, duration, own duration; times in ns
    Frame = tuple[str, Any, str, str | None]  # file, line, function, text


# ----------------------------------------------------------------------------------------------------------------------------
# 1 Start

PREVIEW_RUNTIMES = ("AWS_Lambda_python3.15",)
_MAX_CAUSE_BYTES = 1024 * 1024


class Fault(Exception):
    """A failure with an error type of Lambda's own: `kind` is the errorType, `trace` the stackTrace (None for none)."""

    def __init__(self, kind: str, message: str, trace: "list[str] | None" = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.trace = trace


class Unbuffered:
    """A text stream that flushes every write, so that output is in the pipe before the response is sent."""

    def __init__(self, stream: "Any") -> None:
        self.stream = stream

    def __enter__(self) -> "Unbuffered":
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def __getattr__(self, name: str) -> "Any":
        return getattr(self.stream, name)

    def write(self, msg: str) -> None:
        """Write and flush."""
        self.stream.write(msg)
        self.stream.flush()

    def writelines(self, lines: "Iterable[str]") -> None:
        """Write all and flush."""
        self.stream.writelines(lines)
        self.stream.flush()


class Invocation:
    """The ids of the current invocation, for log records; None during INIT."""

    request_id: "str | None" = None
    tenant_id: "str | None" = None


class Reserve:
    """A spare file descriptor: a function that has used up all others must still be able to report its error."""

    descriptor = -1

    @classmethod
    def keep(cls) -> None:
        """Open the spare descriptor, if one can be opened."""
        if cls.descriptor < 0:
            try:  # noqa: SIM105  (contextlib costs an import)
                cls.descriptor = os.open(os.devnull, os.O_RDONLY)
            except OSError:
                pass

    @classmethod
    def give(cls) -> None:
        """Close it, to make room for the modules and source files that an error document needs."""
        if cls.descriptor >= 0:
            os.close(cls.descriptor)
            cls.descriptor = -1


def run(handler_name: str) -> None:
    """Load the handler and serve invocations until the process ends."""
    _leave_out_own_folder()
    ForkOrders.begin()
    standard = standard_path()
    if "WORKBENCH_DEBUGGER" in os.environ:
        _start_debugger(os.environ.pop("WORKBENCH_DEBUGGER_FOLDER"))
    set_up_path(standard)
    set_up_streams()
    LogSink.current = create_log_sink()
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    watch = ImportWatch(set_up_logging)
    Reserve.keep()
    init_ns = monotonic_ns()
    watch.start()  # just before the handler is loaded, so that our own imports are not reported as the function's
    try:
        _warn_of_preview()
        request_handler = load_handler(handler_name)
    except Exception as error:
        watch.stop()
        _report_init_error(api, error, _init_header(watch, init_ns))
    watch.stop()
    header = _init_header(watch, init_ns)
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        api, header = pass_snapshot(api, header), ""
    _serve(api, request_handler, header)


def _start_debugger(folder: str) -> None:
    """Import the debugger's hook from `folder`; it waits for a debugger."""
    sys.path.insert(0, folder)
    importlib.import_module("workbench_debugger")
    sys.path.remove(folder)


def _leave_out_own_folder() -> None:
    """Remove this file's folder from sys.path, where Python puts the main file's folder first unless started with -P."""
    if sys.path[:1] == [os.path.dirname(os.path.abspath(_OWN_FILE))]:
        del sys.path[0]


def load_handler(name: str) -> "Callable[..., object]":
    """Import the handler `module.function`; folders may be separated by / or dots. Raises Fault, or what the module raises."""
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}") from None
    module = _import_handler_module(module_name)
    try:
        handler: Callable[..., object] = getattr(module, function_name)
    except AttributeError:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", message) from None
    return handler


def _import_handler_module(name: str) -> object:
    try:
        if name.split(".")[0] in sys.builtin_module_names:
            raise Fault("Runtime.BuiltInModuleConflict", f"Cannot use built-in module {name} as a handler module")
        return importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{name}': {error}") from None
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{name}': {error}", trace) from None


def _warn_of_preview() -> None:
    if os.environ.get("AWS_EXECUTION_ENV") in PREVIEW_RUNTIMES and not os.environ.get("LAMBDA_DISABLE_PREVIEW_WARN"):
        warn_of_preview()


def _report_init_error(api: "RuntimeApi", error: Exception, init_header: str) -> "NoReturn":
    Reserve.give()
    document = init_error(error)
    warn_of_unhandled()
    log_document(document)
    api.post_init_error(*_error_request(document, document["errorType"], init_header))
    sys.exit(1)


def _error_request(document: "dict[str, Any]", kind: str, headers: str = "") -> "tuple[str, bytes]":
    # AWS's client posts this document with http.client, which encodes text as Latin-1 and fails on any other character.
    body = text_of(document).encode("iso-8859-1")
    return f"Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: {kind}\r\n{headers}", body


def _init_header(watch: "ImportWatch", init_ns: int) -> str:
    now_ns = monotonic_ns()
    spans = f'"runtimeInit":[{STARTED_NS},{init_ns}],"functionInit":[{init_ns},{now_ns}]'
    return f'Workbench-Init: {{{spans},"imports":{watch.report()}}}\r\n'


def _serve(api: "RuntimeApi", request_handler: "Callable[..., object]", next_headers: str) -> "NoReturn":
    encoder = Encoder(keeps_unicode())
    while True:
        request = api.next(next_headers)
        next_headers = ""
        headers = request.headers
        Invocation.request_id = headers.get("lambda-runtime-aws-request-id")
        Invocation.tenant_id = headers.get("lambda-runtime-aws-tenant-id") or None
        _set_trace_id(headers.get("lambda-runtime-trace-id"))
        handle_event_request(api, request_handler, request, encoder)


def handle_event_request(
    api: "RuntimeApi", request_handler: "Callable[..., object]", request: "Answer", encoder: "Encoder"
) -> None:
    """Run the handler on one event and post the result. Named as in AWS's client because the name shows in stack traces."""
    headers = request.headers
    try:
        lambda_context = _context(headers)
        event = _event(request)
        response = request_handler(event, lambda_context)
        result, content_type = _marshalled(response, encoder)
    except Exception as error:
        _post_error(api, headers, error)
        return
    extra = f"Content-Type: {content_type}\r\n{_echoed(headers)}"
    # Outside the try on purpose: a lone surrogate ends the process here, as it does in AWS's client.
    body = result if isinstance(result, bytes) else result.encode("utf-8")
    api.post_response(headers.get("lambda-runtime-aws-request-id"), extra, body)


def _context(headers: "dict[str, str]") -> "LambdaContext":
    client_context = _header_value(headers, "lambda-runtime-client-context", "Client Context")
    identity = _header_value(headers, "lambda-runtime-cognito-identity", "Cognito Identity")
    return LambdaContext(headers, client_context, identity)


def _header_value(headers: "dict[str, str]", name: str, shown: str) -> "Any":
    text = headers.get(name)
    if not text:
        return None
    import json  # AWS's client uses the standard library's json here, so error messages agree

    try:
        return json.loads(text)
    except Exception as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", f"Unable to parse {shown} JSON: {error}") from None


def _event(request: "Answer") -> object:
    if request.headers.get("content-type") != "application/json":
        return request.body
    try:
        return decode(request.body)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None


def _marshalled(response: object, encoder: "Encoder") -> "tuple[str | bytes, str]":
    if isinstance(response, bytes):
        return response, "application/unknown"
    try:
        text = encoder.encode(response)
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None
    return text, "application/json"


def _post_error(api: "RuntimeApi", headers: "dict[str, str]", error: Exception) -> None:
    request_id = headers.get("lambda-runtime-aws-request-id")
    Reserve.give()
    document, cause = invocation_error(error, request_id)
    log_document(document)
    Reserve.keep()
    cause_text = text_of(cause)
    extra = f"Content-Type: application/json\r\n{_echoed(headers)}"
    if len(cause_text.encode()) < _MAX_CAUSE_BYTES:
        extra += f"Lambda-Runtime-Function-XRay-Error-Cause: {cause_text}\r\n"
    api.post_error(request_id, extra, text_of(document).encode("utf-8"))


def _echoed(headers: "dict[str, str]") -> str:
    invocation_id = headers.get("lambda-runtime-invocation-id")
    return f"Lambda-Runtime-Invocation-Id: {invocation_id}\r\n" if invocation_id else ""


def _set_trace_id(trace_id: "str | None") -> None:
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


# ----------------------------------------------------------------------------------------------------------------------------
# 2 Connection
# One keep-alive HTTP/1.1 connection to the Runtime API on a plain socket: importing http.client would cost 20 ms of INIT.

_VERSION = "2018-06-01"
_PEER_GONE = (ConnectionError, EOFError)


class Answer:
    """An answer of the Runtime API. Header names are lower case."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: "dict[str, str]", body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class RuntimeApi:
    """The calls that a runtime makes. They raise RuntimeError where AWS's client does, so that the process ends the same way."""

    def __init__(self, address: str) -> None:
        """`address` is host:port as in AWS_LAMBDA_RUNTIME_API."""
        host, _, port = address.rpartition(":")
        self._host = host.strip("[]")
        self._port = int(port)
        agent = f"lambda-workbench-python/{'.'.join(map(str, sys.version_info[:3]))}"
        self._common = f" HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {agent}\r\nAccept: */*\r\n"
        self._socket: _socket.socket | None = None
        self._rest = b""

    def next(self, headers: str) -> Answer:
        """Wait for an invocation, without a time limit. `headers` are extra header lines, each ending with CR LF."""
        answer = self._exchange("GET", "/runtime/invocation/next", headers, None)
        if answer.status != 200:
            raise RuntimeError("Failed to get next")
        return answer

    def post_response(self, request_id: "str | None", headers: str, body: bytes) -> None:
        """Post the result of an invocation."""
        answer = self._exchange("POST", f"/runtime/invocation/{request_id}/response", headers, body)
        if answer.status >= 300:
            _tell_refusal(answer)
            raise RuntimeError("Failed to post invocation response")

    def post_error(self, request_id: "str | None", headers: str, body: bytes) -> None:
        """Post the error document of an invocation."""
        answer = self._exchange("POST", f"/runtime/invocation/{request_id}/error", headers, body)
        if answer.status >= 300:
            _tell_refusal(answer)
            raise RuntimeError("Failed to post invocation error")

    def post_init_error(self, headers: str, body: bytes) -> None:
        """Post the error document of a failed INIT."""
        endpoint = "/runtime/init/error"
        self._check(endpoint, self._exchange("POST", endpoint, headers, body), 202)

    def restore_next(self, headers: str) -> None:
        """Wait at the snapshot until this runtime is restored."""
        self._check("/runtime/restore/next", self._exchange("GET", "/runtime/restore/next", headers, None), 200)

    def ask_restore_next(self, headers: str) -> None:
        """Ask for the same, and do not wait: the runtime holds a snapshot and is never restored itself, only its forks are."""
        self._connected().sendall(self._request("GET", "/runtime/restore/next", headers, None))

    def post_restore_error(self, headers: str, body: bytes) -> None:
        """Post the error document of a failed restore."""
        self._check("/runtime/restore/error", self._exchange("POST", "/runtime/restore/error", headers, body), 202)

    def _check(self, endpoint: str, answer: Answer, status: int) -> None:
        if answer.status != status:
            raise RuntimeError(f"Request to Lambda Runtime '{endpoint}' endpoint failed. Reason: '{answer.status}'.")

    def _request(self, method: str, path: str, headers: str, body: "bytes | None") -> bytes:
        length = "" if body is None else f"Content-Length: {len(body)}\r\n"
        head = f"{method} /{_VERSION}{path}{self._common}{headers}{length}\r\n".encode()
        return head + body if body else head

    def _exchange(self, method: str, path: str, headers: str, body: "bytes | None") -> Answer:
        request = self._request(method, path, headers, body)
        reused = self._socket is not None
        try:
            return self._round_trip(request)
        except _PEER_GONE:
            self.close()
            if not reused:
                raise
            # The server closed the idle connection while the function was busy, so it has seen nothing of this request.
            return self._round_trip(request)

    def _round_trip(self, request: bytes) -> Answer:
        self._connected().sendall(request)
        answer = self._read_answer()
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    def _connected(self) -> "_socket.socket":
        if self._socket is None:
            self._socket = self._connect()
        return self._socket

    def _connect(self) -> "_socket.socket":
        family = _socket.AF_INET6 if ":" in self._host else _socket.AF_INET
        connection = _socket.socket(family, _socket.SOCK_STREAM)
        connection.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        connection.connect((self._host, self._port))
        return connection

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._rest = b""

    def _read_answer(self) -> Answer:
        while b"\r\n\r\n" not in self._rest:
            self._rest += self._receive()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        status_line, *lines = head.decode().split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        status = int(status_line.split(" ", 2)[1])
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return Answer(status, headers, self._read_chunks())
        return Answer(status, headers, self._take(int(headers.get("content-length", 0))))

    def _take(self, size: int) -> bytes:
        parts = [self._rest]
        missing = size - len(self._rest)
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        received = b"".join(parts)
        self._rest = received[size:]
        return received[:size]

    def _read_chunks(self) -> bytes:
        chunks: list[bytes] = []
        while True:
            while b"\r\n" not in self._rest:
                self._rest += self._receive()
            size, _, self._rest = self._rest.partition(b"\r\n")
            chunk = self._take(int(size.split(b";")[0], 16) + 2)
            if len(chunk) == 2:
                return b"".join(chunks)
            chunks.append(chunk[:-2])

    def _receive(self) -> bytes:
        received = self._connected().recv(262144)
        if not received:
            raise EOFError("the Runtime API closed the connection")
        return received


def _tell_refusal(answer: Answer) -> None:
    # The words of the C++ client in awslambdaric ("success" even for errors), because people search logs for this line.
    now_ms = int(time.time() * 1000)
    what = f"Failed to post handler success response. Http response code: {answer.status}."
    sys.stdout.write(f"[ERROR] [{now_ms}] LAMBDA_RUNTIME {what} {answer.body.decode('utf-8', 'replace')}\n")


# ----------------------------------------------------------------------------------------------------------------------------
# 3 Context
# Source: Lambda guide, "Lambda context object in Python"; names and texts are those of awslambdaric 4.2.

_W3C_FIELDS = ("traceparent", "tracestate", "baggage")


class _Described:
    __slots__: "tuple[str, ...]" = ()

    def __repr__(self) -> str:
        members = ",".join(f"{name}={getattr(self, name)}" for name in self.__slots__)
        return f"{type(self).__name__}([{members}])"

    @classmethod
    def made_from(cls, fields: "dict[str, object] | None") -> "Any":
        if fields is None:
            return None
        made = cls()
        for name in cls.__slots__:
            setattr(made, name, fields.get(name))
        return made


class CognitoIdentity(_Described):
    """The caller's Amazon Cognito identity; both fields are None for other callers."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")
    cognito_identity_id: "str | None"
    cognito_identity_pool_id: "str | None"


class Client(_Described):
    """The mobile application that called."""

    __slots__ = (  # noqa: RUF023 (repr shows them in this order)
        "installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name",
    )


class ClientContext(_Described):
    """The client context that the caller sent."""

    __slots__ = ("custom", "env", "client")  # noqa: RUF023 (repr shows them in this order)


class LambdaContext:
    """The context object: facts about the invocation, the function and the environment."""

    def __init__(self, headers: "dict[str, str]", client_context: "Any", cognito_identity: "Any") -> None:
        """`headers` are those of the Runtime API's answer, with names in lower case."""
        environ = os.environ.get
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id")
        self.log_group_name = environ("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environ("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environ("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environ("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn") or None
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id") or None
        self._w3c_fields = _taken_w3c(client_context)
        self.client_context = ClientContext.made_from(client_context)
        if self.client_context is not None:
            self.client_context.client = Client.made_from(self.client_context.client)
        self.identity = _identity(cognito_identity)
        self._epoch_deadline_time_in_ms = int(headers.get("lambda-runtime-deadline-ms") or 0)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left until the invocation times out, never negative."""
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def w3c(self) -> "dict[str, str]":
        """The W3C trace context the caller sent inside the client context."""
        return dict(self._w3c_fields)

    def log(self, msg: object) -> None:
        """Write `msg` to the function's log as it is, without adding a newline."""
        logging = sys.modules.get("logging")
        if logging is None:  # not imported, so the function cannot have replaced the root logger's handlers
            LogSink.current.log(str(msg))
            return
        for handler in logging.getLogger().handlers:
            if hasattr(handler, "log_sink"):
                handler.log_sink.log(str(msg))
                return
        sys.stdout.write(str(msg))

    def __repr__(self) -> str:
        shown = ("aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
                 "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id")
        return f"LambdaContext([{','.join(f'{name}={getattr(self, name)}' for name in shown)}])"


_CONTEXT_TYPES = (LambdaContext, CognitoIdentity, Client, ClientContext)
for _type in _CONTEXT_TYPES:
    _type.__module__ = "awslambdaric.lambda_context"  # shown by type(context), and imported when one is unpickled


def _identity(sent: "Any") -> CognitoIdentity:
    identity: CognitoIdentity = CognitoIdentity.made_from({})
    if sent is not None:
        identity.cognito_identity_id = sent.get("cognitoIdentityId")
        identity.cognito_identity_pool_id = sent.get("cognitoIdentityPoolId")
    return identity


def _taken_w3c(client_context: object) -> "dict[str, str]":
    """Remove and return the trace context in the client context, where handlers do not see it."""
    sent = client_context.pop("w3c", None) if isinstance(client_context, dict) else None
    if not isinstance(sent, dict):
        return {}
    return {name: sent[name] for name in _W3C_FIELDS if isinstance(sent.get(name), str)}


# ----------------------------------------------------------------------------------------------------------------------------
# 4 JSON
# Like simplejson, which awslambdaric uses, but built on the C parts of the standard library's json. The json package itself would
# import re and enum, which takes milliseconds that a function without JSON of its own can be spared.

_SCALARS = frozenset((str, int, float, bool, type(None)))
_CONTAINERS = frozenset((dict, list, tuple))
_NAMES = frozenset((str,))
_WHITESPACE = " \t\n\r"
# From python3.12 on, Lambda leaves non-ASCII characters as they are; earlier runtimes escape them.
_UNICODE_RUNTIMES = {f"AWS_Lambda_python3.{minor}" for minor in range(12, 16)}


class _Grammar:
    """The attributes that the C scanner reads from its context."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int

    @staticmethod
    def parse_constant(_text: str) -> None:
        raise StopIteration  # NaN and Infinity are not JSON; the error becomes "Expecting value" below


def decode(text: "str | bytes") -> object:
    """Decode a JSON document. Raises ValueError with the reason and the position."""
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    start = len(text) - len(text.lstrip(_WHITESPACE))
    try:
        value, end = _json.make_scanner(_Grammar)(text, start)  # type: ignore[arg-type]
    except StopIteration:
        raise value_expected(text) from None
    if text[end:].strip(_WHITESPACE):
        raise extra_data(text, end)
    return value


def keeps_unicode() -> bool:
    """Whether this runtime writes non-ASCII characters as they are."""
    return os.environ.get("AWS_EXECUTION_ENV") in _UNICODE_RUNTIMES


class Encoder:
    """Encodes what a handler returned as JSON text."""

    def __init__(self, unicode: bool) -> None:
        """`unicode`: leave non-ASCII characters as they are instead of escaping them."""
        self._string = _json.encode_basestring if unicode else _json.encode_basestring_ascii

    def encode(self, value: object) -> str:
        """Encode a value. Raises TypeError or ValueError if it cannot be JSON, and what its own methods raise."""
        if type(value) is str:
            return self._string(value)
        if not _is_routine(value, 0):
            return encode_carefully(value, self._string)
        # The first None switches off the encoder's search for cycles, which `_is_routine` has ruled out.
        chunks = _json.make_encoder(None, None, self._string, None, ": ", ", ", False, False, True)  # type: ignore[arg-type]
        return "".join(chunks(value, 0))


def _is_routine(value: object, depth: int) -> bool:
    """Whether a value contains only plain built-in types, which the C encoder writes exactly as simplejson does."""
    kind = type(value)
    if kind in _SCALARS:
        return True
    # Deeper values, and cyclic ones, which have no end, are left to `encode_carefully`.
    if kind not in _CONTAINERS or depth > 200:
        return False
    members: Any = value
    if isinstance(value, dict):
        if not _NAMES.issuperset(map(type, value)):
            return False
        members = value.values()
    nested = set(map(type, members)) - _SCALARS
    if not nested <= _CONTAINERS:
        return False
    if nested:
        for member in members:
            if type(member) in _CONTAINERS and not _is_routine(member, depth + 1):
                return False
    return True


# ----------------------------------------------------------------------------------------------------------------------------
# 5 Rare JSON
# Decimals, named tuples, bytes, subclasses, cycles; and errors in documents.

_CONSTANTS = {None: "null", True: "true", False: "false"}
_TOO_DEEP = "maximum recursion depth exceeded while encoding a JSON object"


class Verbatim:
    """JSON text to be inserted as it is."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def encode_carefully(value: object, string: "Callable[[str], str]") -> str:
    """Encode `value`; `string` encodes a str. Raises TypeError, ValueError and RecursionError as simplejson does."""
    before = sys.getrecursionlimit()
    # Each level takes two frames here but none in the C encoder, whose depth limit this must match.
    sys.setrecursionlimit(before * 3)
    try:
        parts: list[str] = []
        _Writer(string, parts.append, before - _depth_now()).write(value, 0)
        return "".join(parts)
    finally:
        sys.setrecursionlimit(before)


def value_expected(text: str) -> ValueError:
    """simplejson's error for a position where a value is expected and none begins."""
    import json

    try:
        json.loads(text, parse_constant=_refuse)
    except _Refused as refused:
        position = text.find(refused.args[0])
        return json.JSONDecodeError("Expecting value", text, position)
    except ValueError as error:
        return error
    raise AssertionError("the scanner refused what json accepts")


def extra_data(text: str, end: int) -> ValueError:
    """simplejson's error for text after the document."""
    import json

    end += len(text[end:]) - len(text[end:].lstrip())
    error = json.JSONDecodeError("Extra data", text, end)
    line = text.count("\n") + 1
    column = len(text) - text.rfind("\n")
    place = f"line {error.lineno} column {error.colno} - line {line} column {column} (char {end} - {len(text)})"
    return ValueError(f"Extra data: {place}")


class _Refused(Exception):
    pass


def _refuse(constant: str) -> "NoReturn":
    raise _Refused(constant)


def _depth_now() -> int:
    depth = 0
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    return depth


class _Writer:
    def __init__(self, string: "Callable[[str], str]", put: "Callable[[str], object]", max_depth: int) -> None:
        self._string = string
        self._put = put
        self._max_depth = max_depth
        self._open: set[int] = set()

    def write(self, value: object, depth: int) -> None:
        scalar = self._scalar(value)
        if scalar is not None:
            self._put(scalar)
            return
        if depth >= self._max_depth:
            raise RecursionError(_TOO_DEEP)
        if id(value) in self._open:
            raise ValueError("Circular reference detected")
        self._open.add(id(value))
        self._write_compound(value, depth)
        self._open.discard(id(value))

    def _scalar(self, value: object) -> "str | None":
        if isinstance(value, str):
            return self._string(_exact(value))
        if isinstance(value, bytes):
            return self._string(str(value, "utf-8"))
        if isinstance(value, Verbatim):
            return value.text
        if value is None or value is True or value is False:
            return _CONSTANTS[value]
        if isinstance(value, int):
            return int.__repr__(value) if type(value) is int else str(int(value))
        if isinstance(value, float):
            return _float(value)
        return None

    def _write_compound(self, value: object, depth: int) -> None:
        fields = _fields_of(value)
        if fields is not None:
            self._write_object(fields, depth)
        elif isinstance(value, (list, tuple)):
            self._write_array(value, depth)
        elif _is_mapping(value):
            self._write_object(value, depth)
        else:
            self.write(_default(value), depth + 1)

    def _write_array(self, items: "Iterable[object]", depth: int) -> None:
        self._put("[")
        separator = ""
        for item in items:
            self._put(separator)
            separator = ", "
            self.write(item, depth + 1)
        self._put("]")

    def _write_object(self, fields: "Mapping[Any, object]", depth: int) -> None:
        self._put("{")
        separator = ""
        for name, item in fields.items():
            self._put(separator + self._string(_name(name)) + ": ")
            separator = ", "
            self.write(item, depth + 1)
        self._put("}")


def _is_mapping(value: "Any") -> "TypeGuard[Mapping[Any, object]]":
    return isinstance(value, dict) or type(value).__name__ == "frozendict"


def _exact(text: str) -> str:
    return text if type(text) is str else str.__str__(text)


def _float(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return float.__repr__(value)


def _name(name: object) -> str:
    if isinstance(name, str):
        return _exact(name)
    if isinstance(name, bytes):
        return str(name, "utf-8")
    if isinstance(name, float):
        return _float(name)
    if name is None or name is True or name is False:
        return _CONSTANTS[name]
    if isinstance(name, int):
        return str(int(name))
    raise TypeError(f"keys must be str, int, float, bool or None, not {name.__class__.__name__}")


def _fields_of(value: object) -> "dict[Any, object] | None":
    """The fields of a named tuple, or of any other object with an _asdict method; None for other values."""
    method = getattr(value, "_asdict", None)
    if not callable(method):
        return None
    try:
        fields = method()
    except TypeError:
        return None
    if not isinstance(fields, dict):
        raise TypeError(f"_asdict() must return a dict, not {type(fields).__name__}")
    return fields


def _default(value: object) -> object:
    import decimal

    if isinstance(value, decimal.Decimal):
        return float("nan") if value.is_nan() else Verbatim(str(value))
    raise TypeError(f"Object of type {value.__class__.__name__} is not JSON serializable")


# ----------------------------------------------------------------------------------------------------------------------------
# 6 Search path
# The interpreter was started with -S, because packages installed on this machine do not exist on Lambda. The rest of what the
# `site` module does at the start is done here, in the order of AWS's /var/runtime/bootstrap.py.

_VERSION_INFO = sys.version_info[:2]
# The modules that AWS's client has loaded before it looks for the handler: a file of that name in the function's folder is never
# found. Recorded from awslambdaric 4.2 under each version; a conformance test compares. Loading them all would take 12 ms.
LOADED_BY_LAMBDA = frozenset((
    "__future__", "_collections_abc", "_decimal", "_json", "_sitebuiltins", "_weakrefset", "abc", "atexit", "awslambdaric",
    "codecs", "collections", "contextlib", "copyreg", "decimal", "encodings", "enum", "functools", "genericpath", "importlib",
    "io", "itertools", "json", "keyword", "linecache", "logging", "math", "numbers", "operator", "os", "posixpath", "re",
    "reprlib", "runtime_client", "simplejson", "site", "stat", "string", "sys", "threading", "time", "traceback", "types",
    "warnings", "weakref", "zipimport",
)).union(
    ("token", "tokenize") if _VERSION_INFO < (3, 13) else ("_colorize",),
    ("textwrap",) if _VERSION_INFO >= (3, 11) else ("_locale", "sre_compile", "sre_constants", "sre_parse"),
    ("_heapq", "_queue", "concurrent", "heapq", "queue") if _VERSION_INFO >= (3, 12) else (),
    ("_heapq", "heapq", "pkgutil") if _VERSION_INFO < (3, 10) else (),
    ("typing",) if _VERSION_INFO == (3, 9) else (),
)


class RuntimeModules:
    """A finder that takes modules which Lambda's runtime has already loaded from the runtime, not from the function's folder."""

    def __init__(self, places: "list[str]") -> None:
        self._places = places

    def find_spec(self, name: str, path: object = None, target: object = None) -> "Any":  # noqa: ARG002 (a protocol)
        """The spec of such a module, None for all others."""
        if path is None and name in LOADED_BY_LAMBDA:
            return _path_finder().find_spec(name, self._places)
        return None


class ClientModules:
    """A finder of last resort for what Lambda's runtime brings: `awslambdaric.lambda_context` with the type of the context, and
    `snapshot_restore_py` for hooks, where the runtime's packages are not installed."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> "Any":  # noqa: ARG002 (a protocol)
        """The spec of such a module, None for all others."""
        if name not in ("awslambdaric", "awslambdaric.lambda_context", *((HOOKS_MODULE,) if has_hooks() else ())):
            return None
        return _MACHINERY.ModuleSpec(name, self, origin=_SHOWN_AS, is_package=name == "awslambdaric")

    def create_module(self, spec: object) -> None:
        """Return None: use an ordinary module object."""

    def exec_module(self, module: "Any") -> None:
        """Add the types that AWS's module has."""
        if module.__name__.endswith("lambda_context"):
            for kind in _CONTEXT_TYPES:
                setattr(module, kind.__name__, kind)
        elif module.__name__ == HOOKS_MODULE:
            add_hooks(module)


def _path_finder() -> "Any":
    return sys.modules["_frozen_importlib_external"].PathFinder


def standard_path() -> "list[str]":
    """The standard library's folders: those that Python puts after the entries of PYTHONPATH."""
    own = os.environ.get("PYTHONPATH")
    return sys.path[len(own.split(os.pathsep)) if own else 0:]


def set_up_path(standard: "list[str]") -> None:
    """Give sys.path, PYTHONPATH and the built-in names of `site` the values that they have on Lambda."""
    import site

    environ = os.environ
    site.setquit()
    site.setcopyright()
    site.sethelper()
    if "PYTHONPATH" in environ:
        _customize(site, sys.path[:len(sys.path) - len(standard)])
    task, runtime = environ.get("LAMBDA_TASK_ROOT") or os.getcwd(), environ.get("LAMBDA_RUNTIME_DIR")
    layers = _layers(environ.pop("WORKBENCH_LAYERS", ""))
    sys.path[:0] = [task, *layers, *([runtime] if runtime else [])]
    sys.meta_path.insert(0, RuntimeModules([*([runtime] if runtime else []), *standard]))
    sys.meta_path.append(ClientModules())
    for folder in (task, *layers, *filter(None, environ.pop("WORKBENCH_SITE_PACKAGES", "").split(os.pathsep))):
        site.addsitedir(folder)
    if runtime:
        environ.setdefault("PYTHONPATH", runtime)


def _layers(opt: str) -> "list[str]":
    """The folders in `opt` with packages of layers; none without layers, or if the function's own PYTHONPATH replaces them."""
    if not opt or "PYTHONPATH" in os.environ:
        return []
    version = (os.environ.get("AWS_EXECUTION_ENV") or "").rpartition("python")[2] or ".".join(map(str, _VERSION_INFO))
    return [os.path.join(opt, "python", "lib", f"python{version}", "site-packages"), os.path.join(opt, "python")]


def _customize(site: "Any", own_path: "list[str]") -> None:
    """Run the function's own `sitecustomize` and `usercustomize` modules, not those of this machine."""
    for name in ("sitecustomize", "usercustomize"):
        if _path_finder().find_spec(name, own_path) is not None:
            getattr(site, f"exec{name}")()


# ----------------------------------------------------------------------------------------------------------------------------
# 7 Imports
# Records the imports during INIT: how long each took and which module imported it; and notices when `logging` is imported. All
# imports that are not served from sys.modules go through the import machinery's `_find_and_load`, even those from C.

_MACHINERY: "Any" = _frozen_importlib
SHORTEST_NS = 100_000
"""Shorter imports are not reported, but count toward the own time of their importer."""
MAX_REPORT_BYTES = 60_000
FIRST_LINE = 1_000_000
"""The line number of the watch's frames. Before Python 3.11 they stay in tracebacks, and are recognized by it."""


class ImportWatch:
    """Records imports from `start` to `stop`. There is one per process; use it on the main thread."""

    def __init__(self, on_logging: "Callable[[], None]") -> None:
        """`on_logging()` is called once, after `logging` has been imported and before its importer continues."""
        self.records: list[Import] = []
        self._on_logging: Callable[[], None] | None = on_logging
        self._original = _MACHINERY._find_and_load

    def start(self) -> None:
        """Start recording. `logging` may already be imported, as by a .pth file."""
        if "logging" in sys.modules:
            self._tell_logging()
        recording = _recording(self._original, self.records, self._tell_logging)
        _MACHINERY._find_and_load = _disguised(recording)

    def stop(self) -> None:
        """Stop recording, but continue to wait for `logging` if it has not been imported."""
        if self._on_logging is None:
            _MACHINERY._find_and_load = self._original
        else:
            _MACHINERY._find_and_load = _disguised(_waiting(self._original, self._tell_logging))

    def report(self) -> str:
        """The records as JSON: [[module, index of importer or -1, start, duration, own duration], …], with times in ns.

        Only the longest if they do not fit into MAX_REPORT_BYTES.
        """
        text = _written(self.records)
        if len(text) <= MAX_REPORT_BYTES:
            return text
        keep = len(self.records)
        while len(text) > MAX_REPORT_BYTES:
            keep = min(keep - 1, keep * MAX_REPORT_BYTES // len(text))
            text = _written(_largest(self.records, keep))
        return text

    def _tell_logging(self) -> None:
        tell, self._on_logging = self._on_logging, None
        if tell is not None:
            tell()


def _recording(original: "FindAndLoad", records: "list[Import]", on_logging: "Callable[[], None]") -> "FindAndLoad":
    home = _thread.get_ident()
    unrecorded = _waiting(original, on_logging)
    parent = -1
    nested_ns = 0

    def _find_and_load(name: str, import_: object) -> object:
        nonlocal parent, nested_ns
        # Imports of other threads overlap with ours and would mix up `parent` and `nested_ns`.
        if _thread.get_ident() != home:
            return unrecorded(name, import_)
        importer, importer_ns, index, nested_ns = parent, nested_ns, len(records), 0
        parent = index
        record: Import = [name, importer, 0, 0, 0]
        records.append(record)
        started = monotonic_ns()
        try:
            module = original(name, import_)
            if name == "logging":
                on_logging()
            return module
        except BaseException as error:
            _unlink_watch(error)
            raise
        finally:
            took = monotonic_ns() - started
            if took < SHORTEST_NS:  # so were its own imports, which are therefore gone: this is the last record
                del records[index:]
            else:
                record[2:] = started, took, took - nested_ns
            parent, nested_ns = importer, importer_ns + took

    return _find_and_load


def _waiting(original: "FindAndLoad", on_logging: "Callable[[], None]") -> "FindAndLoad":
    def _find_and_load(name: str, import_: object) -> object:
        try:
            module = original(name, import_)
        except BaseException as error:
            _unlink_watch(error)
            raise
        if name == "logging":
            on_logging()
        return module

    return _find_and_load


def _unlink_watch(error: BaseException) -> None:
    """Remove the watch's frame from a traceback that the function may print. Before 3.11 the frame stays: see FIRST_LINE."""
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next


def _disguised(function: "Any") -> "FindAndLoad":
    """Make a function look like import machinery, whose frames the interpreter leaves out of tracebacks."""
    function.__code__ = function.__code__.replace(co_filename="<frozen importlib._bootstrap>", co_firstlineno=FIRST_LINE)
    watch: FindAndLoad = function
    return watch


def _largest(records: "list[Import]", count: int) -> "list[Import]":
    """The `count` longest imports, with the indices of importers adjusted: importers are kept too, as they take longer."""
    chosen = sorted(sorted(range(len(records)), key=lambda index: -records[index][3])[:count])
    place = {old: new for new, old in enumerate(chosen)}
    return [[records[old][0], place.get(records[old][1], -1), *records[old][2:]] for old in chosen]


def _written(records: "list[Import]") -> str:
    quoted = _json.encode_basestring_ascii
    rows = (f"[{quoted(name)},{parent},{start},{took},{own}]" for name, parent, start, took, own in records)
    return f"[{','.join(rows)}]"


# ----------------------------------------------------------------------------------------------------------------------------
# 8 Logging
# Statements that can fail are written as in AWS's client, because stack traces show them.

_TEXT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
# The fields of every record; any other came through `extra` and is logged. taskName (3.12) counts as other, as in AWS's client.
_STANDARD_FIELDS = frozenset((
    "name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module", "exc_info", "exc_text", "stack_info",
    "lineno", "funcName", "created", "msecs", "relativeCreated", "thread", "threadName", "processName", "process",
    "aws_request_id", "tenant_id", "_frame_type",
))


def set_up_logging() -> None:
    """Give the root logger Lambda's handler, just after `logging` has been imported."""
    import logging

    logging.Formatter.converter = time.gmtime
    as_json = logs_json()
    level = (os.environ.get("AWS_LAMBDA_LOG_LEVEL") or "").upper()
    handler = _lambda_handler(as_json or bool(level))
    handler.setFormatter(_json_formatter() if as_json else logging.Formatter(_TEXT, "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(_lambda_filter())
    root = logging.getLogger()
    # AWS's client recognizes TRACE only in capitals.
    level = "DEBUG" if os.environ.get("AWS_LAMBDA_LOG_LEVEL") == "TRACE" else level
    if level in logging._nameToLevel:
        root.setLevel(level)
    root.addHandler(handler)


def logs_json() -> bool:
    """Whether log lines are JSON objects."""
    return (os.environ.get("AWS_LAMBDA_LOG_FORMAT") or "").upper() == "JSON"


class StandardLogSink:
    """Writes log text to standard output, where each line is an event."""

    def log(self, msg: str, frame_type: "bytes | None" = None) -> None:  # noqa: ARG002 (the other sink has it)
        """Write `msg` as it is."""
        sys.stdout.write(msg)

    def log_error(self, message_lines: "list[str]") -> None:
        """Write an error as one event, with its lines joined by CR."""
        sys.stdout.write("\r".join(message_lines) + "\n")


class FramedTelemetryLogSink:
    """Writes log text to the descriptor that Lambda names, in frames: a type, a length, a time in µs, and the text.

    Each frame is one event, whatever it contains.
    """

    def __init__(self, fd: "str | int") -> None:
        # A duplicate, because the function may close or redirect its standard output.
        self.file = os.fdopen(os.dup(int(fd)), "wb", 0)

    def log(self, msg: str, frame_type: "bytes | None" = None) -> None:
        """Write `msg` as one frame. Raises UnicodeEncodeError for lone surrogates, as on Lambda."""
        encoded_msg = msg.encode("utf8")
        head = len(encoded_msg).to_bytes(4, "big") + (time.time_ns() // 1000).to_bytes(8, "big")
        self.file.write((frame_type or _FRAME) + head + encoded_msg)

    def log_error(self, message_lines: "list[str]") -> None:
        """Write an error as one frame."""
        self.log("\n".join(message_lines), _frame_type(_JSON_FRAME if logs_json() else _FRAME, 40))


_FRAME = b"\xa5\x5a\x00\x03"
_JSON_FRAME = b"\xa5\x5a\x00\x02"


def _frame_type(kind: bytes, level: int) -> bytes:
    """The type of a frame for a record of this level: the three bits above the lowest two hold level // 10 + 1, or 0."""
    bits = level // 10 + 1 if 10 <= level <= 50 else 0
    return kind[:3] + bytes((kind[3] | bits << 2,))


class LogSink:
    """Where log records go. Set once, when the process starts."""

    current: "StandardLogSink | FramedTelemetryLogSink" = StandardLogSink()


def create_log_sink() -> "StandardLogSink | FramedTelemetryLogSink":
    """The sink that the environment asks for. Removes its variable, as on Lambda."""
    descriptor = os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", None)
    return StandardLogSink() if descriptor is None else FramedTelemetryLogSink(descriptor)


def set_up_streams() -> None:
    """Make output unbuffered and give it the encoding that the runtime has on Lambda, whatever this machine's locale is.

    Runtimes on Amazon Linux 2 have the locale en_US.UTF-8. Newer ones do not, so Python falls back to C.UTF-8, in which it lets
    lone surrogates pass, and sets LC_CTYPE for its children.
    """
    version = (os.environ.get("AWS_EXECUTION_ENV") or "").rpartition("python")[2]
    if version:
        is_newer = int(version.partition(".")[2] or 0) >= 12
        for stream in (sys.stdout, sys.stderr):
            errors = "backslashreplace" if stream is sys.stderr else "surrogateescape" if is_newer else "strict"
            stream.reconfigure(encoding="utf-8", errors=errors)  # type: ignore[union-attr]
        if not is_newer and os.environ.get("LC_CTYPE") == "C.UTF-8":
            del os.environ["LC_CTYPE"]
    sys.stdout = Unbuffered(sys.stdout)
    sys.stderr = Unbuffered(sys.stderr)


def _lambda_handler(configured: bool) -> "Handler":
    """The handler that writes records; `configured`: whether a log format or level is configured."""
    import logging

    class LambdaLoggerHandler(logging.Handler):
        """Writes records to the sink. Libraries look for handlers by this name."""

        def __init__(self, log_sink: "StandardLogSink | FramedTelemetryLogSink") -> None:
            super().__init__()
            self.log_sink = log_sink

        def emit(self, record: "LogRecord") -> None:
            """Write one record."""
            msg = self.format(record)
            self.log_sink.log(msg)

    class LambdaLoggerHandlerWithFrameType(logging.Handler):
        """The handler when a log format or level is configured: frames then contain the level."""

        def __init__(self, log_sink: "StandardLogSink | FramedTelemetryLogSink") -> None:
            super().__init__()
            self.log_sink = log_sink

        def emit(self, record: "LogRecord") -> None:
            """Write one record."""
            text = self.format(record)
            level = min(50, max(0, record.levelno)) // 10 * 10
            self.log_sink.log(text, getattr(record, "_frame_type", None) or _frame_type(_FRAME, level))

    return (LambdaLoggerHandlerWithFrameType if configured else LambdaLoggerHandler)(LogSink.current)


def _lambda_filter() -> "Filter":
    import logging

    class LambdaLoggerFilter(logging.Filter):
        """Lets every record pass and adds the invocation's ids to it."""

        def filter(self, record: "LogRecord") -> bool:
            """Add aws_request_id and tenant_id."""
            record.aws_request_id = Invocation.request_id or ""
            record.tenant_id = Invocation.tenant_id
            return True

    return LambdaLoggerFilter()


def _json_formatter() -> "Formatter":
    import logging

    class JsonFormatter(logging.Formatter):
        """Formats a record as one JSON object. Source: Lambda guide, "Using structured JSON with Python"."""

        def format(self, record: "LogRecord") -> str:
            """The record as a line, including the newline."""
            record.levelno = min(50, max(0, record.levelno)) // 10 * 10
            record.levelname = logging.getLevelName(record.levelno)
            record._frame_type = _frame_type(_JSON_FRAME, record.levelno)
            return _json_line(record, self.formatTime(record, self.datefmt))

    return JsonFormatter(datefmt="%Y-%m-%dT%H:%M:%SZ")


def _json_line(record: "Any", timestamp: str) -> str:
    import json

    fields = {
        "timestamp": timestamp,
        "level": record.levelname,
        "message": record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage(),
        "logger": record.name,
        **_error_fields(record),
    }
    if record.tenant_id is not None:
        fields["tenantId"] = record.tenant_id
    for name, value in record.__dict__.items():
        if name not in _STANDARD_FIELDS and name not in fields:
            fields[name] = value
    told = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(told, ensure_ascii=False, default=str) + "\n"


def _error_fields(record: "Any") -> "dict[str, object]":
    import traceback

    error = record.exc_info
    return {
        "stackTrace": traceback.format_tb(error[2]) if error else None,
        "errorType": error[0].__name__ if error else None,
        "errorMessage": str(error[1]) if error else None,
        "requestId": record.aws_request_id,
        "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if error else None,
    }


# ----------------------------------------------------------------------------------------------------------------------------
# 9 Faults
# How failures are reported, and Lambda's own warnings.

_OWN_FILE = run.__code__.co_filename
_SHOWN_AS = "/var/runtime/bootstrap.py"
_HOOKS_SHOWN_AS = "/var/runtime/awslambdaric/lambda_runtime_hooks_runner.py"
_NO_BREAK_SPACE = "\u00a0"
# Lambda's texts, verbatim, because people search their logs for them.
_UNHANDLED = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. "
    "For functions using managed runtimes, runtime updates can be triggered by a function change, or can be applied "
    "automatically. To determine if the runtime has been updated, check the runtime version in the INIT_START log entry. "
    "If this error correlates with a change in the runtime version, you may be able to mitigate this error by temporarily "
    "rolling back to the previous runtime version. "
    "For more information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)
_PREVIEW = (
    "LAMBDA_WARNING: This is a preview runtime version and should not be used for production workloads. "
    "For further information and to provide feedback, see {}\r"
)


def init_error(error: BaseException) -> "dict[str, Any]":
    """The error document of a failed INIT."""
    if isinstance(error, Fault):
        return _document(error.message, error.kind, error.trace, "")
    import traceback

    return _document(str(error), type(error).__name__, traceback.format_list(_frames(error)), "")


def invocation_error(error: Exception, request_id: "str | None") -> "tuple[dict[str, Any], dict[str, Any]]":
    """The error document of a failed invocation, and its cause for X-Ray."""
    if isinstance(error, Fault):
        document = _document(error.message, error.kind, error.trace, request_id)
        return document, _cause("LambdaValidationError", error.message, [])
    import traceback

    frames = _frames(error)
    kind, message = type(error).__name__, str(error)
    return _document(message, kind, traceback.format_list(frames), request_id), _cause(kind, message, frames)


def text_of(document: "dict[str, Any]") -> str:
    """An error document as JSON text."""
    return Encoder(keeps_unicode()).encode(document)


def log_document(document: "dict[str, Any]") -> None:
    """Write an error document to the function's log, as one event."""
    if logs_json():
        import logging

        timestamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", logging.Formatter.converter(time.time()))
        LogSink.current.log_error([text_of({"timestamp": timestamp, "level": "ERROR", **document})])
    else:
        LogSink.current.log_error(_log_lines(document))


def warn_of_unhandled() -> None:
    """Log Lambda's advice that precedes the error of a failed INIT."""
    import logging

    logging.warning(_UNHANDLED)


def warn_of_preview() -> None:
    """Log Lambda's warning about a runtime that is not released yet."""
    import logging

    china = os.environ.get("AWS_REGION", "").startswith("cn-")
    domain = "docs.amazonaws.cn" if china else "docs.aws.amazon.com"
    logging.warning(_PREVIEW.format(f"https://{domain}/lambda/latest/dg/lambda-runtimes.html"))


def _document(message: str, kind: str, trace: "list[str] | None", request_id: "str | None") -> "dict[str, Any]":
    return {"errorMessage": message or "", "errorType": kind or "", "requestId": request_id or "", "stackTrace": trace or []}


def _cause(kind: str, message: str, frames: "list[Frame]") -> "dict[str, Any]":
    stack = [{"label": name, "path": path, "line": line} for path, line, name, _text in frames]
    paths = list({frame["path"] for frame in stack})
    return {"working_directory": os.getcwd(), "exceptions": [{"message": message, "type": kind, "stack": stack}], "paths": paths}


def _frames(error: BaseException) -> "list[Frame]":
    """File, line, function and text of each frame, from the function's code on; all frames if it has none."""
    import traceback

    frames = [_frame(summary) for summary in traceback.extract_tb(error.__traceback__) if not _is_watch(summary)]
    for index, frame in enumerate(frames):
        if "/bootstrap.py" not in frame[0]:
            return frames[index:]
    return frames


def _frame(summary: "FrameSummary") -> "Frame":
    own = _HOOKS_SHOWN_AS if summary.name in ("run_before_snapshot", "run_after_restore") else _SHOWN_AS
    return (own if summary.filename == _OWN_FILE else summary.filename, summary.lineno, summary.name, summary.line)


def _is_watch(summary: "FrameSummary") -> bool:
    return summary.filename == "<frozen importlib._bootstrap>" and (summary.lineno or 0) >= FIRST_LINE


def _log_lines(document: "dict[str, Any]") -> "list[str]":
    title = "[ERROR]"
    if document["errorType"]:
        title += " " + document["errorType"] + (":" if document["errorMessage"] else "")
    if document["errorMessage"]:
        title += " " + document["errorMessage"]
    lines = [title, "Traceback (most recent call last):"]
    for element in document["stackTrace"]:
        lines.extend(map(_indented, element.splitlines()) if element else [""])
    return lines


def _indented(line: str) -> str:
    bare = line.lstrip(" ")
    return _NO_BREAK_SPACE * (len(line) - len(bare)) + bare


# ----------------------------------------------------------------------------------------------------------------------------
# 10 Snapshots
# Sources: Lambda guide, "Lambda SnapStart runtime hooks for Python", "Handling uniqueness with Lambda SnapStart"; the description
# of the package snapshot-restore-py on PyPI. What AWS's client does with the hooks is done here in the same order.
#
# A runtime that holds a snapshot waits at its end for orders to fork: `workbench/sandbox/process/fork_server.py` tells which.
# A fork has what a snapshot has: whatever INIT left in memory, random numbers included. What it must not share with other forks
# is made its own: open files, the connection to the Runtime API. Connections that INIT opened are cut: on Lambda they are stale.
# Only on Linux.

HOOKS_MODULE = "snapshot_restore_py"


def has_hooks() -> bool:
    """Whether this runtime brings the module for hooks: those from python3.12 on do."""
    return keeps_unicode()


def add_hooks(module: "Any") -> None:
    """Give a module the functions that register hooks, and those by which a runtime finds them."""
    for when in ("before_snapshot", "after_restore"):
        register, registered = _registry()
        setattr(module, f"register_{when}", register)
        setattr(module, f"get_{when}", registered)
    module.__all__ = ["register_before_snapshot", "register_after_restore"]


def _registry() -> "tuple[Callable[..., Any], Callable[[], list[Any]]]":
    hooks: list[Any] = []

    def register(func: "Callable[..., Any]", *args: object, **kwargs: object) -> "Callable[..., Any]":
        """Register a hook with its arguments, and return it: this is a decorator, too."""
        hooks.append((func, args, kwargs))
        return func

    return register, lambda: hooks


def _hooks(when: str) -> "list[Any]":
    module = sys.modules.get(HOOKS_MODULE)
    hooks: list[Any] = [] if module is None else getattr(module, f"get_{when}")()
    return hooks


def pass_snapshot(api: RuntimeApi, header: str) -> RuntimeApi:
    """Run the hooks, and wait at the snapshot between those before and those after. Return what to ask for events."""
    try:
        run_before_snapshot()
        api = ForkOrders.wait(api, header)
    except BaseException as error:  # AWS's client takes an exit for an error too
        document = _logged(error)
        api.post_init_error(*_error_request(document, "Runtime.BeforeSnapshotError", header))
        sys.exit(64)
    try:
        run_after_restore()
    except BaseException as error:
        document = _logged(error)
        api.post_restore_error(*_error_request(document, "Runtime.AfterRestoreError"))
        sys.exit(65)
    return api


def run_before_snapshot() -> None:
    """Run the hooks before a snapshot, the last one registered first. Written as in AWS's client: stack traces show it."""
    hooks = _hooks("before_snapshot")
    while hooks:
        func, args, kwargs = hooks.pop()
        func(*args, **kwargs)


def run_after_restore() -> None:
    """Run the hooks after a restore. Written as in AWS's client: stack traces show it."""
    for func, args, kwargs in _hooks("after_restore"):
        func(*args, **kwargs)


def _logged(error: BaseException) -> "dict[str, Any]":
    Reserve.give()
    document = init_error(error)
    log_document(document)
    return document


class ForkOrders:
    """The socket over which this runtime is told to fork, if it is to hold a snapshot."""

    descriptor = -1

    @classmethod
    def begin(cls) -> None:
        """Take the descriptor before any code of the function can see it."""
        cls.descriptor = int(os.environ.pop("WORKBENCH_SNAPSHOT", "-1"))
        if cls.descriptor >= 0:
            os.set_inheritable(cls.descriptor, False)

    @classmethod
    def wait(cls, api: RuntimeApi, header: str) -> RuntimeApi:
        """Wait at the snapshot; return in a runtime that was restored from it, with its own connection."""
        if cls.descriptor < 0:
            api.restore_next(header)
            return api
        orders = _socket.socket(fileno=cls.descriptor)
        if not _can_be_forked():
            orders.sendall(b'{"holds": false}\n')
            api.restore_next(header)
            return api
        _cut_connections(orders.fileno())
        orders.sendall(b'{"holds": true}\n')
        api.ask_restore_next(header)
        order, output = _Parent(orders).next_fork()
        api.close()
        _become(order, output)
        restored = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
        restored.restore_next("")
        return restored


def _can_be_forked() -> bool:
    """Whether a fork has all that this process has: not its threads, its children, nor an event loop of its own."""
    tasks = os.listdir("/proc/self/task")
    if len(tasks) > 1:
        return False
    try:
        with open(f"/proc/self/task/{tasks[0]}/children") as file:
            has_children = bool(file.read().split())
    except OSError:  # a kernel without this list
        has_children = False
    return not has_children and not any(path.startswith("anon_inode:") for _, path in _open_files())


def _open_files() -> "list[tuple[int, str]]":
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:  # noqa: SIM105  (contextlib costs an import)
            found.append((int(name), os.readlink(f"/proc/self/fd/{name}")))
        except OSError:  # the listing itself
            pass
    return found


def _cut_connections(kept: int) -> None:
    """Cut network connections that INIT opened: forks would all write to the same one. On Lambda they are stale as well."""
    for descriptor, path in _open_files():
        if path.startswith("socket:") and descriptor != kept:
            connection = _socket.socket(fileno=os.dup(descriptor))
            try:
                if connection.family in (_socket.AF_INET, _socket.AF_INET6):
                    connection.shutdown(_socket.SHUT_RDWR)
            except OSError:  # it was never connected
                pass
            connection.close()


class _Parent:
    """The runtime that holds the snapshot. `next_fork` returns in each fork."""

    def __init__(self, orders: "_socket.socket") -> None:
        import select

        self._orders = orders
        self._poll = select.poll()
        self._poll.register(orders.fileno(), select.POLLIN)
        self._descriptors: list[int] = []
        self._rest = b""
        self._children: dict[int, int] = {}  # process ID -> pidfd, -1 without one

    def next_fork(self) -> "tuple[dict[str, str | None], int]":
        """Serve orders; return in a fork, with the variables that are different in it and the descriptor for its output."""
        while True:
            self._poll.poll(50 if -1 in self._children.values() else None)
            self._tell_ended()
            for message in self._received():
                if "reap" in message:
                    self._reap(message["reap"])
                elif "fork" in message:
                    output = self._descriptors.pop(0)
                    pid = _forked()
                    if pid == 0:
                        self._leave()
                        return message["fork"], output
                    os.close(output)
                    self._began(pid)

    def _received(self) -> "list[Any]":
        try:
            data, ancillary, _, _ = self._orders.recvmsg(65536, _socket.CMSG_SPACE(16), _DONT_WAIT)
        except BlockingIOError:
            return []
        if not data:
            os._exit(0)
        for _, _, packed in ancillary:
            self._descriptors += [int.from_bytes(packed[at:at + 4], sys.byteorder) for at in range(0, len(packed), 4)]
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [decode(line) for line in lines]

    def _began(self, pid: int) -> None:
        try:
            self._children[pid] = os.pidfd_open(pid)
        except OSError:  # a kernel before 5.3
            self._children[pid] = -1
        else:
            self._poll.register(self._children[pid], 1)
        self._orders.sendall(b'{"forked": %d}\n' % pid)

    def _tell_ended(self) -> None:
        for pid, descriptor in tuple(self._children.items()):
            ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) if descriptor != -2 else None
            if ended is not None:
                status = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
                self._orders.sendall(b'{"ended": %d, "status": %d}\n' % (pid, status))
                self._close_pidfd(pid)
                self._children[pid] = -2  # told

    def _reap(self, pid: int) -> None:
        if pid in self._children:
            self._close_pidfd(pid)
            del self._children[pid]
            os.waitpid(pid, 0)

    def _close_pidfd(self, pid: int) -> None:
        if self._children[pid] >= 0:
            self._poll.unregister(self._children[pid])
            os.close(self._children[pid])

    def _leave(self) -> None:
        for descriptor in self._children.values():
            if descriptor >= 0:
                os.close(descriptor)
        self._orders.close()


_DONT_WAIT = getattr(_socket, "MSG_DONTWAIT", 0)


def _forked() -> int:
    """Fork. The random module makes a new seed in a fork; one that is restored from a snapshot keeps the state it had."""
    random = sys.modules.get("random")
    state = random.getstate() if random is not None else None
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0 and random is not None:
        random.setstate(state)
    return pid


def _become(variables: "dict[str, str | None]", output: int) -> None:
    """Be the runtime of another environment: with its variables, output and /tmp, and files of its own."""
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    sink = LogSink.current
    if isinstance(sink, FramedTelemetryLogSink):
        os.dup2(output, sink.file.fileno(), inheritable=False)
    os.close(output)
    before = os.environ.get("TMPDIR", "")
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    after = os.environ.get("TMPDIR", "")
    tempfile: Any = sys.modules.get("tempfile")
    if tempfile is not None and tempfile.tempdir == before:
        tempfile.tempdir = after
    for descriptor, path in _open_files():
        if path.startswith("/") and os.path.isfile(f"/proc/self/fd/{descriptor}"):
            _reopen(descriptor, after + path[len(before):] if before and path.startswith(before + "/") else "")


def _reopen(descriptor: int, moved: str) -> None:
    """Give an open file its own position, which forks share. `moved`: where it is in this environment's /tmp, "" elsewhere."""
    import fcntl

    try:
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL) & ~(os.O_CREAT | os.O_EXCL | os.O_TRUNC)
        own = os.open(moved or f"/proc/self/fd/{descriptor}", flags)
    except OSError:  # a file that may not be opened again
        return
    os.lseek(own, os.lseek(descriptor, 0, os.SEEK_CUR), os.SEEK_SET)
    os.dup2(own, descriptor, inheritable=os.get_inheritable(descriptor))
    os.close(own)


if __name__ == "__main__":
    run(os.environ["_HANDLER"])
