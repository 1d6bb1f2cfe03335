"""One row of a list as in the side bar, and how it is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyledItemDelegate

from workbench.gui.look.scale import SCALE, small
from workbench.gui.look.theme import DARK, Theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The role under which a model has the `Row` of an index."""


class Row(msgspec.Struct, frozen=True):
    """One row. `key` identifies it in the signals; `badge_token` and `detail_token` name colors of the theme.

    `tag` is a word in a frame at the right, before the detail: where the item comes from. `alert` is a word before the detail in
    the color of failures.
    `spoken` is what screen readers say of the row, where that is not all of its words in their order.
    `note` is a second line: either all rows of a list have one or none, because the list uses one height for all.
    `is_action`: the row is a command ("Browse 40 templates…"), not an item that can be selected.
    """

    key: str
    text: str
    badge: str = ""
    badge_token: str = "muted"  # noqa: S105  (a token of the theme)
    detail: str = ""
    detail_token: str = "muted"  # noqa: S105
    tip: str = ""
    note: str = ""
    tag: str = ""
    alert: str = ""
    spoken: str = ""
    is_action: bool = False


class RowDelegate(QStyledItemDelegate):
    """Paints a row from its `Row` value, in the theme's colors.

    Asks the model once per row; Qt's own delegate asks for each role of each cell, through Python every time.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = DARK

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return room for one line of text, or two if the row has a note."""
        row = index.data(ROW_ROLE)
        lines = 2 if isinstance(row, Row) and row.note else 1
        return QSize(80, option.fontMetrics.height() * lines + 10)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint background, accent edge, badge, text, detail and note."""
        row: Row = index.data(ROW_ROLE)
        rect: QRect = option.rect
        state = option.state
        painter.save()
        painter.setFont(option.font)
        self._paint_ground(painter, rect, state)
        inner = rect.adjusted(14, 0, -14, 0)
        if row.note:
            inner.setHeight(painter.fontMetrics().height() + 8)
            inner = self._paint_badge(painter, inner, row)
            self._paint_note(painter, rect.adjusted(inner.left() - rect.left(), inner.height() - 2, -14, -4), row)
        else:
            inner = self._paint_detail(painter, self._paint_badge(painter, inner, row), row)
        inner = self._paint_word(painter, inner, row.alert, "error")
        inner = self._paint_tag(painter, inner, row)
        painter.setPen(QColor(self.theme.muted if row.is_action else self.theme.text))
        text = painter.fontMetrics().elidedText(row.text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
        painter.restore()

    def _paint_note(self, painter: QPainter, rect: QRect, row: Row) -> None:
        """The second line, with the detail at its right edge."""
        usual = painter.font()
        rest = self._paint_detail(painter, rect, row)
        painter.setFont(small(usual))
        painter.setPen(QColor(self.theme.muted))
        text = painter.fontMetrics().elidedText(row.note, Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
        painter.setFont(usual)

    def _paint_ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        from PySide6.QtWidgets import QStyle  # takes 6 ms, so only with the first row, after the code is on screen

        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(self.theme.selection))
            painter.fillRect(QRect(rect.left(), rect.top(), 2, rect.height()), QColor(self.theme.muted))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(self.theme.hover))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(self.theme.accent))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _paint_badge(self, painter: QPainter, rect: QRect, row: Row) -> QRect:
        if not row.badge:
            return rect
        usual, font = painter.font(), QFont(self.theme.mono_family)
        font.setPointSizeF(usual.pointSizeF())
        font = small(font, SCALE.weights.strong)
        painter.setFont(font)
        painter.setPen(QColor(getattr(self.theme, row.badge_token)))
        # At least as wide as two letters, so that texts line up below each other whatever their badge.
        width = max(painter.fontMetrics().horizontalAdvance("py"), painter.fontMetrics().horizontalAdvance(row.badge))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter), row.badge)
        painter.setFont(usual)
        return rect.adjusted(width + 9, 0, 0, 0)

    def _paint_tag(self, painter: QPainter, rect: QRect, row: Row) -> QRect:
        if not row.tag:
            return rect
        painter.save()
        painter.setFont(small(painter.font()))
        painter.setPen(QColor(self.theme.muted))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRect(0, 0, painter.fontMetrics().horizontalAdvance(row.tag) + 8, painter.fontMetrics().height() + 1)
        frame.moveCenter(rect.center())
        frame.moveRight(rect.right())
        painter.drawRoundedRect(frame, 3, 3)
        painter.drawText(frame, int(Qt.AlignmentFlag.AlignCenter), row.tag)
        painter.restore()
        return rect.adjusted(0, 0, -frame.width() - 8, 0)

    def _paint_detail(self, painter: QPainter, rect: QRect, row: Row) -> QRect:
        return self._paint_word(painter, rect, row.detail, row.detail_token)

    def _paint_word(self, painter: QPainter, rect: QRect, word: str, token: str) -> QRect:
        """Paint a word at the right edge, and return what is left of it."""
        if not word:
            return rect
        usual = painter.font()
        painter.setFont(small(usual))
        painter.setPen(QColor(getattr(self.theme, token)))
        text = painter.fontMetrics().elidedText(word, Qt.TextElideMode.ElideRight, rect.width() * 2 // 3)
        width = painter.fontMetrics().horizontalAdvance(text)
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), text)
        painter.setFont(usual)
        return rect.adjusted(0, 0, -width - 8, 0)
