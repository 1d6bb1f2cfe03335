"""Cards in the log panel alone: which invocations have one, and how one scrolls through them."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream
from workbench.gui.panels.log.log_model import LogModel
from workbench.gui.panels.log.log_panel import LogPanel
from workbench.model.log_entries import entries_of
from workbench.model.overrides import MASK
from workbench.model.past_invocations import PastInvocation
from workbench.state.explanations import explain, names_a_setting
from workbench.state.session import Session

FAILED = {"r-error", "r-timeout", "r-crash", "r-oom", "r-init"}


@pytest.fixture
def session() -> Session:
    stream = EventStream()
    for play in (stream.cold_success, stream.warm_success, stream.raised, stream.cancelled, stream.timeout, stream.crash,
                 stream.out_of_memory, stream.init_failure):
        play()
    session = Session()
    session.apply(stream.events)
    return session


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> LogPanel:
    panel = LogPanel(session)
    qtbot.addWidget(panel)
    panel.resize(500, 260)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.refresh()
    return panel


def cards(panel: LogPanel) -> dict[str, str]:
    """The sentence below the last line of each request that has one."""
    found = {}
    for position in range(panel.lines.rowCount()):
        row = panel.lines.row_at(position)
        assert row is not None
        card = panel.lines.card_of(position, row)
        if card is not None:
            assert row.entry.type == "platform.report"
            found[row.entry.request_id] = card.sentence
    return found


def test_every_failure_has_one_and_nothing_else(panel: LogPanel, session: Session):
    told = cards(panel)
    assert told.keys() == FAILED, "neither what succeeded nor what a person canceled"
    for request_id, sentence in told.items():
        invocation = session.history.get(request_id)
        assert invocation is not None
        assert sentence == explain(invocation)


def test_one_that_is_forgotten_has_none(panel: LogPanel, session: Session):
    session.history.forget("r-crash")
    assert cards(panel).keys() == FAILED - {"r-crash"}


def test_what_is_hidden_is_hidden_in_it(panel: LogPanel, session: Session):
    word = next(word for word in cards(panel)["r-timeout"].split() if len(word) > 6)
    session.hidden.hide([word])
    assert word not in cards(panel)["r-timeout"]
    assert MASK in cards(panel)["r-timeout"]


def test_one_scrolls_through_it_line_by_line(qtbot: QtBot, panel: LogPanel):
    view = panel.view
    end = view.top()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.top() == (0, 0)
    seen, steps = {view.top()}, 0
    while view.top() != end:
        view.scroll_lines(1)
        view.grab()
        assert view.top() not in seen, "each step moves on"
        seen.add(view.top())
        steps += 1
    lines = sum(view.row_lines.count(row) for row in range(panel.lines.rowCount()))
    assert steps == lines - view.room
    assert view.is_following


def test_the_view_stays_where_it_is_when_another_fails(panel: LogPanel, session: Session):
    panel.view.scroll_lines(-6)
    before = panel.view.top()
    stream = EventStream()
    stream.cold_success()
    stream.raised("r-late")
    last = session.sequence.last
    session.apply([msgspec.structs.replace(event, seq=event.seq + last) for event in stream.events])
    panel._drain_now()
    assert panel.view.top() == before
    assert "r-late" in cards(panel)


def test_a_folded_timeout_has_lambdas_words_and_the_card(panel: LogPanel):
    panel.lines.show_folds()
    panel.lines.take_invocations([PastInvocation(
        seq=1, request_id="r-timeout", environment_id="e", function_name="f", version="1", sandbox="process", is_cold=True,
        received_ms=1.0, status="timeout", error_type="Sandbox.Timedout")])
    stream = EventStream()
    panel.lines.unfold(0, list(entries_of(event for event in stream.timeout() if event.request_id == "r-timeout")))
    view, last = panel.view, panel.lines.rowCount() - 1
    (line,) = view.row_lines.shown(last)
    assert "Task timed out after" in line.text
    assert view.row_lines.count(last) == 1 + len(view.row_lines.card(last)) + 1
    panel.lines.tell_all(True)
    assert [line.text.split()[0] for line in view.row_lines.shown(panel.lines.rowCount() - 1)][1:] == ["END", "REPORT"]


def test_the_model_keeps_qts_rules_with_cards_and_folds(qtmodeltester: ModelTester, panel: LogPanel):
    model: LogModel = panel.lines
    qtmodeltester.check(model)
    model.show_folds()
    model.tell_all(True)
    qtmodeltester.check(model)


@pytest.mark.parametrize(("sentence", "is_one"), [
    ("Raise MemorySize, for example to 256 MB, or hold less data at a time.", True),
    ("Find what it waits for after the last line of its log, or raise the timeout (up to 900 s).", True),
    ("The environment variable TABLE is not set.", True),
    ("The code asked for the key 'id', which is not there: most often the event does not have it.", False)])
def test_which_failures_lead_to_the_configuration(sentence: str, is_one: bool):
    assert names_a_setting(sentence) is is_one
