"""The window used as a person does, on a screen with a window manager: a mouse that moves, clicks, drags and turns, and keys.

What is done is seen where people see it (names, states, pixels), in files, and asked of the engine beside the window.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.screens import Screen
from tests.support.seen_window import SeenWindow, until, used_window
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.look.theme import DARK

CODE = """
import decimal
import json
import time

def handler(event, context):
    time.sleep(event.get("pause_s", 0))
    for number in range(event.get("lines", 0)):
        print(f"order {number:05d} was packed")
    print("one entry\\nof several\\nlines")
    return {"answer": event["n"], "items": [{"sku": "a"}, {"sku": "b"}]}
"""


@pytest.fixture
def window(tmp_path: Path, managed_screen: Screen) -> Iterator[SeenWindow]:
    root = WorkspaceBuilder(tmp_path / "shop").function("Orders", {"app.py": CODE}).write()
    (root / "events").mkdir()
    for name, text in {"few": '{"n": 1, "pause_s": 0.4}', "many": '{"n": 2, "lines": 400}'}.items():
        (root / "events" / f"{name}.json").write_text(text)
    with used_window(root, managed_screen.display, tmp_path) as made:
        yield made


def test_a_day_with_mouse_and_keys(window: SeenWindow, managed_screen: Screen) -> None:
    window.find("engine …", "button", when=lambda each: ":" in each.text)
    invoked_cold_and_warm(window)
    views_are_arranged(window)
    time_is_looked_at(window, managed_screen)
    the_log_is_read(window)
    history_is_used(window)
    results_are_compared(window)
    environments_are_stopped_and_the_view_is_held(window)
    it_is_presented(window)
    what_was_deleted_comes_back(window)
    a_sheet_has_the_keyboard(window)


def invoked_cold_and_warm(window: SeenWindow) -> None:
    for count, event in enumerate(("few", "many"), start=1):
        window.click("Event to send", "combo")
        window.click(event, "row", inside="")
        window.find("Event to send", "combo", when=lambda each, event=event: each.text == event)
        window.key("ctrl+Return")
        window.reported(count)
    window.find("Result and log", "text", when=lambda each: '"answer": 2' in each.text)


def views_are_arranged(window: SeenWindow) -> None:
    """By keys, by dragging a tab, and by the button at the end of the tabs."""
    for key, name, groups in (("1", "Write", 1), ("3", "Teach", 2), ("2", "Watch", 2)):
        window.key(f"ctrl+alt+{key}")
        window.find(f"{name} layout", "button", when=lambda each: each.is_on)
        until(lambda groups=groups: len(window.all("Views", "tabs")) == groups, f"the groups of {name}")
    tab, result = window.still("Cost", "tab").at(), window.still("Result and log", "text")
    begun = tab[0] + 30, tab[1] + 5
    window.drag(tab, begun, result.at(0.5, 0.5), result.at(0.5, 0.85), key="Escape")
    assert len(window.all("Views", "tabs")) == 2
    window.drag(tab, begun, result.at(0.5, 0.5), result.at(0.5, 0.85))
    until(lambda: len(window.all("Views", "tabs")) == 3, "three groups")
    moved, among = window.still("Cost", "tab").at(), window.still("Environments", "tab").at()
    window.drag(moved, (moved[0] + 30, moved[1] - 5), among)
    until(lambda: len(window.all("Views", "tabs")) == 2, "two groups")
    window.click("Timeline", "tab")
    window.wait_focus("Timeline of invocations, aligned at their start")
    window.click("Maximize this view", "button")
    window.wait_gone("Functions", "list")
    window.key("alt+Return")
    window.find("Functions", "list")


def time_is_looked_at(window: SeenWindow, screen: Screen) -> None:
    """The wheel zooms and ends following; a click on the cold start's bar chooses it everywhere; End follows again."""
    live, plot = "Follow the newest activity", window.still("Timeline of invocations, aligned at their start")
    window.find(live, when=lambda each: each.is_on)
    before = screen.where(DARK.create, plot.place).sum()
    window.wheel(plot.at(0.5), 2)
    window.find(live, when=lambda each: not each.is_on)
    until(lambda: screen.where(DARK.create, plot.place).sum() != before, "another scale")
    window.click_at(*window.still("The whole timeline").at(0.4))
    window.key("Home")
    cold = window.reported(2)[-1]

    def click_cold() -> bool:
        bars = screen.where(DARK.invoke, plot.place)
        if bars.any():
            down, across = (int(found[0]) for found in bars.nonzero())
            window.click_at(plot.place[0] + across + 1, plot.place[1] + down + 4)
        return cold.request_id in window.find("Timeline of invocations, aligned at their start").about

    until(click_cold, "the cold one chosen")
    window.find("Result and log", "text", when=lambda each: '"answer": 1' in each.text)
    window.key("End")
    window.find(live, when=lambda each: each.is_on)


