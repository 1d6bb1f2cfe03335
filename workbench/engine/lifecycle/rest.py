"""When a sandbox is frozen: a moment after an invocation, unless the next one comes before.

Freezing and thawing cost more than a short invocation. Lambda does not say how soon it freezes; background work has at most this
moment, in which the function's own thread is back in `next`.
"""

from __future__ import annotations

from collections.abc import Callable

from workbench.engine.alarm import Alarm
from workbench.engine.clock import Clock
from workbench.model.function import SandboxKind

REST_S = 0.02
"""How long a sandbox goes on after an invocation, in seconds."""


def rest_s(kind: SandboxKind) -> float:
    """Return how long a sandbox of this kind goes on, in seconds.

    A container is frozen at once: that somebody killed its program is told by the container engine, later than the next
    invocation may come; the program of a frozen one lives until then.
    """
    return 0.0 if kind == "docker" else REST_S


class Rest:
    """Calls `freeze` once a rest has lasted for `after_s`, at once if that is 0. Use it on the engine's loop; `close` ends it."""

    def __init__(self, clock: Clock, freeze: Callable[[], None], after_s: float) -> None:
        self._clock = clock
        self._freeze = freeze
        self._after_ns = round(after_s * 1e9)
        self._alarm = Alarm(clock, self._over)
        self._is_resting = self._is_frozen = False

    def begin(self) -> None:
        """Begin to rest. Idempotent."""
        if self._is_resting:
            return
        self._is_resting = True
        if self._after_ns:
            self._alarm.set(self._clock.now_ns() + self._after_ns)
        else:
            self._over()

    def end(self) -> bool:
        """End the rest, and return whether it came to freezing. Idempotent."""
        self._alarm.give_up()
        was_frozen, self._is_frozen, self._is_resting = self._is_frozen, False, False
        return was_frozen

    def close(self) -> None:
        """End the rest for good."""
        self._alarm.close()

    def _over(self) -> None:
        self._is_frozen = True
        self._freeze()
