"""The figures of an invocation's REPORT."""

from __future__ import annotations

import msgspec


class Metrics(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The figures of REPORT, in milliseconds and MB; `init_duration_ms` is None except at a cold start.

    The figures of a restore are None except at the first invocation of an environment that was restored from a snapshot.
    """

    duration_ms: float
    billed_duration_ms: int
    memory_size_mb: int
    max_memory_used_mb: int
    init_duration_ms: float | None = None
    restore_duration_ms: float | None = None
    billed_restore_duration_ms: int | None = None

    def document(self) -> dict[str, float | int]:
        """Return the metrics with the names of the Telemetry API."""
        values: dict[str, float | int] = {
            "durationMs": self.duration_ms,
            "billedDurationMs": self.billed_duration_ms,
            "memorySizeMB": self.memory_size_mb,
            "maxMemoryUsedMB": self.max_memory_used_mb,
        }
        if self.init_duration_ms is not None:
            values["initDurationMs"] = self.init_duration_ms
        if self.restore_duration_ms is not None:
            values["restoreDurationMs"] = self.restore_duration_ms
        if self.billed_restore_duration_ms is not None:
            values["billedRestoreDurationMs"] = self.billed_restore_duration_ms
        return values
