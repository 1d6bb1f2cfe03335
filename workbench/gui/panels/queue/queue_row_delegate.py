"""Paints cells of the queue: the state in its color, chosen or not, and what can be done with an event as words or icons."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from workbench.gui.look.icons import icon_pixmap
from workbench.gui.look.theme import Theme
from workbench.gui.panels.queue.queue_model import ACTIONS, ATTEMPT, STATE, QueueModel
from workbench.state.queue_words import QUEUE_ACTIONS, QueueAction

Index = QModelIndex | QPersistentModelIndex
_ICONS: dict[QueueAction, str] = {"retry": "replay", "edit": "pencil", "drop": "remove"}
_ICON_PX, _ICON_ROOM_PX = 14, 22
_GAP_PX = 14
_ATTEMPT_GAP_PX = 8
_TEXT_MARGIN_PX = 3
"""What Qt leaves free beside the text of a cell."""


class QueueRowDelegate(QStyledItemDelegate):
    """`hovered`: the event's row and the action under the mouse, (-1, None) for none."""

    def __init__(self, lines: QueueModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines = lines
        self.hovered: tuple[int, QueueAction | None] = -1, None

    def action_at(self, row: int, cell: QRect, point: QPoint, metrics: QFontMetrics) -> QueueAction | None:
        """Return the action of a row at a point, None if there is none."""
        found = next((name for name, place in places(cell, metrics).items() if place.contains(point)), None)
        return found if found in self._lines.possible(row) else None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a cell."""
        if index.column() not in (STATE, ACTIONS):
            super().paint(painter, option, index)
            return
        cell = QStyleOptionViewItem(option)
        self.initStyleOption(cell, index)
        style = option.widget.style() if option.widget is not None else QApplication.style()
        room = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, cell, cell.widget)
        text, cell.text = cell.text, ""
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, cell, painter, cell.widget)
        painter.save()
        painter.setFont(cell.font)
        if index.column() == STATE:
            is_apart = not (isinstance(cell.widget, QTableView) and cell.widget.isColumnHidden(ATTEMPT))
            self._paint_state(painter, room, text, index, "" if is_apart else str(index.sibling(index.row(), ATTEMPT).data()))
        else:
            self._paint_actions(painter, cell.rect, index.row())
        painter.restore()

    def _paint_state(self, painter: QPainter, room: QRect, text: str, index: Index, attempt: str) -> None:
        """Paint the word in its color, and behind it which attempt it is if that has no column and there is room."""
        color = index.data(Qt.ItemDataRole.ForegroundRole)
        if isinstance(color, QColor):
            painter.setPen(color)
        room = room.adjusted(_TEXT_MARGIN_PX, 0, -_TEXT_MARGIN_PX, 0)
        metrics, left = painter.fontMetrics(), int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(room, left, metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width()))
        behind = room.adjusted(metrics.horizontalAdvance(text) + _ATTEMPT_GAP_PX, 0, 0, 0)
        if attempt and metrics.horizontalAdvance(attempt) <= behind.width():
            painter.setPen(QColor(self._lines.theme.muted))
            painter.drawText(behind, left, attempt)

    def _paint_actions(self, painter: QPainter, cell: QRect, row: int) -> None:
        theme, metrics = self._lines.theme, painter.fontMetrics()
        for name, place in places(cell, metrics).items():
            if name in self._lines.possible(row):
                is_hovered = self.hovered == (row, name)
                if are_words(cell, metrics):
                    _paint_word(painter, place, name, theme, is_hovered=is_hovered)
                else:
                    picture = icon_pixmap(_ICONS[name], theme.text if is_hovered else theme.muted, _ICON_PX)
                    size = QSize(_ICON_PX, _ICON_PX)
                    painter.drawPixmap(QRect(place.center() - QPoint(_ICON_PX // 2, _ICON_PX // 2), size), picture)


def are_words(cell: QRect, metrics: QFontMetrics) -> bool:
    """Whether actions are written out, because their cell has room for that."""
    return sum(metrics.horizontalAdvance(name) + _GAP_PX for name in QUEUE_ACTIONS) <= cell.width()


def places(cell: QRect, metrics: QFontMetrics) -> dict[QueueAction, QRect]:
    """Return where each action is, possible or not, so that one stands below the other."""
    widths = [metrics.horizontalAdvance(name) + _GAP_PX if are_words(cell, metrics) else _ICON_ROOM_PX for name in QUEUE_ACTIONS]
    lefts = [cell.right() + 1 - sum(widths[at:]) for at in range(len(widths))]
    return {name: QRect(left, cell.top(), width, cell.height())
            for name, left, width in zip(QUEUE_ACTIONS, lefts, widths, strict=True)}


def _paint_word(painter: QPainter, place: QRect, name: str, theme: Theme, *, is_hovered: bool) -> None:
    font = QFont(painter.font())
    font.setUnderline(is_hovered)
    painter.setFont(font)
    painter.setPen(QColor(theme.text if is_hovered else theme.muted))
    painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), name)
    font.setUnderline(False)
    painter.setFont(font)
