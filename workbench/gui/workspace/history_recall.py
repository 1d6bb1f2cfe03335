"""Brings older invocations back, with their events, from the engine's journal."""

from __future__ import annotations

import msgspec

from workbench.gui.link.engine_link import EngineLink
from workbench.model.events import StreamEvent
from workbench.model.failures import InvalidInput
from workbench.model.past_invocations import PastInvocation
from workbench.state.invocation import Invocation, fold_invocation
from workbench.state.session import Session


class Recalled(msgspec.Struct, frozen=True):
    """An invocation with its events. `event` is what it was sent, None if it is not known any more or not whole."""

    past: PastInvocation
    events: list[StreamEvent]
    invocation: Invocation

    @property
    def event(self) -> str | None:
        """The event in full. The journal keeps the first 64 KiB, and nothing of what was pruned."""
        for each in self.events:
            if each.type == "sandbox.payload" and each.fields().get("kind") == "event":
                text, size = str(each.fields().get("text", "")), int(each.fields().get("sizeBytes", 0))
                return text if len(text.encode(errors="surrogatepass")) == size else None
        return None


async def recalled(link: EngineLink, session: Session, past: PastInvocation) -> Recalled:
    """Return an invocation as it was. Raises WorkbenchError, also if nothing is left of it."""
    events = await link.client.invocation_events(past.request_id)
    if not events:
        raise InvalidInput("Nothing is left of this invocation.", "It was pruned because it was old, or forgotten.")
    invocation = fold_invocation(_attempt(events, past), past.request_id)
    if invocation.metrics is not None:
        session.costs.price(invocation)
    return Recalled(past, events, invocation)


def _attempt(events: list[StreamEvent], past: PastInvocation) -> list[StreamEvent]:
    """Return the events of one attempt, of a request that was tried several times."""
    begun = [event.seq for event in events if event.type == "sandbox.assigned" and event.request_id == past.request_id]
    if len(begun) < 2 or past.seq not in begun:
        return events
    end = next((seq for seq in begun if seq > past.seq), None)
    return [event for event in events if event.seq >= past.seq and (end is None or event.seq < end)]
