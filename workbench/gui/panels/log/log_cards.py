"""What the log says below the last line of an invocation that failed: why, where in the code, and where to change it.

No entry of the log: it is in no page, search, copy or file.
"""

from __future__ import annotations

from typing import NamedTuple

from workbench.gui.widgets.source_links import SourceLink, SourceLinks, is_dependency
from workbench.model.function import FunctionConfiguration
from workbench.state.explanations import explain, names_a_setting
from workbench.state.invocation import Invocation
from workbench.state.session import Session

_MOST_KEPT = 500
_MOST_FRAMES = 100
"""Lines of a stack trace that are looked through: it may be as long as the code that failed wants."""


class CardLink(NamedTuple):
    """A link of a card: to a place in a source file, or to the configuration of a function."""

    text: str
    place: SourceLink | None
    function_name: str = ""

    @property
    def tip(self) -> str:
        """What a click does."""
        return self.place.tip if self.place is not None else f"Open the configuration of {self.function_name}"


class LogCard(NamedTuple):
    """A card: what Result says of the failure, and links."""

    sentence: str
    links: tuple[CardLink, ...]

    @property
    def spoken(self) -> str:
        """All of it, for screen readers."""
        return " ".join((self.sentence, *(link.tip for link in self.links)))


class _Kept(NamedTuple):
    of: tuple[int, FunctionConfiguration | None]
    card: LogCard


class LogCards:
    """Cards of the invocations that a session knows. Those made last are kept: they are asked for with every paint."""

    def __init__(self, session: Session, links: SourceLinks | None) -> None:
        """`links` knows functions and files; without it, cards have no links."""
        self._session, self._links = session, links
        self._kept: dict[str, _Kept] = {}

    def of(self, request_id: str) -> LogCard | None:
        """Return the card of a request; None for one that is unknown, goes on, succeeded, or was canceled by a person."""
        invocation = self._session.history.get(request_id)
        if invocation is None or invocation.status in ("success", "running"):
            return None
        function = self._links.function(invocation.function_name) if self._links is not None else None
        kept, as_it_is = self._kept.get(request_id), (invocation.last_seq, function)
        if kept is None or kept.of != as_it_is:
            kept = _Kept(as_it_is, self._made(invocation, function))
            self._keep(request_id, kept)
        if not kept.card.sentence:
            return None
        return kept.card._replace(sentence=self._session.hidden.text(kept.card.sentence))

    def _keep(self, request_id: str, kept: _Kept) -> None:
        self._kept.pop(request_id, None)
        self._kept[request_id] = kept
        if len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]

    def _made(self, invocation: Invocation, function: FunctionConfiguration | None) -> LogCard:
        if invocation.was_cancelled:
            return LogCard("", ())
        sentence = explain(invocation, function)
        frame = self._frame(invocation)
        links = [] if frame is None else [CardLink(f"{frame.file.name}:{frame.line}", frame)]
        if function is not None and names_a_setting(sentence):
            links.append(CardLink("Open Configuration", None, function.name))
        return LogCard(sentence, tuple(links))

    def _frame(self, invocation: Invocation) -> SourceLink | None:
        """Return the innermost place of a stack trace that is the person's own code."""
        error = invocation.error()
        trace = error.get("stackTrace") or error.get("trace")
        if self._links is None or not isinstance(trace, list):
            return None
        is_python = any('File "' in str(line) for line in trace[-_MOST_FRAMES:])  # its innermost call comes last
        lines = [line for text in (trace[:-_MOST_FRAMES - 1:-1] if is_python else trace[:_MOST_FRAMES])
                 for line in str(text).splitlines()]
        found = (link for line in lines for link in self._links.of(line, invocation.function_name))
        return next((link for link in found if not is_dependency(link.file)), None)
