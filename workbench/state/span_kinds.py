"""The kinds of spans in the timeline."""

from __future__ import annotations

from enum import IntEnum


class SpanKind(IntEnum):
    """What a span shows; from `IDLE` on, nothing is running. `INIT` is an init whose parts the runtime does not report.

    `EXTENSION_INIT` is INIT that waits for extensions, `AHEAD` the creation of a spare sandbox, for which no request waits,
    `PREPARED` that sandbox until INIT, `RESTORE` the restore of a snapshot.
    """

    CREATE = 0
    START = 1
    RUNTIME_INIT = 2
    FUNCTION_INIT = 3
    INIT = 4
    INVOKE = 5
    OVERHEAD = 6
    FAILED = 7
    TIMED_OUT = 8
    EXTENSION_INIT = 9
    THAW = 10
    RESTORE = 11
    CANCELED = 12
    IDLE = 13
    PREPARED = 14
    AHEAD = 15

    @property
    def is_rest(self) -> bool:
        """Whether nothing is running that a request waits for."""
        return self >= SpanKind.IDLE


FAILURES = (SpanKind.FAILED, SpanKind.TIMED_OUT)
"""Kinds that a person must never overlook."""
