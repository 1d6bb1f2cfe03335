"""The inbox as a table, newest first. Earlier messages are asked for when somebody scrolls to the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from workbench.gui.look.theme import DARK, Theme
from workbench.model.moments import local_time
from workbench.state.inbox_rows import InboxRow, InboxRows

Index = QModelIndex | QPersistentModelIndex
TIME, KIND, FUNCTION, CONDITION, TARGET = range(5)
_TITLES = ("Time", "Kind", "From", "Condition", "Addressed to")
_TIPS = {TIME: "By the queue's clock", FUNCTION: "The function whose event ended",
         CONDITION: "Of the record; of a dead letter, its ErrorMessage"}
_KINDS = {"success": ("OnSuccess", "success"), "failure": ("OnFailure", "error"), "dead-letter": ("Dead letter", "error")}
_NO_INDEX = QModelIndex()


class InboxModel(QAbstractTableModel):
    """Shows `rows`, whose changes `update` takes over. Emits `more_needed()` when earlier messages are to be read."""

    more_needed = Signal()

    def __init__(self, rows: InboxRows, parent: QObject | None = None, seen: Callable[[str], str] = str) -> None:
        """`seen` returns what is to be seen of a text."""
        super().__init__(parent)
        self._rows, self._seen = rows, seen
        self._shown: list[InboxRow] = []
        self.theme: Theme = DARK

    def update(self) -> None:
        """Take over the rows. New ones come at the top and earlier ones at the end, so that the selection stays."""
        wanted, shown = self._rows.rows, self._shown
        first = next((place for place, row in enumerate(wanted) if shown and row.id == shown[0].id), -1)
        if first < 0 or wanted[first:first + len(shown)] != shown:
            self.beginResetModel()
            self._shown = list(wanted)
            self.endResetModel()
            return
        self._insert(0, wanted[:first])
        self._insert(len(self._shown), wanted[len(self._shown):])

    def row(self, number: int) -> InboxRow:
        """Return a row."""
        return self._shown[number]

    def position(self, message_id: int) -> int:
        """Return the row of a message, -1 if it is not here."""
        return next((place for place, row in enumerate(self._shown) if row.id == message_id), -1)

    def canFetchMore(self, parent: Index) -> bool:
        """Whether there may be earlier messages."""
        return not parent.isValid() and bool(self._shown) and not self._rows.is_whole

    def fetchMore(self, _parent: Index) -> None:
        """Ask for them; they come with `update`."""
        self.more_needed.emit()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of messages that were read."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Return 5."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return the titles, with tool tips for those that say too little."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.tr(_TITLES[section])
        return _TIPS.get(section) if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return texts, the color of the kind, and a tool tip with what has no room."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        row = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._seen(_text(row, index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._seen("\n".join(filter(None, (row.target, f"request {row.request_id}", row.condition, row.why))))
        if role == Qt.ItemDataRole.ForegroundRole and index.column() in (TIME, KIND):
            token = "muted" if index.column() == TIME else _KINDS.get(row.kind, ("", "text"))[1]
            return QColor(getattr(self.theme, token))
        return None

    def _insert(self, place: int, rows: list[InboxRow]) -> None:
        if rows:
            self.beginInsertRows(_NO_INDEX, place, place + len(rows) - 1)
            self._shown[place:place] = rows
            self.endInsertRows()


def _text(row: InboxRow, column: int) -> str:
    if column == TIME:
        return local_time(row.time_ms / 1_000).strftime("%m-%d %H:%M:%S")
    texts = {KIND: _KINDS.get(row.kind, (row.kind, ""))[0], FUNCTION: row.function_name, CONDITION: row.condition,
             TARGET: short_target(row.target)}
    return texts[column]


def short_target(target: str) -> str:
    """Return service and name of an ARN: `sqs letters`; what is no ARN stays as it is."""
    parts = target.split(":", 5)
    return f"{parts[2]} {parts[5]}" if len(parts) == 6 and parts[0] == "arn" else target
