"""Two versions of a function beside each other: settings as a table, code as a list of files with the diff of the chosen one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.editor.plain_label import PlainLabel
from workbench.editor.sheet import Sheet
from workbench.gui.look.theme import Theme
from workbench.gui.panels.versions.version_words import file_row
from workbench.gui.widgets.diff_view import DiffView
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.gui.widgets.row_list import RowList
from workbench.gui.widgets.row_table import choose_rows
from workbench.model.comparisons import Comparison, FileDifference, SettingDifference
from workbench.model.function_version import LATEST

_MOST_SETTINGS = 7
"""Rows beside code that differs; without any, settings have all the room."""
_PADDING_PX = 10
"""That of the style sheet, above and below the text."""
_FACTS_LINES = 4
"""What is said of a file that has no diff."""


class _SizedDiff(DiffView):
    """Asks for the height of the longest of all diffs that can be chosen: another one does not move what is below."""

    most_lines = 1

    def sizeHint(self) -> QSize:
        """Return room for all lines, and for the bar below them."""
        lines_px = self.most_lines * self.fontMetrics().lineSpacing()
        around_px = round(2 * self.document().documentMargin()) + 2 * self.frameWidth() + _PADDING_PX
        return QSize(super().sizeHint().width(), lines_px + around_px + self.horizontalScrollBar().sizeHint().height())


class ComparisonSheet(Sheet):
    """Emits `requested(str left, str right)` when two versions are chosen; `show_comparison` or `show_refusal` answers."""

    requested = Signal(str, str)

    def __init__(self, function_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, is_resizable=True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Versions of {function_name}")
        self.left, self.right = _combo("Left version"), _combo("Right version")
        self.swap = QToolButton()
        self.state = _label("muted")
        self._settings_title, self._code_title = _label("sectionTitle"), _label("sectionTitle")
        self.settings = _table()
        self.files = RowList("Files that differ")
        self.diff = _SizedDiff()
        self._code = QSplitter()
        self._shown: dict[str, FileDifference] = {}
        self._lay_out()
        for combo in (self.left, self.right):
            combo.currentIndexChanged.connect(self._request)
        self.swap.clicked.connect(self._on_swap)
        self.files.row_selected.connect(self._show_file)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.files.set_theme(theme)
        self.diff.set_theme(theme)

    def choose(self, versions: Sequence[str], left: str, right: str) -> None:
        """Offer these versions, choose two, and ask for their comparison."""
        for combo, chosen in ((self.left, left), (self.right, right)):
            combo.blockSignals(True)
            combo.clear()
            for version in versions:
                combo.addItem(version if version == LATEST else f"Version {version}", version)
            combo.setCurrentIndex(max(0, combo.findData(chosen)))
            combo.blockSignals(False)
        self._request()

    def show_comparison(self, comparison: Comparison) -> None:
        """Show what differs. An answer about other versions than those chosen by now is left aside."""
        if (comparison.left, comparison.right) != self._chosen():
            return
        self.state.setText(_verdict(comparison))
        self._fill_settings(comparison.settings)
        self._shown = {each.path: each for each in comparison.files}
        self._settings_title.setText(f"SETTINGS · {len(comparison.settings):,} DIFFERENT")
        self._code_title.setText(f"CODE · {len(comparison.files):,} DIFFERENT, {comparison.same_files:,} THE SAME")
        self._code_title.setVisible(bool(comparison.files))
        self._code.setVisible(bool(comparison.files))
        rows = tuple(file_row(each) for each in comparison.files)
        self.files.show_rows(rows, rows[0].key if rows else "")
        self._show_file(self.files.current_key())
        self._give_room(comparison)

    def show_refusal(self, left: str, right: str, reason: str) -> None:
        """Show why two versions could not be compared."""
        if (left, right) == self._chosen():
            self._clear(reason)
            self.take_height()

    def _request(self, *_: object) -> None:
        self._clear("Comparing…")
        self.requested.emit(*self._chosen())

    def _chosen(self) -> tuple[str, str]:
        return str(self.left.currentData()), str(self.right.currentData())

    def _clear(self, state: str) -> None:
        self.state.setText(state)
        self._shown = {}
        for widget in (self._settings_title, self.settings, self._code_title, self._code):
            widget.setVisible(False)

    def _on_swap(self) -> None:
        left, right = self.left.currentIndex(), self.right.currentIndex()
        self.left.blockSignals(True)
        self.left.setCurrentIndex(right)
        self.left.blockSignals(False)
        if left == right:
            return
        self.right.setCurrentIndex(left)

    def _show_file(self, path: str) -> None:
        if path in self._shown:
            self.diff.show_difference(self._shown[path])

    def _fill_settings(self, settings: Sequence[SettingDifference]) -> None:
        self._settings_title.setVisible(bool(settings))
        self.settings.setVisible(bool(settings))
        self.settings.setRowCount(len(settings))
        self.settings.setHorizontalHeaderLabels(["Property", self.left.currentText(), self.right.currentText()])
        for row, each in enumerate(settings):
            for column, text in enumerate((each.property, each.left or "not set", each.right or "not set")):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.settings.setItem(row, column, item)

    def _give_room(self, comparison: Comparison) -> None:
        """Each part is as high as what is in it, and the sheet as high as all of them, as far as there is the room."""
        rows, diffs = self.settings.verticalHeader(), (each.diff.count("\n") + 1 if each.diff else _FACTS_LINES
                                                       for each in comparison.files)
        around_px = self.settings.horizontalHeader().sizeHint().height() + 2 * self.settings.frameWidth() + 2
        whole_px = rows.length() + around_px
        least_px = sum(rows.sectionSize(row) for row in range(min(rows.count(), _MOST_SETTINGS))) + around_px
        self.settings.setMinimumHeight(least_px)
        self.settings.setMaximumHeight(least_px if comparison.files else whole_px)
        self.diff.most_lines = max(diffs, default=1)
        self._code.setMaximumHeight(max(self.diff.sizeHint().height(), self.files.sizeHint().height()))
        self._code.updateGeometry()
        self.take_height()

    def _lay_out(self) -> None:
        self.swap.setText("⇄")
        self.swap.setToolTip("Swap left and right")
        self.swap.setAccessibleName("Swap left and right")
        self.swap.setAutoRaise(True)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.left)
        top.addWidget(self.swap)
        top.addWidget(self.right)
        top.addWidget(self.state, 1)
        self._code.setChildrenCollapsible(False)
        self._code.setObjectName("apart")  # the diff has a frame of its own
        self._code.setHandleWidth(8)
        self.files.setSizePolicy(self.sizePolicy())
        self._code.addWidget(self.files)
        self._code.addWidget(self.diff)
        self._code.setSizes([260, 740])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addLayout(top)
        for widget in (self._settings_title, self.settings, self._code_title):
            layout.addWidget(widget)
        layout.setStretchFactor(self.settings, 1)
        layout.addWidget(self._code, 3)
        layout.addStretch(0)
        layout.addWidget(buttons)
        self.resize(1020, 240)


def _verdict(comparison: Comparison) -> str:
    if comparison.left == comparison.right:
        return "This is the same version twice. Choose another one."
    if comparison.why_no_code:
        return comparison.why_no_code
    if comparison.settings or comparison.files:
        return "" if comparison.settings and comparison.files else (
            "The code is the same." if comparison.settings else "The settings are the same.")
    return "Code and settings are the same."


def _label(name: str) -> PlainLabel:
    label = PlainLabel()
    label.setObjectName(name)
    label.setWordWrap(name == "muted")
    return label


def _combo(name: str) -> QComboBox:
    combo = FlatCombo()
    combo.setAccessibleName(name)
    combo.setMinimumWidth(140)
    return combo


def _table() -> QTableWidget:
    table = QTableWidget(0, 3)
    table.setAccessibleName("Settings that differ")
    choose_rows(table)
    table.setWordWrap(True)  # a long value is whole
    table.setSizeAdjustPolicy(QTableWidget.SizeAdjustPolicy.AdjustToContents)
    rows = table.verticalHeader()
    rows.setMinimumSectionSize(rows.defaultSectionSize())
    rows.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    return table
