from __future__ import annotations

import json
import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream
from workbench.gui.look.theme import LIGHT
from workbench.gui.panels.result import shown_request
from workbench.gui.panels.result.identity import SentRequest, identity_of
from workbench.gui.panels.result.result_panel import ResultPanel
from workbench.model.prices import decode_prices
from workbench.resource_files import resource_path
from workbench.state.costs import Pricing
from workbench.state.session import Session
from workbench.workspace.events import EMPTY_EVENT


@pytest.fixture
def session() -> Session:
    return Session(Pricing(decode_prices(resource_path("prices/lambda.json").read_bytes()).table("us-east-1")))


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> ResultPanel:
    panel = ResultPanel(session)
    qtbot.addWidget(panel)
    qtbot.addWidget(panel.strip)
    panel.resize(480, 500)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.strip.show()
    return panel


def headline(panel: ResultPanel) -> str:
    return panel.strip.headline.accessibleName()


def test_a_success_in_one_line(panel: ResultPanel, session: Session):
    session.apply(EventStream().cold_success())
    panel.refresh()

    assert headline(panel) == "Succeeded cold · 41.2 ms · billed 246 ms · 61 / 512 MB · $0.00000225"
    assert "●" in panel.strip.headline.status.text()
    assert [cell.value.text() for cell in panel.strip.headline.cells] == ["41.2", "204", "246", "61", "$2.25"]
    assert [cell.unit.text() for cell in panel.strip.headline.cells] == ["ms", "ms", "ms", "/ 512 MB", ""]
    assert panel.strip.headline.start.text() == "cold start"


def strongest(button: QToolButton) -> int:
    """How much the icon's darkest pixel differs from white."""
    image = button.icon().pixmap(16, 16).toImage()
    drawn = (image.pixelColor(x, y) for x in range(16) for y in range(16))
    return max(255 - color.lightness() for color in drawn if color.alpha() > 250)


def test_what_cannot_be_replayed_or_starred_yet_is_faint(panel: ResultPanel, session: Session):
    strip = panel.strip
    strip.set_theme(LIGHT)
    panel.refresh()
    before = [strongest(button) for button in (strip.replay_button, strip.star_button)]
    session.apply(EventStream().cold_success())
    panel.refresh()
    after = [strongest(button) for button in (strip.replay_button, strip.star_button)]
    assert all(faint + 50 < strong for faint, strong in zip(before, after, strict=True))


def test_an_empty_event_is_named_so():
    assert identity_of("r", None, SentRequest("f", event_name=EMPTY_EVENT)).text == "f · $LATEST · empty event"
    assert identity_of("r", None, SentRequest("f", event_name="paid")).text == "f · $LATEST · event paid"
    assert identity_of("r", None, SentRequest("f", event_name="paid")).short == "f · paid"
    assert identity_of("r", None, SentRequest("f", "live", "paid")).short == "f · live · paid"


def test_the_sentence_on_a_failure_is_never_cut(qtbot: QtBot, panel: ResultPanel, session: Session):
    """Lambda's error, with which the text below begins as well, gives way to it in a low panel, and comes back with the room."""
    stream = EventStream()
    stream.warm_success("before")
    stream.raised("failed")
    session.apply(stream.events)
    panel.refresh()
    panel.resize(480, 500)
    assert panel.failure.error.isVisible()
    panel.resize(480, 100)
    assert panel.explanation.isVisible()
    assert not panel.failure.error.isVisible()
    qtbot.waitUntil(lambda: panel.explanation.height() >= panel.explanation.heightForWidth(panel.explanation.width()))
    panel.resize(480, 500)
    assert panel.failure.error.isVisible()


def test_payload_and_log_below_it(panel: ResultPanel, session: Session):
    session.apply(EventStream().cold_success())
    panel.refresh()
    text = panel.text.toPlainText()

    assert text.startswith('{\n  "statusCode": 200,\n  "body": "{\\"bytes\\": 48213}"\n}')
    assert "LOGS\nINIT_START" in text
    assert "REPORT RequestId: r-cold" in text
    assert not panel.explanation.isVisible()
    assert not panel.strip.headline.previous.isVisible()


