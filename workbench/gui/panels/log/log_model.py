"""The session's log as one column of a table: rows come from the ring, as values, with no call per role."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.widgets.source_links import SourceLink, SourceLinks
from workbench.model.events import iso_time
from workbench.state.logs import LogFilter, LogRing, LogRow, LogView

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class LogModel(QAbstractTableModel):
    """Shows a filtered view of the ring. `drain` takes over what came since the last call, in two row operations at most."""

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
        """Show other lines."""
        self.beginResetModel()
        self._view.set_filter(new)
        self.endResetModel()

    def drain(self) -> tuple[int, int]:
        """Take over new and lost lines: (rows removed at the front, rows added at the end)."""
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
        """The line in a row of the table."""
        return self._view.row(position)

    def links_of(self, position: int) -> list[SourceLink]:
        """What the line in a row leads to; nothing for a row that is not there. Looks at the disk."""
        if self._links is None or not 0 <= position < len(self._view):
            return []
        row = self._view.row(position)
        return self._links.of(row.text, row.function_name)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Lines shown."""
        return 0 if parent.isValid() else len(self._view)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """One."""
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """The text for screen readers and tests, the line's origin as tool tip; painting goes past this."""
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
