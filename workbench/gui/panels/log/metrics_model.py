"""The metrics of a log as a table: a row for each series, with its figures."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.state.log_metrics import Figures, LogMetrics, SeriesKey

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_TITLES = ("Metric", "Dimensions", "Count", "Min", "Max", "p50", "p99")
_METRIC, DIMENSIONS, _COUNT = range(3)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_SHORT_UNITS = {"Seconds": "s", "Milliseconds": "ms", "Microseconds": "µs", "Bytes": "B", "Kilobytes": "KB", "Megabytes": "MB",
                "Percent": "%"}
"""CloudWatch's units that have a sign. The tool tip has the word."""


class MetricsModel(QAbstractTableModel):
    """Shows `metrics`, whose changes `update` takes over."""

    def __init__(self, metrics: LogMetrics, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._metrics = metrics
        self._rows: list[tuple[SeriesKey, Figures]] = []

    def show(self, metrics: LogMetrics) -> None:
        """Show others."""
        self._metrics = metrics
        self.update()

    def update(self) -> None:
        """Take over what the metrics are now. The table begins anew if there are other series."""
        rows = [(key, self._metrics.figures(key)) for key in self._metrics.keys]
        if [key for key, _ in rows] != [key for key, _ in self._rows]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        elif rows:
            self._rows = rows
            self.dataChanged.emit(self.index(0, _COUNT), self.index(len(rows) - 1, len(_TITLES) - 1))

    def key(self, row: int) -> SeriesKey | None:
        """Return the series of a row; None for a row that does not exist."""
        return self._rows[row][0] if 0 <= row < len(self._rows) else None

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of series."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return a column's title, above figures at the right as these are."""
        if orientation != Qt.Orientation.Horizontal or section >= len(_TITLES):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and section >= _COUNT:
            return _RIGHT
        return _TITLES[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return a cell's text, figures to the right, and the namespace as tool tip."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        key, figures = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(key, figures, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{key.namespace}: {key.metric} ({key.unit})\n{key.dimensions}".strip()
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() >= _COUNT:
            return _RIGHT
        return None


def _cell(key: SeriesKey, figures: Figures, column: int) -> str:
    if column == _METRIC:
        return f"{key.metric} ({_SHORT_UNITS.get(key.unit, key.unit)})" if key.unit != "None" else key.metric
    if column == DIMENSIONS:
        return key.dimensions
    value = figures[column - _COUNT]
    return f"{value:,}" if column == _COUNT else f"{value:,.6g}" if abs(value) >= 1_000 else f"{value:.4g}"
