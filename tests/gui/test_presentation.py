"""What an audience does not get to see: values that count as secret, wherever a function puts them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QWidget
from shiboken6 import isValid

from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.layout.arrangement import Side
from workbench.gui.panels.history.details_window import DetailsWindow
from workbench.gui.workspace.presentation import SCALE, scale_in
from workbench.model.overrides import MASK

__all__ = ["play"]

SECRET, OPEN = 'pa"ss-w0rd', "people"
TELLING = {"app.py": """
    import base64, json, os
    SECRET = os.environ["DB_PASSWORD"]
    print("init with", SECRET)
    def handler(event, context):
        print(json.dumps({"password": SECRET, "table": os.environ["TABLE"]}))
        if event.get("fail"):
            raise ValueError(f"{SECRET} was refused")
        if event.get("encoded"):
            return {"statusCode": 200, "isBase64Encoded": True, "body": base64.b64encode(SECRET.encode()).decode()}
        return {"password": SECRET, "table": os.environ["TABLE"], "long": "x" * event.get("length", 0)}
"""}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    builder = WorkspaceBuilder(tmp_path / "app").function(
        "Alpha", TELLING, environment={"DB_PASSWORD": SECRET, "TABLE": OPEN})
    root = builder.write()
    (root / "events").mkdir()
    for name, event in (("good", {"key": SECRET}), ("fail", {"fail": True}), ("long", {"length": 40_000})):
        (root / "events" / f"{name}.json").write_text(json.dumps(event))
    return root


def log_rows(window: Window) -> str:
    lines = window.workspace.panels.logs.panel.lines
    return "\n".join(str(lines.index(row, 0).data()) for row in range(lines.rowCount()))


def result(window: Window) -> str:
    """All that the result says: its card, its text, its rows."""
    panel = window.workspace.panels.result.panel
    shown = panel.answers.text
    text = shown.long.model().rows.joined(0, len(shown.long.model().rows) - 1) if shown.is_long else shown.short.toPlainText()
    return "\n".join((panel.failure.error.text(), panel.explanation.text(), text))


def strip(window: Window) -> str:
    """All that the strip says of what was sent. It is refreshed with the result, and also by itself."""
    return window.workspace.panels.result.panel.strip.headline.identity.toolTip()


def test_secrets_are_masked_while_presenting_and_there_again_afterwards(
    play: Callable[[Scenario], None], root: Path
) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        run, panels, choose = window.window.run, window.workspace.panels, window.workspace.model.choose_event
        for event in ("good", "fail"):
            choose(event)
            await window.invoke()
        for view in ("logs", "result"):
            run(f"focus.{view}")
        await until(lambda: "was refused" in log_rows(window) and "was refused" in result(window))
        assert "pa" in result(window)
        assert MASK not in log_rows(window) + result(window)
        own = panels.result.panel.strip.star_button.iconSize()
        run("presentation")
        # It comes in steps, and nothing that was seen before them is painted any more.
        assert (window.appearance.is_changing, window.window.updatesEnabled()) == (True, False)
        for view in ("result", "logs"):
            run(f"focus.{view}")
        await until(lambda: window.window.updatesEnabled() and not window.appearance.is_changing)
        await until(lambda: MASK in log_rows(window) and MASK in result(window))
        star = panels.result.panel.strip.star_button
        assert star.iconSize() == own * SCALE, "icons are read from the second row too"
        for text in (log_rows(window), result(window), strip(window)):
            assert "ss-w0rd" not in text
        assert OPEN in log_rows(window)
        panels.result.panel._copying.copy_log()
        panels.logs.panel.copy()
        assert "ss-w0rd" not in QGuiApplication.clipboard().text()
        await what_comes_meanwhile_is_masked_too(window)
        run("presentation")
        for view in ("result", "logs"):
            run(f"focus.{view}")
        await until(lambda: "ss-w0rd" in log_rows(window) and "ss-w0rd" in result(window))
        assert MASK not in log_rows(window) + result(window) + strip(window)
        await until(lambda: star.iconSize() == own)

    play(scenario)


async def what_comes_meanwhile_is_masked_too(window: Window) -> None:
    choose = window.workspace.model.choose_event
    choose("long")
    await window.invoke()
    window.window.run("focus.result")
    await until(lambda: window.workspace.panels.result.panel.answers.text.is_long and MASK in result(window))
    assert "ss-w0rd" not in result(window) + strip(window)
    choose("good")
    invocation = await window.invoke()
    await until(lambda: MASK in result(window) and not window.workspace.panels.result.panel.answers.text.is_long)
    assert "ss-w0rd" not in result(window) + strip(window)
    assert "ss-w0rd" in invocation.payload  # it is hidden, not changed


def test_a_window_of_the_history_is_masked_and_unmasked_while_it_is_open(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        window.workspace.model.choose_event("good")
        await window.invoke()
        window.window.run("focus.history")
        history = window.workspace.panels.history.panel
        await until(lambda: history.model.past(0) is not None)
        window.workspace.past.carry_out("details", [history.model.past(0)])
        await until(lambda: any("ss-w0rd" in text for text in texts(window)))
        window.window.run("presentation")
        await until(lambda: not window.appearance.is_changing)
        assert [("ss-w0rd" in text, MASK in text) for text in texts(window)] == [(False, True)] * 3
        window.window.run("presentation")
        await until(lambda: not window.appearance.is_changing)
        assert [("ss-w0rd" in text, MASK in text) for text in texts(window)] == [(True, False)] * 3
        window.workspace.page.findChild(DetailsWindow).close()

    play(scenario)


def texts(window: Window) -> list[str]:
    """Event, result and log of the open details."""
    details = window.workspace.page.findChild(DetailsWindow)
    views: tuple[QPlainTextEdit, ...] = (details.event_text, details.result_text, details.log_text)
    return [view.toPlainText() for view in views]


def test_all_text_has_its_size_again_after_a_presentation(play: Callable[[Scenario], None], root: Path) -> None:
    """Views change places for it, and Qt puts an earlier font back where one gets another place: titles once became tiny."""
    def sizes(window: Window) -> dict[QWidget, float]:
        return {part: part.font().pointSizeF() for part in window.window.findChildren(QWidget)}

    async def scenario(window: Window) -> None:
        window.window.resize(1280, 800)  # large enough for a presentation: another width may have room for larger figures
        window.appearance.apply()
        await window.open(root)
        await window.invoke()
        for name in ("timeline", "history"):
            window.window.run(f"focus.{name}")
        await until(lambda: window.workspace.panels.history.made is not None)
        before = sizes(window)
        for _ in range(2):
            for _ in range(2):
                window.window.run("presentation")
                await until(lambda: not window.appearance.is_changing)
            after = sizes(window)
            both = [(type(part).__name__, was, after.get(part, was)) for part, was in before.items()]
            assert [each for each in both if each[1] != pytest.approx(each[2])] == []

    play(scenario)


def test_views_that_are_moved_before_an_audience_stay_as_large_as_they_are(play: Callable[[Scenario], None], root: Path) -> None:
    """Also when they are dragged, split off or maximized: Qt puts an earlier font back where a view gets another place."""
    async def scenario(window: Window) -> None:
        window.window.resize(1280, 800)
        window.appearance.apply()
        await window.open(root)
        await window.invoke()
        run, settled = window.window.run, lambda: not window.appearance.is_changing
        for view in ("cost", "history", "result", "timeline", "logs"):
            run(f"focus.{view}")
            await asyncio.sleep(0)  # a panel each turn, as from a person
        await until(lambda: window.workspace.panels.timeline.panel.card.isVisible())
        run("presentation")
        await until(settled)
        area, before = window.workspace.page.regions.area, sizes_of_all_text(window)
        for view, side in (("timeline", Side.RIGHT), ("logs", Side.LEFT), ("result", Side.BELOW), ("timeline", Side.ABOVE)):
            run(f"focus.{view}")
            await asyncio.sleep(0)
            area.move_view(view, side)
            for _ in range(2):
                await asyncio.sleep(0)  # a turn for each key, as from a person
                run("view.maximize")
            await asyncio.sleep(0)
            assert not changed(before), (view, side)
        run("layout.teach")
        await until(settled)
        assert not window.workspace.presentation.is_on
        assert not changed({each: size / SCALE for each, size in before.items()})

    play(scenario)


def changed(before: dict[QWidget, float]) -> dict[str, tuple[float, float]]:
    """Texts that have another size than before, and both."""
    return {repr(each): (size, each.font().pointSizeF()) for each, size in before.items()
            if isValid(each) and each.font().pointSizeF() != pytest.approx(size, abs=0.3)}


def sizes_of_all_text(window: Window) -> dict[QWidget, float]:
    """Of the views, also of those that are hidden now, but for figures: these have the size for which there is room."""
    area = window.workspace.page.regions.area
    return {label: label.font().pointSizeF() for label in area.findChildren(QLabel) if label.text()}


def sizes_of_text(window: Window) -> dict[QWidget, float]:
    widgets = window.window.findChildren(QWidget)
    return {widget: widget.font().pointSizeF() for widget in widgets if widget.isVisible()}


def test_a_theme_chosen_before_an_audience_leaves_all_text_as_large_as_it_is(
    play: Callable[[Scenario], None], root: Path
) -> None:
    async def scenario(window: Window) -> None:
        window.window.resize(1280, 800)
        window.appearance.apply()
        await window.open(root)
        await window.invoke()
        run, settled = window.window.run, lambda: not window.appearance.is_changing
        for view in ("cost", "history", "environments", "concurrency", "timeline", "result"):
            run(f"focus.{view}")
            await asyncio.sleep(0)  # a panel each turn, as from a person
        at_first = sizes_of_text(window)
        run("presentation")
        await until(settled)
        before = sizes_of_text(window)
        window.appearance.choose("light")
        await until(settled)
        changed = {repr(each): (size, each.font().pointSizeF()) for each, size in before.items()
                   if isValid(each) and each.font().pointSizeF() != pytest.approx(size, abs=0.3)}
        assert not changed
        run("presentation")
        await until(settled)
        changed = {repr(each): (size, each.font().pointSizeF()) for each, size in at_first.items()
                   if isValid(each) and each.isVisible() and each.font().pointSizeF() != pytest.approx(size, abs=0.3)}
        assert not changed

    play(scenario)


def test_a_presentation_leaves_its_room_to_figures_and_lines(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        window.window.resize(1280, 800)
        await window.open(root)
        await window.invoke()
        for view in ("result", "timeline", "logs"):
            window.window.run(f"focus.{view}")
        await until(lambda: window.workspace.panels.logs.made is not None)
        log, strip = window.workspace.panels.logs.panel, window.workspace.panels.result.panel.strip
        cell, size_pt = strip.headline.cells[0], strip.headline.cells[0].value.font().pointSizeF()
        window.window.run("presentation")
        await until(lambda: not window.appearance.is_changing)
        assert (log.bar.isVisible(), strip.star_button.isVisible()) == (False, False)
        await until(lambda: cell.value.font().pointSizeF() > size_pt * SCALE * 1.2)
        log.bar.find_action.trigger()
        assert log.bar.isVisible()
        log.bar.filter_box.setText("init")
        for is_on in (False, True):
            window.window.run("presentation")
            await until(lambda: not window.appearance.is_changing)
            assert log.bar.isVisible(), "what is filtered by is told"
            assert strip.star_button.isVisible() is not is_on

    play(scenario)


@pytest.mark.parametrize(("height_px", "scale"), [(600, SCALE), (800, SCALE), (1080, 2.0), (2160, 2.2)])
def test_a_high_window_has_larger_text(height_px: int, scale: float) -> None:
    assert scale_in(height_px) == pytest.approx(scale)
