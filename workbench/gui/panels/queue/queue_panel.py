"""The queue of asynchronous invocations: a table of them, the life of the chosen one, and the hand on the queue's clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.queue.event_text import event_pieces
from workbench.gui.panels.queue.life_line import LifeLine
from workbench.gui.panels.queue.queue_clock_words import clock_text, empty_text, held_text, older_text, summary_text
from workbench.gui.panels.queue.queue_filter import QueueFilter
from workbench.gui.panels.queue.queue_table import QueueTable
from workbench.gui.panels.queue.queue_toolbar import QueueToolbar
from workbench.gui.panels.result.result_text import Piece, Prose, seen_pieces
from workbench.gui.panels.result.result_view import ResultView
from workbench.gui.widgets.background import fill_background
from workbench.gui.widgets.beside_or_below import BesideOrBelow
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.gui.widgets.empty_note import EmptyNote
from workbench.gui.widgets.wrapped_row import WrappedRow
from workbench.state.life_moments import life_moments
from workbench.state.queue_rows import QueueRow, QueueRows
from workbench.state.queue_words import possible_actions
from workbench.state.queued_life import QueuedLife

TICK_MS = 1_000
"""Ages and countdowns advance once a second while they are visible."""
_WIDE_CHARACTERS = 110
_LOW_LINES = 22
"""Below so many lines of text the table needs the room of the payload, if that is not beside it, and of the drawn line."""
_CHOOSE = "Choose an event: what it brings, its attempts and its end are shown here."


class QueuePanel(QWidget):
    """Shows `rows`; whoever changes them calls `refresh`. What its buttons and keys ask for is told by their own signals.

    Emits `visibility_changed(bool)`.
    """

    visibility_changed = Signal(bool)

    def __init__(
        self, rows: QueueRows, parent: QWidget | None = None, theme: Theme = DARK, seen: Callable[[str], str] = str
    ) -> None:
        """`seen` returns what is to be seen of a text."""
        super().__init__(parent)
        self._rows, self._seen = rows, seen
        self._function_name = ""
        self._chosen = 0
        self._is_moving = False
        self._life: QueuedLife | None = None
        self._payload = ""
        self._written: list[Piece] | None = None
        self.toolbar, self.filter = QueueToolbar(), QueueFilter()
        self.table, self.line = QueueTable(rows, seen), LifeLine()
        self.text = ResultView(None, theme)
        self.summary, self.clock, self.empty, self.older = ElidedLabel(), ElidedLabel(), EmptyNote(), PlainLabel()
        self.run_older = QPushButton("Run them")
        self._stack, self._older_row, self._beside = QStackedWidget(), QWidget(), QWidget()
        self._parts = BesideOrBelow(_WIDE_CHARACTERS)
        self._ticking = QTimer(self)
        self._ticking.setInterval(TICK_MS)
        self._ticking.timeout.connect(self._on_tick)
        self._prepare()
        self._lay_out()
        self.setFocusProxy(self.table)
        self.set_theme(theme)
        self.refresh()

    @property
    def chosen(self) -> QueueRow | None:
        """The chosen event as it is listed, None if there is none."""
        position = self._rows.position(self._chosen) if self._chosen else -1
        return self._rows.row(position) if position >= 0 else None

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        fill_background(self)
        for part in (self.toolbar, self.table, self.line, self.text):
            part.set_theme(theme)
        self.clock.setStyleSheet(f"color: {theme.warning}; font-weight: 600;")
        self._written = None  # the text has its colors in it, so it is written anew
        self._show_line()
        self._show_text()

    def choose(self, event_id: int) -> None:
        """Select an event, 0 for none."""
        self._chosen = event_id
        self.refresh()

    def show_functions(self, names: Sequence[str], chosen: str) -> None:
        """Show which functions can be chosen, and which one is; "" for all."""
        self._function_name = chosen
        self.filter.show_functions(names, chosen)

    def show_life(self, life: QueuedLife | None, payload: str) -> None:
        """Show what became of the chosen event, and what the function gets. None: nothing is chosen."""
        self._life, self._payload = life, payload
        self._show_line()
        self._show_text()

    def show_moving(self, *, is_moving: bool) -> None:
        """Show whether the clock is being moved."""
        self._is_moving = is_moving
        self.refresh()

    def refresh(self) -> None:
        """Show what the rows are now."""
        info, clock = self._rows.info, self._rows.clock_of(self._function_name)
        self.table.refresh(self._chosen)
        self._show_clock()
        is_held = clock is not None and clock.is_held
        self.toolbar.show_clock(is_held=is_held, is_moving=self._is_moving, waits=info.waiting > info.asked)
        self._show_possible()
        self.older.setText(older_text(info))
        self._older_row.setVisible(info.asked > 0)
        self.empty.setText(empty_text(info, self._function_name))
        self._stack.setCurrentIndex(0 if self._rows.count else 1)
        self._fit()
        self._show_line()
        self._show_text()
        self._settle_ticking()

    def showEvent(self, event: QShowEvent) -> None:
        """Tell it: the queue is read only while somebody looks."""
        super().showEvent(event)
        self.visibility_changed.emit(True)
        self._settle_ticking()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop the clock while nobody looks."""
        super().hideEvent(event)
        self.visibility_changed.emit(False)
        self._ticking.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave room for rows."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        is_narrow = self._parts.orientation() is Qt.Orientation.Vertical
        is_low = is_narrow and self.height() < _LOW_LINES * self.fontMetrics().lineSpacing()
        self.line.set_low(is_low)
        self._beside.setVisible(self._rows.count > 0 and not is_low)

    def _prepare(self) -> None:
        self.summary.setObjectName("muted")
        self.older.setWordWrap(True)
        self.text.setAccessibleName(self.tr("Payload and outcomes of the chosen event"))
        self.text.setMinimumWidth(120)
        self.run_older.setToolTip("Try the events that were older than an hour when the engine started")

    def _lay_out(self) -> None:
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        left, beside = QWidget(), QVBoxLayout(self._beside)
        beside.setContentsMargins(10, 4, 0, 0)
        beside.addWidget(self.text)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        told = WrappedRow()
        told.add(self.summary)
        told.add(self.clock)
        told.add(self.filter)
        column.addLayout(_row((14, 0, 10, 5), told))
        self._older_row.setLayout(_row((14, 0, 10, 5), self.older, self.run_older))
        column.addWidget(self._older_row)
        column.addWidget(self._stack, 1)
        column.addWidget(self.line)
        self._parts.addWidget(left)
        self._parts.addWidget(self._beside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.toolbar)
        layout.addWidget(self._parts, 1)

    def _show_clock(self) -> None:
        self.summary.setText(summary_text(self._rows.info))
        clock = self._rows.clock_of(self._function_name)
        since_ms = self._rows.since_answer_ms(self._function_name, time.monotonic())
        others = held_text(self._rows.info)
        self.clock.setText(others if clock is None or (others and not clock.is_held) else clock_text(clock, since_ms))

    def _show_possible(self) -> None:
        row = self.chosen
        possible = possible_actions(row) if row is not None else ()
        self.filter.drop_all.setEnabled(self._rows.info.waiting > 0)
        for name, action in self.table.actions_by_name.items():
            action.setEnabled(name in possible)
        self.table.open_action.setEnabled(row is not None)

    def _show_line(self) -> None:
        if self._life is None:
            self.line.show_moments(())
        else:
            moments = life_moments(self._life, self._clock_ms(self._life.function_name))
            self.line.show_moments([msgspec.structs.replace(each, tip=self._seen(each.tip)) for each in moments])
        self.line.setVisible(bool(self.line.moments))

    def _show_text(self) -> None:
        hint: list[Piece] = [Prose(_CHOOSE, "muted")] if self._rows.count else []
        pieces = hint if self._life is None else seen_pieces(event_pieces(self._life, self._payload), self._seen)
        if pieces != self._written:  # writing the same text again would lose selection and scrolling
            self._written = pieces
            self.text.write(pieces)

    def _clock_ms(self, function_name: str) -> int | None:
        clock = self._rows.clock_of(function_name)
        return None if clock is None else clock.now_ms + self._rows.since_answer_ms(function_name, time.monotonic())

    def _settle_ticking(self) -> None:
        """Tick only while somebody can look and something counts."""
        clock = self._rows.clock_of(self._function_name)
        if self.isVisible() and self._rows.waiting and clock is not None:
            if not self._ticking.isActive():
                self._ticking.start()
        else:
            self._ticking.stop()

    def _on_tick(self) -> None:
        self.table.lines.tick()
        self._show_clock()
        self._show_line()


def _row(margins_px: tuple[int, int, int, int], first: QWidget, *others: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(*margins_px)
    row.setSpacing(12)
    row.addWidget(first, 1)
    for other in others:
        row.addWidget(other)
    return row
