"""Read-only text of any length: only the rows in sight are made and painted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QPoint, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from workbench.gui.look.appearance import mono_font
from workbench.gui.look.theme import DARK, Theme, blend
from workbench.gui.widgets.later import Later
from workbench.state.text_lines import Found

Index = QModelIndex | QPersistentModelIndex
Paint = Callable[[str, bool, bool], Iterable[tuple[str, str, bool]]]
"""Takes a row apart into pieces: text, a color token of the theme, whether it is bold. Told with it: whether the row goes on with
the line of the one before it, and whether the row after it goes on with its line."""
_NO_INDEX = QModelIndex()
_MARGIN_PX = 4
_FOUND_SHARE = 0.35


class Rows(Protocol):
    """What is shown: `state.text_lines.TextLines`, `state.hex_lines.HexLines`."""

    @property
    def longest(self) -> int:
        """The most characters of a row."""

    def __len__(self) -> int: ...

    def __getitem__(self, row: int) -> str: ...

    def continues(self, row: int) -> bool:
        """Whether a row is part of the same line as the one before it."""

    def joined(self, first: int, last: int) -> str:
        """Rows as text."""

    def find(self, needle: str) -> list[Found]:
        """The places of a text. It may take long and is called on a thread."""


class LinesModel(QAbstractTableModel):
    """Rows as a table of one column."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Rows | None = None

    def show_rows(self, rows: Rows | None) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def continues(self, row: int) -> bool:
        """Whether a row is part of the same line as the one before it."""
        return self.rows is not None and row < len(self.rows) and self.rows.continues(row)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() or self.rows is None else len(self.rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Return 1."""
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return a row's text."""
        if self.rows is None or not index.isValid() or index.row() >= len(self.rows):
            return None
        return self.rows[index.row()] if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) else None


class LinesDelegate(QStyledItemDelegate):
    """Paints a row in colors, with the place that was found."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme, self.font = DARK, QFont()
        self.paint_row: Paint | None = None
        self.found: Found | None = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        text, place = str(index.data() or ""), option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(place, QColor(self.theme.marked))
        painter.setFont(self.font)
        metrics = QFontMetrics(self.font)
        if self.found is not None and self.found.row == index.row():
            begin, end = (metrics.horizontalAdvance(text[:at]) for at in (self.found.start, self.found.end))
            ground = QColor(blend(self.theme.warning, self.theme.window, _FOUND_SHARE))
            painter.fillRect(place.left() + _MARGIN_PX + begin, place.top(), max(end - begin, 2), place.height(), ground)
        base = QPoint(place.left() + _MARGIN_PX, place.top() + (place.height() - metrics.height()) // 2 + metrics.ascent())
        for piece, token, _bold in self._pieces(text, index):
            painter.setPen(QColor(getattr(self.theme, token)))
            painter.drawText(base, piece)
            base.setX(base.x() + metrics.horizontalAdvance(piece))

    def _pieces(self, text: str, index: Index) -> Iterable[tuple[str, str, bool]]:
        model, row = index.model(), index.row()
        if self.paint_row is None or not isinstance(model, LinesModel):
            return ((text, "text", False),)
        return self.paint_row(text, model.continues(row), model.continues(row + 1))


class LinesView(QTableView):
    """Rows are selected with mouse or keys and copied with Ctrl+C."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines, self.delegate = LinesModel(self), LinesDelegate(self)
        self._later = Later(self)
        self._found: Sequence[Found] = ()
        self.setModel(self.lines)
        self.setItemDelegate(self.delegate)
        self.setAccessibleName(name)
        self._prepare()

    def _prepare(self) -> None:
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(1)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setMaximumSectionSize(1 << 20)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and monospaced font."""
        self.delegate.theme, self.delegate.font = theme, mono_font(theme)
        self.verticalHeader().setDefaultSectionSize(QFontMetrics(self.delegate.font).height() + 2)
        self._fit_column()
        self.viewport().update()

    def show_rows(self, rows: Rows | None, paint_row: Paint | None = None) -> None:
        """Show other rows from their beginning; None for none."""
        self._later.forget()
        self._found, self.delegate.found, self.delegate.paint_row = (), None, paint_row
        self.lines.show_rows(rows)
        self._fit_column()
        self.scrollToTop()

    def search(self, needle: str, found: Callable[[int], None]) -> None:
        """Look for a text, and call `found` with the number of its places."""
        rows = self.lines.rows

        def keep(places: list[Found]) -> None:
            self._found = places
            found(len(places))

        if rows is None or not needle:
            self._later.forget()
            self.delegate.found = None
            self.viewport().update()
            keep([])
        else:
            self._later.do("search a text", lambda: rows.find(needle), keep)

    def show_found(self, number: int) -> None:
        """Show one of the places that were found; none if other rows have come since."""
        if number >= len(self._found):
            return
        place = self.delegate.found = self._found[number]
        index = self.lines.index(place.row, 0)
        self.setCurrentIndex(index)
        self.clearSelection()
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        width = QFontMetrics(self.delegate.font).horizontalAdvance("0")
        bar, left = self.horizontalScrollBar(), place.start * width
        if not bar.value() <= left <= bar.value() + self.viewport().width() - 10 * width:
            bar.setValue(max(left - self.viewport().width() // 3, 0))
        self.viewport().update()

    def copy_selected(self) -> None:
        """Copy the selected rows; rows of one line come without a line end between them."""
        rows, chosen = self.lines.rows, sorted(index.row() for index in self.selectionModel().selectedRows())
        if rows is None or not chosen:
            return
        if chosen[-1] - chosen[0] + 1 == len(chosen):  # the usual case, and one piece of the text, however long
            QGuiApplication.clipboard().setText(rows.joined(chosen[0], chosen[-1]))
            return
        text = "".join(f"{'' if rows.continues(row) else chr(10)}{rows[row]}" for row in chosen)
        QGuiApplication.clipboard().setText(text.removeprefix("\n"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy with Ctrl+C; Qt would copy a single cell."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selected()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the column fill the view."""
        super().resizeEvent(event)
        self._fit_column()

    def _fit_column(self) -> None:
        longest = self.lines.rows.longest if self.lines.rows is not None else 0
        needed = longest * QFontMetrics(self.delegate.font).horizontalAdvance("0") + 2 * _MARGIN_PX
        self.setColumnWidth(0, max(self.viewport().width(), needed))
