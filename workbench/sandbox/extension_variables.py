"""The variables of external extensions: those of the runtime, except some that are the runtime's alone."""

from __future__ import annotations

from collections.abc import Mapping

RUNTIME_ONLY_VARIABLES = frozenset({
    "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT",
    "_HANDLER", "_LAMBDA_TELEMETRY_LOG_FD",
    "WORKBENCH_DEBUGGER", "WORKBENCH_DEBUGGER_FOLDER",  # ours: what starts a debugger in the runtime
    "WORKBENCH_LAYERS", "WORKBENCH_SITE_PACKAGES",  # ours: where our Python bootstrap lets the function find modules
})
"""Variables that the runtime gets but extensions do not. Source: Lambda guide, "Extensions API", "Environment variables"."""


def extension_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """What extensions get of the runtime's variables."""
    return {name: value for name, value in environment.items() if name not in RUNTIME_ONLY_VARIABLES}
