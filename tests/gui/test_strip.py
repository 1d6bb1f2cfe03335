"""The strip of figures is seen whatever is watched, and the lists of functions and events tell which invocation failed last."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.gui.test_window_with_engine import Scenario, Window, play, root, until
from workbench.gui.look.scale import SCALE
from workbench.gui.panels.result.figure_cell import FigureCell
from workbench.gui.panels.result.figure_words import USUAL, Figure
from workbench.gui.panels.result.headline import Headline
from workbench.gui.panels.result.result_strip import ResultStrip
from workbench.gui.widgets.row_list import RowList
from workbench.gui.workspace.strip_place import StripPlace

__all__ = ["play", "root"]


def strip_of(window: Window) -> ResultStrip:
    return window.workspace.panels.result.panel.strip


def values(window: Window) -> list[str]:
    return [cell.value.text() for cell in strip_of(window).headline.cells]


def place_of(part: QWidget, window: Window) -> QRect:
    return QRect(part.mapTo(window.window, part.rect().topLeft()), part.size())


def test_the_figures_are_seen_whatever_is_watched_and_their_coming_moves_nothing(
    play: Callable[[Scenario], None], root: Path
) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.resize(1280, 720)
        run, regions = window.window.run, window.workspace.page.regions
        await until(lambda: window.workspace.panels.result.made is not None)
        run("focus.timeline")
        run("focus.logs")
        for _ in range(10):
            await asyncio.sleep(0)  # it is laid out
        parts = (regions.strip, regions.area, strip_of(window).headline, *strip_of(window).headline.cells)
        before = [place_of(part, window) for part in parts]
        assert "Not invoked yet" in strip_of(window).headline.accessibleName()
        invocation = await window.invoke()
        await until(lambda: values(window)[2] == f"{invocation.metrics.billed_duration_ms:,}")
        assert regions.area.group_front("result") == "logs"
        assert [place_of(part, window) for part in parts] == before
        for command in ("layout.write", "layout.teach", "layout.watch", "focus.timeline", "view.maximize"):
            run(command)
            await asyncio.sleep(0)
            assert strip_of(window).headline.isVisible(), command
            shown = [part for cell in strip_of(window).headline.cells for part in (cell.title, cell.value)]
            assert all(part.visibleRegion().boundingRect() == part.rect() for part in shown), command

    play(scenario)


class Heights(QObject):
    """Notes which heights a widget has had."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        self.seen_px = {watched.height()}
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.seen_px.add(watched.height())
        return False


