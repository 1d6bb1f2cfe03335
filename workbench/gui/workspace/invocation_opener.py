"""Opens an invocation by its request ID: one of the session, or one that only the journal has."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.workspace.history_recall import recalled_latest
from workbench.gui.workspace.session_panels import SessionPanels
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.failures import WorkbenchError
from workbench.state.session import Session

NO_INVOCATION = "There is no invocation of this request: it never ran, or its events were deleted from the history."


class InvocationOpener(QObject):
    """Shows invocations in the panels of the page to which it belongs. Runs on the window's loop."""

    def __init__(
        self, link: EngineLink, session: Session, panels: SessionPanels, page: WorkspacePage,
        report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(page)
        self._link = link
        self._session = session
        self._panels = panels
        self._page = page
        self._tasks = Tasks(report)
        self._asked = ""

    def open(self, request_id: str) -> None:
        """Show the invocation of a request, or say that there is none. Of several attempts the last one is shown."""
        self._asked = request_id
        if self._session.history.get(request_id) is not None:
            self._show(request_id)
        else:
            self._tasks.spawn("an earlier invocation", self._read(request_id))

    async def close(self) -> None:
        """Stop waiting for answers."""
        await self._tasks.cancel()

    async def _read(self, request_id: str) -> None:
        try:
            found = await recalled_latest(self._link, self._session, request_id)
        except WorkbenchError as error:
            self._page.notice.show_error(error)
            return
        if request_id != self._asked:  # another one was asked for meanwhile
            return
        if found is None:
            self._page.notice.show_message(NO_INVOCATION)
            return
        self._session.history.recall(found.invocation)
        self._show(request_id)

    def _show(self, request_id: str) -> None:
        self._panels.select_invocation(request_id)
        self._panels.bring_to_front("result")
