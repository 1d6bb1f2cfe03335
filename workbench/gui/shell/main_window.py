"""The window: menu bar, welcome page or open workspace, status line. It only composes its parts, which do the work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QMainWindow

from workbench.gui.application.error_reporter import ErrorReporter
from workbench.gui.application.preferences import Preferences
from workbench.gui.commands.actions import Actions
from workbench.gui.commands.editing import Deed, Editing
from workbench.gui.commands.menu_bar import fill_menu_bar
from workbench.gui.layout.reading_order import step
from workbench.gui.look.appearance import Appearance
from workbench.gui.shell import window_size
from workbench.gui.shell.closing import Closing
from workbench.gui.shell.folder_dialogs import FolderDialogs
from workbench.gui.shell.pages import Pages, name_of
from workbench.gui.shell.pending_commands import PendingCommands
from workbench.gui.shell.status_line import StatusLine
from workbench.gui.shell.submenus import Submenus
from workbench.gui.shell.window_commands import ENTRIES, register
from workbench.gui.shell.workspaces import Workspaces
from workbench.workspace.recent import RecentWorkspaces

if TYPE_CHECKING:
    from workbench.gui.shell.workspace_status import WorkspaceStatus
    from workbench.gui.workspace.workspace_controller import WorkspaceController


class MainWindow(QMainWindow):
    """Emits `closed()` once it is closed and its engine has been left."""

    closed = Signal()

    def __init__(
        self, appearance: Appearance, preferences: Preferences, recent: RecentWorkspaces, reporter: ErrorReporter
    ) -> None:
        super().__init__()
        self.setWindowTitle("Lambda Workbench")
        self._preferences = preferences
        self._recent = recent
        self._dialog: QDialog | None = None
        self._status: WorkspaceStatus | None = None
        self._folders = FolderDialogs(self, preferences)
        self.actions_by_id = Actions(self)
        self._editing = Editing(self)
        self.pages = Pages(self.actions_by_id, preferences, appearance)
        self._workspaces = Workspaces(self.pages, preferences, appearance, reporter, self)
        self._commands = PendingCommands(self._workspaces)
        self._closing = Closing(self, self._workspaces, preferences, reporter)
        register(self.actions_by_id, self)
        fill_menu_bar(self.menuBar(), self.actions_by_id, ENTRIES)
        self._submenus = Submenus(self, recent, preferences.theme)
        self.status_line = appearance.dress(StatusLine())
        self.setStatusBar(self.status_line)
        self.setCentralWidget(self.pages)
        self._connect(appearance, reporter)
        window_size.restore(self, preferences)

    # --- the open workspace

    @property
    def workspace(self) -> WorkspaceController | None:
        """The open workspace; None while there is none."""
        return self._workspaces.current

    @property
    def has_workspace(self) -> bool:
        """Whether a workspace is open."""
        return self.workspace is not None

    def show_opening(self) -> None:
        """Show an empty page while the workspace and its modules are being loaded."""
        self.pages.show_opening()
        self.status_line.show()

    def show_code(self, root: Path) -> bool:
        """Show the code that was worked on last, before the workspace is read. False if there is none to show."""
        return self._workspaces.show_code(root)

    async def show_workspace(self, root: Path) -> bool:
        """Do the first half of opening, in steps: read the folder and show functions, events and code.

        Returns False, after showing why, if the folder is not a workspace.
        """
        return await self._workspaces.show(root)

    def start_workspace(self) -> None:
        """Start the engine of the shown workspace and create the panels that can wait. Needs a running loop.

        Then runs the commands that the person asked for while it was being opened, if they make sense now.
        """
        self._workspaces.start()

    async def open_workspace(self, root: Path) -> bool:
        """Open a folder in place of the open workspace, in steps. Needs a running loop.

        Returns False, after showing why, if the folder is not a workspace; what was open stays open then.
        """
        return await self._workspaces.open(root)

    def show_welcome(self) -> None:
        """Show the welcome page, from which a workspace can be created or opened."""
        self.pages.show_welcome([path for path in self._recent.list() if path.is_dir()])
        self.setWindowTitle("Lambda Workbench")
        self.status_line.hide()
        self._commands.forget()
        self.refresh_actions()

    # --- commands (`window_commands.Window`)

    def run(self, command: str) -> None:
        """Run a command of the open workspace. While a workspace is being opened, the command waits and then runs once."""
        self._commands.run(command)

    def can(self, command: str) -> bool:
        """Whether a command makes sense now."""
        return self._commands.can(command)

    def new_workspace(self) -> None:
        """Ask where to make one."""
        self._folders.ask_new()

    def open_folder(self) -> None:
        """Ask for the folder of a SAM application."""
        self._folders.ask_existing(self.workspace.model.workspace.root.parent if self.workspace else Path.home())

    def close_workspace(self) -> None:
        """Return to the welcome page, after the person has been asked about unsaved text."""
        if self.has_workspace:
            self._workspaces.close_tabs_then(self._on_workspace_done)

    def show_about(self) -> None:
        """Show the About dialog."""
        from workbench.gui.dialogs.about_dialog import AboutDialog

        self._dialog = AboutDialog(self)
        self._dialog.open()  # not exec(): its nested event loop would run asyncio's callbacks inside a slot

    def edit(self, deed: Deed) -> None:
        """Undo, copy, paste, … in what has the focus."""
        self._editing.do(deed)

    def can_edit(self, deed: Deed) -> bool:
        """Whether that would do something now."""
        return self._editing.can(deed)

    def refresh_actions(self) -> None:
        """Enable what makes sense now: all actions, and the Invoke button, which only shares its action's slot."""
        self.actions_by_id.refresh()
        if self.workspace is not None:
            self.actions_by_id["trash.undo"].setText(self.workspace.trash.undo_text or "Undo de&leting")
            self.workspace.page.toolbar.invoke.setEnabled(self.actions_by_id["invoke"].isEnabled())
            self._show_debugging(self.workspace)

    def focusNextPrevChild(self, is_next: bool) -> bool:
        """Go to what comes next on the screen with Tab, or back with Shift+Tab."""
        return step(self, forward=is_next)

    # --- the end

    def closeEvent(self, event: QCloseEvent) -> None:
        """Refuse to close until everything is prepared for that; the window is then closed again."""
        if self._closing.is_prepared:
            event.accept()
        else:
            event.ignore()
            self._closing.ask()

    def end(self) -> None:
        """Close without questions, because nobody can be asked. Unsaved text is kept. Needs a running loop."""
        self._closing.end()

    # --- inside

    def _connect(self, appearance: Appearance, reporter: ErrorReporter) -> None:
        self.status_line.engine_clicked.connect(self._show_doctor)
        self.status_line.trust_clicked.connect(self._show_trust)
        self.status_line.clock_clicked.connect(self._show_queue)
        self.status_line.credentials_clicked.connect(self._show_credentials)
        self.status_line.live_clicked.connect(self._resume_live)
        self.status_line.layouts.chosen.connect(self.run)
        for chooser in (self.pages.recent_chosen, self._submenus.recent_chosen, self._folders.chosen):
            chooser.connect(self._workspaces.switch_to)
        self._submenus.theme_chosen.connect(appearance.choose)
        self._folders.failed.connect(reporter.report)
        self._workspaces.refused.connect(self._folders.explain)
        self._workspaces.shown.connect(self._on_shown)
        self._workspaces.opened.connect(self._on_opened)
        self._workspaces.left.connect(self._on_left)
        self._closing.closed.connect(self.closed)

    def _show_doctor(self) -> None:
        self.run("doctor")

    def _show_trust(self) -> None:
        self.run("trust")

    def _resume_live(self) -> None:
        self.run("live.pause")

    def _show_queue(self) -> None:
        self.run("focus.queue")

    def _show_credentials(self) -> None:
        self.run("credentials")

    def _show_debugging(self, opened: WorkspaceController) -> None:
        """Set the action to the actual state: a click has toggled it before anything happened."""
        action = self.actions_by_id["debug"]
        action.setChecked(opened.debug.is_on)
        action.setToolTip(opened.debug.tip)

    def _on_shown(self, root: Path) -> None:
        self.setWindowTitle(f"{name_of(root)} – Lambda Workbench")
        self.status_line.show()

    def _on_opened(self, opened: WorkspaceController) -> None:
        from workbench.gui.shell.layout_marks import LayoutMarks
        from workbench.gui.shell.workspace_status import WorkspaceStatus  # knows what engines tell, which takes 20 ms to import

        self._recent.add(opened.model.workspace.root)
        opened.state_changed.connect(self.refresh_actions)
        self._status = WorkspaceStatus(self.status_line, opened)
        LayoutMarks(self.actions_by_id, self.status_line, opened.page)
        opened.page.layouts.presenting_changed.connect(self.menuBar().setHidden)
        self.refresh_actions()

    def _on_left(self, left: WorkspaceController) -> None:
        # Closing takes turns of the loop, in which the old workspace must not refresh the actions of the new one.
        left.state_changed.disconnect(self.refresh_actions)
        if self._status is not None:
            self._status.close()

    def _on_workspace_done(self) -> None:
        self._workspaces.leave()
        self.show_welcome()
