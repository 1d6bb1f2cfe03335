"""The drawer at the right: configuration and versions of the chosen function, while one is about them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QTabWidget, QWidget

from workbench.gui.layout.corner_button import CornerButton
from workbench.gui.layout.reading_order import enter
from workbench.gui.look.icons import icon
from workbench.gui.look.theme import Theme
from workbench.gui.widgets.lazy_panel import PanelPlace

_LETTERS = 38


class Drawer(QTabWidget):
    """Emits `close_wanted()` for its button and for Escape. It pushes the code aside instead of covering it: one changes the
    memory, invokes, and compares.
    """

    close_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.tabBar().setDrawBase(False)
        self.tabBar().setAccessibleName("Configuration and versions")
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * _LETTERS)
        self.configuration, self.versions = PanelPlace(), PanelPlace()
        for place, title in ((self.configuration, "Configuration"), (self.versions, "Versions")):
            place.setObjectName("sidePanel")
            place.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
            self.addTab(place, title)
        self.tabBarClicked.connect(self._on_tab_clicked)
        self._close = CornerButton()
        self._close.setIconSize(QSize(12, 12))
        self._close.setToolTip("Close the drawer (Escape)")
        self._close.setAccessibleName("Close the drawer")
        self._close.clicked.connect(self.close_wanted)
        self.setCornerWidget(self._close)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Escape, unless a field needs that key."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_wanted.emit()
        else:
            super().keyPressEvent(event)

    def set_theme(self, theme: Theme) -> None:
        """Draw the button in the theme's color."""
        self._close.setIcon(icon("remove", theme.muted))

    def _on_tab_clicked(self, index: int) -> None:
        """Take the keyboard into what a tab is clicked for, as the tabs of views do."""
        place = self.widget(index)
        if place is not None:
            self.setCurrentIndex(index)
            if not enter(place, Qt.FocusReason.MouseFocusReason):  # what is in it is not made yet
                self.tabBar().setFocus(Qt.FocusReason.MouseFocusReason)
