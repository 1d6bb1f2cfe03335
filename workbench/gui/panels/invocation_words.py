"""An invocation in the window's words and figures: status, headline, list row, and comparison."""

from __future__ import annotations

from typing import NamedTuple

from workbench.model.function_version import LATEST
from workbench.model.past_invocations import PastInvocation
from workbench.model.prices import format_usd
from workbench.state.ending_words import ending_word
from workbench.state.invocation import Invocation
from workbench.workspace.events import EMPTY_EVENT


class StatusLook(NamedTuple):
    """The mark, the word and the theme's color token of a status."""

    mark: str
    word: str
    token: str


def status_look(invocation: Invocation) -> StatusLook:
    """Return how an invocation's status looks. The mark makes it readable without color."""
    if invocation.was_cancelled:
        return CANCELED_LOOK
    return _look(invocation.status)


def figures(invocation: Invocation) -> str:
    """Return the figures beside the status: "cold · 41.2 ms · billed 246 ms · 61 / 512 MB · $0.00000205".

    A published version comes first: "version 3 · cold · …".
    """
    metrics = invocation.metrics
    parts = [f"version {invocation.version}"] if invocation.version != LATEST else []
    parts += [start_word(invocation)] if invocation.start else []
    if metrics is not None:
        parts += [
            milliseconds(metrics.duration_ms), f"billed {metrics.billed_duration_ms:,} ms",
            f"{metrics.max_memory_used_mb:,} / {metrics.memory_size_mb:,} MB",
        ]
    if invocation.cost is not None:
        parts.append(format_usd(invocation.cost.usd))
    if invocation.is_debugged:
        parts.append("debugged, in no total")
    return " · ".join(parts)


def event_word(name: str) -> str:
    """Return what an event is called: its name, "empty event" where none was chosen, "" where the name is not known."""
    return "empty event" if name == EMPTY_EVENT else name


def start_word(invocation: Invocation) -> str:
    """Return "cold", "warm", or "init again" for a reset environment, whose repeated INIT is part of the duration."""
    repeated = invocation.start == "warm" and (invocation.init_again_ms > 0 or invocation.init_again_failed)
    return "init again" if repeated else invocation.start


_WHOLE_MS = 99.95
"""From there on, a tenth tells nothing. It is a bit less than 100, to which it would be rounded: 100.0 ms needs too much room."""


def duration(duration_ms: float) -> str:
    """Return a duration as people read it: 0.9 ms, 312 ms, 3.02 s."""
    if duration_ms >= 10_000:
        return f"{duration_ms / 1000:.1f} s"
    if duration_ms >= 999.5:
        return f"{duration_ms / 1000:.2f} s"
    return f"{duration_ms:.0f} ms" if duration_ms >= _WHOLE_MS else f"{duration_ms:.1f} ms"


def milliseconds(duration_ms: float) -> str:
    """Return a duration beside others that are compared with it, such as the billed one: 0.9 ms, 312 ms, 3,016 ms."""
    return f"{duration_ms:,.0f} ms" if duration_ms >= _WHOLE_MS else f"{duration_ms:.1f} ms"


def summary(invocation: Invocation) -> str:
    """Return the short form for a list: "312 ms · cold", "timed out 3.02 s"."""
    if invocation.metrics is None:
        return status_look(invocation).word.lower()
    text = duration(invocation.metrics.duration_ms)
    return f"{ending_word('timeout')} {text}" if invocation.status == "timeout" else f"{text} · {start_word(invocation)}"


def past_look(past: PastInvocation) -> StatusLook:
    """Return how the status of a past invocation looks, for a list that has many of them."""
    return CANCELED_LOOK if past.was_canceled else _look(past.status)


def past_summary(past: PastInvocation) -> str:
    """Return the short form of a past invocation: "312 ms · cold", "timed out 3.02 s"."""
    if past.duration_ms is None:
        return _without_duration(past)
    text = duration(past.duration_ms)
    return f"{ending_word('timeout')} {text}" if past.status == "timeout" else f"{text} · {'cold' if past.is_cold else 'warm'}"


def past_figures(past: PastInvocation) -> str:
    """Return all figures of a past invocation: "cold · 41.2 ms · init 205.1 ms · billed 246 ms · 61 / 512 MB"."""
    parts = ["cold" if past.is_cold else "warm"]
    parts += [milliseconds(past.duration_ms)] if past.duration_ms is not None else [_without_duration(past)]
    parts += [f"init {milliseconds(past.init_duration_ms)}"] if past.init_duration_ms is not None else []
    parts += [f"billed {past.billed_duration_ms:,} ms"] if past.billed_duration_ms is not None else []
    parts += [f"{past.max_memory_used_mb:,} / {past.memory_size_mb:,} MB"] if past.max_memory_used_mb is not None else []
    return " · ".join(parts)


def _without_duration(past: PastInvocation) -> str:
    has_begun = past.was_canceled or past.status in ("", "running")
    return ending_word(past.status, was_canceled=past.was_canceled) if has_begun else "never began"


def comparison_row(invocation: Invocation) -> tuple[str, ...]:
    """Return an invocation's figures in the order of COMPARISON_TITLES; a dash for what was not measured."""
    metrics = invocation.metrics
    if metrics is None:
        return ("–",) * len(COMPARISON_TITLES)
    init = "–" if metrics.init_duration_ms is None else f"{metrics.init_duration_ms:,.1f} ms"
    if metrics.restore_duration_ms is not None:  # of a snapshot, in place of INIT
        init = f"restore {metrics.restore_duration_ms:,.1f} ms"
    cost = "–" if invocation.cost is None else format_usd(invocation.cost.usd)
    return (
        f"{metrics.duration_ms:,.1f} ms", init, f"{metrics.billed_duration_ms:,} ms",
        f"{metrics.max_memory_used_mb:,} MB", cost,
    )


def size(size_bytes: int) -> str:
    """Return a size in bytes, KB or MB, as powers of 1,024."""
    if size_bytes < 1_024:
        return f"{size_bytes:,} bytes"
    return f"{size_bytes / 1_024:.1f} KB" if size_bytes < 1_048_576 else f"{size_bytes / 1_048_576:.1f} MB"


COMPARISON_TITLES = ("duration", "init", "billed", "memory", "cost")

def _look(status: str) -> StatusLook:
    mark, token = _MARKS.get(status, ("✕", "error"))
    word = ending_word(status).capitalize()
    return StatusLook(mark, f"{word}…" if status == "running" else word, token)


CANCELED_LOOK = StatusLook("■", ending_word("", was_canceled=True).capitalize(), "muted")
_MARKS = {"running": ("◌", "info"), "": ("◌", "muted"), "success": ("●", "success")}
