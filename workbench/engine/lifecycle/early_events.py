"""What runtime and extensions say before the stream has INIT's start event: held back until it has."""

from __future__ import annotations

from collections.abc import Callable


class EarlyEvents:
    """Holds back what is to be published, in its order, until `release`; from then on publishes at once.

    The start event has the time at which the sandbox started something, as the sandbox says. Before the container engine has
    answered that call, a quick runtime may have written and a quick extension may have registered. Use it on the engine's loop.
    """

    def __init__(self) -> None:
        self._held: list[Callable[[], object]] = []
        self._is_released = False

    def publish(self, publish: Callable[[], object]) -> bool:
        """Call `publish`, now or with `release`. Return True if it returned so: a writer should pause (see `OutputHandler`)."""
        if self._is_released:
            return bool(publish())
        self._held.append(publish)
        return False  # nothing was written to the journal yet, so there is nothing to wait for

    def release(self) -> None:
        """Publish what was held back: INIT's start is in the stream, or never will be because the sandbox ends."""
        self._is_released = True
        held, self._held = self._held, []
        for publish in held:
            publish()
