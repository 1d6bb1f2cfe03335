"""A group of views that share a place: tabs, and a button that gives the group the whole area."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QTabWidget, QWidget

from workbench.gui.layout.corner_button import CornerButton
from workbench.gui.layout.reading_order import enter
from workbench.gui.layout.view_page import ViewPage
from workbench.gui.layout.view_tabs import ViewTabs

MAXIMIZE_KEY = "Alt+Return"


class ViewGroup(QTabWidget):
    """Signals: `dragged(str view, QPoint)`, `dropped(str view, QPoint)` and `drag_given_up()` of its tabs;
    `front_changed(str view)` when another comes to the front; `maximize_wanted(str view)` by the button.
    """

    dragged = Signal(str, QPoint)
    dropped = Signal(str, QPoint)
    drag_given_up = Signal()
    front_changed = Signal(str)
    maximize_wanted = Signal(str)

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        """`actions` are what can be done with the view that has the focus."""
        super().__init__(parent)
        self.setObjectName("viewGroup")
        self.setDocumentMode(True)
        tabs = ViewTabs(self)
        self.setTabBar(tabs)
        tabs.setDrawBase(False)
        tabs.setElideMode(Qt.TextElideMode.ElideNone)
        tabs.setUsesScrollButtons(True)
        tabs.setAccessibleName("Views")
        tabs.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tabs.customContextMenuRequested.connect(self._on_menu)
        tabs.dragged.connect(self._on_dragged)
        tabs.dropped.connect(self._on_dropped)
        tabs.drag_given_up.connect(self.drag_given_up)
        tabs.clicked.connect(self._on_clicked)
        self.currentChanged.connect(self._on_current_changed)
        self._actions = list(actions)
        self._pages: list[ViewPage] = []
        self.maximize = _corner_button()
        self.maximize.clicked.connect(self._on_maximize)
        self.setCornerWidget(self.maximize)

    def add(self, name: str, title: str) -> None:
        """Add a page for a view as the last tab."""
        page = ViewPage(name)
        self._pages.append(page)
        self.addTab(page, title)

    def turn_to(self, name: str) -> None:
        """Bring a view to the front."""
        self.setCurrentIndex(self.names.index(name))

    @property
    def pages(self) -> Sequence[ViewPage]:
        """The pages of its views."""
        return self._pages

    def name_at(self, index: int) -> str:
        """The name of the view at a tab; "" if there is none."""
        return self._pages[index].name if 0 <= index < len(self._pages) else ""

    @property
    def front(self) -> str:
        """The name of the view that is seen."""
        return self.name_at(self.currentIndex())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its views."""
        return tuple(page.name for page in self._pages)

    def _on_menu(self, point: QPoint) -> None:
        """Show what can be done with a tab, after turning to it."""
        index = self.tabBar().tabAt(point)
        if index >= 0:
            self.setCurrentIndex(index)
            self._on_clicked(index)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self._actions)
        menu.popup(self.tabBar().mapToGlobal(point))  # not exec(): a nested loop would run asyncio's callbacks inside a slot

    def _on_dragged(self, index: int, point: QPoint) -> None:
        self.dragged.emit(self.name_at(index), point)

    def _on_dropped(self, index: int, point: QPoint) -> None:
        self.dropped.emit(self.name_at(index), point)

    def _on_clicked(self, index: int) -> None:
        """Whoever clicks on a view's tab goes there: the keys, and the commands, are about it."""
        enter(self._pages[index], Qt.FocusReason.MouseFocusReason)

    def _on_maximize(self) -> None:
        self.maximize_wanted.emit(self.front)

    def _on_current_changed(self, index: int) -> None:
        if index >= 0:
            self.front_changed.emit(self.name_at(index))


def _corner_button() -> CornerButton:
    button = CornerButton()
    button.setIconSize(QSize(13, 13))
    button.setToolTip(f"Maximize this view, or restore the layout ({MAXIMIZE_KEY})")
    button.setAccessibleName("Maximize this view")
    return button