def test_numbers_are_shown_as_they_were_sent(panel: ResultPanel, session: Session):
    stream = EventStream()
    stream.assign("r", "e", "warm")
    stream.invoke("r", "e")
    changed = [event if event.type != "sandbox.payload" or event.record["kind"] == "event" else
               type(event)(seq=event.seq, time_ms=event.time_ms, type=event.type, request_id="r", environment_id="e",
                           record={**event.record, "text": '{"a":1.10,"b":12345678901234567890}'}) for event in stream.events]
    session.apply(changed)
    panel.refresh()

    assert '"a": 1.10,\n  "b": 12345678901234567890' in panel.text.toPlainText()


def test_an_error_with_trace_and_plain_words(panel: ResultPanel, session: Session):
    stream = EventStream()
    stream.cold_success()
    session.apply(stream.raised())
    panel.refresh()

    assert headline(panel).startswith("Failed warm")
    assert panel.explanation.isVisible()
    assert "raised ValueError" in panel.explanation.text()
    assert panel.text.toPlainText().startswith('ValueError: boom\n  File "/var/task/app.py", line 5, in handler\n    raise')


@pytest.mark.parametrize(("build", "words"), [
    ("timeout", "still running after its timeout of 3 s (it ran 3.02 s)"), ("crash", "ended with status 1 before it had"),
    ("out_of_memory", "more than its 512 MB of memory (512 MB were in use)"),
    ("init_failure", "The code imports foo, which is not"),
])
def test_failures_are_explained(panel: ResultPanel, session: Session, build: str, words: str):
    session.apply(getattr(EventStream(), build)())
    panel.refresh()

    assert words in panel.explanation.text()


def test_this_one_beside_the_previous_one(qtbot: QtBot, panel: ResultPanel, session: Session):
    stream = EventStream()
    stream.cold_success()
    session.apply(stream.warm_success())
    panel.refresh()

    assert [cell.before.text() for cell in panel.strip.headline.cells] == [
        "41.2 ms", "204 ms", "246 ms", "61 / 512 MB", "$2.25"]
    assert [cell.value.accessibleName() for cell in panel.strip.headline.cells] == [
        "Duration 0.9 ms, before 41.2 ms", "Init –, before 204 ms", "Billed 1 ms, before 246 ms",
        "Memory 61 / 512 MB, before 61 / 512 MB", "Cost / 1M $0.20, before $2.25"]
    assert panel.strip.headline.cells[4].toolTip().startswith("$0.000000208 for this one")
    with qtbot.waitSignal(panel.strip.invocation_selected) as chosen:
        panel.strip.headline.previous.click()
    assert chosen.args == ["r-cold"]


def test_a_running_one_can_be_cancelled(qtbot: QtBot, panel: ResultPanel, session: Session):
    stream = EventStream()
    stream.assign("r", "e", "cold")
    stream.create("e")
    session.apply(stream.events)
    panel.refresh()

    assert headline(panel).startswith("Running…")
    assert headline(panel).endswith("sandbox is being created")
    with qtbot.waitSignal(panel.strip.cancel_requested) as cancelled:
        qtbot.mouseClick(panel.strip.cancel_button, Qt.MouseButton.LeftButton)
    assert cancelled.args == ["r"]


def test_nothing_runs_while_its_image_is_fetched(panel: ResultPanel, session: Session):
    panel.select("r")
    stream = EventStream()
    stream.emit("sandbox.progress", {"stage": "pull", "text": "Fetching python:3.12", "fraction": 0.4}, request_id="r")
    session.apply(stream.events)
    panel.refresh()
    assert headline(panel).startswith("Preparing…")
    assert headline(panel).endswith("Fetching python:3.12")
    assert panel.strip.headline.cells[0].value.text() == "–"
    assert panel.strip.cancel_button.isVisible()


def test_elapsed_time_goes_on_by_itself(qtbot: QtBot, panel: ResultPanel):
    panel.select("new-request")
    first = headline(panel)

    assert panel.strip.cancel_button.isVisible()
    qtbot.waitUntil(lambda: headline(panel) != first)


