"""The outcome of an invocation: status, figures, payload or error with an explanation, and its log."""

from __future__ import annotations

import html
import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QHideEvent, QResizeEvent, QShowEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.configuration.allowance_card import AllowanceCard
from workbench.gui.panels.invocation_words import figures, status_look
from workbench.gui.panels.result.comparison import Comparison
from workbench.gui.panels.result.result_text import Piece, log_pieces, payload_pieces, pretty_json
from workbench.gui.panels.result.running_words import age_ms, running_detail, running_word, waiting_detail
from workbench.gui.widgets.background import fill_background
from workbench.gui.widgets.linked_text import LinkedText
from workbench.gui.widgets.source_links import SourceLinks
from workbench.model.allowances import Allowance
from workbench.model.function import FunctionConfiguration
from workbench.state.explanations import explain
from workbench.state.invocation import Invocation
from workbench.state.session import Session

_TICK_MS = 100
_FEWEST_LINES = 3
"""Lines of answer and log that stay visible below everything else."""
_HOLD_MS = 500.0
"""How long an invocation that nobody chose must run before it replaces a reported one. Quick ones would make it flicker."""


def _unknown(_name: str) -> FunctionConfiguration | None:
    return None


def _nothing(_name: str) -> Allowance:
    return Allowance()


class ResultPanel(QWidget):
    """Shows the selected request, else the newest. The window calls `refresh` for Topic.INVOCATIONS, COSTS and LOGS.

    `function_of` returns a function's configuration by its name, for explanations; `allowed_of` returns what it is allowed.
    Signals: `cancel_requested(str request_id)`; `invocation_selected(str request_id)` from the comparison;
    `allowance_changed(str function_name, Change)` (see `AllowanceCard`); `place_chosen(str path, int line, int column)` for a
    link to one of the person's own files, which `links` finds (None: no links).
    """

    cancel_requested = Signal(str)
    invocation_selected = Signal(str)
    place_chosen = Signal(str, int, int)
    allowance_changed = Signal(str, object)

    def __init__(
        self, session: Session, parent: QWidget | None = None, theme: Theme = DARK,
        function_of: Callable[[str], FunctionConfiguration | None] = _unknown, links: SourceLinks | None = None,
        allowed_of: Callable[[str], Allowance] = _nothing,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._function_of = function_of
        self._allowed_of = allowed_of
        self._theme = theme
        self._request_id = ""
        self._asked_ms = 0.0
        self._failure = ("", "", "")
        self._shown: object = None
        self.headline, self.explanation, self.text = PlainLabel(), PlainLabel(), LinkedText(links)
        self.comparison, self.allowance = Comparison(), AllowanceCard()
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.copy_button, self.copy_log_button = QToolButton(), QToolButton()
        self._hold = QTimer(self)
        self._hold.setSingleShot(True)
        self._hold.setInterval(round(_HOLD_MS))
        self._hold.timeout.connect(self.refresh)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._show_headline)
        self._prepare()
        self._lay_out()
        self.set_theme(theme)
        self.refresh()

    def _prepare(self) -> None:
        self.headline.setWordWrap(True)
        self.headline.setTextFormat(Qt.TextFormat.RichText)  # colors; `_show_headline` escapes what is not ours
        self.explanation.setWordWrap(True)
        self.explanation.setObjectName("explanation")
        for label in (self.headline, self.explanation):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setAccessibleName(self.tr("Result and log"))
        self.text.place_chosen.connect(self.place_chosen)
        self.allowance.allowance_changed.connect(self.allowance_changed)
        self.comparison.previous_chosen.connect(self._on_previous)
        self.cancel_button.clicked.connect(self._on_cancel)
        self._prepare_copy(self.copy_button, self.tr("copy"), self.tr("Copy the result"))
        self.copy_button.clicked.connect(self.copy_payload)
        self._prepare_copy(self.copy_log_button, self.tr("copy log"), self.tr("Copy the log lines of this invocation"))
        self.copy_log_button.clicked.connect(self.copy_log)

    def _prepare_copy(self, button: QToolButton, text: str, tip: str) -> None:
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.headline, 1)
        for widget in (self.cancel_button, self.copy_button, self.copy_log_button):
            top.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        self.text.setMinimumHeight(_FEWEST_LINES * self.text.fontMetrics().lineSpacing() + 10)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 9, 10, 8)
        layout.setSpacing(7)
        layout.addLayout(top)
        layout.addWidget(self.explanation)
        layout.addWidget(self.allowance)
        layout.addWidget(self.comparison)
        layout.addWidget(self.text, 1)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        self._theme = theme
        fill_background(self, theme)
        self.explanation.setStyleSheet(
            f"#explanation {{ background: {theme.surface}; color: {theme.text}; "
            f"border-left: 3px solid {theme.error}; padding: 6px 9px; }}"
        )
        self.text.setStyleSheet(f'QPlainTextEdit {{ font-family: "{theme.mono_family}"; background: transparent; }}')
        self.comparison.set_theme(theme)
        self._shown = None  # the text has its colors in it, so it is written anew
        self.refresh()

    def select(self, request_id: str) -> None:
        """Show this request; "" for the newest. One that is not in the stream yet is shown as running."""
        if request_id != self._request_id:
            self._asked_ms = time.time() * 1000
            self._request_id = request_id
        self.refresh()

    def show_failure(self, request_id: str, message: str, hint: str = "") -> None:
        """Show why a request never reached a function, and a hint."""
        self._failure = (request_id, message, hint)
        self._request_id = request_id
        self._shown = None
        self.refresh()

    @property
    def invocation(self) -> Invocation | None:
        """The invocation shown; None while the selected request is not in the stream yet, or if there is none at all."""
        history = self._session.history
        if self._request_id:
            return history.get(self._request_id)
        newest = history.newest()
        if newest is None or newest.metrics is not None or age_ms(self._session, newest) >= _HOLD_MS:
            return newest
        return history.newest_reported() or newest

    def refresh(self) -> None:
        """Show what the session knows now."""
        invocation, newest = self.invocation, self._session.history.newest()
        if newest is not invocation and not self._request_id and self.isVisible() and not self._hold.isActive():
            self._hold.start()
        self._show_headline()
        allowed = self._allowed_of(invocation.function_name) if invocation is not None else Allowance()
        self.allowance.show_invocation(invocation, allowed)
        key = _fingerprint(invocation, self._request_id, self._failure)
        if key == self._shown:
            if self.allowance.isVisibleTo(self):
                self._make_room()
            return
        self._shown = key
        self._show_buttons(invocation)
        if invocation is None:
            self._show_absent()
        else:
            self._show_invocation(invocation)
        self._make_room()

    def copy_payload(self) -> None:
        """Copy the payload, formatted if it is JSON."""
        if self.invocation is not None:
            QGuiApplication.clipboard().setText(pretty_json(self.invocation.payload))

    def copy_log(self) -> None:
        """Copy the log exactly as CloudWatch would have it."""
        if self.invocation is not None:
            QGuiApplication.clipboard().setText("\n".join(self.invocation.log_lines()))

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what came while the panel was hidden."""
        super().showEvent(event)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Decide again whether there is room for the comparison."""
        super().resizeEvent(event)
        self._make_room()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop the clocks while nobody looks."""
        super().hideEvent(event)
        self._clock.stop()
        self._hold.stop()

    def _show_invocation(self, invocation: Invocation) -> None:
        sentence = explain(invocation, self._function_of(invocation.function_name))
        self.explanation.setText(sentence)
        self.explanation.setVisible(bool(sentence))
        self.comparison.show_invocations(self._session.history.before(invocation), invocation)
        self.text.function_name = invocation.function_name
        payload, log = payload_pieces(invocation), log_pieces(invocation)
        title = [Piece("\nLOGS\n" if payload else "LOGS\n", "muted", bold=True)] if log else []
        self._write([*payload, *title, *log])

    def _make_room(self) -> None:
        """Hide the comparison if there is not enough room for everything: the explanation of a failure matters more."""
        layout, figures_of_before = self.layout(), self.comparison
        assert layout is not None
        # Hidden widgets are not in the layout's height, so the comparison is added, or it would come and go at each call.
        needed_px = layout.minimumHeightForWidth(self.width())
        if not figures_of_before.isVisibleTo(self):
            needed_px += figures_of_before.sizeHint().height() + layout.spacing()
        fits = needed_px <= self.height() or not self.explanation.isVisibleTo(self)
        figures_of_before.setVisible(figures_of_before.has_figures and fits)

    def _show_absent(self) -> None:
        request_id, message, hint = self._failure
        failed = bool(request_id) and request_id == self._request_id
        self.comparison.show_nothing()
        self.explanation.setVisible(failed and bool(hint))
        self.explanation.setText(hint)
        empty = self.tr("Press Invoke: the answer appears here, with everything Lambda would have logged.")
        self._write([Piece(message, "error")] if failed else [] if self._request_id else [Piece(empty, "muted")])

    def _show_buttons(self, invocation: Invocation | None) -> None:
        running = self._is_running(invocation)
        self.cancel_button.setVisible(running)
        self.copy_button.setVisible(invocation is not None and invocation.answered)
        self.copy_log_button.setVisible(invocation is not None and not running)

    def _is_running(self, invocation: Invocation | None) -> bool:
        if invocation is not None:
            return invocation.status == "running"
        return bool(self._request_id) and self._failure[0] != self._request_id

    def _show_headline(self) -> None:
        invocation = self.invocation
        running = self._is_running(invocation)
        if running != self._clock.isActive():
            (self._clock.start if running and self.isVisible() else self._clock.stop)()
        self.headline.setVisible(invocation is not None or bool(self._request_id))
        mark, word, token, detail = self._headline_parts(invocation, running)
        color = getattr(self._theme, token)
        self.headline.setText(
            f'<span style="color:{color}; font-weight:600">{mark} {html.escape(word)}</span>'
            f'&nbsp; <span style="color:{self._theme.muted}">{html.escape(detail)}</span>'
        )
        self.headline.setAccessibleName(f"{word} {detail}")

    def _headline_parts(self, invocation: Invocation | None, running: bool) -> tuple[str, str, str, str]:
        if running:
            detail = running_detail(self._session, invocation) if invocation is not None else waiting_detail(
                self._session, self._request_id, self._asked_ms)
            return "◌", *running_word(self._session, invocation), detail
        if invocation is None:
            return "✕", self.tr("Not invoked"), "error", ""
        look = status_look(invocation)
        return *look[:2], look.token, figures(invocation)

    def _write(self, pieces: list[Piece]) -> None:
        bar = self.text.verticalScrollBar()
        # Only a person who scrolled to the end follows the log; text that fits has value and maximum 0.
        following = bar.value() > 0 and bar.value() == bar.maximum()
        self.text.clear()
        cursor = QTextCursor(self.text.document())
        cursor.beginEditBlock()  # one layout for all pieces
        for piece in pieces:
            cursor.insertText(piece.text, self._format(piece))
        cursor.endEditBlock()
        bar.setValue(bar.maximum() if following else 0)

    def _format(self, piece: Piece) -> QTextCharFormat:
        look = QTextCharFormat()
        look.setForeground(QColor(getattr(self._theme, piece.token)))
        if piece.bold:
            look.setFontWeight(QFont.Weight.DemiBold)
        return look

    def _on_cancel(self) -> None:
        invocation = self.invocation
        self.cancel_requested.emit(invocation.request_id if invocation is not None else self._request_id)

    def _on_previous(self) -> None:
        invocation = self.invocation
        before = self._session.history.before(invocation) if invocation is not None else None
        if before is not None:
            self.invocation_selected.emit(before.request_id)


def _fingerprint(invocation: Invocation | None, request_id: str, failure: tuple[str, str, str]) -> object:
    """All that the text depends on. While it stays the same the text is not written, which would lose selection and scrolling."""
    if invocation is None:
        return request_id, failure
    startup_lines = len(invocation.startup.lines) if invocation.startup else 0
    return (
        invocation.request_id, invocation.status, invocation.answered, invocation.metrics, invocation.cost,
        len(invocation.own_lines), invocation.lines_left_out, startup_lines,
    )
