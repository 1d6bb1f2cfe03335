"""When a sandbox is frozen: a moment after an invocation, unless the next one comes before.

Freezing and thawing cost more than a short invocation. Lambda does not say how soon it freezes; background work has at most this
moment, in which the function's own thread is back in `next`.
"""

from __future__ import annotations

from collections.abc import Callable

from workbench.engine.clock import Clock, Timer
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
    """Calls `freeze` once a rest has lasted for `after_s`, at once if that is 0. Use it on the engine's loop."""

    def __init__(self, clock: Clock, freeze: Callable[[], None], after_s: float) -> None:
        self._clock = clock
        self._freeze = freeze
        self._after_s = after_s
        self._timer: Timer | None = None
        self._is_frozen = False

    def begin(self) -> None:
        """Begin to rest. Idempotent."""
        if not self._after_s:
            self._over()
        elif self._timer is None:
            self._timer = self._clock.call_later(self._after_s, self._over)

    def end(self) -> bool:
        """End the rest, and return whether it came to freezing. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        was_frozen, self._is_frozen = self._is_frozen, False
        return was_frozen

    def _over(self) -> None:
        self._is_frozen = True
        self._freeze()
