"""Publishes what is throttled. A caller that tries again at once may be refused thousands of times a second."""

from __future__ import annotations

from functools import partial

from workbench.engine.clock import Timer
from workbench.engine.events.stream import Stream
from workbench.model.failures import ThrottleReason

TOGETHER_S = 0.1
"""The first throttle of a function is published at once, those of the next TOGETHER_S in one event."""


class ThrottleEvents:
    """Publishes `sandbox.throttled`. Use it on the engine's loop."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._untold: dict[tuple[str, ThrottleReason], int] = {}
        self._timers: dict[tuple[str, ThrottleReason], Timer] = {}

    def throttled(self, function_name: str, reason: ThrottleReason) -> None:
        """Note one throttle."""
        key = function_name, reason
        if key in self._timers:
            self._untold[key] = self._untold.get(key, 0) + 1
        else:
            self._tell(key, 1)

    def close(self) -> None:
        """Publish what is left."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for key, count in self._untold.items():
            self._publish(key, count)
        self._untold.clear()

    def _tell(self, key: tuple[str, ThrottleReason], count: int) -> None:
        self._publish(key, count)
        self._timers[key] = self._stream.clock.call_later(TOGETHER_S, partial(self._tell_rest, key))

    def _tell_rest(self, key: tuple[str, ThrottleReason]) -> None:
        del self._timers[key]
        count = self._untold.pop(key, 0)
        if count:
            self._tell(key, count)

    def _publish(self, key: tuple[str, ThrottleReason], count: int) -> None:
        name, reason = key
        self._stream.publish("sandbox.throttled", {"reason": reason, "count": count}, function_name=name)
