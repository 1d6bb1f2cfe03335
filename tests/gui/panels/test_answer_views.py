"""An answer looked at in every way: long text, tree, HTTP response, pictures, pages, bytes, difference; by mouse and keyboard."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream
from workbench.gui.look.theme import LIGHT
from workbench.gui.panels.result.result_panel import ResultPanel
from workbench.gui.panels.result.result_text import json_row_pieces
from workbench.gui.widgets.json_tree import JsonTree
from workbench.gui.widgets.json_tree_model import JsonTreeModel
from workbench.gui.widgets.lines_view import LinesModel, LinesView
from workbench.state.json_outline import outline
from workbench.state.session import Session
from workbench.state.text_lines import TextLines

HTTP_EVENT = {"requestContext": {"http": {"method": "GET", "path": "/cat"}}}


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> ResultPanel:
    panel = ResultPanel(session)
    qtbot.addWidget(panel)
    qtbot.addWidget(panel.strip)
    panel.resize(760, 520)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def answer(panel: ResultPanel, session: Session, result: Any, event: Any = None, request_id: str = "r") -> None:
    """The panel shows an answer."""
    stream = EventStream()
    stream.events = []
    stream.assign(request_id, "e", "warm", event)
    stream.invoke(request_id, "e", result=result)
    first = session.sequence.last
    session.apply([type(each)(seq=first + each.seq, time_ms=each.time_ms, type=each.type, function_name=each.function_name,
                              environment_id=each.environment_id, request_id=each.request_id, record=each.record)
                   for each in stream.events])
    panel.select(request_id)
    panel.refresh()


def choose(panel: ResultPanel, name: str) -> None:
    button = panel.answers.buttons[name]
    assert not button.visibleRegion().isEmpty(), "it has its place as soon as it is shown"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel.answers.shown == name


def search(panel: ResultPanel, text: str, count: str, qtbot: QtBot) -> None:
    QTest.mouseClick(panel.answers.search_button, Qt.MouseButton.LeftButton)
    assert panel.answers.search.isVisible()
    panel.answers.search.edit.setText(text)
    QTest.keyClick(panel.answers.search.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.answers.search.count.text() == count)


def png(width: int, height: int) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#336699"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(QByteArray(buffer.data()).data())


def png_bomb() -> bytes:
    """A picture of 60,000 x 60,000 pixels in a few bytes."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + chunk(b"IEND", b"")


def responded(panel: ResultPanel, session: Session, media_type: str, body: bytes | str, request_id: str = "r") -> None:
    document = {"statusCode": 200, "headers": {"content-type": media_type}, "cookies": ["session=1; HttpOnly"]}
    if isinstance(body, bytes):
        document |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    else:
        document["body"] = body
    answer(panel, session, document, HTTP_EVENT, request_id)


def places(panel: ResultPanel) -> list[tuple[QRect, bool]]:
    """Where the bar and what is below it are, and whether they can be seen."""
    shown = [panel.answers.bar, *panel.answers.bar.findChildren(QToolButton), panel.answers.text]
    return [(QRect(each.mapTo(panel, QPoint()), each.size()), each.visibleRegion().isEmpty()) for each in shown]


def test_buttons_have_their_places_in_the_turn_in_which_they_are_shown(panel: ResultPanel, session: Session) -> None:
    """Or what is below them would be painted, and then be moved down."""
    for number, document in enumerate(({"a": [1, {"b": 2}]}, 1, {"statusCode": 200, "body": "{}"}, {"a": [2]})):
        answer(panel, session, document, HTTP_EVENT if "statusCode" in str(document) else None, f"r{number}")
        at_once = places(panel)
        for _ in range(20):
            QCoreApplication.processEvents()
        assert places(panel) == at_once


# --- text and tree


