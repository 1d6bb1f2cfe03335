"""What arrives in the inbox of a window that may be killed, and what becomes of it."""

from __future__ import annotations

import asyncio
import json

from tests.gallery.sitter import PATIENCE_S, until
from tests.support.killed_window_found import FUNCTION
from tests.support.killed_window_teller import Flow, Teller, is_gone
from workbench.gui.dialogs.queue_dialogs import ConfirmDialog

_DESTINATION = "arn:aws:sqs:us-east-1:123456789012:done"
_INVOKE_CONFIGURATION = f"/2019-09-25/functions/{FUNCTION}/event-invoke-config"


class InboxFlows(Teller):
    """The function's successes go to a queue that is not here."""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """What can be done."""
        return self.receive, self.receive, self.clear

    async def receive(self) -> None:
        """Invoke asynchronously, and wait for the record of its success."""
        where = {"DestinationConfig": {"OnSuccess": {"Destination": _DESTINATION}}}
        await self.window.client._raw("PUT", _INVOKE_CONFIGURATION, data=json.dumps(where).encode())
        await self.window.show_code()
        accepted = self.window.accepted
        accepted.clear()
        self.run("invoke.send")
        await until(lambda: bool(accepted))
        request_id = accepted[0]
        self.kept(**{f"queued {request_id}": True})
        async with asyncio.timeout(PATIENCE_S):
            while request_id not in await self._requests():  # noqa: ASYNC110  (the engine does not tell)
                await asyncio.sleep(0.02)
        self.kept(**{f"inbox {request_id}": True})

    async def clear(self) -> None:
        """Delete all messages."""
        self.run("focus.inbox")
        inbox = self.window.workspace.asynchronous.inbox
        await until(lambda: inbox.lazy_panel.made is not None)
        gone = {f"inbox {request_id}": False for request_id in await self._requests()}
        inbox.panel.clear_requested.emit()
        dialog = await self.window.dialog(ConfirmDialog)
        self.tried(**gone)
        dialog.accept()
        await until(lambda: is_gone(dialog))
        self.kept(**gone)

    async def _requests(self) -> set[str]:
        return {each.request_id for each in await self.window.client.inbox.page(limit=1_000)}
