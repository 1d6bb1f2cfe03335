"""The session's log as a table of one column, backed by the ring of lines."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.widgets.source_links import SourceLink, SourceLinks
from workbench.model.events import iso_time
from workbench.state.logs import LogFilter, LogRing, LogRow, LogView

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class LogModel(QAbstractTableModel):
    """A filtered view of the ring. It is a snapshot: only `drain` takes over new lines, in at most two row operations.

    A table and not a list: with 100,000 rows, QListView lays out all of them for each batch of lines, which takes 218 ms.
    QSortFilterProxyModel would call Python once per row; the ring filters by itself.
    """

    def __init__(self, ring: LogRing, parent: QObject | None = None, links: SourceLinks | None = None) -> None:
        super().__init__(parent)
        self._links = links
        self._ring = ring
        self._view = LogView(ring)
        self._view.advance()

    @property
    def filter(self) -> LogFilter:
        """Which lines are shown."""
        return self._view.filter

    def set_filter(self, new: LogFilter) -> None:
        """Show the lines that pass another filter."""
        self.beginResetModel()
        self._view.set_filter(new)
        self.endResetModel()

    def drain(self) -> tuple[int, int]:
        """Take over new and dropped lines. Returns (rows removed at the front, rows added at the end)."""
        dropped = self._view.gone()
        if dropped:
            self.beginRemoveRows(_NO_INDEX, 0, dropped - 1)
            self._view.drop(dropped)
            self.endRemoveRows()
        fresh = self._view.fresh()
        if fresh:
            count = len(self._view)
            self.beginInsertRows(_NO_INDEX, count, count + len(fresh) - 1)
            self._view.extend(fresh)
            self.endInsertRows()
        return dropped, len(fresh)

    def row_at(self, position: int) -> LogRow:
        """Return the line of a row."""
        return self._view.row(position)

    def links_of(self, position: int) -> list[SourceLink]:
        """Return the links in a row's line; [] for a row that does not exist. Looks at the disk."""
        if self._links is None or not 0 <= position < len(self._view):
            return []
        row = self._view.row(position)
        return self._links.of(row.text, row.function_name)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of lines shown."""
        return 0 if parent.isValid() else len(self._view)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Return 1."""
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return the text for screen readers and tests, and the line's origin as tool tip. Painting does not use it."""
        if not index.isValid() or not 0 <= index.row() < len(self._view):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._view.row(index.row()).text
        if role == Qt.ItemDataRole.ToolTipRole:
            tips = [link.tip for link in self.links_of(index.row())[:1]]
            return "\n".join(filter(None, (_origin(self._view.row(index.row())), *tips)))
        return None


def _origin(row: LogRow) -> str:
    request = f"\nrequest {row.request_id}" if row.request_id else ""
    return f"{iso_time(row.time_ms)}\n{row.function_name} · env {row.environment_id[:4]}{request}" if row.time_ms > 0 else ""