@pytest.mark.parametrize("row", [5, 6, 7])
def test_a_string_has_one_color_in_all_of_its_rows(row: int) -> None:
    """Of a long one, digits were painted as numbers, and letters as true, false and null."""
    text = json.dumps([{"a": 1}, "1 true \\ \"x\" " * 200, 2], indent=2)
    lines = TextLines(text, 100)
    assert lines.continues(row)
    pieces = list(json_row_pieces(lines[row], is_begun=lines.continues(row), goes_on=lines.continues(row + 1)))
    assert "".join(piece.text for piece in pieces) == lines[row]
    assert {piece.token for piece in pieces} <= {"syntax_string"}


def test_the_rows_where_a_long_string_begins_and_ends_keep_their_colors() -> None:
    begins = [(piece.text, piece.token) for piece in json_row_pieces('  "key": "a1', is_begun=False, goes_on=True)]
    assert [each for each in begins if each[0].strip()] == [
        ("\"key\"", "syntax_function"), (":", "text"), ("\"a1", "syntax_string")]
    ends = [(piece.text, piece.token) for piece in json_row_pieces('1 true", 17', is_begun=True, goes_on=False)]
    assert [each for each in ends if each[0].strip()] == [("1 true\"", "syntax_string"), (",", "text"), ("17", "syntax_number")]
    [whole] = json_row_pieces("ends with \\", is_begun=True, goes_on=True)
    assert whole == ("ends with \\", "syntax_string", False)


