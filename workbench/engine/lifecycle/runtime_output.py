"""Turns what the runtime of one session writes into log lines, in their place among the events of its environment."""

from __future__ import annotations

from workbench.engine.events.environment_events import EnvironmentEvents
from workbench.engine.events.log_frames import RecordSplitter
from workbench.engine.lifecycle.initialization import Initialization


class RuntimeOutput:
    """Splits the output and publishes it, but nothing before the stream has INIT's start event.

    A quick runtime can write before the container engine has answered that the runtime was started.
    """

    def __init__(self, events: EnvironmentEvents, init: Initialization) -> None:
        self._events = events
        self._init = init
        self._lines = RecordSplitter()
        self._early = b""

    def hear(self, data: bytes) -> bool:
        """Take what the runtime wrote. Return True when the writer should pause for a moment (see `OutputHandler`)."""
        self._early += data
        return self._init.is_told and self._publish()

    def flush(self) -> None:
        """Publish an unfinished line as a line."""
        self._publish()  # first, also before INIT's start is published: nothing must be lost with a sandbox that ends early
        self._events.lines(self._lines.flush())

    def end(self) -> None:
        """Publish whatever is left because the sandbox is gone."""
        self.flush()
        self._events.lines(self._lines.end())

    def _publish(self) -> bool:
        data, self._early = self._early, b""
        return self._events.lines(self._lines.feed(data))
