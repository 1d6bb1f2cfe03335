"""The window: menu bar, welcome page or open workspace, status line. It composes; the work is done by the parts."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QMainWindow

from workbench.gui.application.error_reporter import ErrorReporter
from workbench.gui.application.preferences import Preferences
from workbench.gui.commands.actions import Actions
from workbench.gui.commands.menu_bar import fill_menu_bar
from workbench.gui.look.appearance import Appearance
from workbench.gui.look.theme import Theme
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
    from workbench.gui.workspace.workspace_page import WorkspacePage  # with the editor: when there is code

AGAIN_MS = 20


class MainWindow(QMainWindow):
    """Emits `closed()` when it is gone and its engine has been left."""

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
        self.status_line = StatusLine()
        self.setStatusBar(self.status_line)
        self.pages = Pages(self.actions_by_id, preferences, appearance)
        self.setCentralWidget(self.pages)
        self._connect()
        self._restore_geometry()
        self._on_theme_changed(appearance.theme)

    # --- workspaces

    def show_opening(self) -> None:
        """An empty page, while the workspace and what it needs are being loaded."""
        self.pages.show_opening()
        self.status_line.show()

    def open_workspace(self, root: Path) -> bool:
        """Open a folder in place of what is open. False, with a message, when it is no workspace. For a running loop."""
        if not self.show_workspace(root):
            return False
        self.start_workspace()
        return True

    def start_workspace(self) -> None:
        """Start the engine of the workspace shown, and make the panels that can wait. For a running loop."""
        early, self._asked_early = self._asked_early, []
        if self.workspace is not None and not self._is_leaving:
            self.workspace.start()
            for command in filter(self.can, early):
                self.run(command)

    def show_code(self, root: Path) -> bool:
        """What one begins with: the code that was worked on last. False when there is nothing to begin with."""
        page = self.pages.begin(root)
        if page is not None:
            self._show_name(page, root)
        return page is not None

    def show_workspace(self, root: Path) -> bool:
        """The first half of opening: all that one sees first. False, with a message, when the folder is no workspace."""
        from workbench.gui.workspace.workspace_controller import WorkspaceController
        from workbench.workspace.workspace import Workspace

        try:
            workspace = Workspace.open(root)
            page = self.pages.page_of(workspace.root)
            opened = WorkspaceController(workspace, page, self._preferences, self._theme, self._reporter.report, self)
        except WorkbenchError as error:
            self.pages.give_up()
            self._say_why(error)
            return False
        self.pages.settle()
        self._leave_workspace()
        self.workspace = opened
        self._recent.add(workspace.root)
        opened.state_changed.connect(self.refresh_actions)
        self._status = WorkspaceStatus(self.status_line, opened)
        self.pages.show_page(page, workspace.root)
        self._show_name(page, workspace.root)
        opened.fill()
        self.refresh_actions()
        return True

    def _say_why(self, error: WorkbenchError) -> None:
        """Why a folder was not opened; where it has several templates, which is meant."""
        from workbench.workspace.locating.locate import TemplateNotChosen

        if isinstance(error, TemplateNotChosen):
            self._folders.ask_template(error)
        else:
            self._reporter.report(error)

    def _show_name(self, page: WorkspacePage, root: Path) -> None:
        self.setWindowTitle(f"{name_of(root)} – Lambda Workbench")
        self._reporter.save_recovery = page.documents.keep_now
        self.status_line.show()

    def close_workspace(self) -> None:
        """Back to the welcome page, after unsaved text was dealt with."""
        if self.workspace is not None:
            tabs = self.workspace.documents.tabs
            tabs.all_closed.connect(self._on_workspace_done, Qt.ConnectionType.SingleShotConnection)
            tabs.request_close_all()

    def new_workspace(self) -> None:
        """Ask where to make one."""
        self._folders.ask_new()

    def open_folder(self) -> None:
        """Ask for the folder of a SAM application."""
        self._folders.ask_existing(self.workspace.model.workspace.root.parent if self.workspace else Path.home())

    # --- commands of the registry

    def run(self, command: str) -> None:
        """Run a command of the open workspace. While one opens, the command waits until it is open and then runs once.

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
        """Whether one is open."""
        return self.workspace is not None

    def show_about(self) -> None:
        """Name, version, license."""
        from workbench.gui.dialogs.about_dialog import AboutDialog

        self._open_dialog(AboutDialog(self))

    def refresh_actions(self) -> None:
        """Ask all actions whether they make sense now, and the button that has one."""
        self.actions_by_id.refresh()
        if self.workspace is not None:
            self.actions_by_id["trash.undo"].setText(self.workspace.trash.undo_text or "&Undo deleting")
            self.workspace.page.toolbar.invoke.setEnabled(self.actions_by_id["invoke"].isEnabled())
            self._show_debugging(self.workspace)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved text first, then leave the engine, then go."""
        if self._may_close:
            event.accept()
            return
        event.ignore()
        if self.pages.is_begun:  # in the middle of opening: once that is done
            QTimer.singleShot(AGAIN_MS, self.close)
            return
        if self.workspace is None:
            self._spawn("close window", self._finish())
            return
        tabs = self.workspace.documents.tabs
        tabs.all_closed.connect(self._on_all_closed, Qt.ConnectionType.SingleShotConnection)
        tabs.request_close_all()

    def end(self) -> None:
        """Go without a question, as nobody can be asked: a signal, the end of the session. For a running loop.

        What is unsaved is kept first, and recovered at the next start.
        """
        if not self._is_leaving:
            self._is_leaving = True
            with suppress(OSError):
                self._reporter.save_recovery()
            self._spawn("end window", self._finish())

    # --- inside

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """For a running loop. The code is shown before there is one."""
        from workbench.gui.application.tasks import Tasks

        self._tasks = self._tasks or Tasks(self._reporter.report)
        self._tasks.spawn(name, work)

    def _connect(self) -> None:
        self._appearance.theme_changed.connect(self._on_theme_changed)
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
        """A click has checked the action before anything happened: it shows what is."""
        action = self.actions_by_id["debug"]
        action.setChecked(opened.debug.is_on)
        action.setToolTip(opened.debug.tip)

    def _restore_geometry(self) -> None:
        if not self.restoreGeometry(self._preferences.blob("geometry")):
            self.resize(1280, 800)

    def _theme(self) -> Theme:
        return self._appearance.theme

    def show_welcome(self) -> None:
        """The page for those who have no workspace open."""
        self.pages.show_welcome([path for path in self._recent.list() if path.is_dir()])
        self.setWindowTitle("Lambda Workbench")
        self.status_line.hide()
        self._asked_early.clear()
        self.refresh_actions()

    def _leave_workspace(self) -> None:
        left, self.workspace = self.workspace, None
        if left is not None:
            left.state_changed.disconnect(self.refresh_actions)
            if self._status is not None:
                self._status.close()
            self._spawn("leave workspace", self._release(left))

    async def _release(self, left: WorkspaceController) -> None:
        await left.close()
        self.pages.removeWidget(left.page)
        left.page.deleteLater()
        left.deleteLater()

    async def _finish(self) -> None:
        self._is_leaving = True
        self._preferences.save_blob("geometry", self.saveGeometry())
        if self.workspace is not None:
            await self.workspace.close()
        self._preferences.sync()
        self._may_close = True
        self.close()
        self.closed.emit()

    def _open_dialog(self, dialog: QDialog) -> None:
        self._dialog = dialog
        dialog.open()

    def _on_folder_chosen(self, folder: str) -> None:
        self._pending_root = Path(folder)
        if self.workspace is None:
            self.open_workspace(self._pending_root)
            return
        tabs = self.workspace.documents.tabs
        tabs.all_closed.connect(self._on_ready_for_next, Qt.ConnectionType.SingleShotConnection)
        tabs.request_close_all()

    def _on_ready_for_next(self) -> None:
        self.open_workspace(self._pending_root)

    def _on_workspace_done(self) -> None:
        self._leave_workspace()
        self.show_welcome()

    def _on_all_closed(self) -> None:
        self._spawn("close window", self._finish())

    def _on_theme_changed(self, theme: Theme) -> None:
        self.status_line.set_theme(theme)
        self.pages.set_theme(theme)
        if self.workspace is not None:
            self.workspace.page.set_theme(theme)
