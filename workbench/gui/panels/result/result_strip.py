"""The strip of figures: whose request is shown, how it stands and what it took, with what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from workbench.gui.look.icons import icon
from workbench.gui.look.theme import Theme
from workbench.gui.panels.result.headline import Headline
from workbench.gui.panels.result.shown_request import ShownRequest
from workbench.state.expectations import Verdict
from workbench.state.session import Session

_SPACIOUS_CHARACTERS = 160
"""From that width on, what is expected is compared in words; below, figures matter more."""


class ResultStrip(QWidget):
    """Stands above all views, so that whoever watches the timeline or the log sees it too.

    Signals: `cancel_requested(str request_id)`; `queue_requested(str request_id)` for an event that this window sent;
    `invocation_selected(str request_id)` for the one before; `replay_requested(str request_id)` and
    `star_requested(str request_id)` for the one shown, `compare_requested(str request_id)` with another result,
    `verdict_chosen(str request_id)` to see how it differs from what is expected; `turned(str request_id)` when another one that
    has ended is shown.
    """

    cancel_requested = Signal(str)
    queue_requested = Signal(str)
    invocation_selected = Signal(str)
    replay_requested = Signal(str)
    star_requested = Signal(str)
    compare_requested = Signal(str)
    verdict_chosen = Signal(str)
    turned = Signal(str)

    def __init__(self, shown: ShownRequest, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown, self._theme = shown, theme
        self._turned_to = ""
        self._is_starred = False
        self._buttons = QWidget()
        self.headline = Headline(shown, session, theme, self._buttons)
        self.cancel_button, self.queue_button = QPushButton(self.tr("Cancel")), QPushButton(self.tr("Show in the queue"))
        self.verdict_button, self.replay_button, self.compare_button, self.star_button = (QToolButton() for _ in range(4))
        self._prepare()
        self._lay_out()
        self.set_theme(theme)
        self.headline.previous_chosen.connect(self._on_previous)
        self.cancel_button.clicked.connect(self._on_cancel)
        self.queue_button.clicked.connect(self._on_queue)
        self.replay_button.clicked.connect(self._on_replay)
        self.compare_button.clicked.connect(self._on_compare)
        self.star_button.clicked.connect(self._on_star)
        self.verdict_button.clicked.connect(self._on_verdict)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self.headline.set_theme(theme)
        self._paint_buttons()
        self._show_verdict()

    def set_low(self, is_low: bool) -> None:
        """Leave out the figures of before, or show them."""
        self.headline.set_low(is_low)

    def present(self, *, is_on: bool) -> None:
        """Leave the room of what an audience does not need to the figures."""
        for button in (self.replay_button, self.compare_button, self.star_button):
            button.setHidden(is_on)
        self.headline.present(is_on=is_on)

    def refresh(self) -> None:
        """Show how the request stands now."""
        self.cancel_button.setVisible(self._shown.is_running)
        self.queue_button.setVisible(self._shown.is_accepted)
        self._show_verdict()
        if self.replay_button.isEnabled() != self.has_ended:
            for button in (self.replay_button, self.compare_button, self.star_button):
                button.setEnabled(self.has_ended)
            self._paint_buttons()
        self.headline.refresh()
        turned_to = self.request_id if self.has_ended else ""
        if turned_to != self._turned_to:
            self._turned_to = turned_to
            self.show_star(is_starred=False)  # until it is known
            if turned_to:
                self.turned.emit(turned_to)

    @property
    def request_id(self) -> str:
        """The request of the invocation shown; "" without one."""
        invocation = self._shown.invocation
        return invocation.request_id if invocation is not None else ""

    @property
    def has_ended(self) -> bool:
        """Whether the strip shows an invocation, and that has its report."""
        invocation = self._shown.invocation
        return invocation is not None and invocation.metrics is not None

    def show_star(self, *, is_starred: bool) -> None:
        """Show whether the invocation has a star."""
        if is_starred != self._is_starred:
            self._is_starred = is_starred
            self._paint_buttons()

    def _prepare(self) -> None:
        self.replay_button.setToolTip(self.tr("Replay: invoke again with the same event"))
        self.replay_button.setAccessibleName(self.tr("Replay"))
        self.compare_button.setToolTip(self.tr("Compare this result with another one"))
        self.compare_button.setAccessibleName(self.tr("Compare"))
        for button in (self.verdict_button, self.replay_button, self.compare_button, self.star_button):
            button.setObjectName("stripButton")
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _show_verdict(self) -> None:
        verdict = self._shown.verdict
        self.verdict_button.setVisible(verdict is not None)
        if verdict is None:
            return
        _keep_room(self.verdict_button)  # figures do not move when the next invocation begins
        word = self._verdict_word(verdict)
        sheet = f"color: {self._theme.success if verdict.is_met else self._theme.error}"
        if (self.verdict_button.text(), self.verdict_button.styleSheet()) != (word, sheet):
            self.verdict_button.setText(word)
            self.verdict_button.setStyleSheet(sheet)
        self.verdict_button.setAccessibleName(f"The result is {verdict.text}")
        self.verdict_button.setToolTip(f"The result is {verdict.text}. Click to see what is expected, or to change it.")

    def _verdict_word(self, verdict: Verdict) -> str:
        count, is_spacious = len(verdict.differences), self._has_width_of(_SPACIOUS_CHARACTERS)
        if verdict.is_met:
            return "✓ as expected" if is_spacious else "✓"
        return f"✕ {count} difference{'s' if count > 1 else ''}" if is_spacious else f"✕ {count}"

    def _has_width_of(self, characters: int) -> bool:
        return self.width() >= characters * self.fontMetrics().averageCharWidth()

    def _paint_buttons(self) -> None:
        color = self._theme.text if self.star_button.isEnabled() else self._theme.faded
        self.replay_button.setIcon(icon("replay", color))
        self.compare_button.setIcon(icon("compare", color))
        word = self.tr("Take the star away") if self._is_starred else self.tr("Star: find it again in the history")
        self.star_button.setIcon(icon("starred" if self._is_starred else "star", color))
        self.star_button.setToolTip(word)
        self.star_button.setAccessibleName(self.tr("Starred") if self._is_starred else self.tr("Star"))

    def _lay_out(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.headline)
        _keep_room(self.cancel_button)  # figures do not move when an invocation begins or ends
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for button in (self.queue_button, self.cancel_button, self.verdict_button, self.replay_button, self.compare_button,
                       self.star_button):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what came while it was hidden."""
        super().showEvent(event)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say in more or fewer words how the answer compares."""
        super().resizeEvent(event)
        self._show_verdict()

    def _on_cancel(self) -> None:
        invocation = self._shown.invocation
        self.cancel_requested.emit(invocation.request_id if invocation is not None else self._shown.request_id)

    def _on_queue(self) -> None:
        self.queue_requested.emit(self._shown.request_id)

    def _on_previous(self) -> None:
        before = self._shown.before
        if before is not None:
            self.invocation_selected.emit(before.request_id)

    def _on_replay(self) -> None:
        self.replay_requested.emit(self.request_id)

    def _on_compare(self) -> None:
        self.compare_requested.emit(self.request_id)

    def _on_star(self) -> None:
        self.star_requested.emit(self.request_id)

    def _on_verdict(self) -> None:
        self.verdict_chosen.emit(self.request_id)


def _keep_room(button: QWidget) -> None:
    policy = button.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    button.setSizePolicy(policy)
