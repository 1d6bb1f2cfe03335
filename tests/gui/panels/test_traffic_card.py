"""The slider of an alias: what it asks for, what stays while a person moves it, and what really ran."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from workbench.gui.look.theme import DARK
from workbench.gui.panels.versions.traffic_card import TrafficCard
from workbench.gui.panels.versions.version_words import traffic_words
from workbench.gui.panels.versions.versions_panel import VersionsPanel
from workbench.model.versions import AliasInfo, Routing, VersionInfo
from workbench.state.traffic import Traffic

VERSIONS = [VersionInfo(version=version) for version in ("$LATEST", "1", "2", "3")]
LIVE = AliasInfo(name="live", function_version="1", description="For customers", routing_config=Routing({"2": 0.125}))
BETA = AliasInfo(name="beta", function_version="3")


@pytest.fixture
def card(qtbot: QtBot) -> TrafficCard:
    card = TrafficCard()
    qtbot.addWidget(card)
    card.set_theme(DARK)
    card.show_alias(LIVE, VERSIONS)
    return card


def choose(card: TrafficCard, which: str, version: str) -> None:
    """Choose a version in a box, as with the mouse."""
    box = getattr(card, which)
    box.setCurrentIndex(box.findData(version))
    box.activated.emit(box.currentIndex())


def shares(card: TrafficCard) -> tuple[str, str]:
    return card._left.text(), card._right.text()


def test_an_alias_as_it_is(card: TrafficCard) -> None:
    assert (card.first.currentText(), card.second.currentText(), card.slider.value()) == ("Version 1", "Version 2", 12)
    assert shares(card) == ("87.5 %", "12.5 %")
    assert [card.first.itemText(index) for index in range(4)] == ["Version 3", "Version 2", "Version 1", "$LATEST"]
    card.show_alias(BETA, VERSIONS)
    assert (card.second.currentText(), card.slider.isEnabled(), shares(card)) == ("no second", False, ("100 %", ""))
    card.show_alias(None, ())
    assert card.isHidden()


def test_the_slider_asks_for_its_last_weight(card: TrafficCard, qtbot: QtBot) -> None:
    asked: list[AliasInfo] = []
    card.shifted.connect(asked.append)
    with qtbot.waitSignal(card.shifted):
        for percent in (20, 40, 60):
            card.slider.setValue(percent)
    assert [(each.weights, each.function_version, each.description) for each in asked] == [({"2": 0.6}, "1", "For customers")]
    assert shares(card) == ("40 %", "60 %")


def test_the_slider_by_keyboard(card: TrafficCard, qtbot: QtBot) -> None:
    with qtbot.waitSignal(card.shifted) as shifted:
        QTest.keyClick(card.slider, Qt.Key.Key_End)
    assert shifted.args[0].weights == {"2": 1.0}
    with qtbot.waitSignal(card.shifted) as shifted:
        QTest.keyClick(card.slider, Qt.Key.Key_Home)
    assert shifted.args[0].weights == {"2": 0.0}


def test_what_a_person_moves_stays_until_the_engine_has_it(card: TrafficCard, qtbot: QtBot) -> None:
    with qtbot.waitSignal(card.shifted):
        card.slider.setValue(60)
        card.show_alias(LIVE, VERSIONS)  # of before
        assert card.weight == 0.6
    card.show_alias(LIVE, VERSIONS)
    assert card.weight == 0.6
    card.settled()
    card.show_alias(LIVE, VERSIONS)
    assert card.weight == 0.125


def test_what_was_refused_stays_with_the_words_of_lambda_until_another_alias_is_shown(card: TrafficCard, qtbot: QtBot) -> None:
    with qtbot.waitSignal(card.shifted) as shifted:
        choose(card, "first", "$LATEST")
    assert (shifted.args[0].function_version, shifted.args[0].weights) == ("$LATEST", {"2": 0.125})
    words = "$LATEST is not supported for an alias pointing to more than 1 version"
    card.show_refusal(words)
    card.show_alias(LIVE, VERSIONS)
    assert (card.problem.text(), card.problem.isHidden(), card.first.currentData()) == (words, False, "$LATEST")
    card.show_alias(BETA, VERSIONS)
    card.show_alias(LIVE, VERSIONS)
    assert (card.problem.isHidden(), card.first.currentData()) == (True, "1")


def test_without_a_second_version_the_weights_are_cleared(card: TrafficCard, qtbot: QtBot) -> None:
    with qtbot.waitSignal(card.shifted) as shifted:
        choose(card, "second", "")
    assert shifted.args[0].weights == {}
    assert not card.slider.isEnabled()
    with qtbot.waitSignal(card.shifted) as shifted:
        choose(card, "second", "3")
    assert shifted.args[0].weights == {"3": 0.0}


def test_the_latest_requests_are_ticks(card: TrafficCard) -> None:
    card.show_traffic(Traffic(("1", "7", "2")))
    card.strip.resize(100, 22)
    image = card.strip.grab().toImage()
    bottom = [image.pixelColor(100 - place, 19).name() for place in (2, 6, 10, 14)]
    assert bottom == [DARK.runtime_init, DARK.overhead, DARK.invoke, image.pixelColor(0, 0).name()]
    top = [image.pixelColor(100 - place, 2).name() for place in (2, 6, 10)]
    assert top == [DARK.runtime_init, image.pixelColor(0, 0).name(), image.pixelColor(0, 0).name()]
    assert card.told.text() == card.strip.accessibleName() == (
        "Of the latest 3 requests: 1 ran version 1, 1 ran version 7, 1 ran version 2.")


def test_a_change_of_another_function_is_dropped(qtbot: QtBot) -> None:
    """Whose alias may have the same name."""
    panel = VersionsPanel()
    qtbot.addWidget(panel)
    panel.show_versions("f", VERSIONS, [LIVE])
    panel.traffic.slider.setValue(60)
    assert panel.traffic.is_settling
    panel.show_waiting("g")
    assert not panel.traffic.is_settling
    panel.show_versions("g", VERSIONS, [LIVE])
    assert panel.traffic.weight == 0.125
    panel.traffic.slider.setValue(60)
    panel.show_versions("f", VERSIONS, [LIVE])
    assert (panel.traffic.weight, panel.traffic.is_settling) == (0.125, False)


def test_the_panel_shows_the_chosen_alias_else_one_that_is_split(qtbot: QtBot) -> None:
    panel = VersionsPanel()
    qtbot.addWidget(panel)
    panel.show_versions("f", VERSIONS, [BETA, LIVE])
    assert panel.traffic.alias == LIVE
    panel.aliases.setCurrentIndex(panel.aliases.model().index(0, 0))
    assert panel.traffic.alias == BETA
    panel.show_versions("f", VERSIONS, [])
    assert panel.traffic.isHidden()


@pytest.mark.parametrize(("versions", "words"), [
    ((), "No request has named this alias yet."),
    (("3",), "1 request: 1 ran version 3."),
    (("3", "4", "3"), "Of the latest 3 requests: 2 ran version 3, 1 ran version 4."),
    (("$LATEST", "$LATEST"), "Of the latest 2 requests: 2 ran $LATEST."),
])
def test_traffic_in_words(versions: tuple[str, ...], words: str) -> None:
    assert traffic_words(Traffic(versions)) == words

