"""What is said above the queue: how much is in it, what its clock shows, and what to do while there is nothing."""

from __future__ import annotations

from workbench.model.moments import local_time
from workbench.model.queue import QueueClockInfo, QueueInfo
from workbench.state.queue_words import span_text

_NOTICED_MS = 1_000
"""Smaller differences between the queue's clock and this machine's are not worth a word."""


def summary_text(info: QueueInfo) -> str:
    """Return how many events there are."""
    delivering = f" · {info.settled:,} being delivered" if info.settled else ""
    return f"{info.waiting:,} in the queue{delivering}" + (f" · {len(info.ended):,} ended" if info.ended else "")


def clock_text(clock: QueueClockInfo, since_ms: int) -> str:
    """Return what a clock shows if it is held or moved, "" while it shows this machine's time."""
    whose = f" of {clock.function_name}" if clock.function_name else ""
    moment = local_time((clock.now_ms + since_ms) / 1_000)
    if clock.is_held:
        return f"Clock{whose} held at {moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"
    if abs(clock.ahead_ms) < _NOTICED_MS:
        return ""
    direction = "ahead" if clock.ahead_ms > 0 else "behind"
    return f"Clock{whose} {span_text(abs(clock.ahead_ms))} {direction}: {moment:%H:%M:%S}"


def held_text(info: QueueInfo) -> str:
    """Return which clocks are held, in two or three words; "" for none."""
    held = info.held
    if not held:
        return ""
    names = [clock.function_name for clock in held if clock.function_name]
    is_all = len(names) < len(held)
    return "Queue clock held" if is_all else f"Queue clock of {', '.join(names)} held"


def older_text(info: QueueInfo) -> str:
    """Return a sentence about events that wait for the person."""
    if info.asked == 1:
        return "1 event was older than an hour when the engine started, and is not run without being asked for."
    return f"{info.asked:,} events were older than an hour when the engine started, and are not run without being asked for."


def empty_text(info: QueueInfo, function_name: str) -> str:
    """Return what to do while there is nothing to show."""
    if info.problem:
        return info.problem
    whose = f" of {function_name}" if function_name else ""
    return (f"No asynchronous invocation{whose} waits. Send one with Invoke asynchronously (Ctrl+Alt+Enter): it is accepted at "
            "once, comes here, and the function runs when it is due. Hold the clock first to see its retries step by step.")
