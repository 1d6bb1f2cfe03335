"""The environment variables that Lambda sets in an execution environment.

Source: Lambda guide, "Defined runtime environment variables", and recorded environments of the service (2026).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from workbench.engine.durable.api import VARIABLE as DURABLE_API
from workbench.model.function import FunctionConfiguration, InitializationType, SandboxKind
from workbench.model.lambda_folders import RUNTIME_ROOT, TASK_ROOT

_XRAY_HOST, _XRAY_PORT = "127.0.0.1", "2000"
"""Lambda has an X-Ray daemon at 169.254.100.1. Here the address is loopback: segments never leave this machine, daemon or not."""
_CREDENTIALS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})


def log_stream_name(function: FunctionConfiguration) -> str:
    """Return a new log stream name, one per environment: `YYYY/MM/DD/[$LATEST]<32 hex>`.

    In a log group that the function chose, where several functions may write, its name comes before the version.
    """
    owner = function.name if function.logging.group else ""
    return f"{datetime.now(UTC):%Y/%m/%d}/{owner}[{function.version}]{secrets.token_hex(16)}"


def reserved_environment(
    function: FunctionConfiguration, *, sandbox: SandboxKind, region: str, runtime_api: str, log_stream: str,
    credentials: Mapping[str, str], endpoint: Mapping[str, str], initialization_type: InitializationType = "on-demand",
) -> dict[str, str]:
    """Return everything that Lambda defines. Function variables override unreserved defaults but not reserved ones.

    `endpoint`: the variables that lead the function to AWS services here, none for where AWS has them. `credentials`: the
    variables by which it has them; those that it does not have are not set by anybody else.
    """
    # AWS_EXECUTION_ENV is absent for images and OS-only runtimes (recorded environments of the service).
    managed = function.image is None and not function.runtime.startswith("provided")
    variables = {  # the order is the precedence: unreserved, then the function's own, then reserved
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": f"{_XRAY_HOST}:{_XRAY_PORT}",
        **({DURABLE_API: f"http://{runtime_api}"} if function.durable is not None else {}),
        **endpoint,
        **{name: value for name, value in function.environment.items() if name not in _CREDENTIALS},
        "_HANDLER": function.handler,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": initialization_type,
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logging.group or f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "_AWS_XRAY_DAEMON_ADDRESS": _XRAY_HOST,
        "_AWS_XRAY_DAEMON_PORT": _XRAY_PORT,
        "LAMBDA_TASK_ROOT": function.code_path if sandbox == "process" else TASK_ROOT,
        **credentials,
    }
    if initialization_type == "snap-start" and sandbox != "docker":  # Source: Lambda guide, "Monitoring for Lambda SnapStart"
        del variables["AWS_LAMBDA_LOG_GROUP_NAME"], variables["AWS_LAMBDA_LOG_STREAM_NAME"]
    if function.logging.format == "JSON":
        variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        variables["AWS_LAMBDA_LOG_LEVEL"] = function.logging.application_level
    if managed:
        variables["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{function.runtime}"
    if sandbox != "process":
        variables["LAMBDA_RUNTIME_DIR"] = RUNTIME_ROOT
    return variables

