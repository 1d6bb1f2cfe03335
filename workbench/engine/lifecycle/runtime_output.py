"""Turns what the runtime of one session writes into log lines, in their place among the events of its environment."""

from __future__ import annotations

from functools import partial

from workbench.engine.events.environment_events import EnvironmentEvents
from workbench.engine.events.log_frames import RecordSplitter
from workbench.engine.lifecycle.early_events import EarlyEvents


class RuntimeOutput:
    """Splits the output and publishes it."""

    def __init__(self, events: EnvironmentEvents, early: EarlyEvents) -> None:
        self._events = events
        self._early = early
        self._lines = RecordSplitter()

    def hear(self, data: bytes) -> bool:
        """Take what the runtime wrote. Return True when the writer should pause for a moment (see `OutputHandler`)."""
        return self._early.publish(partial(self._events.lines, self._lines.feed(data)))

    def flush(self) -> None:
        """Publish an unfinished line as a line."""
        lines = self._lines.flush()
        if lines:  # most functions end their lines
            self._early.publish(partial(self._events.lines, lines))

    def end(self) -> None:
        """Publish whatever is left because the sandbox is gone."""
        self.flush()
        self._early.publish(partial(self._events.lines, self._lines.end()))
