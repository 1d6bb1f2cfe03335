"""The card beside a run that hit a limit: "On Lambda this fails because …", with this function's figures and what to change.

Figures are the function's own settings, Lambda's quotas, or measured in the run; what was not measured is not mentioned.
Source of the limits: Lambda guide, "Lambda quotas", "Init phase", "Using the Extensions API".
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from workbench.model.quotas import (
    ASYNCHRONOUS_REQUEST_LIMIT_BYTES,
    ENVIRONMENT_LIMIT_BYTES,
    EPHEMERAL_STORAGE_MAX_MB,
    INIT_LIMIT_S,
    MEMORY_MAX_MB,
    OPEN_FILES_LIMIT,
    PROCESSES_LIMIT,
    REQUEST_LIMIT_BYTES,
    RESPONSE_LIMIT_BYTES,
    TIMEOUT_MAX_S,
)

BECAUSE = "On Lambda this fails because"


def event_too_large(event_bytes: int) -> str:
    """Explain an event that exceeds the size of a synchronous request."""
    return (f"{BECAUSE} the event has {event_bytes:,} bytes, and an invocation that waits for its result takes at most "
            f"{REQUEST_LIMIT_BYTES:,} (6 MB). Put large data into S3 and send its bucket and key.")


def asynchronous_event_too_large(event_bytes: int) -> str:
    """Explain an event that exceeds the size of an asynchronous request."""
    return (f"{BECAUSE} the event has {event_bytes:,} bytes, and an asynchronous invocation takes at most "
            f"{ASYNCHRONOUS_REQUEST_LIMIT_BYTES:,} (1 MB). Put large data into S3 and send its bucket and key.")


def environment_too_large(size_bytes: int) -> str:
    """Explain environment variables that are too large; `size_bytes` as `limits.environment_size_bytes` counts it."""
    return (f"{BECAUSE} the environment variables have {size_bytes:,} bytes together, and {ENVIRONMENT_LIMIT_BYTES:,} are "
            f"allowed: the function could not even be deployed. Remove {size_bytes - ENVIRONMENT_LIMIT_BYTES:,} bytes, or keep "
            "large values in Parameter Store or a file.")


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured in the run that failed; 0 and "" mean that nothing was.

    `init_timed_out`: INIT exceeded its limit and was started again inside the invocation, where it took `init_again_ms` (0 if it
    did not finish). `extension` is the name of the one that failed.
    """

    ran_ms: float = 0.0
    memory_used_mb: int = 0
    init_timed_out: bool = False
    init_again_ms: float = 0.0
    extension: str = ""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a failure when it is explained; 0 and "" mean unknown.

    `in_init`: it happened outside the handler. `trace` is the stack trace as one text.
    """

    error_type: str
    message: str
    runtime: str = ""
    handler: str = ""
    timeout_s: int = 0
    memory_mb: int = 0
    storage_mb: int = 0
    in_init: bool = False
    trace: str = ""
    measured: Measured = Measured()

    def found(self, pattern: str) -> re.Match[str] | None:
        """Search the message for a pattern; None if it does not occur."""
        return re.search(pattern, self.message)


def timed_out(failure: Failure) -> str:
    """Explain the function's timeout, including one that init used up."""
    ran = f" (it ran {failure.measured.ran_ms / 1_000:.2f} s)" if failure.measured.ran_ms else ""
    reason = f"{BECAUSE} the function was still running after its timeout of {failure.timeout_s} s{ran}."
    if failure.measured.init_timed_out:
        return f"{reason} {_init_again(failure)} Load less outside the handler, or raise Timeout until init fits into it."
    if failure.timeout_s >= TIMEOUT_MAX_S:
        return f"{reason} That is the longest Lambda allows: split the work, or hand it to Step Functions or a queue."
    return f"{reason} Find what it waits for after the last line of its log, or raise the timeout (up to {TIMEOUT_MAX_S} s)."


def _init_again(failure: Failure) -> str:
    took = f" and took {failure.measured.init_again_ms:,.0f} ms of it" if failure.measured.init_again_ms else ""
    return f"Init took longer than its limit of {INIT_LIMIT_S} s, so it was started again inside the invocation{took}."


def out_of_memory(failure: Failure) -> str:
    """Explain running out of memory, including runtimes that notice before they are killed."""
    used = f" ({failure.measured.memory_used_mb:,} MB were in use)" if failure.measured.memory_used_mb else ""
    reason = f"{BECAUSE} the function needed more than its {failure.memory_mb:,} MB of memory{used} and was killed."
    if failure.memory_mb >= MEMORY_MAX_MB:
        return f"{reason} That is the most Lambda has: read the data in pieces or stream it."
    suggested_mb = min(failure.memory_mb * 2, MEMORY_MAX_MB)
    return f"{reason} Raise MemorySize, for example to {suggested_mb:,} MB, or hold less data at a time."


def response_too_large(_: Failure) -> str:
    """Explain a buffered response that is too large."""
    return (f"{BECAUSE} the result is larger than 6 MB ({RESPONSE_LIMIT_BYTES:,} bytes), the most it returns. "
            "Put it into S3 and return where it is, or stream the response.")


