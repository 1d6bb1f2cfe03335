"""The window: menu bar, welcome page or open workspace, status line. It only composes its parts, which do the work."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QMainWindow

from workbench.gui.application.error_reporter import ErrorReporter
from workbench.gui.application.preferences import Preferences
from workbench.gui.commands.actions import Actions
from workbench.gui.commands.menu_bar import fill_menu_bar
from workbench.gui.look.appearance import Appearance
from workbench.gui.shell.folder_dialogs import FolderDialogs
from workbench.gui.shell.pages import Pages, name_of
from workbench.gui.shell.status_line import StatusLine
from workbench.gui.shell.submenus import Submenus
from workbench.gui.shell.window_commands import COMMANDS_BY_ID, ENTRIES, register
from workbench.gui.shell.workspace_status import WorkspaceStatus
from workbench.model.failures import WorkbenchError
from workbench.workspace.recent import RecentWorkspaces

if TYPE_CHECKING:
    from workbench.gui.application.tasks import Tasks
    from workbench.gui.workspace.workspace_controller import WorkspaceController
    from workbench.gui.workspace.workspace_page import WorkspacePage  # imports the editor, so only once there is code

AGAIN_MS = 20
"""How soon closing is tried again while a workspace is being opened."""


class MainWindow(QMainWindow):
    """Emits `closed()` once it is closed and its engine has been left."""

    closed = Signal()

    def __init__(
        self, appearance: Appearance, preferences: Preferences, recent: RecentWorkspaces, reporter: ErrorReporter
    ) -> None:
        super().__init__()
        self.setWindowTitle("Lambda Workbench")
        self._appearance = appearance
        self._preferences = preferences
        self._recent = recent
        self._reporter = reporter
        self._tasks: Tasks | None = None
        self._dialog: QDialog | None = None
        self._is_leaving = False
        self._after_tabs: Callable[[], None] | None = None
        """What the person asked for last that needs all tabs closed. One that was cancelled is replaced by the next."""
        self._may_close = False
        self._pending_root = Path()
        self.workspace: WorkspaceController | None = None
        self._status: WorkspaceStatus | None = None
        self._asked_early: list[str] = []
        self._folders = FolderDialogs(self)
        self.actions_by_id = Actions(self)
        register(self.actions_by_id, self)
        fill_menu_bar(self.menuBar(), self.actions_by_id, ENTRIES)
        self._submenus = Submenus(self, recent, preferences.theme)
        self.status_line = appearance.dress(StatusLine())
        self.setStatusBar(self.status_line)
        self.pages = Pages(self.actions_by_id, preferences, appearance)
        self.setCentralWidget(self.pages)
        self._connect()
        self._restore_geometry()

    # --- workspaces

    def show_opening(self) -> None:
        """Show an empty page while the workspace and its modules are being loaded."""
        self.pages.show_opening()
        self.status_line.show()

    def open_workspace(self, root: Path) -> bool:
        """Open a folder in place of the open workspace. Needs a running loop.

        Returns False, after showing why, if the folder is not a workspace; what was open stays open then.
        """
        if not self.show_workspace(root):
            return False
        self.start_workspace()
        return True

    def start_workspace(self) -> None:
        """Start the engine of the shown workspace and create the panels that can wait. Needs a running loop.

        Then runs the commands that the person asked for while it was being opened, if they make sense now.
        """
        early, self._asked_early = self._asked_early, []
        if self.workspace is not None and not self._is_leaving:
            self.workspace.start()
            for command in filter(self.can, early):
                self.run(command)

    def show_code(self, root: Path) -> bool:
        """Show the code that was worked on last, before the workspace is read. False if there is none to show."""
        page = self.pages.begin(root)
        if page is not None:
            self._show_name(page, root)
        return page is not None

    def show_workspace(self, root: Path) -> bool:
        """Do the first half of opening: read the folder and show functions, events and code.

        Returns False, after showing why, if the folder is not a workspace.
        """
        from workbench.gui.workspace.workspace_controller import WorkspaceController
        from workbench.workspace.workspace import Workspace

        try:
            workspace = Workspace.open(root)
            page = self.pages.page_of(workspace.root)
            opened = WorkspaceController(workspace, page, self._preferences, self._appearance, self._reporter.report)
        except WorkbenchError as error:
            self.pages.give_up()
            self._folders.explain(error)
            return False
        # Only now, so that a folder that cannot be opened leaves the present workspace as it is.
        self.pages.settle()
        self._leave_workspace()
        self.workspace = opened
        self._recent.add(workspace.root)
        opened.state_changed.connect(self.refresh_actions)
        opened.documents.tabs.all_closed.connect(self._on_tabs_closed)
        self._status = WorkspaceStatus(self.status_line, opened)
        self.pages.show_page(page, workspace.root)
        self._show_name(page, workspace.root)
        opened.fill()
        self.refresh_actions()
        return True

    def _show_name(self, page: WorkspacePage, root: Path) -> None:
        self.setWindowTitle(f"{name_of(root)} – Lambda Workbench")
        self._reporter.save_recovery = page.documents.keep_now
        self.status_line.show()

    def close_workspace(self) -> None:
        """Return to the welcome page, after the person has been asked about unsaved text."""
        if self.workspace is not None:
            self._close_tabs_then(self._on_workspace_done)

    def new_workspace(self) -> None:
        """Ask where to make one."""
        self._folders.ask_new()

    def open_folder(self) -> None:
        """Ask for the folder of a SAM application."""
        self._folders.ask_existing(self.workspace.model.workspace.root.parent if self.workspace else Path.home())

    # --- commands of the registry

    def run(self, command: str) -> None:
        """Run a command of the open workspace. While a workspace is being opened, the command waits and then runs once.

        A key that is held down, or pressed again because nothing happened yet, must not invoke several times.
        """
        if self.workspace is not None:
            COMMANDS_BY_ID[command].run(self.workspace)
        elif command not in self._asked_early:
            self._asked_early.append(command)

    def can(self, command: str) -> bool:
        """Whether a command makes sense now."""
        return self.workspace is not None and COMMANDS_BY_ID[command].can(self.workspace)

    @property
    def has_workspace(self) -> bool:
        """Whether a workspace is open."""
        return self.workspace is not None

    def show_about(self) -> None:
        """Show the About dialog."""
        from workbench.gui.dialogs.about_dialog import AboutDialog

        self._open_dialog(AboutDialog(self))

    def refresh_actions(self) -> None:
        """Enable what makes sense now: all actions, and the Invoke button, which only shares its action's slot."""
        self.actions_by_id.refresh()
        if self.workspace is not None:
            self.actions_by_id["trash.undo"].setText(self.workspace.trash.undo_text or "&Undo deleting")
            self.workspace.page.toolbar.invoke.setEnabled(self.actions_by_id["invoke"].isEnabled())
            self._show_debugging(self.workspace)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Refuse to close at first: ask about unsaved text, leave the engine, and then close again.

        A handler of Qt cannot wait for either of them, so `_finish` calls `close` a second time.
        """
        if self._may_close:
            event.accept()
            return
        event.ignore()
        if self._is_leaving:  # another click while the engine is being left
            return
        if self.pages.is_begun:  # in the middle of opening: text may be unsaved already, but there is no workspace to close yet
            QTimer.singleShot(AGAIN_MS, self.close)
            return
        if self.workspace is None:
            self._spawn("close window", self._finish())
            return
        self._close_tabs_then(self._on_all_closed)

    def end(self) -> None:
        """Close without questions, because nobody can be asked: a signal, or the end of the session. Needs a running loop.

        Unsaved text is kept first, and recovered at the next start.
        """
        if not self._is_leaving:
            self._is_leaving = True
            with suppress(OSError):  # a full disk must not keep the window from ending
                self._reporter.save_recovery()
            self._spawn("end window", self._finish())

    # --- inside

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Start a task. Needs a running loop."""
        from workbench.gui.application.tasks import Tasks  # imports asyncio, which the first paint does not wait for

        self._tasks = self._tasks or Tasks(self._reporter.report)
        self._tasks.spawn(name, work)

    def _connect(self) -> None:
        self.status_line.engine_clicked.connect(self._show_doctor)
        self.status_line.trust_clicked.connect(self._show_trust)
        for chooser in (self.pages.recent_chosen, self._submenus.recent_chosen, self._folders.chosen):
            chooser.connect(self._on_folder_chosen)
        self._submenus.theme_chosen.connect(self._appearance.choose)
        self._folders.failed.connect(self._reporter.report)

    def _show_doctor(self) -> None:
        self.run("doctor")

    def _show_trust(self) -> None:
        self.run("trust")

    def _show_debugging(self, opened: WorkspaceController) -> None:
        """Set the action to the actual state: a click has toggled it before anything happened."""
        action = self.actions_by_id["debug"]
        action.setChecked(opened.debug.is_on)
        action.setToolTip(opened.debug.tip)

    def _restore_geometry(self) -> None:
        if not self.restoreGeometry(self._preferences.blob("geometry")):
            self.resize(1280, 800)

    def show_welcome(self) -> None:
        """Show the welcome page, from which a workspace can be created or opened."""
        self.pages.show_welcome([path for path in self._recent.list() if path.is_dir()])
        self.setWindowTitle("Lambda Workbench")
        self.status_line.hide()
        self._asked_early.clear()  # nothing is being opened now, and they must not run in whatever is opened next
        self.refresh_actions()

    def _leave_workspace(self) -> None:
        left, self.workspace = self.workspace, None
        if left is not None:
            # Closing takes turns of the loop, in which the old workspace must not refresh the actions of the new one.
            left.state_changed.disconnect(self.refresh_actions)
            if self._status is not None:
                self._status.close()
            self._spawn("leave workspace", self._release(left))

    async def _release(self, left: WorkspaceController) -> None:
        await left.close()
        self.pages.removeWidget(left.page)
        left.page.deleteLater()  # and with it everything that belongs to the workspace

    async def _finish(self) -> None:
        self._is_leaving = True
        self._preferences.save_blob("geometry", self.saveGeometry())
        if self.workspace is not None:
            await self.workspace.close()
        self._preferences.sync()  # QSettings writes some time later, when this process may be gone
        self._may_close = True
        self.close()
        self.closed.emit()

    def _open_dialog(self, dialog: QDialog) -> None:
        self._dialog = dialog
        dialog.open()  # not exec(): its nested event loop would run asyncio's callbacks inside a slot

    def _on_folder_chosen(self, folder: str) -> None:
        self._pending_root = Path(folder)
        if self.workspace is None:
            self.open_workspace(self._pending_root)
            return
        self._close_tabs_then(self._on_ready_for_next)

    def _on_ready_for_next(self) -> None:
        self.open_workspace(self._pending_root)

    def _on_workspace_done(self) -> None:
        self._leave_workspace()
        self.show_welcome()

    def _close_tabs_then(self, done: Callable[[], None]) -> None:
        """Ask about unsaved text and call `done`, unless the person cancels."""
        assert self.workspace is not None
        self._after_tabs = done
        self.workspace.documents.tabs.request_close_all()

    def _on_tabs_closed(self) -> None:
        done, self._after_tabs = self._after_tabs, None
        if done is not None:
            done()

    def _on_all_closed(self) -> None:
        self._spawn("close window", self._finish())
