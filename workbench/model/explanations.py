"""One or two plain sentences beside each failure: what happened, why, and what to change.

Lambda's own words stay as they are; an explanation adds the cause and the cure. It is found by the error type, then by
patterns in the message. If the message says too little, the explanation names the most likely cause and says that it is a guess.
Source of the types and messages: Lambda developer guide; AWS's runtime interface clients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from workbench.model.code_explanations import (
    built_in_conflict,
    explain_import,
    handler_not_found,
    init_error,
    malformed_handler,
    marshal_error,
    stringify_error,
    syntax_error,
    unmarshal_error,
)
from workbench.model.exception_explanations import explain_exception
from workbench.model.init_explanations import explain_in_init, init_exited
from workbench.model.limit_explanations import (
    Failure,
    Measured,
    explain_limit,
    extension_failed,
    out_of_memory,
    response_too_large,
    timed_out,
)
from workbench.model.node_import_explanations import explain_node_import, is_node_import
from workbench.model.python_explanations import missing_variable, unusable_handler
from workbench.model.start_explanations import invalid_entrypoint, invalid_task, invalid_working_directory


def explain(
    error_type: str, error_message: str, *, runtime: str, handler: str, timeout_s: int, memory_mb: int, storage_mb: int = 0,
    measured: Measured = Measured(),  # noqa: B008  (frozen)
) -> str:
    """Return one or two sentences on what a failure means and what to do; never "", never just the message again.

    The settings are those of the function that ran; `storage_mb` is 0 if it is not known.
    """
    return explain_failure(Failure(
        error_type=error_type, message=error_message, runtime=runtime, handler=handler, timeout_s=timeout_s,
        memory_mb=memory_mb, storage_mb=storage_mb, measured=measured,
    ))


def explain_failure(failure: Failure) -> str:
    """Do the same as `explain` for a `Failure`."""
    error_type = failure.error_type
    # From certain to vague: what the platform itself reported, then what the message proves, last what it merely resembles.
    if error_type in _PLATFORM:
        return _PLATFORM[error_type](failure)
    if error_type.startswith("Extension."):
        return extension_failed(failure)
    if error_type.startswith(("Init<", "java.lang.ClassNotFound", "LambdaValidationException")):
        return init_error(failure)
    if failure.found(r"^Unable to stringify response body$"):
        return stringify_error(failure)
    if is_node_import(failure):
        return explain_node_import(failure)
    if known := explain_limit(failure) or missing_variable(failure) or unusable_handler(failure):
        return known
    in_init = explain_in_init(error_type, failure.message) if failure.in_init else ""
    if known := in_init or explain_exception(error_type, failure.message):
        return known
    if error_type.startswith(("Runtime.", "Sandbox.", "Function.")):
        return (f"The runtime reported {error_type}, which Lambda does not explain further. "
                "Look at the log lines before this failure; they usually name the cause.")
    return _own_exception(failure)


_NO_ERRORS = frozenset({"string", "object", "number", "boolean", "bigint", "symbol", "function", "undefined"})
"""JavaScript's type names for thrown values that are not Errors. Source: AWS's Node.js client."""


def _own_exception(failure: Failure) -> str:
    if failure.runtime.startswith("nodejs") and failure.error_type in _NO_ERRORS:
        return (f"The code threw a value of type {failure.error_type}, or called back with one, so there is no stack trace. "
                "Throw an Error (new Error(...)) instead: its stack trace names the line.")
    kind = failure.error_type.removeprefix("Function<").removesuffix(">") or "an error"
    place = "The stack trace shows the line" if failure.trace else "The answer has no stack trace; look in the log for the line"
    if failure.in_init:
        return (f"Your code outside the handler raised {kind} and did not catch it, so the function could not be loaded. "
                f"{place}: correct it there.")
    return (f"Your code raised {kind} and did not catch it, so Lambda answered with it. "
            f"{place}: correct it, or catch the error there and return a result.")


# What the platform says. ------------------------------------------------------------------------------------------------


def _exited(failure: Failure) -> str:
    if failure.found(r"signal: killed"):
        used = f" (its peak was {failure.measured.memory_used_mb:,} MB)" if failure.measured.memory_used_mb else ""
        return (f"The runtime process was killed, most likely for using more than {failure.memory_mb:,} MB of memory{used}. "
                "Raise the memory size and see whether it still happens.")
    if signal := failure.found(r"signal: (hangup|interrupt|quit|terminated)$"):
        return (f"The runtime process was ended by a signal ({signal[1]}), sent by the function itself, by a program that it "
                "started, or by Python for a KeyboardInterrupt. Look in the code for what sends or raises it.")
    if signal := failure.found(r"signal: (.+)$"):
        return (f"The runtime process crashed in the middle of its work (signal: {signal[1]}), which native code can cause. "
                "Suspect a library with compiled parts that was built for another system or architecture.")
    if status := failure.found(r"exit status (\d+)"):
        return _exit_status(failure, int(status[1]))
    if failure.in_init:
        return init_exited(None, failure.runtime)
    return ("The process ended without answering: something called exit, or the runtime's main loop returned. "
            "A handler must return a result instead of ending the process.")


_KNOWN_STATUSES: Mapping[int, str] = MappingProxyType({
    9: "Node.js does not know an option, or does not accept it there; the log names it. Correct NODE_OPTIONS.",
    64: "A hook that runs before a snapshot failed. Correct the hook, or switch SnapStart off.",
    65: "A hook that runs after a restore failed. Correct the hook, or switch SnapStart off.",
    126: "The program to start is there but not executable. Set its executable bit (chmod +x) before packing it.",
    127: "A program was not found: the one to start, a wrapper script or its interpreter, or one that a script calls; "
         "the log may name it. Check that it is in the package, a layer or the runtime.",
    128: "A Promise was rejected and nothing caught it. Await it, or add a catch.",
    129: "An exception was thrown outside the handler's own calls, in a callback or an event listener. Catch it there.",
    142: "The container was started without the handler as its only argument. Set the handler, or the image's command.",
})


_OF_NODE = (9, 128, 129)
"""Statuses that have this meaning only for Node.js. Source: Node.js documentation, "Exit codes", and AWS's client."""


