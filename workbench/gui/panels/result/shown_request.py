"""Which request the result panel shows, and what is known of it. Without widgets."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from workbench.gui.panels.result.identity import Identity, SentRequest, identity_of
from workbench.gui.panels.result.running_words import age_ms
from workbench.model.failures import CANCELED_BEFORE
from workbench.state.invocation import Invocation
from workbench.state.session import Session

if TYPE_CHECKING:
    from workbench.state.expectations import Verdict

HOLD_MS = 500.0
"""How long an invocation that nobody chose must run before it replaces a reported one. Quick ones would make it flicker."""
_MOST_SENT = 2_000
"""As many as the session keeps invocations."""


class Failure(NamedTuple):
    """Why a request never reached a function. `hint` says what to do about it; "" if there is nothing to say."""

    request_id: str
    message: str
    hint: str

    @property
    def is_canceled(self) -> bool:
        """Whether the person canceled it before its handler began."""
        return self.message == CANCELED_BEFORE


class ShownRequest:
    """The chosen request; while none is chosen, the newest one of the session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._failure = Failure("", "", "")
        self._accepted: set[str] = set()
        self._sent: dict[str, SentRequest] = {}
        self.request_id = ""
        """The chosen request; "" for the newest."""
        self.asked_ms = 0.0
        """When it was chosen (epoch): the time shown until the stream says when the engine received it."""

    def choose(self, request_id: str) -> None:
        """Show this request; "" for the newest."""
        if request_id != self.request_id:
            self.asked_ms = time.time() * 1000
            self.request_id = request_id

    def note(self, request_id: str, sent: SentRequest) -> None:
        """Keep what was sent under a request ID: the stream does not know the names of events."""
        self._sent[request_id] = sent
        if len(self._sent) > _MOST_SENT:
            del self._sent[next(iter(self._sent))]

    def recall(self, sent: Mapping[str, SentRequest]) -> None:
        """Keep what earlier windows sent, too."""
        self._sent = {**sent, **self._sent}

    def fail(self, failure: Failure) -> None:
        """Show a request that never reached a function."""
        self._failure = failure
        self.request_id = failure.request_id

    def accept(self, request_id: str) -> None:
        """Show a request that was accepted into the queue, and from now on what the function answers."""
        self._accepted.add(request_id)
        self.request_id = request_id

    @property
    def is_accepted(self) -> bool:
        """Whether the chosen request was accepted into the queue by this window."""
        return self.request_id in self._accepted

    @property
    def failure(self) -> Failure | None:
        """Why the chosen request never reached a function; None if it did, or is on its way."""
        if not self.request_id or self._failure.request_id != self.request_id:
            return None
        seen = self._session.hidden.text
        return Failure(self.request_id, seen(self._failure.message), seen(self._failure.hint))

    @property
    def invocation(self) -> Invocation | None:
        """The invocation shown; None while the chosen request is not in the stream yet, or if there is none at all."""
        history = self._session.history
        if self.request_id:
            return history.get(self.request_id)
        newest = history.newest()
        if newest is None or newest.metrics is not None or age_ms(self._session, newest) >= HOLD_MS:
            return newest
        return history.newest_reported() or newest

    def seen(self, invocation: Invocation) -> Invocation:
        """Return an invocation as it is to be seen now."""
        return self._session.hidden.invocation(invocation)

    @property
    def before(self) -> Invocation | None:
        """The previous invocation of the same function that has a report; None if there is none."""
        invocation = self.invocation
        return self._session.history.before(invocation) if invocation is not None else None

    @property
    def identity(self) -> Identity:
        """Whose the result is."""
        invocation = self.invocation
        request_id = invocation.request_id if invocation is not None else self.request_id
        seen = self.seen(invocation) if invocation is not None else None
        return identity_of(request_id, seen, self._sent.get(request_id))

    @property
    def verdict(self) -> Verdict | None:
        """How the answer compares with what its event expects; None while that is not known, or where nothing is expected."""
        invocation = self.invocation
        return self._session.verdicts.of(invocation.request_id) if invocation is not None else None

    @property
    def elapsed_ms(self) -> float:
        """For how long it has been running, or waiting for its turn."""
        invocation = self.invocation
        return age_ms(self._session, invocation) if invocation is not None else max(time.time() * 1000 - self.asked_ms, 0.0)

    @property
    def is_running(self) -> bool:
        """Whether the request shown has not ended; that includes one on its way to the engine."""
        invocation = self.invocation
        if invocation is not None:
            return invocation.status == "running"
        return bool(self.request_id) and self.failure is None and not self.is_accepted

    @property
    def is_held(self) -> bool:
        """Whether a newer invocation waits for HOLD_MS to replace the one shown."""
        return not self.request_id and self._session.history.newest() is not self.invocation

    def fingerprint(self) -> object:
        """Everything that the panel's text depends on, as one value to compare."""
        invocation = self.invocation
        if invocation is None:
            return self.request_id, self.failure, self.is_accepted
        startup_lines = len(invocation.startup.lines) if invocation.startup else 0
        return (
            invocation.request_id, invocation.status, invocation.answered, invocation.metrics, invocation.cost,
            len(invocation.own_lines), invocation.lines_left_out, startup_lines, self._session.hidden.version,
        )
