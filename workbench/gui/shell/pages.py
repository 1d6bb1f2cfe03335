"""What the window shows below its menu bar: nothing while something is loaded, the welcome page, or a workspace."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.gui.application.preferences import Preferences, WorkspaceMemory
from workbench.gui.commands.actions import Actions
from workbench.gui.look.appearance import Appearance
from workbench.gui.look.theme import Theme
from workbench.model.failures import WorkspaceError
from workbench.workspace.state_directory import state_directory

if TYPE_CHECKING:  # with the editor: when there is code
    from workbench.gui.shell.welcome_page import WelcomePage
    from workbench.gui.workspace.workspace_page import WorkspacePage


class Pages(QStackedWidget):
    """Emits `recent_chosen(str folder)` from the welcome page.

    A workspace is *begun* while its page is there, perhaps with code in it, and the workspace itself has not been read.
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
        """Whether a workspace is."""
        return self._begun is not None

    def show_opening(self) -> None:
        """Nothing, while the workspace and what it needs are being loaded."""
        self.setCurrentWidget(self._opening)

    def show_welcome(self, recent: list[Path]) -> None:
        """The page for those who have no workspace open."""
        self.welcome = self.welcome or self._make_welcome()
        self.welcome.show_recent(recent)
        self.setCurrentWidget(self.welcome)

    def begin(self, root: Path) -> WorkspacePage | None:
        """Begin a workspace with the code that was worked on last; None if that is no longer known.

        None too after a crash: what was unsaved belongs on top of all that is shown. Needs no running loop.
        """
        code = Path(WorkspaceMemory(self._preferences, root).text("code"))
        if not (code.is_relative_to(root) and code.is_file()):
            return None
        with suppress(WorkspaceError):  # told by `page_of`
            page = self.page_of(root)
            self.show_page(page, root)  # what is not in sight takes no focus
            if page.documents.can_recover() or not page.documents.open(code):
                self.give_up()
        return self._begun

    def page_of(self, root: Path) -> WorkspacePage:
        """The page of the workspace that is begun, now or before. Raises WorkspaceError."""
        self._begun = self._begun or self._make_page(root)
        return self._begun

    def show_page(self, page: WorkspacePage, root: Path) -> None:
        """Show a workspace's page, as the person left it."""
        if self.indexOf(page) < 0:
            self.addWidget(page)
            self.setCurrentWidget(page)
            page.restore_layout()
            page.toolbar.show_workspace(name_of(root))

    def settle(self) -> None:
        """What was begun is a workspace that was read."""
        self._begun = None

    def give_up(self) -> None:
        """What was begun is no workspace. What was typed into it is recovered when it can be opened again."""
        begun, self._begun = self._begun, None
        if begun is None:
            return
        if begun.documents.tabs.unsaved_paths():
            begun.documents.keep_now()
        else:
            begun.documents.close()
        self.removeWidget(begun)
        begun.deleteLater()

    def set_theme(self, theme: Theme) -> None:
        """Paint in other colors what no workspace has."""
        for page in (self.welcome, self._begun):
            if page is not None:
                page.set_theme(theme)

    def _make_page(self, root: Path) -> WorkspacePage:
        from workbench.gui.workspace.documents import Documents
        from workbench.gui.workspace.workspace_page import WorkspacePage

        documents = Documents(state_directory(root) / "recovery", root)
        return WorkspacePage(documents, self._actions, self._preferences, self._appearance.theme)

    def _make_welcome(self) -> WelcomePage:
        """Only when it is needed: a window on a workspace does without."""
        from workbench.gui.shell.welcome_page import WelcomePage

        welcome = WelcomePage(self._actions["workspace.new"], self._actions["workspace.open"])
        welcome.recent_chosen.connect(self.recent_chosen)
        welcome.set_theme(self._appearance.theme)
        self.addWidget(welcome)
        return welcome


def name_of(root: Path) -> str:
    """What a workspace is called: its folder's name."""
    return root.name or str(root)
