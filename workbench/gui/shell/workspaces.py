"""Opens and leaves workspaces. At most one is open."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.application.error_reporter import ErrorReporter
from workbench.gui.application.preferences import Preferences
from workbench.gui.application.tasks import Tasks
from workbench.gui.look.appearance import Appearance
from workbench.gui.shell.pages import Pages
from workbench.model.failures import WorkbenchError

if TYPE_CHECKING:
    import asyncio

    from workbench.gui.workspace.workspace_controller import WorkspaceController
    from workbench.gui.workspace.workspace_page import WorkspacePage  # imports the editor, so only once there is code

AGAIN_MS = 20
"""How soon what has to wait for a workspace that is being opened is tried again."""


class Workspaces(QObject):
    """Keeps the open workspace as `current`, None while there is none.

    Signals: `shown(Path folder)` once there is a page to see, which may show code only; `opened(WorkspaceController)` once the
    workspace has been read; `started()` once its engine is being started; `left(WorkspaceController)` when it is no longer the
    current one, but not closed yet; `refused(WorkbenchError)` if a folder cannot be opened.
    """

    shown = Signal(object)
    opened = Signal(object)
    started = Signal()
    left = Signal(object)
    refused = Signal(object)

    def __init__(
        self, pages: Pages, preferences: Preferences, appearance: Appearance, reporter: ErrorReporter, window: QWidget
    ) -> None:
        super().__init__(window)
        self._pages = pages
        self._preferences = preferences
        self._appearance = appearance
        self._reporter = reporter
        self._tasks = Tasks(reporter.report)
        self.current: WorkspaceController | None = None
        self._after_tabs: Callable[[], None] | None = None
        """What the person asked for last that needs all tabs closed. One that was canceled is replaced by the next."""
        self._next = Path()
        self._is_ending = False
        self._door: asyncio.Lock | None = None

    @property
    def is_begun(self) -> bool:
        """Whether a workspace is being opened: its code is shown, and text may be unsaved, but it has not been read yet."""
        return self._pages.is_begun

    def show_code(self, root: Path) -> bool:
        """Show the code that was worked on last, before the workspace is read. False if there is none to show."""
        page = self._pages.begin(root)
        if page is not None:
            self._show_name(page, root)
        return page is not None

    async def show(self, root: Path) -> bool:
        """Do the first half of opening: read the folder and show functions, events and code. The loop comes round between steps.

        What was open stays so until the last of them, and altogether if it returns False: after emitting `refused` if the folder
        is not a workspace, or because the window has ended meanwhile.
        """
        import asyncio  # not at the top: the window is painted before asyncio is imported

        self._door = self._door or asyncio.Lock()  # whoever chooses two folders quickly gets both pages, one after the other
        async with self._door:
            steps = self._opening(root)
            while not self._is_ending:
                try:
                    next(steps)
                except StopIteration as done:
                    return bool(done.value)
                await asyncio.sleep(0)
            self._pages.give_up()
        return False

    def _opening(self, root: Path) -> Generator[None, None, bool]:
        from workbench.gui.workspace.workspace_controller import WorkspaceController
        from workbench.workspace.workspace import Workspace

        try:
            workspace = Workspace.open(root)
            yield
            import_module("workbench.gui.shell.workspace_status")  # what shows a workspace that is `opened`, which is a long turn
            yield
            page = self._pages.page_of(workspace.root)
            yield
            opened = WorkspaceController(workspace, page, self._preferences, self._appearance, self._reporter.report)
            yield
        except WorkbenchError as error:
            self._pages.give_up()
            self.refused.emit(error)
            return False
        # Only now, so that a folder that cannot be opened leaves the present workspace as it is.
        self._pages.settle()
        self.leave()
        self.current = opened
        opened.documents.tabs.all_closed.connect(self._on_tabs_closed)
        self._pages.show_page(page, workspace.root)
        self._show_name(page, workspace.root)
        opened.fill()
        self.opened.emit(opened)
        return True

    def start(self) -> None:
        """Start the engine of the shown workspace and create the panels that can wait. Needs a running loop."""
        if self.current is not None and not self._is_ending:
            self.current.start()
            self.started.emit()

    async def open(self, root: Path) -> bool:
        """Show a folder in place of the open workspace, and start its engine once it has been painted. Returns as `show`."""
        import asyncio

        is_shown = await self.show(root)
        if is_shown:
            await asyncio.sleep(0)
            self.start()
        return is_shown

    def switch_to(self, folder: str) -> None:
        """Open a folder once the person has been asked about unsaved text in the open workspace. Needs a running loop."""
        self._next = Path(folder)
        if self.is_begun:  # text may be unsaved already, but there is no workspace to ask about it yet
            QTimer.singleShot(AGAIN_MS, self, partial(self.switch_to, folder))
        else:
            self.close_tabs_then(self._open_next)

    def close_tabs_then(self, done: Callable[[], None]) -> None:
        """Ask about unsaved text and call `done`, unless the person cancels. At once if no workspace is open."""
        if self.current is None:
            done()
            return
        self._after_tabs = done
        self.current.documents.tabs.request_close_all()

    def leave(self) -> None:
        """Leave the open workspace, if there is one. Its engine is left in the background. Needs a running loop then."""
        left, self.current = self.current, None
        if left is not None:
            self.left.emit(left)
            self._tasks.spawn("leave workspace", self._release(left))

    def refuse_starts(self) -> None:
        """Start no engine from now on, because the window ends. A workspace may just be being opened."""
        self._is_ending = True

    async def close(self) -> None:
        """Leave the engine of the open workspace and wait for that. The workspace stays on screen."""
        if self.current is not None:
            await self.current.close()

    async def _release(self, left: WorkspaceController) -> None:
        await left.close()
        self._pages.removeWidget(left.page)
        left.page.deleteLater()  # and with it everything that belongs to the workspace

    def _show_name(self, page: WorkspacePage, root: Path) -> None:
        self._reporter.save_recovery = page.documents.keep_now
        self.shown.emit(root)

    def _open_next(self) -> None:
        self._tasks.spawn("open workspace", self.open(self._next))

    def _on_tabs_closed(self) -> None:
        done, self._after_tabs = self._after_tabs, None
        if done is not None:
            done()
