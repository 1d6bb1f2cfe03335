"""An invocation in the words and figures of the window: headline, status mark, and the rows of a comparison."""

from __future__ import annotations

from typing import NamedTuple

from workbench.model.prices import format_usd
from workbench.state.invocation import Invocation


class StatusLook(NamedTuple):
    """Mark, word and the theme's color token of a status."""

    mark: str
    word: str
    token: str


def status_look(invocation: Invocation) -> StatusLook:
    """How an invocation went, never by color alone."""
    if invocation.was_cancelled:
        return StatusLook("■", "Cancelled", "muted")
    return _LOOKS[invocation.status]


def figures(invocation: Invocation) -> str:
    """What stands behind the status: "cold · 41.2 ms · billed 246 ms · 61 / 512 MB · $0.00000205"."""
    metrics = invocation.metrics
    parts = [start_word(invocation)] if invocation.start else []
    if metrics is not None:
        parts += [
            duration(metrics.duration_ms), f"billed {metrics.billed_duration_ms:,} ms",
            f"{metrics.max_memory_used_mb:,} / {metrics.memory_size_mb:,} MB",
        ]
    if invocation.cost is not None:
        parts.append(format_usd(invocation.cost.usd))
    if invocation.is_debugged:
        parts.append("debugged, in no total")
    return " · ".join(parts)


def start_word(invocation: Invocation) -> str:
    """Cold, warm, or "init again": its environment was there, but had been reset, so INIT is part of the duration."""
    repeated = invocation.start == "warm" and (invocation.init_again_ms > 0 or invocation.init_again_failed)
    return "init again" if repeated else invocation.start


def duration(duration_ms: float) -> str:
    """A duration as people read it: 0.9 ms, 312 ms, 3.02 s."""
    if duration_ms >= 10_000:
        return f"{duration_ms / 1000:.1f} s"
    if duration_ms >= 1_000:
        return f"{duration_ms / 1000:.2f} s"
    return f"{duration_ms:.0f} ms" if duration_ms >= 100 else f"{duration_ms:.1f} ms"


def summary(invocation: Invocation) -> str:
    """The short form for a list: "312 ms · cold", "timed out 3.02 s"."""
    if invocation.status == "running":
        return "running…"
    if invocation.metrics is None:
        return status_look(invocation).word.lower()
    text = duration(invocation.metrics.duration_ms)
    return f"timed out {text}" if invocation.status == "timeout" else f"{text} · {start_word(invocation)}"


def comparison_row(invocation: Invocation) -> tuple[str, ...]:
    """One invocation under the titles of `COMPARISON_TITLES`; a dash where there is nothing to measure."""
    metrics = invocation.metrics
    if metrics is None:
        return ("–",) * len(COMPARISON_TITLES)
    init = "–" if metrics.init_duration_ms is None else f"{metrics.init_duration_ms:,.1f} ms"
    cost = "–" if invocation.cost is None else format_usd(invocation.cost.usd)
    return (
        f"{metrics.duration_ms:,.1f} ms", init, f"{metrics.billed_duration_ms:,} ms",
        f"{metrics.max_memory_used_mb:,} MB", cost,
    )


def size(size_bytes: int) -> str:
    """A size in bytes, KB or MB of 1,024."""
    if size_bytes < 1_024:
        return f"{size_bytes:,} bytes"
    return f"{size_bytes / 1_024:.1f} KB" if size_bytes < 1_048_576 else f"{size_bytes / 1_048_576:.1f} MB"


COMPARISON_TITLES = ("duration", "init", "billed", "memory", "cost")

_LOOKS = {
    "running": StatusLook("◌", "Running…", "accent"),
    "success": StatusLook("●", "Succeeded", "success"),
    "error": StatusLook("✕", "Failed", "error"),
    "timeout": StatusLook("✕", "Timed out", "error"),
}