def test_a_long_text_is_shown_in_rows_and_searched(qtbot: QtBot, panel: ResultPanel, session: Session) -> None:
    answer(panel, session, [{"name": f"item {number}"} for number in range(20_000)])
    long = panel.answers.text.long
    qtbot.waitUntil(lambda: panel.answers.text.is_long)
    assert long.lines.rowCount() == 60_002
    assert long.lines.data(long.lines.index(2, 0)) == '    "name": "item 0"'
    search(panel, "ITEM 1999", "1 of 11", qtbot)
    assert long.delegate.found is not None
    assert long.lines.data(long.currentIndex()) == '    "name": "item 1999"'
    QTest.keyClick(panel.answers.search.edit, Qt.Key.Key_Return)
    assert panel.answers.search.count.text() == "2 of 11"
    assert long.lines.data(long.currentIndex()) == '    "name": "item 19990"'
    QTest.keyClick(panel.answers.search.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert panel.answers.search.count.text() == "1 of 11"
    QTest.keyClick(panel.answers.search.edit, Qt.Key.Key_Escape)
    assert not panel.answers.search.isVisible()


def test_rows_are_copied_as_the_text_is(qtbot: QtBot, panel: ResultPanel, session: Session) -> None:
    answer(panel, session, "x" * 50_000)  # one line
    long = panel.answers.text.long
    qtbot.waitUntil(lambda: panel.answers.text.is_long)
    long.selectAll()
    QTest.keyClick(long, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == f'"{"x" * 50_000}"'
    long.clearSelection()
    for row in (0, 2):
        long.selectionModel().select(long.lines.index(row, 0), long.selectionModel().SelectionFlag.Select)
    long.copy_selected()
    assert QGuiApplication.clipboard().text() == '"' + "x" * 999 + "x" * 1_000


def test_a_short_text_is_searched_too(qtbot: QtBot, panel: ResultPanel, session: Session) -> None:
    answer(panel, session, {"emoji": "😀 Kiwi", "b": "kiwi"})
    search(panel, "kiwi", "1 of 2", qtbot)
    marks = panel.text.extraSelections()
    assert [mark.cursor.selectedText() for mark in marks] == ["Kiwi"]
    search(panel, "nothing", "none", qtbot)


def test_a_tree_is_opened_searched_and_copied(qtbot: QtBot, panel: ResultPanel, session: Session) -> None:
    answer(panel, session, {"items": [{"id": number, "name": f"n {number}"} for number in range(1_200)], "é": "\n"})
    qtbot.waitUntil(lambda: panel.answers.buttons["tree"].isVisible())
    choose(panel, "tree")
    tree = panel.answers.tree
    search(panel, "n 1005", "1 of 1", qtbot)
    assert tree.document.data(tree.currentIndex().siblingAtColumn(1)) == '"n 1005"'
    assert tree.document.data(tree.currentIndex(), Qt.ItemDataRole.ToolTipRole) == "$.items[1005].name"
    QTest.keyClick(tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "n 1005"
    tree.copy_path_action.trigger()
    assert QGuiApplication.clipboard().text() == "$.items[1005].name"
    tree.setCurrentIndex(tree.currentIndex().parent())
    tree.copy_value()
    assert json.loads(QGuiApplication.clipboard().text()) == {"id": 1_005, "name": "n 1005"}


def test_a_small_document_is_seen_whole(panel: ResultPanel, session: Session) -> None:
    answer(panel, session, {"items": [{"id": 1}], "n": None})
    choose(panel, "tree")
    tree = panel.answers.tree
    top = tree.document.index(0, 0)
    assert tree.isExpanded(top)
    assert tree.isExpanded(tree.document.index(0, 0, top))
    assert not tree.isExpanded(tree.document.index(1, 0, top))


def test_in_a_narrow_panel_the_buttons_take_two_rows(qtbot: QtBot, panel: ResultPanel, session: Session) -> None:
    responded(panel, session, "text/html", "<p>x")
    bar, copy = panel.answers.bar, panel.copy_button
    qtbot.waitUntil(lambda: copy.mapTo(bar, copy.rect().topLeft()).y() < 10)
    panel.resize(bar.minimumSizeHint().width() + 40, 500)
    qtbot.waitUntil(lambda: copy.mapTo(bar, copy.rect().topLeft()).y() > 10)


def test_the_tree_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = JsonTreeModel()
    model.show_document(outline(json.dumps({"a": [1, {"b": []}], "c": {}, "d": list(range(700))}).encode()))
    top = model.index(0, 0)
    model.fetchMore(top)
    for row in range(model.rowCount(top)):
        model.fetchMore(model.index(row, 0, top))
    qtmodeltester.check(model)
    assert model.index_of(("d", 650)).isValid()
    assert not model.index_of(("d", 900)).isValid()
    assert not model.index_of(("a", 0, "x")).isValid()
    qtmodeltester.check(model)
    model.show_document(None)
    assert model.rowCount() == 0


def test_rows_keep_qts_rules(qtmodeltester: ModelTester) -> None:
    model = LinesModel()
    model.show_rows(TextLines("one\ntwo"))
    qtmodeltester.check(model)
    assert model.rowCount() == 2


# --- HTTP


def test_a_response_is_shown_as_http(panel: ResultPanel, session: Session) -> None:
    responded(panel, session, "application/json", '{"ü":1}')
    assert panel.answers.shown == "response"
    head = panel.answers.response.head.toPlainText()
    assert head == "200 OK\ncontent-type: application/json\n\nCOOKIES\nsession=1; HttpOnly\n"
    lines = panel.answers.response.lines
    assert panel.answers.response.shown is lines
    assert lines.lines.data(lines.lines.index(1, 0)) == '  "ü": 1'
    assert panel.strip.headline.identity.text().endswith("GET /cat")


def test_the_view_that_a_person_chose_stays_where_there_is_one(panel: ResultPanel, session: Session) -> None:
    responded(panel, session, "text/plain", "hello")
    choose(panel, "text")
    responded(panel, session, "text/plain", "again", "r2")
    assert panel.answers.shown == "text"
    answer(panel, session, "no response", request_id="r3")
    assert panel.answers.shown == "text"
    assert not panel.answers.buttons["response"].isVisible()


def test_a_page_is_drawn_without_scripts_and_loads_nothing(panel: ResultPanel, session: Session, tmp_path: Any) -> None:
    (tmp_path / "secret.png").write_bytes(png(5, 5))
    html = (f"<h1>Hello</h1><script>document.title='x'</script><img src='file://{tmp_path}/secret.png'>"
            f"<img src='http://127.0.0.1:9/x.png'><link rel=stylesheet href='file://{tmp_path}/x.css'>"
            "<a href='file:///etc/passwd'>l</a>")
    responded(panel, session, "text/html; charset=utf-8", html)
    page = panel.answers.response.page
    assert panel.answers.response.shown is page
    assert "Hello" in page.toPlainText()
    assert "document.title" not in page.toPlainText()
    assert page.loadResource(2, f"file://{tmp_path}/secret.png") is None
    assert not page.openLinks()
    QTest.mouseClick(panel.answers.response.source_button, Qt.MouseButton.LeftButton)
    assert panel.answers.response.lines.lines.rows is not None
    assert panel.answers.response.lines.lines.rows[0][:14] == "<h1>Hello</h1>"


@pytest.mark.parametrize("html", ["<table><tr><td>" * 20, "<table><tr>" + "<td>x" * 3_000, "<b>x</b>" * 9_000, "x" * 300_000,
                                  "y" * 9_000, "<div>" * 200])
def test_a_page_that_would_hold_the_window_is_shown_as_text(
    qtbot: QtBot, panel: ResultPanel, session: Session, html: str
) -> None:
    responded(panel, session, "text/html", html)
    response = panel.answers.response
    qtbot.waitUntil(lambda: "to be drawn here" in response.told.text())
    assert response.shown is response.lines
    assert response.page.toPlainText() == ""


def test_usual_pages_are_drawn(qtbot: QtBot, panel: ResultPanel, session: Session) -> None:
    usual = "<ul>" + "<li>an item of a list" * 500 + "</ul><table>" + "<tr><td>one<td>two" * 300 + "</table><p>" + "word " * 5_000
    responded(panel, session, "text/html", usual)
    qtbot.waitUntil(lambda: panel.answers.shown == "response")
    assert panel.answers.response.shown is panel.answers.response.page
    assert "an item of a list" in panel.answers.response.page.toPlainText()


def test_a_page_is_given_to_the_browser(qtbot: QtBot, panel: ResultPanel, session: Session) -> None:
    responded(panel, session, "text/html", "<p>hi")
    with qtbot.waitSignal(panel.browser_wanted) as wanted:
        panel.answers.response.browser_button.click()
    assert wanted.args == ["<p>hi"]


def test_pictures_are_drawn(qtbot: QtBot, panel: ResultPanel, session: Session) -> None:
    picture = panel.answers.response.picture
    responded(panel, session, "image/png", png(40, 30))
    qtbot.waitUntil(lambda: picture.image is not None)
    assert picture.accessibleName() == "Picture, 40 × 30 pixels"
    shown = picture.grab().toImage()
    assert shown.pixelColor(5, 5).name() == "#336699"
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 90"><rect width="90" height="90" fill="#ff0000"/></svg>'
    responded(panel, session, "image/svg+xml", svg, "r2")
    qtbot.waitUntil(lambda: picture.accessibleName() == "Picture, 90 × 90 pixels")
    assert picture.grab().toImage().pixelColor(20, 20).name() == "#ff0000"


@pytest.mark.parametrize(("media_type", "body", "why"), [
    ("image/png", png_bomb(), "60,000 × 60,000 pixels, too many"),
    ("image/png", b"\x89PNG\r\n\x1a\nbroken", "cannot be read"),
    ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/hostname"/></svg>', "has an element image")])
def test_a_picture_that_is_not_drawn_says_why(
    qtbot: QtBot, panel: ResultPanel, session: Session, media_type: str, body: bytes | str, why: str
) -> None:
    responded(panel, session, media_type, body)
    qtbot.waitUntil(lambda: why in panel.answers.response.picture.problem)
    assert panel.answers.response.picture.image is None
    panel.answers.response.picture.grab()


def test_bytes_are_shown_as_a_dump(qtbot: QtBot, panel: ResultPanel, session: Session) -> None:
    responded(panel, session, "application/octet-stream", bytes(range(128, 256)))
    rows = panel.answers.response.lines.lines.rows
    assert rows is not None
    assert rows[0].startswith("00000000  80 81 82")
    search(panel, "90 91", "1 of 1", qtbot)
    assert panel.answers.response.lines.currentIndex().row() == 1


# --- comparison and errors


def test_two_results_are_compared(qtbot: QtBot, panel: ResultPanel, session: Session) -> None:
    answer(panel, session, {"a": 1, "b": 2}, request_id="first")
    answer(panel, session, {"a": 1, "b": 3}, request_id="second")
    answer(panel, session, {"a": 1, "b": 3}, request_id="third")
    choose(panel, "compare")
    compare = panel.answers.compare
    qtbot.waitUntil(lambda: compare.comparison.told.text() == "There is no difference.")
    assert compare.other.count() == 2
    panel.compare_with("first")
    qtbot.waitUntil(lambda: compare.comparison.told.text() == "Lines: 1 removed, 1 added")
    assert '-  "b": 2\n+  "b": 3' in compare.comparison.diff.toPlainText()
    panel.select("second")
    panel.refresh()
    assert compare.other.currentData() == "first"  # what was chosen stays


def test_without_another_result_nothing_is_compared(panel: ResultPanel, session: Session) -> None:
    answer(panel, session, {"a": 1})
    choose(panel, "compare")
    assert panel.answers.compare.comparison.told.text() == "There is no other result yet to compare with."


def test_an_error_is_read_first_whatever_was_looked_at(panel: ResultPanel, session: Session) -> None:
    answer(panel, session, {"a": 1})
    choose(panel, "tree")
    stream = EventStream()
    stream.warm_success("ok")
    failed = stream.raised("failed")
    session.apply([type(each)(seq=1_000 + each.seq, time_ms=each.time_ms, type=each.type, function_name=each.function_name,
                              environment_id=each.environment_id, request_id=each.request_id, record=each.record)
                   for each in failed])
    panel.select("failed")
    assert panel.answers.shown == "text"
    assert panel.failure.error.text() == "ValueError: boom"
    assert panel.strip.headline.status.text() == "✕ Failed"


def test_a_new_theme_colors_everything_anew(qtbot: QtBot, panel: ResultPanel, session: Session) -> None:
    responded(panel, session, "application/json", '{"a": 1}')
    panel.set_theme(LIGHT)
    assert panel.answers.response.head.toPlainText().startswith("200 OK")
    answer(panel, session, [1] * 20_000, request_id="long")
    qtbot.waitUntil(lambda: panel.answers.text.is_long)
    panel.set_theme(LIGHT)
    assert panel.answers.text.long.delegate.theme == LIGHT


def test_everything_has_a_name_and_can_be_reached(panel: ResultPanel, session: Session) -> None:
    responded(panel, session, "text/html", "<p>x")
    for button in panel.answers.buttons.values():
        assert button.accessibleName()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    views = panel.answers
    for widget in (views.tree, views.bytes, views.text.long, views.response.page, views.compare.other, views.search.edit,
                   views.search_button, views.search.next):
        assert widget.accessibleName()


def test_a_place_that_another_answer_no_longer_has_is_passed_over(qtbot: QtBot) -> None:
    """The field steps on while the answer, and with it what is found, is replaced."""
    for view in (LinesView("lines"), JsonTree()):
        qtbot.addWidget(view)
        view.show_found(0)


def test_of_a_failed_invocation_no_response_is_made_up(panel: ResultPanel, session: Session) -> None:
    """Of an error, a front makes an answer of its own: not the 200 that format 2.0 makes of any answer."""
    stream = EventStream()
    stream.events = []
    stream.assign("r", "e", "warm", HTTP_EVENT)
    stream.fail("r", "e", json.dumps({"errorMessage": "boom", "errorType": "ValueError"}), error_type="Function.ValueError")
    session.apply(stream.events)
    panel.select("r")
    panel.refresh()
    assert panel.answers.shown == "text"
    assert not panel.answers.buttons["response"].isVisible()


def test_json_is_read_from_the_left_also_in_arabic(panel: ResultPanel, session: Session) -> None:
    answer(panel, session, {"رسالة": "مرحبا", "message": "שלום"})
    document = panel.text.document()
    assert '"رسالة"' in document.findBlockByNumber(1).text()
    directions = {document.findBlockByNumber(number).textDirection() for number in range(document.blockCount())}
    assert directions == {Qt.LayoutDirection.LeftToRight}
