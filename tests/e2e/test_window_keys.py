"""A day without a mouse: everything is done by keys, on a screen with a window manager, and seen where people see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.screens import SIZE, Screen
from tests.support.seen_window import SeenWindow, until, used_window
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.look.theme import DARK

CODE = """
def handler(event, context):
    for number in range(40):
        print(f"order {number:05d} was packed")
    return {"answer": answer}
"""


@pytest.fixture
def window(tmp_path: Path, managed_screen: Screen) -> Iterator[SeenWindow]:
    builder = WorkspaceBuilder(tmp_path / "shop").function("Bills", {"app.py": CODE}).function("Orders", {"app.py": CODE})
    with used_window(builder.write(), managed_screen.display, tmp_path) as made:
        yield made


def test_a_day_by_keys_alone(window: SeenWindow, managed_screen: Screen) -> None:
    window.find("engine …", "button", when=lambda each: ":" in each.text)
    window.xdotool("mousemove", *(pixels - 1 for pixels in SIZE))  # menus choose what opens under the mouse
    a_workspace_is_opened(window)
    code_is_written(window)
    it_is_invoked_and_looked_at(window)
    the_log_is_filtered(window)
    history_is_used(window)
    an_event_waits_in_the_queue(window)
    settings_and_theme_are_chosen(window, managed_screen)
    it_is_presented(window)
    window.key("ctrl+q")
    assert window.process.wait(30) == 0


def a_workspace_is_opened(window: SeenWindow) -> None:
    window.key("alt+f", "k")
    window.find("Recent workspaces", "list")
    window.go_to("Recent workspaces")
    window.key("Down", "Return")
    window.find("engine …", "button", when=lambda each: ":" in each.text)


def code_is_written(window: SeenWindow) -> None:
    """Another function is chosen, its code is written and saved, and Shift+F6 leads out of it."""
    window.key("alt+1")
    window.wait_focus("Functions")
    window.key("Down")
    window.find("…", "row", "Functions", lambda each: each.is_on and "Orders" in each.name)
    window.key("alt+2")
    window.wait_focus("Code")
    window.key("ctrl+End")
    window.type("\nanswer = 41\n")
    window.key("ctrl+s")
    until(lambda: "answer = 41" in (window.workspace / "orders" / "app.py").read_text(), "the saved code")


def it_is_invoked_and_looked_at(window: SeenWindow) -> None:
    """Result, timeline, concurrency, environments and costs, all from where the keyboard was."""
    window.key("ctrl+Return")
    window.reported(1)
    window.key("alt+5")
    window.wait_focus("Result and log")
    window.find("Result and log", "text", when=lambda each: '"answer": 41' in each.text)
    window.key("ctrl+shift+Return")
    newest, _ = window.reported(2)
    window.key("alt+4")
    window.wait_focus("Timeline of invocations, aligned at their start")
    window.key("Home", "Up")
    window.find("Timeline of invocations, aligned at their start", when=lambda each: newest.request_id not in each.about)
    window.key("Down")
    window.find("Timeline of invocations, aligned at their start", when=lambda each: newest.request_id in each.about)
    turn_to(window, "Environments")
    window.go_to("Execution environments")
    until(lambda: len(window.all("…", "row", "Execution environments")) == 2, "both environments")


def turn_to(window: SeenWindow, view: str) -> None:
    """To a view without a key of its own: back to the tabs above this one, and along them."""
    window.go_to("Views", is_back=True)
    names, here = tabs_of(window)
    there = next(number for number, name in enumerate(names) if name.startswith(view))
    while here != there:
        before = here
        window.key("Right" if there > here else "Left")
        until(lambda before=before: tabs_of(window)[1] != before, "another tab")
        here = tabs_of(window)[1]


def tabs_of(window: SeenWindow) -> tuple[list[str], int]:
    """The tabs of the group whose tabs have the keyboard, and which of them is in front."""
    x, y, width, height = window.wait_focus("Views").place
    tabs = [each for each in window.all("…", "tab", "Views")
            if x <= each.place[0] < x + width and y <= each.place[1] < y + height]
    return [each.name for each in tabs], next(number for number, each in enumerate(tabs) if each.is_on)


def the_log_is_filtered(window: SeenWindow) -> None:
    window.key("alt+5")
    window.wait_focus("Result and log")
    turn_to(window, "Log")
    window.go_to("Log lines")
    window.key("ctrl+f")
    window.wait_focus("Filter log lines")
    window.type("order 0003")
    window.find("20 lines", "label")
    window.key("Down")
    window.wait_focus("Log lines")
    window.key("ctrl+f", "ctrl+a", "BackSpace")
    window.wait_gone("20", "label")


def history_is_used(window: SeenWindow) -> None:
    """Filtered, looked at, forgotten, brought back, replayed: F6 leads to the toast, which gives the keyboard back."""
    def rows() -> int:
        return len(window.all("…", "row", "Past invocations"))

    window.key("alt+6")
    window.wait_focus("Past invocations")
    until(lambda: rows() == 2, "both")
    window.go_to("Filter of past invocations", is_back=True)
    window.type("id:" + window.reported(2)[-1].request_id[:13])
    until(lambda: rows() == 1, "the first one")
    window.key("alt+6")
    window.wait_focus("Past invocations")
    window.key("Home")
    window.find("…", "row", "Past invocations", lambda each: each.is_on)
    window.key("Return")
    window.find("Parts of the invocation")
    window.key("Escape")
    window.wait_gone("Parts of the invocation")
    window.wait_focus("Past invocations")
    window.key("Delete")
    until(lambda: rows() == 0, "none")
    window.find("Undo", "button")
    window.key("F6")
    window.wait_focus("Undo")
    window.key("space")
    until(lambda: rows() == 1, "the first one again")
    window.wait_focus("Past invocations")
    window.key("Home")
    window.find("…", "row", "Past invocations", lambda each: each.is_on)
    window.key("r")
    window.reported(3)


def an_event_waits_in_the_queue(window: SeenWindow) -> None:
    window.key("ctrl+alt+Return")
    window.reported(4)
    window.key("alt+8")
    window.find("…", "row", "Asynchronous invocations")
    window.key("alt+9")
    window.find("Inbox", "tab", when=lambda each: each.is_on)


def settings_and_theme_are_chosen(window: SeenWindow, screen: Screen) -> None:
    window.key("ctrl+comma")
    window.find("Apply", "button")
    window.go_to("us-east-1")
    window.type("eu-west-1")
    window.key("Return")
    window.wait_gone("Apply", "button")
    until(lambda: window.ask(lambda client: client.health()).settings.region == "eu-west-1", "the Region")
    code = window.find("Code", "text").place
    assert screen.where(DARK.window, code).any()
    window.key("alt+v", "t")
    window.find("Light", "item")
    window.key("Down", "Return")
    until(lambda: not screen.where(DARK.window, code).any(), "another theme")
    window.key("alt+v", "t")
    window.find("Light", "item", when=lambda each: each.is_on)
    window.key("Escape", "Escape", "Escape")
    window.wait_gone("Light", "item")


def it_is_presented(window: SeenWindow) -> None:
    window.key("alt+1")
    window.wait_focus("Functions")
    window.key("F11")
    window.wait_gone("Code", "text")
    assert window.focused() is not None
    window.key("F11")
    window.find("Code", "text")
    window.wait_focus("Functions")
