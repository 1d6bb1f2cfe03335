"""Invokes functions again with the events of past invocations, and says what is not as it was."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from workbench.gui.link.engine_link import EngineLink
from workbench.gui.workspace.history_recall import recalled
from workbench.model.failures import WorkbenchError
from workbench.model.function_version import LATEST
from workbench.model.past_invocations import PastInvocation
from workbench.state.recalled import difference
from workbench.state.session import Session


class Replays(QObject):
    """Emits `begun(str request_id)` with each invocation that is sent."""

    begun = Signal(str)

    def __init__(self, link: EngineLink, session: Session) -> None:
        super().__init__()
        self._link, self._session = link, session

    async def event_of(self, past: PastInvocation) -> str:
        """Return the event of an invocation. Raises WorkbenchError if it is not kept, or not in full."""
        return (await recalled(self._link, self._session, past)).event()

    async def replay(self, pasts: Sequence[PastInvocation]) -> str:
        """Invoke with each event, one after the other, and return what a person should know, in a sentence or two."""
        done, left_out, notes = 0, [], dict[str, None]()
        for past in pasts:
            try:
                event = await self.event_of(past)
            except WorkbenchError as error:
                left_out.append(error.message)
                continue
            await self._invoke(past, event)
            done += 1
            # Only now: with the invocation, the engine has read the workspace again.
            notes |= dict.fromkeys(filter(None, [difference(past, await self._link.client.history.deployed(past.seq))]))
        told = [f"{done} of {len(pasts)} replayed." if len(pasts) > 1 else "Replayed." if done else "Not replayed."]
        return " ".join([*told, *list(dict.fromkeys(left_out))[:2], *list(notes)[:3]])

    async def _invoke(self, past: PastInvocation, event: str) -> None:
        request_id = str(uuid.uuid4())
        self.begun.emit(request_id)
        await self._link.client.invoke(
            past.function_name, event.encode(), qualifier=past.alias or ("" if past.version == LATEST else past.version),
            request_id=request_id, refresh=True)