def extension_failed(failure: Failure) -> str:
    """Explain an extension that ended or reported a failure, which ends the whole environment."""
    name = f"the extension {failure.measured.extension}" if failure.measured.extension else "an extension"
    kind = failure.error_type.partition(".")[2]
    what = _EXTENSION_WORDS.get(kind, "failed").format(exit=_exit_words(failure))
    cure = _EXTENSION_CURES.get(kind, "Look at the extension's own log lines, correct it, or remove its layer.")
    return f"{BECAUSE} {name} {what}, and Lambda ends the environment with it. {cure}"


def _exit_words(failure: Failure) -> str:
    found = failure.found(r"(exit (?:status|code) \d+|signal: .+)$")
    return f" ({found[1]})" if found else ""


_EXTENSION_WORDS = {
    "Crash": "ended before the environment did{exit}", "InitError": "reported that it could not start",
    "ExitError": "reported that it had to end", "LaunchError": "could not be started",
    "TooManyExtensions": "is one too many (ten are allowed)",
}
_EXTENSION_CURES = {
    "LaunchError": "Its file in /opt/extensions must be executable (chmod +x) and built for Linux and this architecture.",
    "TooManyExtensions": "Remove layers that bring extensions.",
    "Crash": "It must keep running until SHUTDOWN, and exit status 0 is a crash too: look at its log lines, or remove its layer.",
}


def _storage_full(failure: Failure, _: re.Match[str]) -> str:
    size = f"its {failure.storage_mb:,} MB of /tmp are full" if failure.storage_mb else "/tmp is full"  # noqa: S108
    reason = f"{BECAUSE} {size}; files in it stay from one invocation to the next."
    if failure.storage_mb >= EPHEMERAL_STORAGE_MAX_MB:
        return f"{reason} That is the most Lambda has: delete what is not needed, or work on the data in pieces."
    more = f" (more than {failure.storage_mb:,}, up to {EPHEMERAL_STORAGE_MAX_MB:,} MB)" if failure.storage_mb else ""
    return f"{reason} Delete what is not needed, or raise EphemeralStorage{more}."


def _read_only(failure: Failure, found: re.Match[str]) -> str:
    path = failure.found(r"'([^']+)'|@ \w+ - (\S+)|(/(?:var|opt|usr|etc|home)/\S+)")
    what = next((part for part in path.groups() if part), "") if path else ""
    del found
    subject = f"{what} cannot be written" if what else "the code writes to a read-only place"
    size = f" ({failure.storage_mb:,} MB)" if failure.storage_mb else ""
    return f"{BECAUSE} {subject}: only /tmp{size} is writable. Write the file there, and put what must last into S3."


def _open_files(_: Failure, found: re.Match[str]) -> str:
    del found
    return (f"{BECAUSE} an environment may have {OPEN_FILES_LIMIT:,} files and connections open at once. "
            "Close them after use (with, finally), and create clients once, outside the handler.")


def _processes(_: Failure, found: re.Match[str]) -> str:
    del found
    return (f"{BECAUSE} an environment may have {PROCESSES_LIMIT:,} processes and threads at once. "
            "Wait for (join) those that have finished, or use a pool of a fixed size.")


def _busy_resource(_: Failure, found: re.Match[str]) -> str:
    del found
    return ("The system temporarily refused (EAGAIN). If the code starts processes or threads, on Lambda this fails because an "
            f"environment may have {PROCESSES_LIMIT:,} of them at once: use a pool of a fixed size. Otherwise, try again.")


def _own_memory_error(failure: Failure, found: re.Match[str]) -> str:
    del found
    return out_of_memory(failure).replace(" and was killed", "")


_Writer = Callable[[Failure, re.Match[str]], str]

# Processes before EAGAIN alone, which does not say what the system refused.
_LIMIT_EXCEPTIONS: tuple[tuple[str, _Writer], ...] = (
    (r"No space left on device|ENOSPC|no space left on device", _storage_full),
    (r"[Rr]ead-only file system|EROFS", _read_only),
    (r"[Tt]oo many open files|EMFILE", _open_files),
    (r"can't (start new|create) [Tt]hread|unable to create (new )?native thread|pthread_create|ERR_WORKER_INIT_FAILED"
     r"|spawn \S+ EAGAIN|fork\(2\)|^ThreadError", _processes),
    (r"\[Errno 11\]|EAGAIN|Resource temporarily unavailable", _busy_resource),
    (r"^(MemoryError|java\.lang\.OutOfMemoryError|NoMemoryError|Function<NoMemoryError>)|heap out of memory", _own_memory_error),
)


def explain_limit(failure: Failure) -> str:
    """Return cause and cure of an exception that a limit caused in the code, "" for any other."""
    text = f"{failure.error_type}: {failure.message}"
    for pattern, writer in _LIMIT_EXCEPTIONS:
        if found := re.search(pattern, text):
            return writer(failure, found)
    return ""
