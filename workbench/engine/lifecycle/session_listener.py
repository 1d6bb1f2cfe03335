"""How the rests and failures of one sandbox travel: from its extensions to its session, from the session to its environment."""

from __future__ import annotations

from typing import Protocol

from workbench.model.failures import FunctionFailure


class SandboxListener(Protocol):
    """What may come from any part of a sandbox. On the engine's loop."""

    def extensions_wait(self) -> None:
        """All extensions wait for their next event: their part of the invocation is over."""

    def broken(self, failure: FunctionFailure, *, was_event_unread: bool = False) -> None:
        """The sandbox is of no more use.

        `was_event_unread`: it was ended from outside, and the runtime had not read the event that it was given last.
        """


class SessionListener(SandboxListener, Protocol):
    """The environment, once INIT is over."""

    def runtime_waits(self, at_ns: int) -> None:
        """The runtime asked for its next event: its part of the invocation is over."""
