"""The list of log entries as a person uses it: wheel, keys, mouse, links to source files."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QContextMenuEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.panels.log.log_cards import CardLink
from workbench.gui.panels.log.log_model import LogModel
from workbench.gui.panels.log.log_rows_view import LogRowsView
from workbench.gui.widgets.source_links import SourceLink

Index = QModelIndex | QPersistentModelIndex
_WHEEL_LINES = 3
_NOTCH = 120
"""What a mouse's wheel reports for one notch, in eighths of a degree."""
_FAR = 2**40
# By number: Qt has keys that its own enumeration does not name.
_MOVES: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Home: -_FAR, Qt.Key.Key_End: _FAR}
_PAGES: dict[int, int] = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
_OPENING: dict[int, bool] = {Qt.Key.Key_Right: True, Qt.Key.Key_Left: False}


class LinkAt(NamedTuple):
    """A link in a line of a row; None and -1 where there is none."""

    row: int
    line: int
    link: SourceLink | None


class LogView(LogRowsView):
    """Signals: `copy_wanted()`; `place_chosen(str path, int line, int column)` for a clicked link, or the first one of the row
    where Enter was pressed; `configuration_wanted(str function_name)` for one in a card.
    """

    copy_wanted = Signal()
    place_chosen = Signal(str, int, int)
    configuration_wanted = Signal(str)

    def __init__(self, model: LogModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(model, theme, parent)
        self._anchor = self._turned = 0
        self._pressed: SourceLink | CardLink | None = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move by lines, or sideways with Shift."""
        if event.angleDelta().x() or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - (event.angleDelta().x() or event.angleDelta().y()))
        else:
            # A touch pad sends less than a line at a time: what is left waits for the next.
            lines, self._turned = divmod(self._turned - event.angleDelta().y(), _NOTCH // _WHEEL_LINES)
            self.scroll_lines(lines)
        event.accept()

    def scroll_lines(self, lines: int) -> None:
        """Move down by some lines, up if there are fewer than 0."""
        self.go_to(self.layout_of_rows.moved(self._position, lines, self.room))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies entries; End follows the log's end; Right and Left open and close a row; Enter opens what it names."""
        key, row = event.key(), self.currentIndex().row()
        extends = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif key in _OPENING and row >= 0:
            self.set_open(row, _OPENING[key])
        elif key in _MOVES or key in _PAGES:
            self._move(_MOVES[key] if key in _MOVES else _PAGES[key] * self.room, extends=extends)
            if key == Qt.Key.Key_End:
                self.follow()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (links := self.links_of_row(row)):
            self._choose(links[0])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row >= 0:
            self.activated.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open or close a row at its mark; note the link under the button; select. With a modifier, a click only selects."""
        point = event.position().toPoint()
        row, is_left = self.row_at_y(point.y()), event.button() == Qt.MouseButton.LeftButton
        if is_left and row >= 0 and point.x() < self.painter.mark_px:
            self.set_open(row, not self.row_lines.is_open(row))
        if not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._anchor = max(row, 0)
        self._pressed = self._link_under(point) if is_left and not event.modifiers() else None
        super().mousePressEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Have screen readers say the row that the keyboard has come to: Qt knows the rows of its own views only."""
        super().currentChanged(current, previous)
        text = str(self.lines.data(current, Qt.ItemDataRole.AccessibleTextRole) or "")
        self.setAccessibleDescription(text)
        if text and self.hasFocus():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Underline a link under the mouse and show the hand."""
        super().mouseMoveEvent(event)
        point = event.position().toPoint()
        self._show_hovered(self.link_at(point), self.card_link_at(point))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the link's file if the button is released on the same link."""
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        if pressed is not None and self._link_under(event.position().toPoint()) == pressed:
            self._choose(pressed)

    def leaveEvent(self, event: QEvent) -> None:
        """Remove the underline."""
        super().leaveEvent(event)
        self._show_hovered(LinkAt(-1, -1, None), None)

    def link_at(self, point: QPoint) -> LinkAt:
        """Return the link at a point of the viewport."""
        row = self.row_at_y(point.y())
        placed = next((each for each in self.placed() if each.row == row), None)
        if placed is None:
            return LinkAt(-1, -1, None)
        at = point.y() // self.painter.line_px - placed.top
        text = self.row_lines.shown(row)[at].text if at < len(self.row_lines.shown(row)) else ""
        x = point.x() + self.horizontalOffset() - self.painter.text_px
        for link in self.lines.links_of(row, text):
            left, right = self.painter.extent(text, link)
            if left <= x < right:
                return LinkAt(row, at, link)
        return LinkAt(row, -1, None)

    def card_link_at(self, point: QPoint) -> CardLink | None:
        """Return the link of a card at a point of the viewport."""
        row, height = self.row_at_y(point.y()), self.painter.line_px
        card = self.row_lines.card(row) if row >= 0 else ()
        if not card:
            return None
        rect = self.visualRect(self.lines.index(row))
        top = rect.bottom() + 1 - (len(card) + 1) * height
        return self.painter.cards.link_at(card, point.x(), point.y() - top)

    def links_of_row(self, row: int) -> list[SourceLink | CardLink]:
        """Return the links in a row's lines, then those of the card below it."""
        found = self.lines.row_at(row)
        card = self.lines.card_of(row, found) if found is not None else None
        own = [link for line in self.row_lines.shown(row) for link in self.lines.links_of(row, line.text)]
        return [*own, *(card.links if card is not None else ())]

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the current row and the selected ones."""
        self.menu().popup(event.globalPos())
        event.accept()

    def menu(self) -> QMenu:
        """Return a menu with the links of the current row, and to copy what is selected. It is deleted when it is closed."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for link in self.links_of_row(self.currentIndex().row()):
            menu.addAction(link.tip.removesuffix(" (Enter)")).triggered.connect(partial(self._choose, link))
        menu.addAction(self.tr("Copy")).triggered.connect(self.copy_wanted)
        return menu

    def _link_under(self, point: QPoint) -> SourceLink | CardLink | None:
        return self.link_at(point).link or self.card_link_at(point)

    def _choose(self, link: SourceLink | CardLink, _checked: bool = False) -> None:
        place = link.place if isinstance(link, CardLink) else link
        if place is not None:
            self.place_chosen.emit(str(place.file), place.line, place.column)
        elif isinstance(link, CardLink):
            self.configuration_wanted.emit(link.function_name)

    def _show_hovered(self, at: LinkAt, card_link: CardLink | None) -> None:
        is_other = self.painter.cards.hover(card_link)
        if self.painter.hover(at.row, at.line, at.link) or is_other:
            is_link = at.link is not None or card_link is not None
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if is_link else Qt.CursorShape.ArrowCursor)
            self.viewport().update()

    def _move(self, rows: int, *, extends: bool) -> None:
        index = self.index_after(rows)
        if not index.isValid():
            return
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self._anchor = self._anchor if extends else index.row()
        first, last = sorted((self._anchor, index.row()))
        self.select_rows(first, last, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index)
