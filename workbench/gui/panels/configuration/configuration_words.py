"""What the configuration says beside its controls."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.model.function import FunctionConfiguration
from workbench.model.limits import environment_size_bytes
from workbench.model.quotas import ENVIRONMENT_LIMIT_BYTES


def hint(function: FunctionConfiguration | None) -> str:
    """Return why there is nothing to type here; "" if there is."""
    if function is None:
        return "Choose a function to see its configuration."
    return "Made through the API. Change it there." if function.source == "api" else ""


def environment_figure(variables: Mapping[str, str]) -> str:
    """Return how much of the room for environment variables is taken; without any, the braces do not count."""
    size_bytes = environment_size_bytes(variables) if variables else 0
    return f"{size_bytes:,} B of {ENVIRONMENT_LIMIT_BYTES // 1024} KB"


def duration(seconds: int) -> str:
    """Format a timeout: `1 min 30 s`."""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{seconds} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