def the_log_is_read(window: SeenWindow) -> None:
    window.click("Log", "tab")
    window.wait_focus("Log lines")
    window.key("ctrl+f")
    window.wait_focus("Filter log lines")
    window.type("order 0039")
    window.find("10 lines", "label")
    window.key("Escape")
    window.wait_gone("10 lines", "label")
    follow, lines = "Scroll to the newest line…", window.still("Log lines", "list")
    window.wheel(lines.at(), 3)
    window.find(follow, when=lambda each: not each.is_on)
    window.click(follow)
    window.find(follow, when=lambda each: each.is_on)
    window.wheel(lines.at(), 3)
    window.find(follow, when=lambda each: not each.is_on)
    window.click("Log", "tab")
    window.key("End")
    window.find(follow, when=lambda each: each.is_on)
    window.click("A row for each invocation…")
    window.find("2 invocations", "label")
    window.key("End", "Right")
    until(lambda: len(window.all("…", "row", "Log lines")) > 2, "the lines of one")
    window.click("A row for each invocation…")


def history_is_used(window: SeenWindow) -> None:
    """A filter by a click; star, name and replay by keys; the name is taken back with the toast's button."""
    window.click("History", "tab")
    window.wait_focus("Past invocations")
    until(lambda: len(window.all("…", "row", "Past invocations")) == 2, "both")
    window.click("Only cold invocations")
    until(lambda: len(window.all("…", "row", "Past invocations")) == 1, "the cold one")
    window.click("…", "row", "Past invocations")
    window.wait_focus("Past invocations")
    window.key("s")
    until(lambda: window.reported(2)[-1].is_starred, "a star")
    window.key("F2")
    window.wait_focus("Name of the invocation")
    window.type("slow one")
    window.key("Return")
    until(lambda: window.reported(2)[-1].name == "slow one", "a name")
    window.click("Undo", "button")
    until(lambda: not window.reported(2)[-1].name, "no name")
    window.wait_gone("Undo", "button")
    window.wait_focus("Past invocations")
    window.key("r")
    window.reported(3)
    window.click("Only cold invocations")
    until(lambda: len(window.all("…", "row", "Past invocations")) == 3, "all three")


def results_are_compared(window: SeenWindow) -> None:
    window.click("Result", "tab")
    window.click("The answer as a tree", "button")
    window.find("answer 1", "row", "The answer as a tree")
    window.click("How the answer differs from another one", "button")
    window.find("Compare with", "combo")
    window.find("Lines: 1 removed, 1 added", "label")
    window.click("The answer as text, with the log", "button")


def environments_are_stopped_and_the_view_is_held(window: SeenWindow) -> None:
    window.click("Environments", "tab")
    window.find("…", "row", "Execution environments")
    window.key("ctrl+alt+l")
    window.find("Live view on hold", "button")
    before = served(window)
    window.ask(lambda client: client.invoke("Orders", b'{"n": 3}', cold=True))
    (made,) = served(window) - before
    window.click("Live view on hold", "button")
    until(lambda: idle(window, made), "what was started meanwhile")
    window.click(f"{made[:4]}…", "row", "Execution environments")
    window.key("Delete")
    until(lambda: made not in served(window), "one less")
    until(lambda: not idle(window, made), "its row gone")


def served(window: SeenWindow) -> set[str]:
    """The environments that have served an invocation."""
    return {each.environment_id for each in window.ask(lambda client: client.environments()) if each.invocations}


def idle(window: SeenWindow, environment_id: str) -> bool:
    """Whether it is listed as one that waits for an invocation."""
    return any(" idle" in each.name for each in window.all(f"{environment_id[:4]}…", "row", "Execution environments"))


def it_is_presented(window: SeenWindow) -> None:
    window.wait_focus("Execution environments")
    usual = window.find("Invoke the function").place
    window.key("F11")
    window.find("Presentation mode", when=lambda each: each.is_on)
    window.wait_gone("Code", "text")
    window.find("Invoke the function", when=lambda each: each.place[3] > usual[3])
    window.key("F11")
    window.find("Code", "text")
    window.find("Invoke the function", when=lambda each: each.place == usual)
    window.wait_focus("Execution environments")


def what_was_deleted_comes_back(window: SeenWindow) -> None:
    event = window.workspace / "events" / "few.json"
    window.click_at(*window.still("few…", "row", "Events").at(), button=3)
    window.click("Delete event", "item")
    until(lambda: not event.exists(), "the event gone")
    window.click("Undo", "button")
    until(event.exists, "the event back")
    window.wait_gone("Undo", "button")


def a_sheet_has_the_keyboard(window: SeenWindow) -> None:
    """Its field first, and Escape gives the keyboard back."""
    window.key("alt+1")
    window.wait_focus("Functions")
    window.key("ctrl+shift+n")
    window.wait_focus("Name")
    window.key("Escape")
    window.wait_gone("Create function", "button")
    window.wait_focus("Functions")
