"""The limits of a function's configuration and of its payloads, and what Lambda says when one is exceeded.

Source: Lambda developer guide, "Lambda quotas"; the constraints of the API model (2015-03-31); recorded responses of the
service. Where the model is wider than classic functions (5,400 s, 32,768 MB), the classic limit applies.
The checks do no I/O and never raise for a bad value: they return what is wrong, or None.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

import msgspec

from workbench.model.failures import InvalidInput, ServiceError
from workbench.model.json_text import decoded
from workbench.model.overrides import MASK
from workbench.model.quotas import (
    ASYNCHRONOUS_REQUEST_LIMIT_BYTES,
    DESCRIPTION_MAX_LENGTH,
    ENVIRONMENT_LIMIT_BYTES,
    EPHEMERAL_STORAGE_MAX_MB,
    EPHEMERAL_STORAGE_MIN_MB,
    FUNCTION_NAME_MAX_LENGTH,
    HANDLER_MAX_LENGTH,
    INVOKE_ASYNC_LIMIT_BYTES,
    MEMORY_MAX_MB,
    MEMORY_MIN_MB,
    REQUEST_LIMIT_BYTES,
    TIMEOUT_MAX_S,
    TIMEOUT_MIN_S,
)

FUNCTION_NAME_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
    r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)
"""The pattern, covering all accepted forms of a name, that Lambda prints when it refuses a function name."""

HANDLER_PATTERN = r"[^\s]+"
ENVIRONMENT_KEY_PATTERN = r"[a-zA-Z]([a-zA-Z0-9_])+"
"""Patterns from the API model."""

RESERVED_ENVIRONMENT_KEYS = frozenset({
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN",
})
"""Variables that only Lambda may set. Source: Lambda guide, "Defined runtime environment variables"."""

_VALIDATION = "ValidationException"
_INVALID_PARAMETER = "InvalidParameterValueException"
_ONE_ERROR = "1 validation error detected: "


class Violation(msgspec.Struct, frozen=True):
    """A value that Lambda would refuse: the `field` of FunctionConfiguration, Lambda's error `code` and `message`, and a cure."""

    field: str
    code: str
    message: str
    hint: str


def _constraint(value: object, path: str, rule: str) -> str:
    return f"{_ONE_ERROR}Value '{value}' at '{path}' failed to satisfy constraint: Member must {rule}"


def _outside(value: int, low: int, high: int) -> str:
    """Return the rule that a number breaks, "" if it breaks none."""
    if value < low:
        return f"have value greater than or equal to {low}"
    return f"have value less than or equal to {high}" if value > high else ""


def check_function_name(name: str) -> Violation | None:
    """Check a bare function name: 1-64 letters, digits, hyphens and underscores (no ARN, no qualifier)."""
    if not name:
        return Violation("name", _VALIDATION, _constraint(name, "functionName", "have length greater than or equal to 1"),
                         "Give the function a name.")
    if not re.fullmatch(r"[a-zA-Z0-9-_]+", name):
        rule = f"satisfy regular expression pattern: {FUNCTION_NAME_PATTERN}"
        return Violation("name", _VALIDATION, _constraint(name, "functionName", rule),
                         "Use only letters, digits, hyphens and underscores, without spaces.")
    if len(name) > FUNCTION_NAME_MAX_LENGTH:
        rule = f"have length less than or equal to {FUNCTION_NAME_MAX_LENGTH}"
        # Observed on AWS: this constraint has the sentence of the others, but another error code.
        return Violation("name", _INVALID_PARAMETER, _constraint(name, "functionName", rule),
                         f"Shorten the name to {FUNCTION_NAME_MAX_LENGTH} characters; it has {len(name)}.")
    return None


def check_handler(handler: str) -> Violation | None:
    """Check the handler of a Zip function: 1-128 characters without white space."""
    if not handler:
        return Violation("handler", _INVALID_PARAMETER,
                         "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
                         "Name the file and the function to call, for example app.handler.")
    if len(handler) > HANDLER_MAX_LENGTH:
        rule = f"have length less than or equal to {HANDLER_MAX_LENGTH}"
        return Violation("handler", _VALIDATION, _constraint(handler, "handler", rule),
                         f"Shorten the handler to {HANDLER_MAX_LENGTH} characters; it has {len(handler)}.")
    if not re.fullmatch(HANDLER_PATTERN, handler):
        rule = f"satisfy regular expression pattern: {HANDLER_PATTERN}"
        return Violation("handler", _VALIDATION, _constraint(handler, "handler", rule),
                         "Remove the white space from the handler.")
    return None


