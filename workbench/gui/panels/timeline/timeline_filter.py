"""Two menus: by what the timeline's lanes are grouped, and which spans it shows."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from workbench.gui.look.icons import icon
from workbench.gui.look.theme import Theme
from workbench.gui.panels.timeline.arrangements import arrange
from workbench.gui.panels.timeline.timeline_plot import TimelinePlot
from workbench.model.function_version import LATEST
from workbench.state.lanes import Grouping
from workbench.state.span_filter import SpanFilter

GROUPINGS: dict[Grouping, str] = {
    "aligned": "Aligned at the start", "function": "By function", "version": "By version", "start": "By cold or warm",
    "failed": "By what failed"}
STARTS: Mapping[str, str] = {"": "Cold and warm", "cold": "Cold only", "warm": "Warm only"}
_MOST_LETTERS = 20


class TimelineFilter(QObject):
    """The two buttons with their menus, which say what is chosen, and one that goes from the clock to the rows aligned at their
    start and back. Signals: `changed()` with the filter, `arranged(str grouping)`.
    """

    changed = Signal()
    arranged = Signal(str)

    def __init__(self, plot: TimelinePlot, parent: QWidget) -> None:
        super().__init__(parent)
        self._plot = plot
        self.align_button, self.group_button, self.show_button = QToolButton(), QToolButton(), QToolButton()
        self._of_clock: Grouping = "function"
        """What the clock is grouped by when the person goes back to it."""
        self._prepare_align_button()
        plot.arrangement_toggled.connect(self.align_button.click)
        for button, name, tip in (
                (self.group_button, self.tr("Group the lanes"), self.tr("What environments next to each other have in common")),
                (self.show_button, self.tr("Filter the timeline"),
                 self.tr("Show only a function, a version, cold or warm invocations, or what failed"))):
            button.setAccessibleName(name)
            button.setToolTip(tip)
            button.setAutoRaise(True)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            button.setMenu(QMenu(button))
        self.group_button.menu().aboutToShow.connect(self._offer_groups)
        self.show_button.menu().aboutToShow.connect(self._offer_filters)
        self._tell()

    def _prepare_align_button(self) -> None:
        self.align_button.setCheckable(True)
        self.align_button.setAutoRaise(True)
        self.align_button.setAccessibleName(self.tr("Align invocations at their start"))
        self.align_button.setToolTip(self.tr(
            "Each invocation in a row of its own that begins at 0 ms, or all by the clock (A)"))
        self.align_button.clicked.connect(self._on_align_clicked)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.align_button.setIcon(icon("align", theme.text))

    def _on_align_clicked(self, is_aligned: bool) -> None:
        self.group("aligned" if is_aligned else self._of_clock)

    def group(self, grouping: Grouping) -> None:
        """Arrange the lanes."""
        self._of_clock = self._of_clock if grouping == "aligned" else grouping
        arrange(self._plot, grouping)
        self._tell()
        self.arranged.emit(grouping)

    def show(self, wanted: SpanFilter) -> None:
        """Show these spans only."""
        self._plot.view.set_filter(wanted)
        self._plot.refresh()
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        self.align_button.setChecked(self._plot.lanes.is_aligned)
        grouping = self._plot.lanes.choice.grouping
        self.group_button.setText(self.tr("Aligned") if grouping == "aligned" else GROUPINGS[grouping])
        self.show_button.setText(filter_words(self._plot.view.filter))

    def _offer_groups(self) -> None:
        menu = self.group_button.menu()
        menu.clear()
        chosen = QActionGroup(menu)
        for grouping, words in GROUPINGS.items():
            action = _choice(menu, chosen, words, is_chosen=grouping == self._plot.lanes.choice.grouping)
            action.setData(grouping)
        chosen.triggered.connect(self._on_grouping)

    def _on_grouping(self, action: QAction) -> None:
        self.group(action.data())

    def _offer_filters(self) -> None:
        menu, now = self.show_button.menu(), self._plot.view.filter
        menu.clear()
        rows = self._plot.session.timeline.rows
        functions = sorted({rows[row].function_name for row in rows})
        versions = sorted({rows[row].version or LATEST for row in rows})
        self._offer(menu, "function_name", now.function_name, {"": "All functions", **{name: name for name in functions}})
        if versions != [LATEST]:
            told = {version: f"Version {version}" for version in versions}
            self._offer(menu, "version", now.version, {"": "All versions", **told})
        self._offer(menu, "start", now.start, STARTS)
        failed = menu.addAction(self.tr("Failed only"))
        failed.setCheckable(True)
        failed.setChecked(now.failed)
        failed.toggled.connect(self._on_failed)

    def _offer(self, menu: QMenu, field: str, now: str, words: Mapping[str, str]) -> None:
        chosen = QActionGroup(menu)
        for value, word in words.items():
            _choice(menu, chosen, word, is_chosen=value == now).setData((field, value))
        chosen.triggered.connect(self._on_chosen)
        menu.addSeparator()

    def _on_chosen(self, action: QAction) -> None:
        field, value = action.data()
        self.show(msgspec.structs.replace(self._plot.view.filter, **{field: value}))

    def _on_failed(self, failed: bool) -> None:
        self.show(msgspec.structs.replace(self._plot.view.filter, failed=failed))


def _choice(menu: QMenu, chosen: QActionGroup, words: str, *, is_chosen: bool) -> QAction:
    action = menu.addAction(words)
    action.setCheckable(True)
    action.setChecked(is_chosen)
    chosen.addAction(action)
    return action


def filter_words(spans: SpanFilter) -> str:
    """Return what a filter shows: "All", or "checkout · cold · failed"."""
    parts = [spans.function_name[:_MOST_LETTERS], f"version {spans.version}" if spans.version else "", spans.start,
             "failed" if spans.failed else ""]
    return " · ".join(part for part in parts if part) or "All"
