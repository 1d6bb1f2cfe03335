"""Init, then one invocation after the other."""

import importlib
import os
import sys
from time import monotonic_ns

from _workbench_runtime import part, payloads
from _workbench_runtime.connection import RuntimeApi
from _workbench_runtime.context import LambdaContext
from _workbench_runtime.imports import ImportWatch

PREVIEW_RUNTIMES = ("AWS_Lambda_python3.15",)
_MAX_CAUSE_BYTES = 1024 * 1024


class Fault(Exception):
    """A failure that Lambda names itself: `kind` is the errorType, `trace` the stackTrace, None for none."""

    def __init__(self, kind: str, message: str, trace: "list | None" = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.trace = trace


class Unbuffered:
    """A text stream whose every write is in the pipe when it returns, so before the response is."""

    def __init__(self, stream: object) -> None:
        self.stream = stream

    def __enter__(self) -> "Unbuffered":
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)

    def write(self, text: str) -> None:
        """Write and flush."""
        self.stream.write(text)
        self.stream.flush()

    def writelines(self, lines: list) -> None:
        """Write all and flush."""
        self.stream.writelines(lines)
        self.stream.flush()


class Invocation:
    """What log records say of the invocation under way; empty during init."""

    request_id = None
    tenant_id = None


def run(handler_name: str, started_ns: int) -> None:
    """Serve invocations until the process is ended. `started_ns`: monotonic time of its first line."""
    sys.stdout = Unbuffered(sys.stdout)
    sys.stderr = Unbuffered(sys.stderr)
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    watch = ImportWatch(lambda: part("logs").set_up(Invocation))
    init_ns = monotonic_ns()
    watch.start()
    try:
        _warn_of_preview()
        request_handler = load_handler(handler_name)
    except Exception as error:
        watch.stop()
        _report_init_error(api, error, _init_header(watch, started_ns, init_ns))
    watch.stop()
    _serve(api, request_handler, _init_header(watch, started_ns, init_ns))


def load_handler(name: str) -> object:
    """Import the module of `module.function`, folders written with / or dots. Raises Fault, or what the module raises."""
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}") from None
    try:
        if module_name.split(".")[0] in sys.builtin_module_names:
            message = f"Cannot use built-in module {module_name} as a handler module"
            raise Fault("Runtime.BuiltInModuleConflict", message)
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", trace) from None
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", message) from None


def _warn_of_preview() -> None:
    if os.environ.get("AWS_EXECUTION_ENV") in PREVIEW_RUNTIMES and not os.environ.get("LAMBDA_DISABLE_PREVIEW_WARN"):
        part("faults").warn_of_preview()


def _report_init_error(api: RuntimeApi, error: Exception, init_header: str) -> None:
    faults = part("faults")
    document = faults.init_error(error)
    faults.warn_of_unhandled()
    faults.log(document)
    kind = f"Lambda-Runtime-Function-Error-Type: {document['errorType']}\r\n"
    # AWS's client posts this one through http.client, which writes text as Latin-1 and fails on anything else.
    body = faults.text_of(document).encode("iso-8859-1")
    api.post_init_error(f"Content-Type: application/json\r\n{kind}{init_header}", body)
    sys.exit(1)


def _init_header(watch: ImportWatch, started_ns: int, init_ns: int) -> str:
    now_ns = monotonic_ns()
    spans = f'"runtimeInit":[{started_ns},{init_ns}],"functionInit":[{init_ns},{now_ns}]'
    return f'Workbench-Init: {{{spans},"imports":{watch.report()}}}\r\n'


def _serve(api: RuntimeApi, request_handler: object, next_headers: str) -> None:
    encoder = payloads.Encoder(payloads.keeps_unicode())
    while True:
        request = api.next(next_headers)
        next_headers = ""
        headers = request.headers
        Invocation.request_id = headers.get("lambda-runtime-aws-request-id")
        Invocation.tenant_id = headers.get("lambda-runtime-aws-tenant-id") or None
        _set_trace_id(headers.get("lambda-runtime-trace-id"))
        handle_event_request(api, request_handler, request, encoder)


def handle_event_request(api: RuntimeApi, request_handler: object, request: object, encoder: payloads.Encoder) -> None:
    """Run the handler on one event and hand over what came of it. Named as in AWS's client: it shows in stack traces."""
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
    # A lone surrogate ends the process here, outside of the try, as it does with AWS's client.
    body = result if isinstance(result, bytes) else result.encode("utf-8")
    api.post_response(headers.get("lambda-runtime-aws-request-id"), extra, body)


def _context(headers: dict) -> LambdaContext:
    client_context = _header_value(headers, "lambda-runtime-client-context", "Client Context")
    identity = _header_value(headers, "lambda-runtime-cognito-identity", "Cognito Identity")
    return LambdaContext(headers, client_context, identity)


def _header_value(headers: dict, name: str, shown: str) -> object:
    text = headers.get(name)
    if not text:
        return None
    import json  # here AWS's client uses the standard library's json, its wording included

    try:
        return json.loads(text)
    except Exception as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", f"Unable to parse {shown} JSON: {error}") from None


def _event(request: object) -> object:
    if request.headers.get("content-type") != "application/json":
        return request.body
    try:
        return payloads.decode(request.body)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None


def _marshalled(response: object, encoder: payloads.Encoder) -> tuple:
    if isinstance(response, bytes):
        return response, "application/unknown"
    try:
        text = encoder.encode(response)
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None
    return text, "application/json"


def _post_error(api: RuntimeApi, headers: dict, error: Exception) -> None:
    faults = part("faults")
    request_id = headers.get("lambda-runtime-aws-request-id")
    document, cause = faults.invocation_error(error, request_id)
    faults.log(document)
    cause_text = faults.text_of(cause)
    extra = f"Content-Type: application/json\r\n{_echoed(headers)}"
    if len(cause_text.encode()) < _MAX_CAUSE_BYTES:
        extra += f"Lambda-Runtime-Function-XRay-Error-Cause: {cause_text}\r\n"
    api.post_error(request_id, extra, faults.text_of(document).encode("utf-8"))


def _echoed(headers: dict) -> str:
    invocation_id = headers.get("lambda-runtime-invocation-id")
    return f"Lambda-Runtime-Invocation-Id: {invocation_id}\r\n" if invocation_id else ""


def _set_trace_id(trace_id: "str | None") -> None:
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
