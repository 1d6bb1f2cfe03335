"""The limits of a function's settings and the checks of values a person enters.

Source: Lambda quotas; Lambda API reference, CreateFunction; "Using Lambda environment variables" (reserved names, 4 KB).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from workbench.model.failures import InvalidInput

MEMORY_MB = (128, 10_240)
TIMEOUT_S = (1, 900)
EPHEMERAL_STORAGE_MB = (512, 10_240)
DESCRIPTION_LENGTH = 256
HANDLER_LENGTH = 128
ENVIRONMENT_BYTES = 4096
RESERVED_VARIABLES = frozenset({
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
})
_VARIABLE_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")


def check_number(name: str, value: int, limits: tuple[int, int]) -> None:
    """Raise InvalidInput in Lambda's words when the value is outside its limits; `name` as in the API (memorySize)."""
    low, high = limits
    if low <= value <= high:
        return
    rule = f"greater than or equal to {low}" if value < low else f"less than or equal to {high}"
    raise InvalidInput(f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
                       f"Member must have value {rule}", f"Choose a value from {low:,} to {high:,}.")


def check_handler(handler: str) -> None:
    """Raise InvalidInput when Lambda would not take the handler: empty, too long, or with white space."""
    if not handler or len(handler) > HANDLER_LENGTH or re.search(r"\s", handler):
        raise InvalidInput(f"The handler “{handler}” is not acceptable: it needs 1 to {HANDLER_LENGTH} characters and no spaces.",
                           "Write it as file.function, for example app.handler.")


def check_description(description: str) -> None:
    """Raise InvalidInput when the description is longer than Lambda allows."""
    if len(description) > DESCRIPTION_LENGTH:
        raise InvalidInput(f"The description has {len(description)} characters; Lambda allows {DESCRIPTION_LENGTH}.",
                           "Shorten it.")


def check_variable_names(variables: Mapping[str, str]) -> None:
    """Raise InvalidInput, in Lambda's words where it has some, for names that are malformed or reserved."""
    for name in variables:
        if name not in RESERVED_VARIABLES and not _VARIABLE_NAME.fullmatch(name):
            raise InvalidInput(f"“{name}” is not a name for an environment variable.",
                               "Use at least two letters, digits or underscores, and begin with a letter.")
    reserved = [name for name in variables if name in RESERVED_VARIABLES]
    if reserved:
        raise InvalidInput("Lambda was unable to configure your environment variables because the environment variables you have "
                           "provided contains reserved keys that are currently not supported for modification. "
                           f"Reserved keys used in this request: {', '.join(reserved)}", "Choose other names.")


def check_environment_size(variables: Mapping[str, str]) -> None:
    """Raise InvalidInput in Lambda's words when the whole environment is above 4 KB as compact JSON."""
    measured = msgspec.json.encode(dict(variables))
    if len(measured) > ENVIRONMENT_BYTES:
        raise InvalidInput("Lambda was unable to configure your environment variables because the environment variables you have "
                           f"provided exceeded the 4KB limit. String measured: {measured.decode()}",
                           "Shorten them, or load long values at start-up from a file or a parameter store.")


def check_logical_id(logical_id: str) -> None:
    """Raise InvalidInput unless CloudFormation takes the logical id: letters and digits only."""
    if not _LOGICAL_ID.fullmatch(logical_id):
        raise InvalidInput(f"“{logical_id}” can not be a logical id: CloudFormation allows letters and digits only.",
                           "Write it in one word, for example ResizeImage.")
