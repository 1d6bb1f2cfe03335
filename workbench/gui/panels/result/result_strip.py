"""The strip of figures: whose request is shown, how it stands and what it took, with what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.panels.result.headline import Headline
from workbench.gui.panels.result.shown_request import ShownRequest
from workbench.state.session import Session

_ROOMY_CHARACTERS = 64


class ResultStrip(QWidget):
    """Stands above all views, so that whoever watches the timeline or the log sees it too.

    Signals: `cancel_requested(str request_id)`; `queue_requested(str request_id)` for an event that this window sent;
    `invocation_selected(str request_id)` for the one before.
    """

    cancel_requested = Signal(str)
    queue_requested = Signal(str)
    invocation_selected = Signal(str)

    def __init__(self, shown: ShownRequest, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = shown
        self.headline = Headline(shown, session, theme)
        self.cancel_button, self.queue_button = QPushButton(self.tr("Cancel")), QPushButton(self.tr("Show in the queue"))
        self._lay_out()
        self.headline.previous_chosen.connect(self._on_previous)
        self.cancel_button.clicked.connect(self._on_cancel)
        self.queue_button.clicked.connect(self._on_queue)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.headline.set_theme(theme)

    def set_low(self, is_low: bool) -> None:
        """Leave out the figures of before, or show them."""
        self.headline.set_low(is_low)

    def refresh(self) -> None:
        """Show how the request stands now."""
        self.headline.refresh()
        self.cancel_button.setVisible(self._shown.is_running)
        self.queue_button.setVisible(self._shown.is_accepted)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.headline, 1)
        for button in (self.queue_button, self.cancel_button):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what came while it was hidden."""
        super().showEvent(event)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the room of the button where there is enough: figures do not move when an invocation begins or ends."""
        super().resizeEvent(event)
        kept = self.cancel_button.sizePolicy()
        kept.setRetainSizeWhenHidden(self.width() >= _ROOMY_CHARACTERS * self.fontMetrics().averageCharWidth())
        self.cancel_button.setSizePolicy(kept)

    def _on_cancel(self) -> None:
        invocation = self._shown.invocation
        self.cancel_requested.emit(invocation.request_id if invocation is not None else self._shown.request_id)

    def _on_queue(self) -> None:
        self.queue_requested.emit(self._shown.request_id)

    def _on_previous(self) -> None:
        before = self._shown.before
        if before is not None:
            self.invocation_selected.emit(before.request_id)
