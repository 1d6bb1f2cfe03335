"""Two past invocations beside each other: figures as a table, cold starts as stacks; events, results and logs as diffs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHeaderView, QSplitter, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.history.readable import PartDifference, as_it_is, differences_of
from workbench.gui.panels.invocation_words import COMPARISON_TITLES, comparison_row, status_look
from workbench.gui.panels.timeline.start_comparison import StartComparison
from workbench.gui.widgets.diff_view import DiffView
from workbench.gui.widgets.row import Row
from workbench.gui.widgets.row_list import RowList
from workbench.gui.widgets.row_table import choose_rows, set_row_height
from workbench.model.moments import local_time
from workbench.model.past_invocations import Deployed, PastInvocation
from workbench.state.invocation import Invocation
from workbench.state.start_parts import start_parts


class Side(msgspec.Struct, frozen=True):
    """One of the two."""

    past: PastInvocation
    invocation: Invocation
    deployed: Deployed


class PairWindow(QDialog):
    """Shows two invocations, the earlier one on the left, and how their parts differ."""

    def __init__(
        self, left: Side, right: Side, differences: Sequence[PartDifference], parent: QWidget | None = None, *,
        seen: Callable[[Invocation], Invocation] = as_it_is,
    ) -> None:
        """`differences`: those of what is to be seen of them, which `seen` returns of an invocation."""
        super().__init__(parent)
        self._left, self._right, self._seen = left, right, seen
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{left.past.function_name}: two invocations" if left.past.function_name == right.past.function_name
                            else f"{left.past.function_name} and {right.past.function_name}")
        self.figures = QTableWidget(0, 3)
        self.starts = StartComparison(DARK)  # whoever makes the window puts on the theme
        self.parts = RowList("Event, result and log")
        self.diff = DiffView()
        self.request_ids = frozenset({left.past.request_id, right.past.request_id})
        self._differences = {each.name: each for each in differences}
        self._compared = self._both()
        self._lay_out()
        self._fill(left, right)
        self.starts.show_starts([side.invocation for side in (left, right) if start_parts(side.invocation)])
        rows = tuple(Row(key=name, text=name, badge="~" if each.differs else "=",
                         badge_token="warning" if each.differs else "muted",
                         detail="differs" if each.differs else "the same") for name, each in self._differences.items())
        self.parts.row_selected.connect(self._show_part)
        first = next((each.name for each in differences if each.differs), "Event")
        self.parts.show_rows(rows, first)
        self._show_part(first)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors, and its font."""
        self._fit()
        self.starts.set_theme(theme)
        self.parts.set_theme(theme)
        self.diff.set_theme(theme)
        if self._both() != self._compared:  # after the theme, other values are to be seen
            self._compared = self._both()
            self._differences = {each.name: each for each in differences_of(*self._compared)}
        self._show_part(self.parts.current_key())

    def _both(self) -> tuple[Invocation, Invocation]:
        return self._seen(self._left.invocation), self._seen(self._right.invocation)

    def _show_part(self, name: str) -> None:
        if name in self._differences:
            self.diff.show_diff(self._differences[name].diff, self._differences[name].told)

    def _fill(self, left: Side, right: Side) -> None:
        titles = ("invocation", "received", "function", "status", "start", *COMPARISON_TITLES, "CodeSha256", "configuration")
        columns = [_figures(left), _figures(right)]
        self.figures.setRowCount(len(titles))
        for row, title in enumerate(titles):
            texts = (title, columns[0][row], columns[1][row])
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                font = item.font()
                font.setBold(column > 0 and texts[1] != texts[2] and row > 1)
                item.setFont(font)
                self.figures.setItem(row, column, item)
        self._fit()

    def _fit(self) -> None:
        """Give all figures room, in the font that there is now."""
        figures = self.figures
        set_row_height(figures)
        height = figures.verticalHeader().defaultSectionSize()
        figures.setFixedHeight(figures.horizontalHeader().sizeHint().height() + 4 + height * figures.rowCount())

    def _lay_out(self) -> None:
        choose_rows(self.figures)
        self.figures.setAccessibleName("Figures of both invocations")
        self.figures.setHorizontalHeaderLabels(["", "Earlier", "Later"])
        header = self.figures.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)  # IDs and digests need the room
        self.parts.setSizePolicy(self.sizePolicy())
        texts = QSplitter()
        texts.setChildrenCollapsible(False)
        texts.setObjectName("apart")  # the diff has a frame of its own
        texts.setHandleWidth(8)
        texts.addWidget(self.parts)
        texts.addWidget(self.diff)
        texts.setSizes([200, 700])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(8)
        layout.addWidget(self.figures)
        layout.addWidget(self.starts)
        layout.addWidget(texts, 1)
        self.resize(900, 680)


def _figures(side: Side) -> tuple[str, ...]:
    past, invocation = side.past, side.invocation
    received = local_time(past.received_ms / 1_000).strftime("%Y-%m-%d %H:%M:%S")
    return (past.name or past.request_id, received, f"{past.function_name}:{past.version}", status_look(invocation).word,
            invocation.start, *comparison_row(invocation), side.deployed.code_sha256 or "–",
            side.deployed.configuration_sha256[:16] or "–")
