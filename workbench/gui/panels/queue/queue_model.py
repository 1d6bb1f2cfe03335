"""The queue as a table: number, function, state, attempt, age, next attempt, why, actions. Rows not here yet say so."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from workbench.gui.look.theme import DARK, Theme
from workbench.state.queue_rows import QueueRow, QueueRows
from workbench.state.queue_words import QueueAction, age_text, attempt_text, next_text, possible_actions, state_look, why_text

Index = QModelIndex | QPersistentModelIndex
EVENT, FUNCTION, STATE, ATTEMPT, AGE, NEXT, WHY, ACTIONS = range(8)
_TITLES = ("Event", "Function", "State", "Attempt", "Age", "Next", "Why", "")
_TIPS = {EVENT: "The event's number, in the order of acceptance", AGE: "Since it was accepted, by the queue's clock",
         NEXT: "When it is tried next, by the queue's clock", WHY: "What went wrong last, or what its end means",
         ACTIONS: "What can be done with it: also by R, Return and Delete, and in the context menu"}
_NO_INDEX = QModelIndex()
_NOT_HERE = "…"


class QueueModel(QAbstractTableModel):
    """Shows `rows`, whose changes `update` takes over; `tick` advances ages and countdowns."""

    def __init__(self, rows: QueueRows, parent: QObject | None = None, seen: Callable[[str], str] = str) -> None:
        """`seen` returns what is to be seen of a text."""
        super().__init__(parent)
        self._rows, self._seen = rows, seen
        self._count = 0
        self.theme: Theme = DARK

    def update(self) -> None:
        """Take over what `rows` has now. Rows come and go at the end, so that a selection by number can be set again."""
        count = self._rows.count
        if count > self._count:
            self.beginInsertRows(_NO_INDEX, self._count, count - 1)
            self._count = count
            self.endInsertRows()
        elif count < self._count:
            self.beginRemoveRows(_NO_INDEX, count, self._count - 1)
            self._count = count
            self.endRemoveRows()
        self._draw_again(EVENT, ACTIONS)

    def tick(self) -> None:
        """Have ages and countdowns drawn again, with the present time."""
        self._draw_again(AGE, NEXT)

    def possible(self, number: int) -> tuple[QueueAction, ...]:
        """Return what can be done with the event of a row; nothing while it is not here."""
        row = self._rows.row(number)
        return possible_actions(row) if row is not None else ()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of events that wait or ended last."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Return 8."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return the titles, with tool tips for those that say too little."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.tr(_TITLES[section])
        return _TIPS.get(section) if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return texts, the color of the state, and a tool tip with what has no room."""
        if not index.isValid() or index.row() >= self._count:
            return None
        row = self._rows.row(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return (_NOT_HERE if index.column() == EVENT else "") if row is None else self._text(row, index.column())
        if row is None:
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return _TIPS[ACTIONS] if index.column() == ACTIONS else self._seen(_tip(row))
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._color(row, index.column())
        return None

    def _text(self, row: QueueRow, column: int) -> str:
        since_ms = self._rows.since_answer_ms(row.function_name, time.monotonic())
        if column in (AGE, NEXT):
            return (age_text if column == AGE else next_text)(row, since_ms)
        texts = {EVENT: str(row.event_id), FUNCTION: _function(row), STATE: state_look(row).word, ATTEMPT: attempt_text(row),
                 WHY: self._seen(why_text(row)), ACTIONS: " · ".join(possible_actions(row))}
        return texts[column]

    def _color(self, row: QueueRow, column: int) -> QColor | None:
        token = state_look(row).token if column == STATE else "muted" if column in (AGE, WHY) else ""
        return QColor(getattr(self.theme, token)) if token else None

    def _draw_again(self, first: int, last: int) -> None:
        if self._count:
            self.dataChanged.emit(self.index(0, first), self.index(self._count - 1, last))


def _function(row: QueueRow) -> str:
    return ":".join(filter(None, (row.function_name, row.qualifier)))


def _tip(row: QueueRow) -> str:
    payload = row.payload if row.payload_bytes <= len(row.payload.encode()) else f"{row.payload}…"
    return "\n".join(filter(None, (f"request {row.request_id}", f"attempt {attempt_text(row)}", payload[:400], why_text(row))))
