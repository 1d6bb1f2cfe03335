"""A filter of past invocations as SQL."""

from __future__ import annotations

from workbench.model.past_invocations import UNFINISHED, PastInvocationFilter

_NAME = "(SELECT id FROM names WHERE name = ?)"


def conditions(wanted: PastInvocationFilter, unfinished: str = "status IS NULL") -> tuple[str, list[int | str]]:
    """Return what to add to a WHERE, and its values. `unfinished`: how the rows say that an invocation has no status."""
    is_unfinished = wanted.status == UNFINISHED
    given: list[tuple[str, int | str | None]] = [
        (f"function = {_NAME}", wanted.function_name or None),
        (f"version = {_NAME}", wanted.version or None),
        (f"status = {_NAME}", None if is_unfinished else wanted.status or None),
        ("is_cold = ?", int(wanted.start == "cold") if wanted.start else None),
        ("received_us >= ? * 1000", wanted.since_ms),
        ("received_us < ? * 1000", wanted.until_ms)]
    parts = [f"AND {condition}" for condition, value in given if value is not None]
    return " ".join([*parts, *([f"AND {unfinished}"] if is_unfinished else [])]), [v for _, v in given if v is not None]


def is_about_time(wanted: PastInvocationFilter) -> bool:
    """Whether it asks when invocations were received."""
    return wanted.since_ms is not None or wanted.until_ms is not None