def test_the_strip_keeps_its_height_while_invocations_begin_and_end(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        await window.invoke()
        heights = Heights(window.workspace.page.regions.area)
        await window.invoke()
        await until(strip_of(window).headline.previous.isVisible)
        await window.invoke()
        await until(strip_of(window).headline.previous.isVisible)
        assert len(heights.seen_px) == 1

    play(scenario)


def stands_below(headline: Headline) -> bool:
    """Whether the figures are below the words."""
    return headline.cells[0].y() > headline.identity.geometry().bottom()


class Squeezed(QObject):
    """Notes when a headline is painted with less height than what is in it needs, or parts of it over each other."""

    def __init__(self, watched: Headline) -> None:
        super().__init__(watched)
        self.times = self.paints = 0
        self._watched, self._parts = watched, (watched.status, watched.start, watched.identity, watched.previous, *watched.cells)
        watched.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            self.paints += 1
            places = [part.geometry() for part in self._parts if part.isVisible()]
            self.times += self._watched.height() < self._watched.heightForWidth(self._watched.width()) or any(
                one.intersects(other) for one, other in combinations(places, 2))
        return False


def test_the_strip_is_never_painted_squeezed_when_the_drawer_takes_its_width(
    play: Callable[[Scenario], None], root: Path
) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.resize(1280, 720)
        await window.invoke()
        regions = window.workspace.page.regions
        headline = strip_of(window).headline
        squeezed = Squeezed(headline)
        for is_open in (True, False):
            regions.open_drawer(is_open=is_open)
            for _ in range(4):
                window.window.grab()  # lays out what waits, as a paint in between does
                await asyncio.sleep(0)
            await until(lambda is_open=is_open: stands_below(headline) is is_open)
            painted = squeezed.paints
            headline.update()
            await until(lambda painted=painted: squeezed.paints > painted)
        assert squeezed.paints
        assert not squeezed.times

    play(scenario)


def test_the_strip_keeps_no_height_that_it_wanted_for_a_moment(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.resize(1280, 720)
        await window.invoke()
        place, headline = window.workspace.page.regions.strip, strip_of(window).headline
        await until(lambda: headline.width() > 700)
        usual_px = place.height()
        for turns in range(6):
            window.window.resize(1280, 720)
            window.workspace.page.regions.open_drawer(is_open=True)
            for _ in range(turns):  # it is wide again before or after the height that it wanted has come
                await asyncio.sleep(0)
            window.window.resize(1920, 720)
            await until(lambda: headline.width() > 1_000)
            for _ in range(10):
                await asyncio.sleep(0)
            assert place.height() == usual_px, turns
            window.workspace.page.regions.open_drawer(is_open=False)

    play(scenario)


def test_what_runs_is_cancelled_there_while_the_log_is_watched(play: Callable[[Scenario], None], root: Path) -> None:
    (root / "alpha" / "app.py").write_text("import time\n\n\ndef handler(event, context):\n    time.sleep(60)\n")

    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.run("focus.logs")
        window.window.actions_by_id["invoke"].trigger()
        await until(lambda: strip_of(window).headline.start.text() == "cold start" and values(window)[0] > "0.0")
        strip_of(window).cancel_button.setFocus()
        QTest.keyClick(strip_of(window).cancel_button, Qt.Key.Key_Space)
        await until(lambda: strip_of(window).headline.status.text() == "■ Canceled")
        await until(lambda: not strip_of(window).cancel_button.isVisible())
        await until(lambda: not window.workspace.invocations.running)

    play(scenario)


def test_the_figures_are_below_the_words_as_soon_as_the_strip_is_higher(play: Callable[[Scenario], None], root: Path) -> None:
    """They lay over each other until the next turn of the loop, as pictures of a busy machine showed."""
    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.resize(1280, 720)
        await window.invoke()
        headline = strip_of(window).headline
        assert not stands_below(headline)
        headline.resize(headline.width() // 2, headline.height() * 3)
        assert all(cell.geometry().top() > headline.identity.geometry().bottom() for cell in headline.cells)

    play(scenario)


def test_a_long_duration_is_shown_whole(play: Callable[[Scenario], None], root: Path) -> None:
    """Of 10,000 ms, "10,00" was shown: there was the room of what is usual."""
    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.resize(1280, 720)
        await window.invoke()
        headline = strip_of(window).headline
        long = [Figure("899,999", "ms"), Figure("19,999", "ms"), Figure("900,000", "ms"), Figure("10,240", "/ 10,240 MB"),
                Figure("$1,500.00")]
        for is_open in (False, True):
            window.workspace.page.regions.open_drawer(is_open=is_open)
            await until(lambda is_open=is_open: stands_below(headline) is is_open)
            for cell, figure in zip(headline.cells, long, strict=True):
                cell.show_figure(figure, None, has_line=True)
            headline.arrange()  # now: figures of the invocation come back with the next turn
            labels = [label for cell in headline.cells for label in (cell.value, cell.unit) if label.text()]
            assert all(label.width() >= label.sizeHint().width() for label in labels), is_open
            assert headline.cells[-1].geometry().right() < headline.width(), is_open

    play(scenario)


@pytest.mark.parametrize("factor", [SCALE.sizes.figure, SCALE.sizes.title, SCALE.sizes.body])
@pytest.mark.parametrize("size_pt", [9.0, 9.75, 11.0, 13.5, 17.0])
def test_a_usual_value_finds_its_room_reserved(qtbot: QtBot, size_pt: float, factor: float) -> None:
    for title, usual in USUAL.items():
        cell = FigureCell(title)
        qtbot.addWidget(cell)
        font = cell.font()
        font.setPointSizeF(size_pt)
        cell.setFont(font)
        cell.set_size(factor)
        value, _, unit = usual.partition(" ")
        cell.show_figure(Figure(value, unit), None, has_line=True)
        assert cell.sizeHint().width() <= cell.minimumWidth(), title


@pytest.mark.parametrize(("page_px", "is_low"), [(400, True), (1_000, False)])
def test_the_place_is_as_high_as_what_comes_there(qtbot: QtBot, page_px: int, is_low: bool) -> None:
    class Strip(QWidget):
        is_low = None
        is_presented = False

        def set_low(self, is_low: bool) -> None:
            self.is_low = is_low

        def present(self, *, is_on: bool) -> None:
            self.is_presented = is_on

    place, strip = StripPlace(), Strip()
    qtbot.addWidget(place)
    place.fit(page_px)
    before_px = place.minimumSizeHint().height()
    place.put(strip)
    assert (strip.is_low, place.minimumSizeHint().height()) == (is_low, before_px)
    place.present(is_on=True)
    assert strip.is_presented
    font = place.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    place.setFont(font)
    assert strip.is_low
    assert place.minimumSizeHint().height() > before_px


def test_the_lists_tell_how_the_last_invocations_ended(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        functions, events = window.workspace.page.functions.list, window.workspace.page.events.list

        def spoken(rows: RowList = functions) -> str:
            texts = (rows.model().index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(2))
            return re.sub(r"[\d.]+ m?s", "0 ms", ", ".join(filter(None, texts)))

        assert (spoken(), spoken(events)) == ("py Alpha cold", "fail, good")
        window.workspace.model.choose_event("fail")
        await window.invoke()
        await until(lambda: (spoken(), spoken(events)) == ("py Alpha failed 1 warm", "fail failed 0 ms, good"))
        assert "The last invocation with it failed, in " in events.rows[0].tip
        assert "Its last invocation failed." in functions.rows[0].tip
        window.workspace.model.choose_event("good")
        await window.invoke()
        await until(lambda: (spoken(), spoken(events)) == ("py Alpha 1 warm", "fail failed 0 ms, good succeeded 0 ms"))
        assert [(row.badge, row.badge_token, row.alert) for row in events.rows[:2]] == [
            ("✕", "error", "failed"), ("●", "success", "")]
        (root / "alpha" / "app.py").write_text("def handler(event, context):\n    return 1\n")
        window.workspace.model.choose_event("fail")
        await window.invoke()
        await until(lambda: (spoken(), spoken(events)) == ("py Alpha 1 warm", "fail succeeded 0 ms, good succeeded 0 ms"))
        # The keyboard stays on a row that is a command while marks change.
        events.setCurrentIndex(events.model().index(2, 0))
        window.workspace.page.events.show_endings({})
        assert (events.currentIndex().row(), spoken(events)) == (2, "fail, good")

    play(scenario)


def test_what_is_shown_is_replayed_and_starred_there(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        await until(lambda: window.workspace.panels.result.made is not None)
        strip, link, run = strip_of(window), window.workspace.link, window.window.run
        assert not strip.replay_button.isEnabled()
        assert not window.window.actions_by_id["invocation.star"].isEnabled()
        first = await window.invoke()
        await until(strip.star_button.isEnabled)
        strip.star_button.setFocus()
        QTest.keyClick(strip.star_button, Qt.Key.Key_Space)
        await until(lambda: strip.star_button.accessibleName() == "Starred")
        assert (await link.client.history.latest(first.request_id)).is_starred
        strip.replay_button.setFocus()
        QTest.keyClick(strip.replay_button, Qt.Key.Key_Space)
        await until(lambda: strip.request_id not in ("", first.request_id) and strip.has_ended)
        replayed = window.workspace.session.history.get(strip.request_id)
        assert replayed.event_text == first.event_text
        await until(lambda: strip.star_button.accessibleName() == "Star")
        run("focus.history")
        window.workspace.panels.select_invocation(first.request_id)
        await until(lambda: strip.star_button.accessibleName() == "Starred")
        run("invocation.star")
        await until(lambda: strip.star_button.accessibleName() == "Star")
        assert not (await link.client.history.latest(first.request_id)).is_starred
        before = window.workspace.session.history.added
        run("invocation.replay")
        await until(lambda: window.workspace.session.history.added > before and strip.request_id != first.request_id)
        await until(lambda: strip.has_ended)

    play(scenario)


def test_what_is_shown_is_compared_with_another_result(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        await until(lambda: window.workspace.panels.result.made is not None)
        strip, panels, run = strip_of(window), window.workspace.panels, window.window.run
        assert not strip.compare_button.isEnabled()
        assert not window.window.actions_by_id["invocation.compare"].isEnabled()
        first = await window.invoke()
        second = await window.invoke()
        await until(lambda: strip.request_id == second.request_id and strip.compare_button.isEnabled())
        run("focus.logs")
        strip.compare_button.setFocus()
        QTest.keyClick(strip.compare_button, Qt.Key.Key_Space)
        compare = panels.result.panel.answers.compare
        await until(compare.isVisible)
        assert (panels.selected, compare.other.currentData()) == (second.request_id, first.request_id)
        run("focus.logs")
        panels.select_invocation(first.request_id)
        await until(lambda: strip.request_id == first.request_id)
        run("invocation.compare")
        await until(compare.isVisible)
        assert compare.other.currentData() == second.request_id

    play(scenario)


def test_names_are_whole_at_1280_pixels_and_long_ones_are_cut_in_the_middle(
    play: Callable[[Scenario], None], root: Path
) -> None:
    (root / "events" / "an-order-that-was-paid-twice-by-the-same-customer.json").write_text("{}")

    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.resize(1280, 800)
        identity = strip_of(window).headline.identity
        window.workspace.model.choose_event("good")
        await window.invoke()
        await window.invoke()
        await until(lambda: identity.text() == "Alpha · $LATEST · event good")
        assert strip_of(window).headline.previous.isVisible()
        assert identity.shown in (identity.text(), "Alpha · good")
        window.workspace.model.choose_event("an-order-that-was-paid-twice-by-the-same-customer")
        await window.invoke()
        await until(lambda: "an-order" in identity.text())
        assert identity.shown.startswith("Alpha · an-")
        assert identity.shown.endswith("customer")
        assert "same-customer" in identity.toolTip()

    play(scenario)


def test_words_and_figures_never_lie_over_each_other_in_a_low_window(play: Callable[[Scenario], None], root: Path) -> None:
    """With the drawer open, there is no room for the figures beside the words: the strip is higher at once, and lower again."""
    async def scenario(window: Window) -> None:
        await window.open(root)
        window.window.resize(1280, 720)
        await window.invoke()
        regions, headline = window.workspace.page.regions, strip_of(window).headline
        parts = [headline.status, headline.identity, *(cell.value for cell in headline.cells)]
        low_px = regions.strip.height()
        for _ in range(3):
            for is_open in (True, False):
                regions.open_drawer(is_open=is_open)
                await until(lambda is_open=is_open: (regions.strip.height() > low_px) is is_open)
                places = [place_of(part, window) for part in parts]
                assert not any(one.intersects(other) for one in places for other in places if one is not other), is_open

    play(scenario)