def check_memory(memory_mb: int) -> Violation | None:
    """Check the memory size in MB."""
    rule = _outside(memory_mb, MEMORY_MIN_MB, MEMORY_MAX_MB)
    hint = f"Choose a memory size from {MEMORY_MIN_MB:,} to {MEMORY_MAX_MB:,} MB."
    return Violation("memory_mb", _VALIDATION, _constraint(memory_mb, "memorySize", rule), hint) if rule else None


def check_timeout(timeout_s: int) -> Violation | None:
    """Check the timeout in seconds."""
    rule = _outside(timeout_s, TIMEOUT_MIN_S, TIMEOUT_MAX_S)
    hint = f"Choose a timeout from {TIMEOUT_MIN_S} to {TIMEOUT_MAX_S} seconds (15 minutes)."
    return Violation("timeout_s", _VALIDATION, _constraint(timeout_s, "timeout", rule), hint) if rule else None


def check_ephemeral_storage(ephemeral_storage_mb: int) -> Violation | None:
    """Check the size of /tmp in MB."""
    rule = _outside(ephemeral_storage_mb, EPHEMERAL_STORAGE_MIN_MB, EPHEMERAL_STORAGE_MAX_MB)
    hint = f"Choose a size for /tmp from {EPHEMERAL_STORAGE_MIN_MB:,} to {EPHEMERAL_STORAGE_MAX_MB:,} MB."
    message = _constraint(ephemeral_storage_mb, "ephemeralStorage.size", rule)
    return Violation("ephemeral_storage_mb", _VALIDATION, message, hint) if rule else None


def check_description(description: str) -> Violation | None:
    """Check the length of the description in characters."""
    if len(description) <= DESCRIPTION_MAX_LENGTH:
        return None
    rule = f"have length less than or equal to {DESCRIPTION_MAX_LENGTH}"
    return Violation("description", _VALIDATION, _constraint(description, "description", rule),
                     f"Shorten the description to {DESCRIPTION_MAX_LENGTH} characters; it has {len(description)}.")


def check_runtime(runtime: str, known_runtimes: Collection[str]) -> Violation | None:
    """Check a runtime identifier against the catalog. Lambda lists the known ones in arbitrary order, we list them sorted."""
    if runtime in known_runtimes:
        return None
    names = ", ".join(sorted(known_runtimes))
    message = (f"Value {runtime} at 'runtime' failed to satisfy constraint: "
               f"Member must satisfy enum value set: [{names}] or be a valid ARN")
    return Violation("runtime", _INVALID_PARAMETER, message,
                     f"Choose a runtime that Lambda offers; {runtime or 'an empty name'} is not one.")


def environment_size_bytes(environment: Mapping[str, str]) -> int:
    """Return the size that counts toward the 4 KB limit: the variables as one compact JSON object in UTF-8.

    Source: the text "String measured: ..." in recorded responses. Whether Lambda escapes non-ASCII first is not documented.
    """
    return len(msgspec.json.encode(dict(environment)))


def check_environment(environment: Mapping[str, str], *, repeated: bool = False) -> Violation | None:
    """Check names, reserved names, values that cannot be passed to a program, and the total size (`check_environment_size`)."""
    return check_environment_names(environment) or _check_values(environment) or check_environment_size(
        environment, repeated=repeated)


def check_environment_names(environment: Mapping[str, str]) -> Violation | None:
    """Check for malformed and reserved names."""
    return _check_keys(environment) or _check_reserved(environment)


def _check_keys(environment: Mapping[str, str]) -> Violation | None:
    wrong = [key for key in environment if not re.fullmatch(ENVIRONMENT_KEY_PATTERN, key)]
    if not wrong:
        return None
    # The variables are a sensitive member of the API, so unlike elsewhere their value is not printed.
    message = (f"{_ONE_ERROR}Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: "
               f"[Member must satisfy regular expression pattern: {ENVIRONMENT_KEY_PATTERN}]")
    names = ", ".join(repr(key) for key in wrong)
    return Violation("environment", _VALIDATION, message,
                     f"Rename {names}: start with a letter, use letters, digits and underscores, at least two characters.")


