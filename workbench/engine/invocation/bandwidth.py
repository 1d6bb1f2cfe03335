"""How fast a response may be streamed: 6 MiB at any speed, 2 MiB/s beyond.

Source: Lambda guide, "Response streaming for Lambda functions", "Bandwidth limits"; the bucket as in AWS's emulator.
"""

from __future__ import annotations

from workbench.model.quotas import STREAM_BURST_BYTES, STREAM_RATE_BYTES_PER_S


class StreamBandwidth:
    """A token bucket of bytes for one response, full at first. Times are seconds of any monotonic clock."""

    def __init__(self, now_s: float) -> None:
        self._left_bytes = float(STREAM_BURST_BYTES)
        self._filled_s = now_s

    def spend(self, size_bytes: int, now_s: float) -> float:
        """Take bytes out of the bucket. Return how long to wait until they may be sent, in seconds.

        The bucket may go below zero: a chunk larger than its content is then sent whole, after a wait that pays for it.
        """
        gained = (now_s - self._filled_s) * STREAM_RATE_BYTES_PER_S
        self._left_bytes = min(self._left_bytes + gained, STREAM_BURST_BYTES) - size_bytes
        self._filled_s = now_s
        return max(-self._left_bytes / STREAM_RATE_BYTES_PER_S, 0.0)
