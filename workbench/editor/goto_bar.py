"""The go-to-line bar; a bar and not a dialog, so that the code stays visible."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from workbench.editor.bar import Bar, small_button
from workbench.editor.colors import EditorColors
from workbench.editor.plain_label import PlainLabel

_PLACE = re.compile(r"\s*(\d{1,9})\s*(?:[:,]\s*(\d{1,9}))?\s*")


class GotoBar(Bar):
    """Asks for `line` or `line:column`, both from 1."""

    place_chosen = Signal(int, int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.edit = QLineEdit(self)
        self.edit.setAccessibleName(self.tr("Line or line:column"))
        self.edit.returnPressed.connect(self._choose)
        self.note = PlainLabel(parent=self)
        close = small_button("×", self.tr("Close (Esc)"), self)
        close.clicked.connect(self.leave)
        label = PlainLabel(self.tr("Go to line"), self)
        label.setBuddy(self.edit)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        for widget in (label, self.edit):
            row.addWidget(widget)
        row.addWidget(self.note, 1)
        row.addWidget(close)

    def open(self, line: int, line_count: int) -> None:
        """Show the bar with the current line filled in and selected."""
        self.edit.setText(str(line))
        self._say(self.tr("1 to {count}").format(count=line_count))
        self.show()
        self.edit.selectAll()
        self.edit.setFocus()

    def set_colors(self, colors: EditorColors) -> None:
        """Draw in these colors."""
        super().set_colors(colors)
        self.edit.setMaximumWidth(self.fontMetrics().horizontalAdvance("0") * 14)

    def _choose(self) -> None:
        found = _PLACE.fullmatch(self.edit.text())
        if found is None:
            self._say(self.tr("Enter a line number such as 12, or 12:5 with a column."))
            return
        self.hide()
        self.place_chosen.emit(int(found[1]), int(found[2] or 1))
        self.closed.emit()

    def _say(self, text: str) -> None:
        self.note.setText(text)
