"""The grid itself: paints the rows that can be seen, tells what is under the mouse, and moves from cell to cell by keyboard."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.concurrency.cell_pictures import CellPictures
from workbench.gui.panels.concurrency.grid_layout import GridLayout, Measures
from workbench.gui.panels.concurrency.grid_painter import GridPainter, Marked, bold
from workbench.gui.panels.concurrency.grid_steps import stepped
from workbench.gui.panels.concurrency.grid_words import provisioned_words
from workbench.state.concurrency import ConcurrencyGrid
from workbench.state.concurrency_rows import Cell, FunctionGrid

NAMES_SHARE = 0.3
"""The largest part of the width that the functions' names take."""
_MARGIN_PX = 14


class GridView(QAbstractScrollArea):
    """Shows a grid. `now_ms` is the engine's clock (epoch ms); `tip_of` tells all about what is pointed at.

    Signals: `pointed(Cell | None)` at the cell under the mouse or the keyboard's mark; `chosen(Cell)` by click or Space;
    `opened(Cell)` by double click or Return, after it was chosen.
    """

    pointed = Signal(object)
    chosen = Signal(object)
    opened = Signal(object)

    def __init__(
        self, grid: ConcurrencyGrid, now_ms: Callable[[], float], tip_of: Callable[[Cell | FunctionGrid], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._grid, self._now_ms, self._tip_of = grid, now_ms, tip_of
        self._theme: Theme = DARK
        self._pictures: CellPictures | None = None
        self._shape: object = None
        self.layout_of_rows = GridLayout((), self._measures())
        self.current: Cell | None = None
        self.selected_id = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Execution environments by function")
        self.viewport().setMouseTracking(True)

    @property
    def pictures(self) -> CellPictures:
        """The cells' pictures in the size that fits now."""
        key = (self._theme, self.layout_of_rows.size, self.devicePixelRatioF())
        if self._pictures is None or self._pictures.key != key:
            self._pictures = CellPictures(*key)
        return self._pictures

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self.viewport().update()

    def show_changes(self) -> None:
        """Paint what the grid has now; place the rows anew if their number or length changed."""
        shape = [(function.name, function.reserved, bool(function.throttles), bool(function.waiting),
                  [(row.version, row.requested, len(row.provisioned), len(row.on_demand)) for row in function.rows.values()])
                 for function in self._grid.ordered()]
        if shape != self._shape:
            self._shape = shape
            self._place()
        if self.current is not None and self.current.row is None:
            self._point(None)
        self.viewport().update()

    def select(self, environment_id: str) -> None:
        """Mark an environment that was chosen anywhere; "" for none."""
        self.selected_id = environment_id
        self.viewport().update()

    def sizeHint(self) -> QSize:
        """Return room for some rows."""
        return QSize(480, 220)

    # --- events of Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows that can be seen."""
        painter = QPainter(self.viewport())
        now_ms, offset = self._now_ms(), self.verticalScrollBar().value()
        marked = Marked(
            self.current if self.hasFocus() or self.underMouse() else None, self._grid.cell(self.selected_id))
        rows = GridPainter(painter, self.layout_of_rows, self.pictures, self._theme, marked)
        painter.translate(0, -offset)
        for place in self.layout_of_rows.between(event.rect().top() + offset, event.rect().bottom() + offset):
            rows.paint(place, now_ms)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the rows in the new width."""
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        """Measure again with another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._place()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the cell under the mouse."""
        self._point(self._cell_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        if not self.hasFocus():
            self._point(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell under the mouse."""
        cell = self._cell_at(event.position().toPoint())
        if cell is not None and event.button() is Qt.MouseButton.LeftButton:
            self._point(cell)
            self.chosen.emit(cell)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the cell under the mouse, which the first click has chosen."""
        cell = self._cell_at(event.position().toPoint())
        if cell is not None and event.button() is Qt.MouseButton.LeftButton:
            self.opened.emit(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with the arrow keys, Home and End; choose with Space, open with Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self.current is not None:
                self.chosen.emit(self.current)
                if event.key() != Qt.Key.Key_Space:
                    self.opened.emit(self.current)
            return
        found = stepped(self.layout_of_rows, self.current, Qt.Key(event.key()))
        if found is None:
            super().keyPressEvent(event)
            return
        self._point(found)
        self._reveal(found)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Point at the first cell, so that the keyboard has a place to begin."""
        super().focusInEvent(event)
        if self.current is None and event.reason() is not Qt.FocusReason.MouseFocusReason:
            self._point(stepped(self.layout_of_rows, None, Qt.Key.Key_Home))

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell all about what is under the mouse."""
        if isinstance(event, QHelpEvent):
            spot = self._subject_at(event.pos())
            QToolTip.showText(event.globalPos(), self._tip_of(spot) if spot is not None else "", self.viewport())
            return True
        return super().viewportEvent(event)

    # --- places

    def _measures(self) -> Measures:
        letters, names_of = self.fontMetrics().horizontalAdvance, bold(self.font()).horizontalAdvance
        width = self.viewport().width()
        names = [names_of(function.name) for function in self._grid.ordered()]
        versions = [letters(provisioned_words(row.use)) for function in self._grid.ordered() for row in function.rows.values()
                    if row.use is not None]
        wanted = max([letters("version 000"), *names, *versions]) + 2 * _MARGIN_PX
        names_px = min(wanted, math.floor(width * NAMES_SHARE))
        return Measures(width, self.viewport().height(), names_px, letters("0,000 throttled · reserved") + _MARGIN_PX,
                        self.fontMetrics().height())

    def _place(self) -> None:
        self.layout_of_rows = GridLayout(self._grid.ordered(), self._measures())
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(height)
        bar.setSingleStep(self.layout_of_rows.pitch)
        bar.setRange(0, max(self.layout_of_rows.height - height, 0))
        self.viewport().update()

    def _spot(self, position: QPoint) -> tuple[int, int]:
        return position.x(), position.y() + self.verticalScrollBar().value()

    def _cell_at(self, position: QPoint) -> Cell | None:
        spot = self.layout_of_rows.spot_at(*self._spot(position))
        return spot if isinstance(spot, Cell) else None

    def _subject_at(self, position: QPoint) -> Cell | FunctionGrid | None:
        cell = self._cell_at(position)
        if cell is not None:
            return cell
        place = self.layout_of_rows.row_at(self._spot(position)[1])
        return place.function if place is not None else None

    def _point(self, cell: Cell | None) -> None:
        if cell is self.current:
            return
        self.current = cell
        self.setAccessibleDescription(self._tip_of(cell) if cell is not None else "")
        self.pointed.emit(cell)
        self.viewport().update()

    def _reveal(self, cell: Cell) -> None:
        """Scroll a cell into view."""
        place = next((place for place in self.layout_of_rows.rows if place.row is cell.row), None)
        if place is None:
            return
        left, top = self.layout_of_rows.corner(place, place.flow().spots.index(cell))
        where, bar = QRect(left, top, self.layout_of_rows.size, self.layout_of_rows.size), self.verticalScrollBar()
        if where.top() < bar.value():
            bar.setValue(where.top() - self.layout_of_rows.pitch)
        elif where.bottom() > bar.value() + bar.pageStep():
            bar.setValue(where.bottom() - bar.pageStep() + self.layout_of_rows.pitch)
