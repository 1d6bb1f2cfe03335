"""The window's content below the menu bar: an empty page while loading, the welcome page, or a workspace."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.gui.application.preferences import Preferences, WorkspaceMemory
from workbench.gui.commands.actions import Actions
from workbench.gui.look.appearance import Appearance
from workbench.model.failures import WorkspaceError
from workbench.workspace.state_directory import state_directory

if TYPE_CHECKING:  # the page imports the editor, so only once there is code
    from workbench.gui.shell.welcome_page import WelcomePage
    from workbench.gui.workspace.workspace_page import WorkspacePage


class Pages(QStackedWidget):
    """Emits `recent_chosen(str folder)` from the welcome page.

    A workspace is *begun* from when its page exists, perhaps with code in it, until the workspace itself has been read.
    """

    recent_chosen = Signal(str)

    def __init__(self, actions: Actions, preferences: Preferences, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._preferences = preferences
        self._appearance = appearance
        self._opening = QWidget()
        self._begun: WorkspacePage | None = None
        self.welcome: WelcomePage | None = None
        self.addWidget(self._opening)

    @property
    def is_begun(self) -> bool:
        """Whether a workspace is begun."""
        return self._begun is not None

    def show_opening(self) -> None:
        """Show an empty page while the workspace and its modules are being loaded."""
        self.setCurrentWidget(self._opening)

    def show_welcome(self, recent: list[Path]) -> None:
        """Show the welcome page with these recent workspaces."""
        self.welcome = self.welcome or self._make_welcome()
        self.welcome.show_recent(recent)
        self.setCurrentWidget(self.welcome)

    def begin(self, root: Path) -> WorkspacePage | None:
        """Begin a workspace with the code that was worked on last. None if that file is not known or cannot be shown.

        Also None after a crash: recovered texts must be opened before anything else. Needs no running loop.
        """
        code = Path(WorkspaceMemory(self._preferences, root).text("code"))
        if not (code.is_relative_to(root) and code.is_file()):
            return None
        with suppress(WorkspaceError):  # `show_workspace` meets the same error in `page_of`, and shows it
            page = self.page_of(root)
            self.show_page(page, root)  # before the file is opened, because a hidden editor takes no focus
            if page.documents.can_recover() or not page.documents.open(code):
                self.give_up()
        return self._begun

    def page_of(self, root: Path) -> WorkspacePage:
        """Return the page of the begun workspace; begin one if there is none. Raises WorkspaceError."""
        self._begun = self._begun or self._make_page(root)
        return self._begun

    def show_page(self, page: WorkspacePage, root: Path) -> None:
        """Show a workspace's page."""
        if self.indexOf(page) < 0:
            self.addWidget(page)
            self.setCurrentWidget(page)
            page.toolbar.show_workspace(name_of(root))

    def settle(self) -> None:
        """Note that the begun workspace has been read, so that its page belongs to the caller."""
        self._begun = None

    def give_up(self) -> None:
        """Remove the page of a begun workspace that cannot be opened. Text typed into it is recovered when it can be."""
        begun, self._begun = self._begun, None
        if begun is None:
            return
        if begun.documents.tabs.unsaved_paths():
            begun.documents.keep_now()
        else:
            begun.documents.close()
        self.removeWidget(begun)
        begun.deleteLater()

    def _make_page(self, root: Path) -> WorkspacePage:
        from workbench.gui.workspace.documents import Documents
        from workbench.gui.workspace.workspace_page import WorkspacePage

        documents = Documents(state_directory(root) / "recovery", root)
        page = WorkspacePage(documents, self._actions, self._preferences, self._appearance)
        page.restore(root, WorkspaceMemory(self._preferences, root))  # at once, because to divide a page anew takes 10 ms
        return page

    def _make_welcome(self) -> WelcomePage:
        """Created only when it is shown: a window that opens a workspace never needs it."""
        from workbench.gui.shell.welcome_page import WelcomePage

        welcome = self._appearance.dress(WelcomePage(self._actions["workspace.new"], self._actions["workspace.open"]))
        welcome.recent_chosen.connect(self.recent_chosen)
        self.addWidget(welcome)
        return welcome


def name_of(root: Path) -> str:
    """Return a workspace's name: that of its folder, or the whole path for a root folder."""
    return root.name or str(root)
