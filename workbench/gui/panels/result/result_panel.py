"""The outcome of an invocation: answer or error with an explanation, and its log. Status and figures are its strip."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.configuration.allowance_card import AllowanceCard
from workbench.gui.panels.result.absent_text import absent_pieces
from workbench.gui.panels.result.answer_reader import AnswerReader, is_part
from workbench.gui.panels.result.answer_views import AnswerViews
from workbench.gui.panels.result.copy_buttons import CopyButtons
from workbench.gui.panels.result.failure_card import FailureCard
from workbench.gui.panels.result.identity import SentRequest
from workbench.gui.panels.result.result_body import ResultBody
from workbench.gui.panels.result.result_strip import ResultStrip
from workbench.gui.panels.result.result_text import Piece, log_pieces, payload_pieces
from workbench.gui.panels.result.result_view import ResultView
from workbench.gui.panels.result.shown_request import HOLD_MS, Failure, ShownRequest
from workbench.gui.panels.result.text_view import TextView
from workbench.gui.widgets.background import fill_background
from workbench.gui.widgets.source_links import SourceLinks
from workbench.model.allowances import Allowance, allowed_for
from workbench.model.function import FunctionConfiguration
from workbench.state.explanations import explain
from workbench.state.invocation import Invocation
from workbench.state.session import Session


def _unknown(_name: str) -> FunctionConfiguration | None:
    return None


class ResultPanel(QWidget):
    """Shows the selected request, else the newest. The window calls `refresh` for Topic.INVOCATIONS, COSTS and LOGS.

    `strip` shows how that request stands. It is no part of the panel: whoever makes the panel puts it where it is always seen.
    `function_of` returns a function's configuration by its name, for explanations and for what it is allowed.
    Signals: `answer_wanted(str request_id)` where the stream has only a part of an answer, which `take_answer` takes;
    `browser_wanted(str html)` for a page to be shown in the person's browser;
    `allowance_changed(str function_name, Change)` (see `AllowanceCard`); `place_chosen(str path, int line, int column)` for a
    link to one of the person's own files, which `links` finds (None: no links).
    """

    place_chosen = Signal(str, int, int)
    allowance_changed = Signal(str, object)
    answer_wanted = Signal(str)
    browser_wanted = Signal(str)

    def __init__(
        self, session: Session, parent: QWidget | None = None, theme: Theme = DARK,
        function_of: Callable[[str], FunctionConfiguration | None] = _unknown, links: SourceLinks | None = None,
    ) -> None:
        super().__init__(parent)
        self._shown = ShownRequest(session)
        self._function_of = function_of
        self._allowed: Mapping[str, Allowance] = {}
        self._written: object = None
        self.strip, self.failure, self.text = ResultStrip(self._shown, session, theme), FailureCard(), ResultView(links, theme)
        self.explanation = self.failure.sentence
        self.answers = AnswerViews(TextView(self.text, theme), session, theme)
        self.body = ResultBody(self.answers, theme, session.hidden.text)
        self._reader = AnswerReader(session.hidden, self)
        self.allowance = AllowanceCard()
        self._copying = CopyButtons(self._shown, self._reader, self)
        self.copy_button, self.copy_log_button = self._copying.answer, self._copying.log
        self._hold = QTimer(self, singleShot=True, interval=round(HOLD_MS))
        self._hold.timeout.connect(self.refresh)
        self._prepare()
        self._lay_out()
        self.set_theme(theme)
        self.refresh()

    def _prepare(self) -> None:
        self.text.setAccessibleName(self.tr("Result and log"))
        self.text.place_chosen.connect(self.place_chosen)
        self.allowance.allowance_changed.connect(self.allowance_changed)
        self.answers.browser_wanted.connect(self.browser_wanted)
        self._reader.wanted.connect(self.answer_wanted)
        self._reader.read.connect(self._on_read)

    def _lay_out(self) -> None:
        self.answers.bar.right.add(self.body.toggle, self.copy_button, self.copy_log_button, is_apart=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 9, 10, 8)
        layout.setSpacing(7)
        layout.addWidget(self.failure)
        layout.addWidget(self.allowance)
        layout.addWidget(self.body, 1)
        self.setFocusProxy(self.answers)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        fill_background(self)
        for part in (self.strip, self.body):
            part.set_theme(theme)
        self._written = None  # the text has its colors in it, so it is written anew
        self.refresh()

    def select(self, request_id: str) -> None:
        """Show this request; "" for the newest. One that is not in the stream yet is shown as running."""
        self._shown.choose(request_id)
        self.refresh()

    def show_failure(self, request_id: str, message: str, hint: str = "") -> None:
        """Show why a request never reached a function, and a hint."""
        self._shown.fail(Failure(request_id, message, hint))
        self._written = None
        self.refresh()

    def note_request(self, request_id: str, sent: SentRequest) -> None:
        """Keep what this window sent, to name the event that a result belongs to."""
        self._shown.note(request_id, sent)
        self.refresh()

    def recall_requests(self, sent: Mapping[str, SentRequest]) -> None:
        """Keep what earlier windows sent, to name these events, too."""
        self._shown.recall(sent)
        self.refresh()

    def take_answer(self, request_id: str, content: bytes | None) -> None:
        """Show the whole of an answer that was wanted; None if the engine does not have it."""
        self._reader.take_whole(request_id, content)

    def compare_with(self, request_id: str) -> None:
        """Show how the result differs from another one of the session."""
        self.answers.choose("compare")
        self.answers.compare.choose(request_id)

    def show_accepted(self, request_id: str) -> None:
        """Show that an event was accepted into the queue, until its function runs."""
        self._shown.accept(request_id)
        self.refresh()

    def show_allowed(self, allowed: Mapping[str, Allowance]) -> None:
        """Show what functions may use of this machine, by logical ID."""
        self._allowed = allowed
        self.refresh()

    @property
    def invocation(self) -> Invocation | None:
        """The invocation shown; None while the selected request is not in the stream yet, or without any."""
        return self._shown.invocation

    @property
    def is_awaited(self) -> bool:
        """Whether the answer to the chosen request has come, and is not shown yet."""
        return bool(self._shown.request_id) and self._reader.is_news(self.invocation)

    def refresh(self) -> None:
        """Show what the session knows now."""
        invocation = self.invocation
        if self._shown.is_held and self.isVisible() and not self._hold.isActive():
            self._hold.start()
        self.strip.refresh()
        self.allowance.show_invocation(invocation, self._allowed_of(invocation))
        fingerprint = self._shown.fingerprint()
        if fingerprint == self._written:  # writing the same text again would lose selection and scrolling
            return
        self._written = fingerprint
        self._reader.turn(invocation)
        self.body.show_invocation(invocation)
        self._copying.show_for_request()
        if invocation is None:
            self._show_absent()
        else:
            self._show_invocation(self._shown.seen(invocation))

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what came while the panel was hidden."""
        super().showEvent(event)
        self.refresh()

    def event(self, event: QEvent) -> bool:
        """Decide again what there is room for when a part needs another height, or the panel has another one."""
        done = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self._make_room()
        return done

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop the timer while nobody looks."""
        super().hideEvent(event)
        self._hold.stop()

    def _show_invocation(self, invocation: Invocation) -> None:
        sentence = explain(invocation, self._function_of(invocation.function_name))
        self.failure.show_failure(invocation, sentence)
        self.text.function_name = invocation.function_name
        answer, log = self._reader.answer, log_pieces(invocation)
        payload = payload_pieces(invocation)
        title = [Piece("\nLOGS\n" if payload else "LOGS\n", "muted", bold=True)] if log else []
        pieces = [*payload, *title, *log]
        if answer is None or (is_part(invocation) and not self._reader.is_whole):
            self.answers.show_text_only(pieces)
        else:
            self.answers.show_answer(invocation, answer, pieces, is_http=bool(self._reader.front))

    def _make_room(self) -> None:
        """Leave out what is said twice if all needs more height than there is: the sentence on a failure matters more."""
        if (layout := self.layout()) is not None:  # Qt sends events while this is being made
            self.failure.set_low(layout.minimumHeightForWidth(self.width()) + self.failure.left_out_px > self.height())

    def _on_read(self) -> None:
        invocation = self.invocation
        if invocation is not None:
            self._show_invocation(self._shown.seen(invocation))

    def _show_absent(self) -> None:
        failure = self._shown.failure
        is_canceled = failure is not None and failure.is_canceled
        self.failure.show_failure(None, failure.hint if failure is not None else "", is_canceled=is_canceled)
        self.answers.show_text_only(absent_pieces(self._shown))

    def _allowed_of(self, invocation: Invocation | None) -> Allowance:
        name = invocation.function_name if invocation is not None else ""
        function = self._function_of(name)
        return allowed_for(self._allowed, function.logical_id if function is not None else name) if name else Allowance()
