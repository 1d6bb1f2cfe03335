"""A past invocation with its events: what it was sent, and what is not any more as it was then."""

from __future__ import annotations

import msgspec

from workbench.model.events import StreamEvent, is_cut
from workbench.model.failures import InvalidInput
from workbench.model.past_invocations import Deployed, PastInvocation
from workbench.state.invocation import Invocation, fold_invocation


class Recalled(msgspec.Struct, frozen=True):
    """An invocation with its events."""

    past: PastInvocation
    events: list[StreamEvent]
    invocation: Invocation

    def event(self) -> str:
        """Return the event that it was sent. Raises InvalidInput if that is not kept in full."""
        for each in self.events:
            record = each.fields() if each.type == "sandbox.payload" else {}
            if record.get("kind") == "event" and not is_cut(record):
                return str(record.get("text", ""))
        raise InvalidInput(
            f"The event of {self.past.request_id} is not kept in full.",
            "The journal keeps events whole as long as they do not take more than half of its size, and the beginning of others.")


def recall(past: PastInvocation, events: list[StreamEvent]) -> Recalled:
    """Return an invocation as its events tell it. Raises InvalidInput if nothing is left of it."""
    if not events:
        raise InvalidInput("Nothing is left of this invocation.", "It was pruned because it was old, or it was forgotten.")
    own = _attempt(past, events)
    return Recalled(past, own, fold_invocation(own, past.request_id))


def difference(past: PastInvocation, deployed: Deployed) -> str:
    """Return what a replay runs that the invocation did not, in a sentence; "" if it is the same."""
    if deployed.now is None:
        return deployed.why_not
    settings, files, why = deployed.now.settings, deployed.now.files, deployed.now.why_no_code
    parts = []
    if files:
        named = ", ".join(each.path for each in files[:2])
        parts.append(f"its code ({named}{'' if len(files) < 3 else f' and {len(files) - 2} more'})")
    elif why:
        parts.append("its code")
    if settings:
        parts.append(f"its configuration ({', '.join(each.property for each in settings[:3])})")
    return f"{past.function_name} is not what it was then: {' and '.join(parts)} changed. {why}".strip() if parts else ""


def _attempt(past: PastInvocation, events: list[StreamEvent]) -> list[StreamEvent]:
    """Return the events of one attempt, of a request that was tried several times."""
    begun = [event.seq for event in events if event.type == "sandbox.assigned" and event.request_id == past.request_id]
    if len(begun) < 2 or past.seq not in begun:
        return events
    end = next((seq for seq in begun if seq > past.seq), None)
    return [event for event in events if event.seq >= past.seq and (end is None or event.seq < end)]
