"""What a failed invocation means in plain words: what happened, why, what to change. Stands beside Lambda's answer."""

from __future__ import annotations

from collections.abc import Callable

from workbench.state.invocation import Invocation


def explain(invocation: Invocation) -> str:
    """One or two sentences for a failed invocation, "" for one that did not fail."""
    if invocation.status in ("success", "running"):
        return ""
    if invocation.was_cancelled:
        return "You cancelled it. Its execution environment was ended, so the next invocation has to wait for init again."
    error_type = str(invocation.error().get("errorType") or invocation.error_type)
    writer = _WRITERS.get(error_type)
    if invocation.out_of_memory:
        writer = _out_of_memory
    if writer is not None:
        return writer(invocation)
    if not invocation.answered:
        lost = "The execution environment was lost before the function answered."
        return f"{lost} {invocation.stop_detail or 'The log below has its last words.'}"
    return _raised(invocation, error_type)


def _raised(invocation: Invocation, error_type: str) -> str:
    during = "while it was being loaded" if invocation.invoke_began_ms is None else "and nothing caught it"
    return (
        f"Your function raised {error_type or 'an error'} {during}. Lambda answers 200 with this document and the header "
        f"X-Amz-Function-Error; the stack trace names the line."
    )


def _timed_out(invocation: Invocation) -> str:
    duration = f"{invocation.metrics.duration_ms / 1000:.2f} s" if invocation.metrics else "its timeout"
    return (
        f"It ran for {duration} and was stopped at its timeout; all of it is billed. Raise the timeout, or look in the log for "
        f"the last line it wrote: what came after that is what hangs."
    )


def _out_of_memory(invocation: Invocation) -> str:
    memory = f" of {invocation.metrics.memory_size_mb:,} MB" if invocation.metrics else ""
    return (
        f"It used all its memory{memory} and was killed. Give it more memory, or keep less at once: stream large objects "
        f"instead of reading them whole."
    )


def _exited(invocation: Invocation) -> str:
    message = str(invocation.error().get("errorMessage", ""))
    if "without providing a reason" in message:
        return (
            "The process ended without an answer and without an error. Look for sys.exit, os._exit or "
            "process.exit in the code."
        )
    if "signal: killed" in message:
        return (
            "The process was killed from outside, most often for using too much memory. Compare Max Memory Used "
            "with Memory Size."
        )
    return "The process ended before it answered. The last lines of the log usually say why."


def _import_failed(invocation: Invocation) -> str:
    message = str(invocation.error().get("errorMessage", ""))
    missing = message.rpartition("No module named ")[2].strip("'\"") if "No module named " in message else ""
    subject = f"The module {missing}" if missing else "A module that the code imports"
    return (
        f"{subject} is not among the function's files or layers. Install it into the code folder, or correct "
        f"the handler's file name."
    )


def _handler_missing(invocation: Invocation) -> str:
    del invocation
    return (
        "The file was loaded, but it has no function with the handler's name. Correct the handler in the "
        "configuration or the name in the code."
    )


def _malformed_handler(invocation: Invocation) -> str:
    del invocation
    return 'The handler must name a file and a function, "app.lambda_handler" for lambda_handler in app.py.'


def _syntax_error(invocation: Invocation) -> str:
    del invocation
    return "The code could not be read. The message names the file and the line."


def _marshal_error(invocation: Invocation) -> str:
    del invocation
    return (
        "What the handler returned can not be written as JSON. Return strings, numbers, lists, dicts, true, "
        "false or null; turn dates into text."
    )


def _too_large(invocation: Invocation) -> str:
    del invocation
    return "A synchronous answer can have at most 6 MB. Put large results into S3 and return a link, or stream the response."


def _no_bootstrap(invocation: Invocation) -> str:
    del invocation
    return (
        "An OS-only runtime starts an executable file called bootstrap in the code folder. It is missing, "
        "not executable, or for another CPU."
    )


def _sandbox_failed(invocation: Invocation) -> str:
    del invocation
    return (
        "The sandbox was lost, not your code: its container or process vanished. Invoke it again; if it "
        "keeps happening, check Docker."
    )


_WRITERS: dict[str, Callable[[Invocation], str]] = {
    "Sandbox.Timedout": _timed_out,
    "Runtime.OutOfMemory": _out_of_memory,
    "Runtime.ExitError": _exited,
    "Runtime.ImportModuleError": _import_failed,
    "Runtime.HandlerNotFound": _handler_missing,
    "Runtime.MalformedHandlerName": _malformed_handler,
    "Runtime.UserCodeSyntaxError": _syntax_error,
    "Runtime.MarshalError": _marshal_error,
    "Function.ResponseSizeTooLarge": _too_large,
    "Runtime.InvalidEntrypoint": _no_bootstrap,
    "Sandbox.Failure": _sandbox_failed,
}
