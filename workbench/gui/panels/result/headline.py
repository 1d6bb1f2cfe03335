"""The first line of a result: how the request stands, and its figures."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import Theme
from workbench.gui.panels.invocation_words import figures, status_look
from workbench.gui.panels.result.running_words import running_detail, running_word, waiting_detail
from workbench.gui.panels.result.shown_request import ShownRequest
from workbench.state.session import Session

_TICK_MS = 100


class Headline(PlainLabel):
    """Counts the time of a running request by itself while it can be seen."""

    def __init__(self, shown: ShownRequest, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._shown = shown
        self._session = session
        self._theme = theme
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self.refresh)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)  # colors; `refresh` escapes what is not ours
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self.refresh()

    def refresh(self) -> None:
        """Show how the request stands now; hide while there is none."""
        running = self._shown.is_running
        self.setVisible(self._shown.invocation is not None or bool(self._shown.request_id))
        if running != self._clock.isActive():
            (self._clock.start if running and self.isVisible() else self._clock.stop)()
        mark, word, token, detail = self._running_parts() if running else self._ended_parts()
        self.setText(
            f'<span style="color:{getattr(self._theme, token)}; font-weight:600">{mark} {html.escape(word)}</span>'
            f'&nbsp; <span style="color:{self._theme.muted}">{html.escape(detail)}</span>'
        )
        self.setAccessibleName(f"{word} {detail}")

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop the clock while nobody looks."""
        super().hideEvent(event)
        self._clock.stop()

    def _running_parts(self) -> tuple[str, str, str, str]:
        """Mark, word, color token and details."""
        invocation = self._shown.invocation
        detail = running_detail(self._session, invocation) if invocation is not None else waiting_detail(
            self._session, self._shown.request_id, self._shown.asked_ms)
        return "◌", *running_word(self._session, invocation), detail

    def _ended_parts(self) -> tuple[str, str, str, str]:
        invocation = self._shown.invocation
        if invocation is None and self._shown.is_accepted:
            return "✓", self.tr("202 Accepted"), "success", self._shown.request_id
        if invocation is None:
            return "✕", self.tr("Not invoked"), "error", ""
        look = status_look(invocation)
        return *look[:2], look.token, figures(invocation)
