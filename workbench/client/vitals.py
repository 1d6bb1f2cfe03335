"""Calls about the engine itself: how it does, and what it is busy with. See model/vitals.py."""

from __future__ import annotations

import msgspec

from workbench.client.sending import Send
from workbench.model.vitals import Vitals


class VitalsCalls:
    """Every call raises ServiceError for an error answer and EngineError when the engine does not answer."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def look(self) -> Vitals:
        """The engine's vitals."""
        _, body = await self._send("GET", "/_workbench/vitals")
        return msgspec.json.decode(body, type=Vitals)

    async def cancel_work(self, number: int) -> None:
        """Cancel a preparation and the invocation that waits for it. Raises ServiceError 404 if it is over."""
        await self._send("DELETE", f"/_workbench/long-work/{number}")
