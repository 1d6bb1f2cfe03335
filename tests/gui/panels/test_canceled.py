"""What a person canceled is gray wherever it is shown: it is no failure."""

from __future__ import annotations

import time

import msgspec
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream
from workbench.gui.look.style_sheet import style_sheet
from workbench.gui.look.theme import DARK
from workbench.gui.panels.history.past_model import row_of
from workbench.gui.panels.invocation_words import past_look
from workbench.gui.panels.result.failure_card import FailureCard
from workbench.gui.panels.result.result_panel import ResultPanel
from workbench.gui.panels.result.result_text import payload_pieces
from workbench.model.failures import CANCELED, CANCELED_BEFORE
from workbench.model.past_invocations import PastInvocation
from workbench.state.invocation import fold_invocation
from workbench.state.line_kinds import LineKind, text_kind
from workbench.state.log_folds import LogFolds
from workbench.state.session import Session

PAST = PastInvocation(
    seq=10, request_id="r", environment_id="e", function_name="thumbnail", version="$LATEST", sandbox="process", is_cold=False,
    received_ms=time.time() * 1_000, status="failure", error_type=CANCELED, duration_ms=640.0)


@pytest.fixture
def card(qtbot: QtBot) -> FailureCard:
    card = FailureCard()
    qtbot.addWidget(card)
    card.setStyleSheet(style_sheet(DARK))
    card.resize(400, 60)
    return card


def edge(card: FailureCard) -> str:
    return QColor(card.grab().toImage().pixelColor(1, card.height() // 2)).name()


def test_the_edge_of_its_card(card: FailureCard) -> None:
    for events, color in ((EventStream().cancelled(), DARK.muted), (EventStream().timeout(), DARK.error),
                          (EventStream().cancelled(), DARK.muted)):
        card.show_failure(fold_invocation(events), "a sentence")
        assert edge(card) == color
    card.show_failure(None, "a sentence")
    assert edge(card) == DARK.error


def test_its_card_is_no_higher_than_its_sentence_after_it_was_narrow(card: FailureCard) -> None:
    """It stayed as high as it had been while the drawer was open, with a gap below the error."""
    card.show_failure(fold_invocation(EventStream().timeout()), "A sentence of cause and cure. " * 8)
    card.show()
    heights_px = []
    for width_px in (400, 150, 400):
        card.resize(width_px, card.heightForWidth(width_px))
        heights_px.append(card.sentence.minimumHeight())
    assert heights_px[0] == heights_px[2] < heights_px[1]


def test_its_text() -> None:
    pieces = payload_pieces(fold_invocation(EventStream().cancelled()))
    assert (pieces[0].text, {piece.token for piece in pieces}) == (CANCELED, {"muted", "text"})


def test_its_row_in_the_history_and_in_the_log() -> None:
    row = row_of(PAST, names_function=False)
    assert (past_look(PAST).word, row.badge, row.badge_token, row.detail_token) == ("Canceled", "■", "muted", "muted")
    never = row_of(msgspec.structs.replace(PAST, duration_ms=None), names_function=False)
    assert (never.badge, never.detail, never.detail_token) == ("■", "canceled", "muted")
    folds = LogFolds()
    folds.insert([PAST], in_front=False)
    shown = folds.row(0)
    assert shown is not None
    assert shown.kind is LineKind.PLATFORM
    assert shown.lines[0].text.startswith("■ r  thumbnail · canceled · 640.0 ms")


def test_its_lines_in_the_log() -> None:
    lines = fold_invocation(EventStream().cancelled()).log_lines()
    assert len(lines) > 2
    assert [line for line in lines if text_kind(line) is LineKind.ERROR] == []


def test_one_that_never_began(qtbot: QtBot) -> None:
    panel = ResultPanel(Session())
    qtbot.addWidget(panel)
    qtbot.addWidget(panel.strip)
    panel.select("r")
    panel.show_failure("r", CANCELED_BEFORE, "Invoke it again to start over.")
    assert panel.strip.headline.status.text() == "■ Canceled"
    assert DARK.muted in panel.strip.headline.status.styleSheet()
    assert panel.failure.objectName() == "cancelation"