def _exit_status(failure: Failure, status: int) -> str:
    is_node = failure.runtime.startswith("nodejs")
    if status in _KNOWN_STATUSES and (status not in _OF_NODE or is_node):
        return f"The runtime process ended with status {status}. {_KNOWN_STATUSES[status]}"
    if failure.in_init:
        return init_exited(status, failure.runtime)
    call = "process.exit" if is_node else "sys.exit or os._exit" if failure.runtime.startswith("python") else "exit"
    return (f"The process ended with status {status} before it had answered: it called {call}, or could not continue. "
            "Read the log lines before this one, and let the handler return instead.")


def _sandbox_failure(_: Failure) -> str:
    return ("The environment itself was lost, not your code: its container or process is gone. "
            "Invoke again; if it happens again, check that Docker is running and has memory and disk space left.")


# What the runtimes say of themselves. ----------------------------------------------------------------------------------


def _context_error(_: Failure) -> str:
    return "The client context or identity sent with the invocation is not valid JSON. Correct it in the caller, or leave it out."


def _unhandled_rejection(_: Failure) -> str:
    return ("A Promise was rejected and nothing caught it, so Node.js ended the process. "
            "Await every Promise inside the handler, or give it a catch.")


def _node_exit(_: Failure) -> str:
    return ("Node.js had nothing left to do while the handler's Promise was still open: it can never settle. "
            "Look for an await on something that never resolves, or a callback that is never called.")


def _callback_deprecated(failure: Failure) -> str:
    return (f"{failure.runtime} no longer passes a callback, and this handler declares one as its third parameter. "
            "Make it async, remove that parameter and return the result.")


def _streaming_misuse(_: Failure) -> str:
    return ("Response streaming was used in a way the runtime does not allow. Wrap the handler in "
            "awslambda.streamifyResponse, write to responseStream, and end it.")


def _snapshot_hook(_: Failure) -> str:
    return ("A SnapStart hook of your code failed. Correct the registered hook (the stack trace names it), "
            "or switch SnapStart off.")


def _client_error(_: Failure) -> str:
    return ("The runtime's own client failed, not your handler. Check whether the code folder or a layer contains another "
            "version of the runtime's packages, and invoke again.")


def _truncated(_: Failure) -> str:
    return ("The runtime stopped in the middle of its response. It ended or lost the connection while streaming; "
            "the log lines before this show why.")


def _durable_later(_: Failure) -> str:
    return ("The function reached a point where Lambda would end this invocation and continue in a later one. To see a whole "
            "execution, run it with AWS's testing library for durable functions, which skips the waits; here, test the parts "
            "between them.")


def _durable_answer(failure: Failure) -> str:
    wrapped = "with withDurableExecution" if failure.runtime.startswith("nodejs") else "with @durable_execution"
    return (f"DurableConfig makes this a durable function, whose handler must be wrapped {wrapped} from AWS's durable execution "
            "SDK. Wrap it, or remove DurableConfig.")


_PLATFORM: Mapping[str, Callable[[Failure], str]] = MappingProxyType({
    "Sandbox.Timedout": timed_out,
    "Sandbox.Failure": _sandbox_failure,
    "DurableExecution.NotSupported": _durable_later,
    "DurableExecution.InvalidResponse": _durable_answer,
    "Runtime.ExitError": _exited,
    "Runtime.OutOfMemory": out_of_memory,
    "Runtime.InvalidEntrypoint": invalid_entrypoint,
    "Runtime.InvalidWorkingDir": invalid_working_directory,
    "Runtime.InvalidTaskConfig": invalid_task,
    "Runtime.TruncatedResponse": _truncated,
    "Runtime.InvalidResponseModeHeader": _streaming_misuse,
    "Function.ResponseSizeTooLarge": response_too_large,
    "Runtime.ImportModuleError": explain_import,
    "Runtime.HandlerNotFound": handler_not_found,
    "Runtime.MalformedHandlerName": malformed_handler,
    "Runtime.UserCodeSyntaxError": syntax_error,
    "Runtime.BuiltInModuleConflict": built_in_conflict,
    "Runtime.MarshalError": marshal_error,
    "Runtime.JSONStringifyError": stringify_error,
    "Runtime.UnmarshalError": unmarshal_error,
    "Runtime.LambdaContextUnmarshalError": _context_error,
    "Runtime.BeforeSnapshotError": _snapshot_hook,
    "Runtime.BeforeCheckpointError": _snapshot_hook,
    "Runtime.AfterRestoreError": _snapshot_hook,
    "Runtime.LambdaRuntimeClientError": _client_error,
    "Runtime.PlatformError": _client_error,
    "Runtime.NativeClientLoading": _client_error,
    "Runtime.UnhandledPromiseRejection": _unhandled_rejection,
    "Runtime.NodeJsExit": _node_exit,
    "Runtime.CallbackHandlerDeprecated": _callback_deprecated,
    "Runtime.MalformedStreamingHandler": _streaming_misuse,
    "Runtime.InvalidStreamingOperation": _streaming_misuse,
})
"""By Lambda's error type."""
