"""Shows deletions or earlier versions, to look at and to restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDialogButtonBox, QPushButton, QSplitter, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.editor.reading_direction import OrderedText
from workbench.editor.sheet import Sheet
from workbench.gui.look.theme import Theme
from workbench.gui.widgets.row import Row
from workbench.gui.widgets.row_list import RowList


class KeptDialog(Sheet):
    """A list, and beside it the text of the selected row. Emits `chosen(str key)` with the row to restore."""

    chosen = Signal(str)

    def __init__(
        self, title: str, rows: Sequence[Row], text_of: Callable[[str], str], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, is_resizable=True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._text_of = text_of
        self._key = ""
        self.choices = RowList(title)
        self.choices.setSizePolicy(self.sizePolicy())
        self.choices.set_theme(theme)
        self.choices.row_selected.connect(self._on_selected)
        self.choices.row_activated.connect(self._on_activated)
        self.preview = OrderedText()
        self.preview.setObjectName("area")
        self.preview.setAccessibleName("What is kept")
        self.preview.setFont(QFont(theme.mono_family))
        self.preview.setLineWrapMode(OrderedText.LineWrapMode.NoWrap)
        self._empty = PlainLabel()
        self._empty.setObjectName("muted")
        self._empty.hide()
        self.confirm = QPushButton("Restore")
        self._lay_out()
        self._show(rows)

    def show_empty(self, text: str) -> None:
        """Set the sentence that is shown if the list is empty."""
        self._empty.setText(text)
        self._empty.setVisible(not self.choices.rows)

    def accept(self) -> None:
        """Close and emit the selected row."""
        if self._key:
            super().accept()
            self.chosen.emit(self._key)

    def _show(self, rows: Sequence[Row]) -> None:
        first = rows[0].key if rows else ""
        self.choices.show_rows(tuple(rows), first)
        self._on_selected(first)
        self.choices.setFocus()

    def _on_selected(self, key: str) -> None:
        self._key = key
        self.confirm.setEnabled(bool(key))
        self.preview.setPlainText(self._text_of(key) if key else "")

    def _on_activated(self, key: str) -> None:
        self._on_selected(key)
        self.accept()

    def _lay_out(self) -> None:
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(1)
        splitter.addWidget(_with_margin(self.choices, right=10))
        splitter.addWidget(_with_margin(self.preview, left=10))
        splitter.setSizes([290, 590])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.confirm.setObjectName("primary")
        buttons.addButton(self.confirm, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(12)
        layout.addWidget(self._empty)
        layout.addWidget(splitter, 1)
        layout.addWidget(buttons)
        self.confirm.setDefault(True)  # only now: a button can be the default only of the dialog that contains it
        self.resize(920, 520)


def _with_margin(content: QWidget, left: int = 0, right: int = 0) -> QWidget:
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(left, 0, right, 0)
    layout.addWidget(content)
    return column
