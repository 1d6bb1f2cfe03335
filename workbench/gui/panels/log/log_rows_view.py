"""Shows entries of the log: which are in view, how tall they are, how it follows the log's end. It measures only what is in view.

A view of our own, because Qt's keep something for each row: a log of a million lines would take 20 MB and 15 ms for each batch.
"""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QWidget

from workbench.gui.look.appearance import mono_font
from workbench.gui.look.theme import Theme
from workbench.gui.panels.log.log_bars import offer_bar, show_position, show_width
from workbench.gui.panels.log.log_layout import LogLayout, Placed, Position
from workbench.gui.panels.log.log_model import LogModel
from workbench.gui.panels.log.log_painter import LogPainter, RowLook
from workbench.gui.panels.log.log_row_lines import LogRowLines

Index = QModelIndex | QPersistentModelIndex


class LogRowsView(QAbstractItemView):
    """The rows of a `LogModel`.

    Signals: `following_changed(bool)`; `fold_toggled(int row)` for a row that has entries below it; `moved()` when other rows
    may be in view.
    """

    following_changed = Signal(bool)
    fold_toggled = Signal(int)
    moved = Signal()

    def __init__(self, model: LogModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = model
        self.painter = LogPainter(theme, mono_font(theme))
        self.row_lines = LogRowLines(model, self.painter, lambda: self.viewport().width())
        self.layout_of_rows = LogLayout(model.rowCount, self.row_lines.count)
        self._position = Position(0, 0)
        self._first = model.first
        self.is_following = True
        self.empty_text = ""
        """What is said where there are no rows, see `say_why_empty`."""
        self._prepare()
        self.setModel(model)
        self._connect()

    def _prepare(self) -> None:
        self.setAccessibleName(self.tr("Log lines"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setObjectName("framed")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.viewport().setMouseTracking(True)

    def _connect(self) -> None:
        self.verticalScrollBar().valueChanged.connect(self._on_bar_moved)
        self.verticalScrollBar().sliderPressed.connect(self._let_go)
        self.horizontalScrollBar().valueChanged.connect(self.viewport().update)
        self.lines.rowsInserted.connect(self._on_inserted)
        self.lines.rowsRemoved.connect(self._on_removed)
        self.lines.modelReset.connect(self._on_reset)
        self.lines.arrived.connect(self._on_arrived)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and monospaced font."""
        self.painter.set_look(theme, mono_font(theme))
        self.updateGeometries()
        self.viewport().update()

    # --- what is in view

    @property
    def room(self) -> int:
        """How many lines are in view."""
        return max(self.viewport().height() // self.painter.line_px, 1)

    def placed(self) -> list[Placed]:
        """Return the rows in view."""
        return list(self.layout_of_rows.placed(self._position, self.room + 1))

    def set_open(self, row: int, is_open: bool) -> None:
        """Show a row with all its lines, or with the first only; an invocation with its entries, or without."""
        if row >= self.lines.rowCount() or self.row_lines.is_open(row) == is_open:
            return
        if self.lines.folds is not None and self.lines.folds.head_at(row) is not None:
            self.fold_toggled.emit(row)
        elif self.row_lines.toggle(row):
            self._settle()

    def set_wrapping(self, wraps: bool) -> None:
        """Wrap long lines, or show each on one line."""
        self.row_lines.wraps = wraps
        self._settle()

    def follow(self) -> None:
        """Show the log's end, and stay there."""
        self._set_following(True)
        self._settle()

    def top(self) -> Position:
        """Return what is at the top."""
        return self._position

    def go_to(self, position: Position) -> None:
        """Show another part. At its end, the log is followed."""
        last = self.layout_of_rows.last(self.room)
        self._position = max(min(position, last), Position(0, 0))
        self._set_following(self._position == last and not self.verticalScrollBar().isSliderDown())
        self._settle()

    def _let_go(self) -> None:
        self._set_following(False)

    def _set_following(self, is_following: bool) -> None:
        if is_following != self.is_following:
            self.is_following = is_following
            self.following_changed.emit(is_following)

    def _settle(self) -> None:
        """Bring bars and picture up to date with the position, or this with the log's end."""
        last = self.layout_of_rows.last(self.room)
        self._position = last if self.is_following else max(min(self._position, last), Position(0, 0))
        show_position(self.verticalScrollBar(), self._position, last, self.room)
        offer_bar(self)
        placed = self.placed()
        self._settle_width(placed)
        self.viewport().update()
        if placed:
            self.lines.look_at(placed[0].row, placed[-1].row)
        self.moved.emit()

    def _settle_width(self, placed: list[Placed]) -> None:
        # Of the rows in view only: measuring all would take as long as there are lines.
        widest = 0 if self.row_lines.wraps else max(
            (self.painter.width_of(line) for each in placed for line in self.row_lines.shown(each.row)), default=0)
        show_width(self.horizontalScrollBar(), widest, self.viewport().width(), self.painter.character_px)

    # --- the model changes

    def _on_inserted(self, _parent: Index, first: int, last: int) -> None:
        if not self.is_following and first <= self._position.row:
            self._position = Position(self._position.row + last - first + 1, self._position.line)
        self._settle()

    def _on_removed(self, _parent: Index, first: int, last: int) -> None:
        if first <= self._position.row:
            self._position = Position(max(self._position.row - (last - first + 1), first), self._position.line)
        self._settle()

    def _on_reset(self) -> None:
        # Rows of the whole log are counted from its first entry, which may be another one now.
        self._position = Position(max(self._position.row + self._first - self.lines.first, 0), self._position.line)
        self._first = self.lines.first
        self._settle()

    def _on_arrived(self, first: int, last: int) -> None:
        placed = self.placed()
        if placed and first <= placed[-1].row and last >= placed[0].row:
            self._settle()

    def _on_bar_moved(self, value: int) -> None:
        self.go_to(self.layout_of_rows.last(self.room) if value == self.verticalScrollBar().maximum() else Position(value, 0))

    # --- what Qt asks of a view

    def visualRect(self, index: Index) -> QRect:
        """Return where a row is; an empty rectangle if it is not in view."""
        each = next((each for each in self.placed() if each.row == index.row()), None)
        height = self.painter.line_px
        return QRect() if each is None else QRect(0, each.top * height, self.viewport().width(), each.lines * height)

    def indexAt(self, point: QPoint) -> QModelIndex:
        """Return the row at a point of the viewport."""
        row = self.row_at_y(point.y())
        return self.lines.index(row) if row >= 0 else QModelIndex()

    def row_at_y(self, y_px: int) -> int:
        """Return the row at a height of the viewport, -1 for none."""
        line = y_px // self.painter.line_px
        return next((each.row for each in self.placed() if each.top <= line < each.top + each.lines), -1)

    def scrollTo(self, index: Index, _hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible) -> None:
        """Show a row, with as little movement as possible."""
        row = index.row()
        whole = [each.row for each in self.placed() if each.top >= 0 and each.top + each.lines <= self.room]
        if row in whole or row < 0:
            return
        self.go_to(self.layout_of_rows.above(row, self.room) if whole and row > whole[-1] else Position(row, 0))

    def moveCursor(self, action: QAbstractItemView.CursorAction, _modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Return the row that a key leads to; `keyPressEvent` has dealt with those that need more."""
        steps = {QAbstractItemView.CursorAction.MovePageUp: -self.room, QAbstractItemView.CursorAction.MovePageDown: self.room}
        return self.index_after(steps.get(action, 0))

    def horizontalOffset(self) -> int:
        """Return how far the text is moved to the left, in pixels."""
        return self.horizontalScrollBar().value()

    def verticalOffset(self) -> int:
        """Return 0: rows have no place in pixels, as only those in view are measured."""
        return 0

    def isIndexHidden(self, _index: Index) -> bool:
        """Return False."""
        return False

    def setSelection(self, rect: QRect, flags: QItemSelectionModel.SelectionFlag) -> None:
        """Select the rows that a rectangle touches."""
        lines = sorted((rect.top() // self.painter.line_px, rect.bottom() // self.painter.line_px))
        rows = [each.row for each in self.placed() if each.top <= lines[1] and each.top + each.lines > lines[0]]
        if rows:
            self.select_rows(rows[0], rows[-1], flags)

    def visualRegionForSelection(self, _selection: QItemSelection) -> QRegion:
        """Return all of the viewport: it is painted in a few milliseconds."""
        return QRegion(self.viewport().rect())

    def updateGeometries(self) -> None:
        """Bring the scroll bars up to date."""
        super().updateGeometries()
        self._settle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the log's end in view if it was."""
        super().resizeEvent(event)
        self.painter.fit(self.viewport().width())
        self._settle()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the rows in view."""
        painter = QPainter(self.viewport())
        for each in self.placed():
            self._paint(painter, each)
        if not self.lines.rowCount():
            self.painter.paint_nothing(painter, self.viewport().rect(), self.empty_text)
        painter.end()

    def say_why_empty(self, text: str) -> None:
        """Say this where there are no rows."""
        if text != self.empty_text:
            self.empty_text = text
            self.viewport().update()

    def _paint(self, painter: QPainter, placed: Placed) -> None:
        height, left = self.painter.line_px, -self.horizontalOffset()
        row, top = self.lines.row_at(placed.row), placed.top * height
        rect = QRect(0, top, self.viewport().width(), placed.lines * height)
        self.painter.paint_ground(painter, rect, row, self.selectionModel().isSelected(self.lines.index(placed.row)))
        if row is None:
            self.painter.paint_awaited(painter, left, top)
            return
        look = RowLook(self.row_lines.shown(placed.row), self.row_lines.is_open(placed.row), self.row_lines.wraps)
        self.painter.paint_row(painter, QPoint(left, top), row, look, range(-placed.top, self.room + 1 - placed.top))
        self.painter.paint_link(painter, placed.row, look.lines, QPoint(left, top))
        card = self.row_lines.card(placed.row)
        if card:
            self.painter.cards.paint(painter, card, top + max(len(look.lines), 1) * height, self.viewport().width())

    def index_after(self, rows: int) -> QModelIndex:
        """Return the row that is some rows after the current one, before it if there are fewer than 0."""
        count, current = self.lines.rowCount(), self.currentIndex().row()
        start = current if current >= 0 else self._position.row - (rows > 0)
        return self.lines.index(min(max(start + rows, 0), count - 1)) if count else QModelIndex()

    def select_rows(self, first: int, last: int, flags: QItemSelectionModel.SelectionFlag) -> None:
        """Change which rows are selected."""
        self.selectionModel().select(QItemSelection(self.lines.index(first), self.lines.index(last)), flags)
