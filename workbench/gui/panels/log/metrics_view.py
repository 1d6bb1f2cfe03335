"""Charts of the metrics in a log: a table of series, and the values of the chosen one over time."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtWidgets import QHeaderView, QStackedLayout, QTableView, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import Theme
from workbench.gui.panels.log.metric_chart import MetricChart
from workbench.gui.panels.log.metrics_model import DIMENSIONS, MetricsModel
from workbench.gui.widgets.row_table import choose_rows
from workbench.model.log_queries import Sample
from workbench.state.log_metrics import LogMetrics

REFRESH_MS = 250
"""How often figures are computed again while samples come."""


class MetricsView(QWidget):
    """Takes samples as a search finds them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.metrics = LogMetrics()
        self.model = MetricsModel(self.metrics, self)
        self.table = QTableView()
        self.chart = MetricChart()
        self._nothing = PlainLabel(self.tr("No line of this log is in the Embedded Metric Format."))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.update_now)
        self._build()
        self.set_theme(theme)

    def _build(self) -> None:
        self.table.setModel(self.model)
        self.table.setObjectName("dense")
        self.table.setAccessibleName(self.tr("Metrics in the log"))
        choose_rows(self.table)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(DIMENSIONS, QHeaderView.ResizeMode.Stretch)  # the figures are never cut off
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.chart.setAccessibleName(self.tr("Values of the chosen metric over time, with p50 and p99 as lines"))
        self._nothing.setObjectName("muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        shown = QWidget()
        inner = QVBoxLayout(shown)
        inner.setContentsMargins(6, 0, 6, 0)  # as the lines above
        inner.addWidget(self.table, 1)
        inner.addWidget(self.chart, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(shown)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.chart.set_theme(theme)

    def begin(self) -> None:
        """Forget everything: another search begins."""
        self.metrics = LogMetrics()
        self.model.show(self.metrics)
        self.update_now()

    def take(self, samples: list[Sample]) -> None:
        """Take in samples; they are shown in a moment."""
        self.metrics.take(samples)
        if samples and not self._timer.isActive():
            self._timer.start()

    def update_now(self) -> None:
        """Compute and show the figures."""
        self.model.update()
        self._stack.setCurrentIndex(1 if self.model.rowCount() else 0)
        if self.model.rowCount() and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        self._draw(self.table.currentIndex().row())

    def _on_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self._draw(current.row())

    def _draw(self, row: int) -> None:
        key = self.model.key(row)
        if key is not None:
            self.chart.show_values(*self.metrics.values(key), self.metrics.figures(key))
