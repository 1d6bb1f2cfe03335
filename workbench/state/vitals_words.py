"""How the engine does and what it prepares, in the window's words."""

from __future__ import annotations

from workbench.model.engine_api import gigabytes
from workbench.model.vitals import LongWorkInfo, Vitals
from workbench.state.queue_words import span_text

_MB = 1 << 20

UNCERTAINTY = ("The engine's loop was late by so much (99th percentile of the last minute). No duration that is shown is more "
               "exact than this.")


def vitals_figures(vitals: Vitals, now_ms: float) -> tuple[tuple[str, str], ...]:
    """Return each figure with an explanation: ("figures to ±0.4 ms", …). `now_ms` is the engine's epoch time."""
    followers = f"{vitals.followers:,} follower" + ("" if vitals.followers == 1 else "s")
    return (
        (f"up {span_text(round(now_ms - vitals.started_ms))}", "How long the engine has been running."),
        (f"figures to ±{vitals.loop_lag_ms:.{0 if vitals.loop_lag_ms >= 10 else 1}f} ms", UNCERTAINTY),
        (f"{vitals.memory_mb:,.0f} MB memory", "Resident memory of the engine's process, without the environments."),
        (f"journal {gigabytes(round(vitals.journal_mb * _MB))} of {gigabytes(round(vitals.journal_limit_mb * _MB))}",
         "Where every event is kept. At its limit, the oldest events make room."),
        (followers, "Windows and commands that follow the stream of events, this window among them."),
    )


def work_detail(work: LongWorkInfo, now_ms: float) -> str:
    """Say how far it is: "42 % · 3.1 MB/s · for 12 s"."""
    done = f"{work.fraction:.0%}".replace("%", " %") if work.fraction is not None else ""
    speed = f"{work.bytes_per_s / 1e6:.1f} MB/s" if work.bytes_per_s is not None else ""
    return " · ".join(filter(None, (done, speed, f"for {span_text(round(now_ms - work.began_ms))}")))
