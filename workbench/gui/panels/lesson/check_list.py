"""The checks of a lesson's step: each ticks itself when the stream shows it; those that only a person can judge have a box."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.icons import icon_pixmap
from workbench.gui.look.theme import Theme
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.gui.widgets.field import breakable
from workbench.gui.widgets.wrapped_row import WrappedRow
from workbench.lessons.lesson import Check

LONGEST_WORD = 20
"""Characters of a word that is not broken: a longer one would widen the window."""
_GAP_PX = 8
_LESS_PX = 4
"""So much less high is a box than its line: the sheet adds a border and some room."""
_MARKS = {True: "reached", False: "open"}


class CheckList(QWidget):
    """Below each other, or beside each other (`is_row`) where an audience sees them. Emits `ticked(Check, bool)`."""

    ticked = Signal(object, bool)

    def __init__(self, theme: Theme, *, is_row: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._is_row = theme, is_row
        self._checks: tuple[Check, ...] = ()
        self.rows: list[_CheckRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(_GAP_PX // 2)
        self._row: WrappedRow | None = None

    def show_checks(self, checks: tuple[Check, ...], is_reached: Callable[[Check], bool]) -> None:
        """Show these, and which of them are reached."""
        if checks != self._checks:
            self._checks = checks
            self._make_rows()
        for row in self.rows:
            row.show_reached(is_reached(row.check))
        self.setVisible(bool(checks))

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        for row in self.rows:
            row.set_theme(theme)

    def _make_rows(self) -> None:
        for old in (self._row, *self.rows):
            if old is not None:
                old.hide()
                old.deleteLater()
        self.rows = [_CheckRow(check, self._theme, wraps=not self._is_row) for check in self._checks]
        for row in self.rows:
            row.ticked.connect(self.ticked)
        if self._is_row:
            self._row = WrappedRow()
            for row in self.rows:
                self._row.add(row)
            self._column.addWidget(self._row)
        else:
            for row in self.rows:
                self._column.addWidget(row)


class _CheckRow(QWidget):
    """One check. Emits `ticked(Check, bool)`."""

    ticked = Signal(object, bool)

    def __init__(self, check: Check, theme: Theme, *, wraps: bool) -> None:
        super().__init__()
        self.check, self.is_reached = check, False
        self._theme = theme
        self.box, self.mark = QCheckBox(), PlainLabel()
        self.label = PlainLabel() if wraps else ElidedLabel()
        self.label.setText(breakable(check.text, LONGEST_WORD) if wraps else check.text)
        self.label.setWordWrap(wraps)
        self.box.setVisible(check.is_by_hand)
        self.mark.setVisible(not check.is_by_hand)
        self.box.setAccessibleName(check.text)
        self.box.setToolTip("Only you can judge this")
        self.box.clicked.connect(self._on_clicked)
        if not check.is_by_hand and check.condition is None:
            self.setToolTip("The condition of this check is invalid: it is never reached")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, _GAP_PX, 0)
        row.setSpacing(_GAP_PX)
        at = Qt.AlignmentFlag.AlignTop if wraps else Qt.AlignmentFlag.AlignVCenter
        row.addWidget(self.box, 0, at)
        row.addWidget(self.mark, 0, at)
        row.addWidget(self.label, 1)
        self.set_theme(theme)

    def show_reached(self, is_reached: bool) -> None:
        """Show whether it is."""
        if is_reached == self.is_reached and self.label.accessibleName():
            return
        self.is_reached = is_reached
        self.box.setChecked(is_reached)
        self.label.setAccessibleName(f"{_MARKS[is_reached]}: {self.check.text}")
        self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        is_broken = not self.check.is_by_hand and self.check.condition is None
        color = theme.success if self.is_reached else theme.warning if is_broken else theme.muted
        self.label.setStyleSheet(f"color: {color if self.is_reached or is_broken else theme.text};")
        height = self.label.fontMetrics().height()
        side = height - _LESS_PX
        self.box.setStyleSheet(f"QCheckBox {{ spacing: 0; }} QCheckBox::indicator {{ width: {side}px; height: {side}px; }}")
        self.mark.setPixmap(icon_pixmap("tick" if self.is_reached else "ring", color, height))

    def _on_clicked(self, is_reached: bool) -> None:
        self.ticked.emit(self.check, is_reached)