def test_a_request_that_reached_no_function_says_why(panel: ResultPanel):
    panel.select("r")
    panel.show_failure("r", "Could not parse request body into json", "Correct the event: line 3 lacks a comma.")

    assert headline(panel).startswith("Not invoked")
    assert panel.text.toPlainText() == "Could not parse request body into json"
    assert panel.explanation.text() == "Correct the event: line 3 lacks a comma."
    assert not panel.strip.cancel_button.isVisible()


def test_a_cancelled_one_says_so(panel: ResultPanel, session: Session):
    stream = EventStream()
    stream.assign("r", "e", "cold")
    stream.stop("e", "cancelled")
    session.apply(stream.events)
    panel.refresh()

    assert headline(panel).startswith("Canceled")


def test_a_payload_of_which_the_stream_has_a_part_is_marked(panel: ResultPanel, session: Session):
    stream = EventStream()
    stream.assign("r", "e", "warm")
    stream.emit("sandbox.payload", {"requestId": "r", "kind": "result", "text": '"aaaa', "sizeBytes": 3_000_000}, "e", "r")
    session.apply(stream.events)
    panel.refresh()

    assert "The first 5 bytes of 2.9 MB; the caller got all of it." in panel.text.toPlainText()


def test_a_large_payload_is_shown_and_copied_whole(qtbot: QtBot, panel: ResultPanel, session: Session):
    stream = EventStream()
    stream.assign("r", "e", "warm")
    value = ["x" * 100] * 3_000
    stream.invoke("r", "e", result=value)
    session.apply(stream.events)
    panel.refresh()
    qtbot.waitUntil(lambda: panel.answers.text.is_long)
    panel.copy_button.click()

    assert panel.answers.text.long.lines.rowCount() == 3_002
    assert "Its log is in Log" in panel.answers.text.note.text()
    assert json.loads(QGuiApplication.clipboard().text()) == value


def test_the_log_is_copied_to_the_letter(panel: ResultPanel, session: Session):
    session.apply(EventStream().cold_success())
    panel.refresh()
    panel.copy_log_button.click()

    assert "\tDuration: 41.20 ms\tBilled Duration: 246 ms\t" in QGuiApplication.clipboard().text()


def test_a_refresh_without_news_leaves_the_selection_alone(panel: ResultPanel, session: Session):
    session.apply(EventStream().cold_success())
    panel.refresh()
    panel.text.selectAll()
    panel.refresh()
    assert panel.text.textCursor().hasSelection()
    panel.set_theme(LIGHT)
    assert not panel.text.textCursor().hasSelection()


def test_an_empty_session_says_what_to_do(panel: ResultPanel):
    assert "Press Invoke" in panel.text.toPlainText()
    assert not panel.strip.cancel_button.isVisible()


def test_a_sentence_of_ours_is_not_written_as_code(panel: ResultPanel, session: Session) -> None:
    def families() -> list[str]:
        return panel.text.document().begin().begin().fragment().charFormat().fontFamilies() or []

    panel.set_theme(LIGHT.with_fonts("Sentences", "Code"))
    assert families() == ["Sentences"]
    session.apply(EventStream().cold_success())
    panel.refresh()
    assert "Press Invoke" not in panel.text.toPlainText()
    assert families() == []


def test_a_stream_of_quick_invocations_shows_those_that_ended(
    qtbot: QtBot, panel: ResultPanel, session: Session, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shown_request, "HOLD_MS", 60_000)  # so that it counts as quick on a machine that has no time for us
    stream = EventStream()
    stream.cold_success()
    stream.assign("running", stream.events[-1].environment_id, "warm")
    session.apply(stream.events, now_ms=time.time() * 1000)
    panel.refresh()
    assert headline(panel).startswith("Succeeded")
    panel.select("running")
    assert headline(panel).startswith("Running")
    panel.select("")
    assert headline(panel).startswith("Succeeded")

    monkeypatch.setattr(shown_request, "HOLD_MS", 0)
    qtbot.waitUntil(lambda: headline(panel).startswith("Running"))  # it is not so quick
