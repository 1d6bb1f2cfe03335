"""How a sandbox reports that it waits or broke: its extensions to its session, the session to its environment."""

from __future__ import annotations

from typing import Protocol

from workbench.model.function_failures import FunctionFailure


class SandboxListener(Protocol):
    """Hears what any part of a sandbox may report. Called on the engine's loop."""

    def extensions_wait(self) -> None:
        """All extensions wait for their next event: their part of the invocation is over."""

    def broken(self, failure: FunctionFailure, *, was_event_unread: bool = False) -> None:
        """The sandbox can no longer be used.

        `was_event_unread`: it was ended from outside, and the runtime had not read the latest event.
        """


class SessionListener(SandboxListener, Protocol):
    """Hears of a session: the environment, once INIT is over."""

    def runtime_waits(self, at_ns: int) -> None:
        """The runtime asked for its next event: its part of the invocation is over."""
