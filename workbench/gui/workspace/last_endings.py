"""How the last invocations ended: of each function, and with each event that a window sent. Without widgets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from workbench.gui.panels.navigation.events_panel import Ending
from workbench.gui.workspace.invocation_controller import Request
from workbench.gui.workspace.sent_events import Sent
from workbench.state.ending_words import ending_word
from workbench.state.history import CAPACITY, History
from workbench.state.invocation import Invocation
from workbench.state.verdicts import Verdicts

if TYPE_CHECKING:
    from workbench.state.expectations import Verdict


class LastEndings:
    """What is among the newest invocations of a session."""

    def __init__(self, history: History, verdicts: Verdicts) -> None:
        self._history, self._verdicts = history, verdicts
        self._sent: dict[str, tuple[str, str]] = {}

    def note(self, request_id: str, request: Request) -> None:
        """Keep with which event a function is invoked: the stream does not know the names of events."""
        self._sent[request_id] = request.function.name, request.event_name
        if len(self._sent) > CAPACITY:
            del self._sent[next(iter(self._sent))]

    def recall(self, sent: Sent) -> None:
        """Know with which events earlier windows invoked functions."""
        self._sent = {**sent, **self._sent}

    def of_functions(self, names: Iterable[str]) -> dict[str, str]:
        """Return a word for each function that was invoked: "failed", "timed out", "" if its last invocation did not fail."""
        left, words = set(names), dict[str, str]()
        for each in self._history.newest_first():
            if not left:
                break
            if each.function_name in left and each.status != "running":
                left.discard(each.function_name)
                words[each.function_name] = _failure(each)
        return words

    def of_events(self, function_name: str) -> dict[str, Ending]:
        """Return how the last invocation of a function ended with each event that it was invoked with."""
        endings = dict[str, Ending]()
        for event_name, invocation in self._newest_sent(function_name):
            if event_name not in endings:
                endings[event_name] = _ending(invocation, self._verdicts.of(invocation.request_id))
        return endings

    def _newest_sent(self, function_name: str) -> Iterator[tuple[str, Invocation]]:
        for request_id, (name, event_name) in reversed(self._sent.items()):
            invocation = self._history.get(request_id) if name == function_name else None
            if invocation is not None and invocation.status != "running":
                yield event_name, invocation


def _failure(invocation: Invocation) -> str:
    return "" if invocation.was_cancelled or invocation.status == "success" else ending_word(invocation.status)


def _ending(invocation: Invocation, verdict: Verdict | None) -> Ending:
    word = ending_word(invocation.status, was_canceled=invocation.was_cancelled)
    duration_ms = None if invocation.metrics is None else invocation.metrics.duration_ms
    return Ending(word, duration_ms, None if verdict is None else verdict.is_met)
