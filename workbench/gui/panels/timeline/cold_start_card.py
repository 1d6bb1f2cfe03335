"""One cold start as a bar: what took how long until the handler ran, the imports, and advice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.editor.plain_label import PlainLabel
from workbench.editor.sheet import MessageSheet
from workbench.gui.look.scale import strong
from workbench.gui.look.theme import Theme
from workbench.gui.panels.timeline.phase_bar import PhaseBar
from workbench.gui.panels.timeline.start_comparison import MOST, StartComparison, start_title
from workbench.gui.panels.timeline.timeline_kinds import short_id
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.gui.widgets.wrapped_row import WrappedRow
from workbench.state.advice import advice, import_summary
from workbench.state.history import History
from workbench.state.invocation import Invocation
from workbench.state.start_parts import start_parts

_OFFERED = 20
_WIDE_CHARACTERS = 58
"""In a narrower card there is no room for a function's name and all figures beside the buttons."""
_LETTERS = 40
"""Room for the beginning of the title and for the figures."""
_MARGINS_PX, _LINE_MARGINS_PX = (12, 9, 12, 10), (12, 2, 8, 2)


class ColdStartCard(QFrame):
    """The card below the timeline; hidden until there is a cold start. Others can be put beside it, to compare them.

    A compact one is a single line, which its button opens. Signal: `history_wanted(str function_name)` for the cold starts of a
    function that only the journal has.
    """

    history_wanted = Signal(str)

    def __init__(self, history: History, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = history
        self._shown: Invocation | None = None
        self._compared: set[str] = set()
        self._is_compact = False
        self.setObjectName("card")
        self._title = ElidedLabel()
        self._figures, self._imports, self._advice = ElidedLabel(), PlainLabel(), PlainLabel()
        self._not_enforced: tuple[str, ...] = ()
        self.limits_button = QPushButton()
        self.bar = PhaseBar(theme)
        self.comparison = StartComparison(theme)
        self.compare_button, self.open_button = QToolButton(), QToolButton()
        self._prepare_opening()
        self._prepare_comparing()
        self._lay_out()
        for label, name in ((self._figures, "muted"), (self._imports, "mono"), (self._advice, "muted")):
            label.setObjectName(name)
        self._advice.setWordWrap(True)
        self.limits_button.setToolTip(self.tr("What Lambda would hold the function to, and this sandbox does not"))
        self.limits_button.clicked.connect(self._show_limits)
        for label in (self._figures, self._imports, self._advice):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._title.setFont(strong(self._title.font()))
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # figures say more
        self.set_theme(theme)
        self.hide()

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.addWidget(self._title, 1)
        header.addWidget(self._figures)
        self._buttons = WrappedRow()
        self._buttons.add(self.open_button, self.compare_button)
        header.addWidget(self._buttons)
        layout = self._column = QVBoxLayout(self)
        layout.setSpacing(7)
        layout.addLayout(header)
        footer = QHBoxLayout()
        footer.addWidget(self._advice, 1)
        footer.addStretch()
        footer.addWidget(self.limits_button, 0, Qt.AlignmentFlag.AlignBottom)
        for widget in (self.bar, self.comparison, self._imports):
            layout.addWidget(widget)
        layout.addLayout(footer)

    def _prepare_opening(self) -> None:
        self.open_button.setText(self.tr("Details"))
        self.open_button.setAutoRaise(True)
        self.open_button.setCheckable(True)
        self.open_button.setAccessibleName(self.tr("Details of the cold start"))
        self.open_button.setToolTip(self.tr("Show what took how long, and advice, or leave the room to the timeline"))
        self.open_button.toggled.connect(self._show_parts)

    def _prepare_comparing(self) -> None:
        self.compare_button.setText(self.tr("Compare"))
        self.compare_button.setAutoRaise(True)
        self.compare_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.compare_button.setToolTip(self.tr("Put other cold starts beside this one: with other memory, or before an edit."))
        menu = QMenu(self.compare_button)
        menu.aboutToShow.connect(self._offer)
        menu.triggered.connect(self._on_compared)
        self.compare_button.setMenu(menu)
        self.comparison.hide()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        self.bar.set_theme(theme)
        self.comparison.set_theme(theme)

    def show_invocation(self, invocation: Invocation | None) -> None:
        """Show a cold start; hide for None and for a warm start."""
        startup = invocation.startup if invocation is not None else None
        parts = start_parts(invocation) if invocation is not None else ()
        self.setVisible(bool(parts))
        if invocation is None or startup is None or not parts:
            return
        self._shown = invocation
        self._tell(invocation)
        self.bar.show_parts(parts)
        self._imports.setText(import_summary(startup))
        self._advice.setText(advice(invocation))
        self._not_enforced = startup.not_enforced
        self.limits_button.setText(self.tr("Not enforced here: {0}").format(len(startup.not_enforced)))
        self._show_parts()

    def set_compact(self, *, compact: bool) -> None:
        """Be a single line until it is opened: the lane and its icicle show the same."""
        if compact != self._is_compact:
            self._is_compact = compact
            self._show_parts()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say less in a narrow card, so that what is said is whole; in the narrowest no figures, which the bar has too."""
        super().resizeEvent(event)
        if self._shown is not None:
            self._tell(self._shown)
        letter_px = self.fontMetrics().averageCharWidth()
        self._figures.setVisible(self.width() >= self._buttons.sizeHint().width() + _LETTERS * letter_px)

    def compare(self, request_ids: set[str]) -> None:
        """Put these cold starts beside the one that is shown; none to show it alone."""
        self._compared = request_ids
        self._show_parts()

    def _tell(self, invocation: Invocation) -> None:
        is_wide = self.width() >= _WIDE_CHARACTERS * self.fontMetrics().averageCharWidth()
        environment = short_id(invocation.environment_id)
        self._title.setText(self.tr("Cold start · {0} · env {1}").format(invocation.function_name, environment) if is_wide
                            else self.tr("Cold start · {0}").format(environment))
        figures = _figures(invocation)
        self._figures.setText(" · ".join(figures if is_wide else figures[:1]))

    def _show_parts(self, *_: object) -> None:
        others = [each for each in (self._history.get(request_id) for request_id in self._compared) if each is not None]
        shown = self._shown
        beside = [each for each in others if shown is not None and each.request_id != shown.request_id]
        self.comparison.show_starts([*beside[:MOST - 1], shown] if shown is not None and beside else [])
        is_open = not self._is_compact or self.open_button.isChecked()
        self.open_button.setVisible(self._is_compact and not beside)
        self.bar.setVisible(is_open and not beside)
        self._imports.setVisible(is_open and not beside and bool(self._imports.text()))
        self._advice.setVisible(is_open and not beside)
        self.limits_button.setVisible(is_open and bool(self._not_enforced))
        self._column.setContentsMargins(*(_MARGINS_PX if is_open or beside else _LINE_MARGINS_PX))

    def _others(self) -> Iterator[Invocation]:
        """Yield the other cold starts, the newest first, those of the same function before the rest."""
        shown = self._shown
        cold = [each for each in self._history.newest_first() if each.startup is not None and each.startup.init_ms is not None]
        if shown is not None:
            yield from sorted((each for each in cold if each.request_id != shown.request_id),
                              key=lambda each: each.function_name != shown.function_name)

    def _offer(self) -> None:
        menu = self.compare_button.menu()
        menu.clear()
        for each in islice(self._others(), _OFFERED):
            action = menu.addAction(f"{each.function_name} · {start_title(each)}")
            action.setCheckable(True)
            action.setChecked(each.request_id in self._compared)
            action.setData(each.request_id)
        menu.addSeparator()
        menu.addAction(self.tr("Earlier ones, in the history…")).setToolTip(
            self.tr("Find any two cold starts in the history, and compare them there (C)"))

    def _on_compared(self, action: QAction) -> None:
        if action.data():
            self.compare(self._compared ^ {action.data()})
        elif self._shown is not None:
            self.history_wanted.emit(self._shown.function_name)

    def _show_limits(self) -> None:
        dialog = MessageSheet(self.tr("Not enforced here"), self.tr("On Lambda this would be different:"),
                              "\n\n".join(self._not_enforced), self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.offer(QDialogButtonBox.StandardButton.Close)
        dialog.open()


def _figures(invocation: Invocation) -> list[str]:
    parts = []
    if invocation.before_handler_ms is not None:
        parts.append(f"{invocation.before_handler_ms:,.0f} ms to the handler")
    if invocation.metrics is not None:
        parts.append(f"{invocation.metrics.billed_duration_ms:,} ms billed")
    return parts