def _check_reserved(environment: Mapping[str, str]) -> Violation | None:
    reserved = ", ".join(key for key in environment if key in RESERVED_ENVIRONMENT_KEYS)
    if not reserved:
        return None
    message = ("Lambda was unable to configure your environment variables because the environment variables you have provided "
               "contains reserved keys that are currently not supported for modification. "
               f"Reserved keys used in this request: {reserved}")
    return Violation("environment", _INVALID_PARAMETER, message, f"Remove {reserved}: Lambda sets it for every function.")


def _check_values(environment: Mapping[str, str]) -> Violation | None:
    wrong = ", ".join(name for name, value in environment.items() if "\0" in value)
    if not wrong:
        return None
    return Violation("environment", _INVALID_PARAMETER, f"The value of {wrong} contains the character NUL (U+0000).",
                     "Remove it: environment variables end at that character.")


def check_environment_size(environment: Mapping[str, str], *, repeated: bool = False) -> Violation | None:
    """Check that all variables together fit into 4 KB.

    Lambda repeats the values to whoever has sent them (`repeated`); others are shown them masked, because they may be secrets.
    """
    size_bytes = environment_size_bytes(environment)
    if size_bytes <= ENVIRONMENT_LIMIT_BYTES:
        return None
    shown = dict(environment) if repeated else dict.fromkeys(environment, MASK)
    message = ("Lambda was unable to configure your environment variables because the environment variables you have provided "
               f"exceeded the 4KB limit. String measured: {msgspec.json.encode(shown).decode()}")
    return Violation("environment", _INVALID_PARAMETER, message,
                     f"Remove {size_bytes - ENVIRONMENT_LIMIT_BYTES:,} bytes, or keep large values in Parameter Store or a file.")


def require(violation: Violation | None) -> None:
    """Raise InvalidInput with the violation's message and hint, if there is one."""
    if violation is not None:
        raise InvalidInput(violation.message, violation.hint)


def request_too_large(limit_bytes: int = REQUEST_LIMIT_BYTES, operation: str = "InvokeFunction") -> ServiceError:
    """The response (413) to an event, or to another operation's request, over the limit. Invoke prints as InvokeFunction."""
    message = f"Request must be smaller than {limit_bytes} bytes for the {operation} operation"
    hint = "Put large data into S3 and send its bucket and key."
    return ServiceError("RequestEntityTooLargeException", 413, message, hint=hint)


def invalid_request_content(reason: str) -> ServiceError:
    """The response (400) to an event that is not JSON. `reason` is our parser's; Lambda's own comes from a Java parser."""
    message = f"Could not parse request body into json: Could not parse payload into json: {reason}"
    return ServiceError("InvalidRequestContentException", 400, message,
                        hint="Send a JSON document; text needs double quotes around it.")


class EventLimit(msgspec.Struct, frozen=True):
    """The largest event of an operation, in bytes, and the name by which Lambda prints the operation."""

    most_bytes: int
    operation: str = "InvokeFunction"


SYNCHRONOUS = EventLimit(REQUEST_LIMIT_BYTES)
ASYNCHRONOUS = EventLimit(ASYNCHRONOUS_REQUEST_LIMIT_BYTES)
INVOKE_ASYNC = EventLimit(INVOKE_ASYNC_LIMIT_BYTES, "InvokeAsync")


def check_event(payload: bytes, limit: EventLimit = SYNCHRONOUS) -> ServiceError | None:
    """Return the error with which Lambda would refuse this event (too large, or not JSON), None if it would invoke.

    An empty event is accepted (and becomes {}).
    """
    if len(payload) > limit.most_bytes:
        return request_too_large(limit.most_bytes, limit.operation)
    if not payload:
        return None
    try:
        decoded(payload)
    except (ValueError, RecursionError) as error:
        return invalid_request_content(_parse_reason(payload, str(error)))
    return None


def _parse_reason(payload: bytes, fallback: str) -> str:
    """Say where the JSON is wrong, with line and column; msgspec's parser does not report them, so it is parsed again."""
    try:
        json.loads(payload.decode())
    except UnicodeDecodeError:
        return "Invalid UTF-8"
    except json.JSONDecodeError as error:
        return f"{error.msg}; line: {error.lineno}, column: {error.colno}"
    except RecursionError:
        return "The document is nested too deeply"
    except ValueError:  # a number with thousands of digits, see sys.set_int_max_str_digits
        return fallback
    return fallback
