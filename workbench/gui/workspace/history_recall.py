"""Brings older invocations back, with their events, from the engine's journal: by their row, or by their request."""

from __future__ import annotations

from workbench.gui.link.engine_link import EngineLink
from workbench.model.past_invocations import PastInvocation
from workbench.state.recalled import Recalled, recall
from workbench.state.session import Session


async def recalled(link: EngineLink, session: Session, past: PastInvocation) -> Recalled:
    """Return an invocation as it was, with its cost. Raises WorkbenchError, also if nothing is left of it."""
    found = recall(past, await link.client.history.events_of(past))
    session.price(found.invocation)
    return found


async def recalled_latest(link: EngineLink, session: Session, request_id: str) -> Recalled | None:
    """Return the last attempt of a request likewise; None if it never ran, or was deleted."""
    past = await link.client.history.latest(request_id)
    return None if past is None else await recalled(link, session, past)
