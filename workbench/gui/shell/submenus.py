"""The menus in the menu bar whose entries are no commands: recent folders and themes."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from workbench.gui.application.preferences import THEME_CHOICES, ThemeChoice
from workbench.workspace.recent import RecentWorkspaces

THEME_TITLES = {"auto": "As the system", "light": "Light", "dark": "Dark", "high-contrast": "High contrast"}


class Submenus(QObject):
    """Fills them. Signals: `recent_chosen(str folder)`, `theme_chosen(ThemeChoice)`."""

    recent_chosen = Signal(str)
    theme_chosen = Signal(object)

    def __init__(self, window: QWidget, recent: RecentWorkspaces, theme: ThemeChoice) -> None:
        super().__init__(window)
        self._recent = recent
        self._recent_menu = _menu(window, "recent")
        self._recent_menu.aboutToShow.connect(self._fill_recent)
        self._recent_menu.triggered.connect(self._on_recent)
        self._themes = QActionGroup(window)
        self._themes.triggered.connect(self._on_theme)
        _menu(window, "theme").addActions(theme_actions(self._themes, theme))

    def _fill_recent(self) -> None:
        self._recent_menu.clear()
        for path in self._recent.list():
            action = self._recent_menu.addAction(f"{path.name}    {path.parent}")
            action.setData(str(path))
            action.setEnabled(path.is_dir())

    def _on_recent(self, action: QAction) -> None:
        self.recent_chosen.emit(str(action.data()))

    def _on_theme(self, action: QAction) -> None:
        self.theme_chosen.emit(action.data())


def _menu(window: QWidget, name: str) -> QMenu:
    menu = window.findChild(QMenu, name)
    assert isinstance(menu, QMenu)
    return menu


def theme_actions(group: QActionGroup, current: ThemeChoice) -> list[QAction]:
    """One checkable action per theme, its choice as data."""
    made = []
    for choice in THEME_CHOICES:
        action = QAction(THEME_TITLES[choice], group)
        action.setCheckable(True)
        action.setChecked(choice == current)
        action.setData(choice)
        made.append(action)
    return made
