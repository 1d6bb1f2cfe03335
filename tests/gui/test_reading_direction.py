"""Quoted Arabic and Hebrew texts are shown from left to right, one after the other, and are copied as they were written."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QTextLayout, QTextLine
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream
from workbench.editor.reading_direction import MARK, OrderedText, as_written, in_order
from workbench.gui.panels.log.log_panel import LogPanel
from workbench.gui.panels.result.result_panel import ResultPanel
from workbench.gui.panels.result.result_text import Piece
from workbench.gui.widgets.diff_view import DiffView
from workbench.model.events import StreamEvent
from workbench.state.session import Session

ANSWER = {"רשת": "שלום", "العنوان": "مرحبا", "plain": "text"}


def places_px(text: str, *parts: str) -> list[float]:
    """Where texts stand within a line: after their first letters, because where directions meet, a position has two places."""
    layout = QTextLayout(text)
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    return [_x_px(line, text.index(part) + 1) for part in parts]


def _x_px(line: QTextLine, position: int) -> float:
    found = line.cursorToX(position)
    return float(found[0] if isinstance(found, tuple) else found)


@pytest.fixture
def result(qtbot: QtBot) -> ResultPanel:
    session = Session()
    stream = EventStream()
    stream.events = []
    stream.assign("r", "e", "warm", {})
    stream.invoke("r", "e", result=ANSWER)
    session.apply(stream.events)
    panel = ResultPanel(session)
    for widget in (panel, panel.strip):
        qtbot.addWidget(widget)
    panel.resize(760, 520)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.select("r")
    panel.refresh()
    return panel


@pytest.mark.parametrize(("text", "parts"), [
    ('"רשת": "שלום", "עיר": "חיפה"', ("רשת", "שלום", "עיר", "חיפה")),
    ("מילים {'מפתח': 'ערך'}", ("מילים", "מפתח", "ערך")),
    ('["abc", "בבב", "גגג"]', ("abc", "בבב", "גגג")),
])
@pytest.mark.usefixtures("qapp")
def test_quoted_texts_are_shown_in_the_order_of_their_writing(text: str, parts: tuple[str, ...]) -> None:
    shown = places_px(f"x {in_order(text)}", *parts)
    assert shown == sorted(shown)
    assert as_written(in_order(text)) == text


@pytest.mark.parametrize("text", ['{"a": "b"}', '{"größe": "日本"}', "שלום", f'"א{MARK}": "ב"', 'צה"ל וארה"ב', "ג'ירפה וצ'ק"])
def test_other_text_is_painted_as_it_is(text: str) -> None:
    assert in_order(text) == text


def test_a_result_shows_the_key_before_its_value(result: ResultPanel) -> None:
    document = result.text.document()
    for number, (key, value) in enumerate(ANSWER.items(), start=1):
        before, after = places_px(document.findBlockByNumber(number).text(), key, value)
        assert before < after


def test_a_result_is_copied_and_found_as_the_function_wrote_it(result: ResultPanel) -> None:
    result.text.selectAll()
    result.text.copy()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith(json.dumps(ANSWER, ensure_ascii=False, indent=2) + "\n")
    found: list[int] = []
    result.answers.text.search('"רשת": "שלום"', found.append)
    assert found == [1]


def test_marks_that_the_function_wrote_are_copied(result: ResultPanel) -> None:
    own = f'"א{MARK}": "ב"'
    result.text.write([Piece(own, "text")])
    result.text.selectAll()
    result.text.copy()
    assert QGuiApplication.clipboard().text() == own


def test_a_preview_shows_the_key_before_its_value_and_gives_back_what_was_written(qtbot: QtBot) -> None:
    text, view = json.dumps(ANSWER, ensure_ascii=False, indent=2), OrderedText()
    qtbot.addWidget(view)
    view.setPlainText(text)
    before, after = places_px(view.document().findBlockByNumber(1).text(), *next(iter(ANSWER.items())))
    view.selectAll()
    view.copy()
    assert before < after
    assert (view.toPlainText(), QGuiApplication.clipboard().text()) == (text, text)


def test_a_difference_begins_at_the_left_and_is_copied_as_it_is(qtbot: QtBot) -> None:
    diff, view = '--- a\n+++ b\n@@ -1 +1 @@\n-"רשת": "חיפה"\n+"רשת": "שלום"', DiffView()
    qtbot.addWidget(view)
    view.show_diff(diff, "")
    changed = view.document().findBlockByNumber(4)
    before, after = places_px(changed.text(), "רשת", "שלום")
    view.selectAll()
    view.copy()
    assert changed.textDirection() is Qt.LayoutDirection.LeftToRight
    assert before < after
    assert (view.toPlainText(), QGuiApplication.clipboard().text()) == (diff, diff)


def test_a_log_line_shows_the_key_before_its_value(qtbot: QtBot) -> None:
    """Two lines that differ in the value alone look alike up to where the value is: in their right half."""
    first, second = (_line(qtbot, f"{{'ממממממ': '{letter * 6}'}}") for letter in "של")
    paper = QImage(first)
    paper.fill(first.pixelColor(first.width() - 1, 0))
    differing, inked = _differing(first, second), _differing(first, paper)
    assert min(differing) - min(inked) > max(inked) - min(differing)


def _differing(one: QImage, other: QImage) -> list[int]:
    return [x for x in range(one.width()) if any(one.pixel(x, y) != other.pixel(x, y) for y in range(one.height()))]


def _line(qtbot: QtBot, text: str) -> QImage:
    session = Session()
    session.apply([StreamEvent(seq=1, time_ms=1_792_000_000_000, type="function", function_name="f", environment_id="e",
                               request_id="r", record=text)])
    panel = LogPanel(session)
    qtbot.addWidget(panel)
    panel.resize(900, 300)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.refresh()
    painter = panel.view.painter
    return panel.view.viewport().grab().toImage().copy(painter.text_px, 0, 500, painter.line_px)
