"""The HTTP request beside a result: where it stands, what it tells, and how it is sent again."""

from __future__ import annotations

import json

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream
from workbench.gui.look.theme import LIGHT
from workbench.gui.panels.result.http_inspector import ASKING, NOT_KEPT
from workbench.gui.panels.result.http_text import ENDS, MOST_CHUNKS_SHOWN
from workbench.gui.panels.result.result_body import WIDE_PX
from workbench.gui.panels.result.result_panel import ResultPanel
from workbench.model.url_exchanges import BodyInfo, ChunkInfo, End, UrlExchangeInfo, UrlResponseInfo
from workbench.state.session import Session

ORDER = '{"id":7}'
RESPONSE = UrlResponseInfo(status=201, headers=(("Content-Type", "application/json"), ("Set-Cookie", "a=••••••••; Path=/")),
                           body=BodyInfo(text='{"ok":true}', size_bytes=11, kept_bytes=11), after_ms=12.3, end="whole",
                           ended_ms=12.4)
EXCHANGE = UrlExchangeInfo(
    request_id="r-url", function="orders", method="POST", url="http://abc.lambda-url.us-east-1.localhost:9001/orders?dry=1",
    path="/orders", query="dry=1", protocol="HTTP/1.1", headers=(("Content-Type", "application/json"), ("Cookie", "s=••••••••")),
    body=BodyInfo(text=ORDER, size_bytes=8, kept_bytes=8), received_ms=1.0, response=RESPONSE)


@pytest.fixture
def session() -> Session:
    stream = EventStream("orders")
    event = {"requestContext": {"domainName": "abc.lambda-url.us-east-1.localhost", "requestId": "r-url"}}
    stream.assign("r-plain", "a81f00", "warm")
    stream.invoke("r-plain", "a81f00")
    stream.assign("r-url", "a81f00", "warm", event)
    stream.invoke("r-url", "a81f00")
    session = Session()
    session.apply(stream.events)
    return session


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> ResultPanel:
    panel = ResultPanel(session)
    qtbot.addWidget(panel)
    qtbot.addWidget(panel.strip)
    panel.resize(WIDE_PX + 100, 400)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def told(panel: ResultPanel) -> str:
    return panel.body.inspector.text.toPlainText()


def ended(end: End, **changes: object) -> UrlExchangeInfo:
    return msgspec.structs.replace(EXCHANGE, response=msgspec.structs.replace(RESPONSE, end=end, is_streamed=True, **changes))


def test_it_is_asked_for_and_stands_beside_the_result(panel: ResultPanel, session: Session, qtbot: QtBot) -> None:
    assert session.history.newest() is panel.invocation
    assert panel.body.inspector.isVisible()
    assert not panel.body.inspector.back.isVisible()
    assert panel.text.isVisible()
    assert told(panel) == ASKING
    panel.select("r-plain")
    assert not panel.body.inspector.isVisible()
    assert not panel.body.toggle.isVisible()
    with qtbot.waitSignal(panel.body.exchange_wanted) as wanted:
        panel.select("r-url")
    assert wanted.args == ["r-url"]
    panel.body.inspector.show_exchange(None)
    assert told(panel) == NOT_KEPT
    assert not panel.body.inspector.copy_curl.isEnabled()


def test_request_and_response(panel: ResultPanel) -> None:
    panel.body.inspector.show_exchange(EXCHANGE)
    assert told(panel).splitlines() == [
        "REQUEST", "POST /orders?dry=1 HTTP/1.1", "Content-Type: application/json", "Cookie: s=••••••••", "",
        "{", '  "id": 7', "}", "", "RESPONSE", "201  after 12.3 ms", "Content-Type: application/json",
        "Set-Cookie: a=••••••••; Path=/", "", "{", '  "ok": true', "}"]
    panel.set_theme(LIGHT)
    assert told(panel).startswith("REQUEST")


def test_in_a_narrow_panel_the_button_changes_between_both(panel: ResultPanel, qtbot: QtBot) -> None:
    panel.resize(WIDE_PX - 100, 400)
    assert not panel.body.inspector.isVisible()
    assert panel.text.isVisible()
    panel.body.toggle.click()
    assert panel.body.inspector.isVisible()
    assert not panel.text.isVisible()
    assert not panel.body.toggle.isVisible(), "it is part of what has no room"
    assert panel.body.inspector.back.isVisible()
    qtbot.mouseClick(panel.body.inspector.back, Qt.MouseButton.LeftButton)
    assert panel.text.isVisible()
    assert panel.body.toggle.isVisible()
    panel.resize(WIDE_PX + 100, 400)
    assert not panel.body.inspector.isVisible(), "it was closed"


def test_a_stream_has_its_parts_and_how_it_ended(panel: ResultPanel) -> None:
    chunks = tuple(ChunkInfo(20.0 + 5 * number, 10) for number in range(MOST_CHUNKS_SHOWN + 1))
    for end in ("whole", "broken", "left", "sending"):
        panel.body.inspector.show_exchange(ended(end, chunks=chunks, chunks_left_out=2))
        lines = told(panel).splitlines()
        assert "201  after 12.3 ms, ended after 12.4 ms" in lines
        at = lines.index(f"STREAMED in {MOST_CHUNKS_SHOWN + 3} parts")
        assert lines[at + 1:at + 3] == ["   20.0 ms  +7.7 ms  10 bytes", "   25.0 ms  +5.0 ms  10 bytes"]
        assert ("… and 3 more" in lines, lines[-1] == ENDS[end] or end == "whole") == (True, True)


def test_what_is_no_text_and_what_was_cut(panel: ResultPanel) -> None:
    body = BodyInfo(text="/wA=", is_base64=True, size_bytes=100, kept_bytes=2)
    panel.body.inspector.show_exchange(msgspec.structs.replace(EXCHANGE, body=body, response=None))
    assert told(panel).splitlines()[4:] == [
        "", "No text; as base64, 100 bytes:", "/wA=", "The first 2 bytes of 100 bytes.", "", "RESPONSE", "There is none yet."]


def test_copy_as_curl(panel: ResultPanel) -> None:
    panel.body.inspector.show_exchange(EXCHANGE)
    panel.body.inspector.copy_curl.click()
    command = QGuiApplication.clipboard().text()
    assert command.startswith("curl -i -X POST 'http://abc.lambda-url.us-east-1.localhost:9001/orders?dry=1'")
    assert command.endswith(f"--data-binary '{ORDER}'")
    assert json.loads(ORDER) == {"id": 7}
