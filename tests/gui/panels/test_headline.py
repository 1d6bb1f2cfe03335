"""The strip of figures at every width, in every state: nothing is cut that could fit, or lies over another, or jumps."""

from __future__ import annotations

import time
from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.support.event_builders import EventStream
from workbench.gui.panels.result.headline import Headline
from workbench.gui.panels.result.identity import SentRequest
from workbench.gui.panels.result.result_panel import ResultPanel
from workbench.gui.panels.result.result_strip import ResultStrip
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.gui.workspace.strip_place import StripPlace
from workbench.model.prices import decode_prices
from workbench.resource_files import resource_path
from workbench.state.costs import Pricing
from workbench.state.session import Session

WIDTHS = range(640, 2_561, 64)
STATES = ("r-first", "r-cold", "r-warm", "r-error", "r-cancelled", "r-timeout", "r-running")
NAME, EVENT = "resize-thumbnails", "order-paid"


@pytest.fixture
def session() -> Session:
    """One invocation in each state; all but the first have one before them."""
    stream = EventStream(NAME, memory_mb=1_024)
    stream.now_ms = time.time() * 1_000 - 8_000
    stream.warm_success("r-first", "0b0000", 14.2)
    stream.cold_success("r-cold")
    stream.warm_success("r-warm")
    stream.raised("r-error")
    stream.cancelled("r-cancelled")
    stream.timeout("r-timeout")
    stream.assign("r-running", "a81f00", "warm")
    session = Session(Pricing(decode_prices(resource_path("prices/lambda.json").read_bytes()).table("us-east-1")))
    session.apply(stream.events)
    return session


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> ResultPanel:
    panel = ResultPanel(session)
    qtbot.addWidget(panel)
    for request_id in STATES:
        panel.note_request(request_id, SentRequest(NAME, event_name=EVENT))
    return panel


@pytest.fixture
def page(qtbot: QtBot, panel: ResultPanel) -> QWidget:
    """The strip at its place, above something that takes the rest."""
    page, place = QWidget(), StripPlace()
    qtbot.addWidget(page)
    place.put(panel.strip)
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(place)
    column.addWidget(QWidget(), 1)
    page.resize(1_000, 600)
    page.show()
    return page


def fit(page: QWidget, *, is_low: bool) -> StripPlace:
    place = page.findChild(StripPlace)
    assert place is not None
    place.fit(300 if is_low else 2_000)
    return place


def rect_in(part: QWidget, whole: QWidget) -> QRect:
    return QRect(part.mapTo(whole, QPoint()), part.size())


def parts_of(strip: ResultStrip) -> list[QWidget]:
    headline = strip.headline
    buttons = (strip.cancel_button, strip.replay_button, strip.compare_button, strip.star_button)
    found = (headline.status, headline.start, headline.previous, *headline.cells, *buttons)
    return [part for part in found if part.isVisible()]


def name_place(headline: Headline) -> QRect:
    """What is painted of the name, which has more room than it needs."""
    label = headline.identity
    place = rect_in(label, headline)
    return QRect(place.x(), place.y(), label.fontMetrics().horizontalAdvance(label.shown), place.height())


def faults(strip: ResultStrip) -> list[str]:
    """What is wrong with how the strip is laid out."""
    headline = strip.headline
    places = {f"{type(part).__name__} {part.toolTip()}": rect_in(part, strip) for part in parts_of(strip)} | {
        "name": name_place(headline)}
    found = [f"{one} over {other}" for one, other in combinations(places, 2) if places[one].intersects(places[other])]
    found += [f"{name} outside" for name, place in places.items() if not strip.rect().contains(place)]
    labels = [label for cell in headline.cells for label in (cell.title, cell.value, cell.unit, cell.before) if label.isVisible()]
    found += [f"{label.text()} is cut" for label in (headline.status, headline.start, *labels)
              if label.width() < label.sizeHint().width() or label.height() < label.fontMetrics().height()]
    if headline.identity.shown not in (headline.identity.text(), f"{NAME} · $LATEST · event {EVENT}", f"{NAME} · {EVENT}",
                                       f"{NAME} · {EVENT} · in the handler"):
        found.append(f"the name is cut: {headline.identity.shown}")
    line = rect_in(headline.cells[0].before, headline)
    if headline.previous.isVisible() and headline.cells[0].before.isVisible() and not (
            line.top() - 2 <= headline.previous.geometry().center().y() <= line.bottom() + 2):
        found.append("what names the line of before is not in it")
    return found


@pytest.mark.parametrize("is_low", [False, True])
def test_nothing_is_cut_or_over_another_or_jumps(qtbot: QtBot, page: QWidget, panel: ResultPanel, is_low: bool) -> None:
    place, headline = fit(page, is_low=is_low), panel.strip.headline
    for width_px in WIDTHS:
        page.resize(width_px, 600)
        seen = set()
        for request_id in STATES:
            panel.select(request_id)
            qtbot.waitUntil(lambda: place.height() == place.sizeHint().height())
            assert not faults(panel.strip), (width_px, request_id)
            if not is_low:  # else it gives way to status and kind of start
                assert headline.previous.isVisible() is (request_id != "r-first"), (width_px, request_id)
            seen.add((place.height(), *((cell.x(), cell.y()) for cell in headline.cells)))
        assert len(seen) == 1, width_px


def test_it_has_its_height_in_the_turn_in_which_it_gets_another_width(page: QWidget, panel: ResultPanel) -> None:
    """It wanted more height only once it was narrow: it was painted squeezed in between."""
    place = fit(page, is_low=False)
    panel.select("r-warm")
    heights_px = set()
    for width_px in (1_280, 640, 1_280, 700):
        page.resize(width_px, 600)
        assert place.height() >= panel.strip.headline.heightForWidth(panel.strip.headline.width())
        assert not faults(panel.strip), width_px
        heights_px.add((width_px == 1_280, place.height() > 90))
    assert heights_px == {(True, False), (False, True)}


def test_a_long_name_gets_the_room_that_figures_leave(page: QWidget, panel: ResultPanel) -> None:
    fit(page, is_low=False)
    page.resize(1_920, 600)
    long = "an-order-that-was-paid-twice-by-the-same-customer-on-the-same-day-and-then-sent-back"
    panel.note_request("r-warm", SentRequest(NAME, event_name=long))
    panel.select("r-warm")
    headline = panel.strip.headline
    assert headline.identity.shown == headline.identity.text() == f"{NAME} · $LATEST · event {long}"


def test_what_is_being_done_gives_way_before_the_name_is_cut(qtbot: QtBot) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText("thumbnail · $LATEST · event cat · in the handler")
    label.set_shorter("thumbnail · cat · in the handler", "thumbnail · $LATEST · event cat", "thumbnail · cat")
    shown = []
    for width_px in range(600, 40, -1):
        label.resize(width_px, 20)
        shown += [label.shown] if label.shown not in shown else []
    assert shown[:3] == [label.text(), "thumbnail · cat · in the handler", "thumbnail · cat"]
    assert "…" in shown[3]


def test_the_word_of_a_state_is_whole_in_the_narrowest_strip(page: QWidget, panel: ResultPanel) -> None:
    """In a smaller size where that of a title has no room."""
    fit(page, is_low=False)
    headline, words = panel.strip.headline, "◌ Waiting for a debugger…"
    panel.select("r-running")
    for width_px in WIDTHS:
        page.resize(width_px, 600)
        headline.status.setText(words)
        headline.arrange()
        status = headline.status
        assert status.sizeHint().width() <= status.width(), width_px
