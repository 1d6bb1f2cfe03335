"""Brings older invocations back, with their events, from the engine's journal."""

from __future__ import annotations

from workbench.gui.link.engine_link import EngineLink
from workbench.model.past_invocations import PastInvocation
from workbench.state.recalled import Recalled, recall
from workbench.state.session import Session


async def recalled(link: EngineLink, session: Session, past: PastInvocation) -> Recalled:
    """Return an invocation as it was, with its cost. Raises WorkbenchError, also if nothing is left of it."""
    found = recall(past, await link.client.invocation_events(past.request_id))
    if found.invocation.metrics is not None:
        session.costs.price(found.invocation)
    return found
