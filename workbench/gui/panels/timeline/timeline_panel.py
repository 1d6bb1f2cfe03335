"""The timeline panel: what each execution environment did and when, a legend, and a cold start in detail."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollBar, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.application.file_places import FilePlaces
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.timeline.cold_start_card import ColdStartCard
from workbench.gui.panels.timeline.export import TimelineExport
from workbench.gui.panels.timeline.minimap import Minimap
from workbench.gui.panels.timeline.timeline_filter import TimelineFilter
from workbench.gui.panels.timeline.timeline_kinds import LEGEND
from workbench.gui.panels.timeline.timeline_plot import TimelinePlot
from workbench.gui.widgets.empty_note import EmptyNote
from workbench.gui.widgets.wrapped_row import WrappedRow
from workbench.state.invocation import Invocation
from workbench.state.session import Session

_LINES_FOR_CARD = 24
"""In a panel that is less than that many lines of text high, the card is a single line until it is opened."""
_LINES_FOR_MAP = 15
"""In one that is less than that, lanes have the room of the map of the whole timeline."""
_HEADER_PX, _NARROW_HEADER_PX = (14, 6, 8, 6), (4, 4, 4, 4)
_FOOT_PX, _COMPACT_FOOT_PX = (14, 6, 14, 10), (8, 3, 8, 4)


class TimelinePanel(QWidget):
    """Emits `invocation_selected(str request_id)`. The window calls `refresh` for Topic.TIMELINE and INVOCATIONS."""

    invocation_selected = Signal(str)

    def __init__(
        self, session: Session, parent: QWidget | None = None, theme: Theme = DARK, places: FilePlaces | None = None
    ) -> None:
        """`places`: where dialogs for files begin; None for the person's own folder."""
        super().__init__(parent)
        self._session = session
        self._selected = ""
        self._is_settling = False
        self.plot = TimelinePlot(session, theme)
        self.export = TimelineExport(session, self.plot, places or FilePlaces(Path.home()), self)
        self.filter = TimelineFilter(self.plot, self)
        self.minimap = Minimap(self.plot, theme)
        self.card = ColdStartCard(session.history, theme)
        self.live_button = QToolButton()
        self._bar = QScrollBar(Qt.Orientation.Vertical)
        self._legend: list[tuple[str, QLabel]] = []
        self._empty = EmptyNote(
            self.tr("Invoke a function: its execution environment appears here, from its first millisecond on."))
        self.setFocusProxy(self.plot)
        self._header = self._build_header()
        self._build()
        self.set_theme(theme)
        self.refresh()

    def _build_header(self) -> QWidget:
        header = QWidget()
        header.setObjectName("timelineHeader")
        row = self._header_row = QHBoxLayout(header)
        row.setContentsMargins(*_HEADER_PX)
        row.setSpacing(7)
        for token, word in LEGEND:
            label = PlainLabel(word)
            label.setTextFormat(Qt.TextFormat.RichText)  # safe, as these are our own words; the square needs its own color
            self._legend.append((token, label))
            row.addWidget(label)
        row.addStretch(1)
        self._measured = PlainLabel()
        self._measured.setAccessibleName(self.tr("Measured"))
        self._measured.hide()
        self.plot.measured.connect(self._on_measured)
        row.addWidget(self._measured)
        self._prepare_live_button()
        tools = WrappedRow()
        tools.add(*self._tools)
        row.addWidget(tools)
        return header

    @property
    def _tools(self) -> tuple[QToolButton, ...]:
        shown = self.filter
        return shown.align_button, shown.group_button, shown.show_button, self.export.button, self.live_button

    def _prepare_live_button(self) -> None:
        self.live_button.setCheckable(True)
        self.live_button.setChecked(True)
        self.live_button.setAutoRaise(True)
        self.live_button.setAccessibleName(self.tr("Follow the newest activity"))
        self.live_button.setToolTip(
            self.tr("Follow the newest activity (End). Home shows everything, the wheel zooms, dragging pans, Shift and dragging "
                    "measures.")
        )
        self.live_button.toggled.connect(self.plot.set_live)
        self.plot.live_changed.connect(self._on_live_changed)
        self._on_live_changed(True)

    def _build(self) -> None:
        self.plot.invocation_selected.connect(self._on_selected)
        self.plot.rows_scrolled.connect(self._on_rows_scrolled)
        self._bar.valueChanged.connect(self._on_bar_moved)
        self._bar.setAccessibleName(self.tr("Environments"))
        chart = QWidget()
        grid = QGridLayout(chart)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.plot, 0, 0)
        grid.addWidget(self._bar, 0, 1)
        grid.addWidget(self.minimap, 1, 0)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(chart)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addLayout(self._stack, 1)
        self._foot = QVBoxLayout()
        self._foot.addWidget(self.card)
        layout.addLayout(self._foot)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        for token, label in self._legend:
            label.setText(_legend_html(getattr(theme, token), dict(LEGEND)[token], theme))
        self.plot.set_theme(theme)
        self.filter.set_theme(theme)
        self.minimap.set_theme(theme)
        self.card.set_theme(theme)

    def refresh(self) -> None:
        """Show what the session knows now. The card has the cold start of the chosen invocation's environment, else the last."""
        self._stack.setCurrentIndex(1 if self._session.timeline.rows else 0)
        self.plot.keep_up()
        self.card.show_invocation(self._cold_start_of_chosen() or self._session.last_cold_start())
        self._on_rows_scrolled()

    def _cold_start_of_chosen(self) -> Invocation | None:
        """Return that of the environment whose lane is marked: where the chosen invocation ran, or else the newest."""
        selected = self._session.history.get(self._selected)
        chosen = selected or self._session.history.newest_reported()
        if chosen is None or chosen.is_cold:
            return chosen
        return next((each for each in self._session.history.newest_first()
                     if each.environment_id == chosen.environment_id and each.is_cold), None)

    def select(self, request_id: str) -> None:
        """Select an invocation that was chosen elsewhere, without emitting it again."""
        self._selected = request_id
        self.plot.select(request_id)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while the panel was hidden."""
        super().showEvent(event)
        self.refresh()

    def _on_selected(self, request_id: str) -> None:
        self._selected = request_id
        self.refresh()
        self.invocation_selected.emit(request_id)

    def hold(self, is_held: bool) -> None:
        """Say that nothing is followed while all views stay as they are, or follow again as before."""
        self.live_button.setEnabled(not is_held)
        self._on_live_changed(self.live_button.isChecked())

    def _on_live_changed(self, live: bool) -> None:
        self.live_button.setChecked(live)
        is_held = not self.live_button.isEnabled()
        self.live_button.setText(self.tr("on hold") if is_held else self.tr("live ●") if live else self.tr("live ○"))

    def _on_measured(self, text: str) -> None:
        self._measured.setText(text)
        self._measured.setVisible(bool(text))

    def _on_rows_scrolled(self) -> None:
        if self._is_settling:
            return
        self._is_settling = True
        for _ in range(2):  # to show it lays out the chart, which comes here again, and perhaps needs it no more
            self._bar.setVisible(self.plot.most_scrolled > 1)
        self._is_settling = False
        room, most = self.plot.area.height(), self.plot.most_scrolled
        # Blocked: `_on_bar_moved` would take the change for the person's own and stop following.
        self._bar.blockSignals(True)
        self._bar.setRange(0, round(most))
        self._bar.setPageStep(round(room))
        self._bar.setSingleStep(round(self.plot.lanes.layout.heights.lane))
        self._bar.setValue(round(self.plot.scrolled))
        self._bar.blockSignals(False)

    def _on_bar_moved(self, value: int) -> None:
        self.plot.set_live(False)
        self.plot.scroll_to(value)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the legend, and what lanes and icicle show too, where there is no room for them."""
        super().resizeEvent(event)
        line = self.fontMetrics().height()
        wide = sum(label.sizeHint().width() + line for _, label in self._legend)
        has_room = self.width() >= wide + sum(each.sizeHint().width() + line for each in self._tools) + 10 * line
        for _, label in self._legend:
            label.setVisible(has_room)  # without it, bars still have words themselves
        self._header_row.setContentsMargins(*(_HEADER_PX if has_room else _NARROW_HEADER_PX))
        is_compact = self.height() < _LINES_FOR_CARD * line
        self.card.set_compact(compact=is_compact)
        self.minimap.setVisible(self.height() >= _LINES_FOR_MAP * line)
        self._foot.setContentsMargins(*(_COMPACT_FOOT_PX if is_compact else _FOOT_PX))


def _legend_html(color: str, word: str, theme: Theme) -> str:
    return f'<span style="color:{color}">■</span>&nbsp;<span style="color:{theme.muted}">{word}</span>'
