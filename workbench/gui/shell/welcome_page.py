"""The page shown while no workspace is open: create one, open one, or continue with a recent one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.icons import icon_pixmap
from workbench.gui.look.scale import SCALE, sized
from workbench.gui.look.theme import Theme
from workbench.gui.widgets.row import Row
from workbench.gui.widgets.row_list import RowList

_LOGO_PX, _LOGO_INK_PX = 56, 9
"""The logo's square, and how far inside it the letter begins: that stands above the title's first one."""


class WelcomePage(QWidget):
    """Emits `recent_chosen(str folder)`."""

    recent_chosen = Signal(str)

    def __init__(self, new: QAction, open_folder: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._logo = PlainLabel()
        self._logo.setContentsMargins(-_LOGO_INK_PX, 0, 0, 0)
        title = PlainLabel("Lambda Workbench")
        title.setFont(sized(title.font(), SCALE.sizes.figure, SCALE.weights.strong))
        lead = PlainLabel("Write Lambda functions, run them here as Lambda would,\nand see every cold start, log line and cent.")
        lead.setObjectName("muted")
        self.new = _button("New workspace with a starter function…", new, "primary")
        self.open = _button("Open a folder or SAM project…", open_folder, "")
        self._recent_title = PlainLabel("RECENT")
        self._recent_title.setObjectName("sectionTitle")
        self.recent = RowList("Recent workspaces")
        self.recent.row_activated.connect(self.recent_chosen)
        self.recent.clicked.connect(self._on_recent_clicked)
        self._lay_out(title, lead)

    def show_recent(self, folders: list[Path]) -> None:
        """Show the recent workspaces, in this order."""
        rows = (Row(key=str(path), text=path.name, detail=str(path.parent), tip=str(path)) for path in folders)
        self.recent.show_rows(tuple(rows), "")
        self.recent.setVisible(bool(folders))
        self._recent_title.setVisible(bool(folders))

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors for logo and rows."""
        self._logo.setPixmap(icon_pixmap("lambda", theme.accent, _LOGO_PX))
        self.recent.set_theme(theme)

    def _lay_out(self, title: QLabel, lead: QLabel) -> None:
        column = QWidget()
        column.setMaximumWidth(520)
        inner = QVBoxLayout(column)
        inner.setSpacing(8)
        for widget in (self._logo, title, lead):
            inner.addWidget(widget)
        inner.addSpacing(14)
        inner.addWidget(self.new)
        inner.addWidget(self.open)
        inner.addSpacing(14)
        inner.addWidget(self._recent_title)
        inner.addWidget(self.recent)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addWidget(column, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def _on_recent_clicked(self) -> None:
        key = self.recent.current_key()
        if key:
            self.recent_chosen.emit(key)


def _button(text: str, action: QAction, name: str) -> QPushButton:
    button = QPushButton(text)
    if name:
        button.setObjectName(name)
    button.setMinimumWidth(420)
    button.setToolTip(action.toolTip())
    button.clicked.connect(action.trigger)
    return button
