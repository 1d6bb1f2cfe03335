"""Whoever turns to a panel before what it is made of has been loaded waits for it in a window that goes on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.test_window_with_engine import Scenario, Window, play, root, until
from workbench.gui.layout.arrangement import Group, Split
from workbench.gui.widgets.lazy_panel import LazyPanel, PanelPlace

__all__ = ["play", "root"]


def test_a_panel_that_is_wanted_before_it_can_be_made_is_made_once(qtbot: QtBot) -> None:
    place, asked, done = PanelPlace(), list[int](), list[str]()
    qtbot.addWidget(place)
    lazy = LazyPanel(place, lambda: QLabel("made"))
    lazy.wait_for(lambda: asked.append(1))
    lazy.want()
    lazy.want(lambda: done.append("first"))
    assert (lazy.made, done, len(asked)) == (None, [], 2)
    lazy.go_on()
    made = lazy.made
    assert isinstance(made, QLabel)
    assert done == ["first"]
    lazy.want(lambda: done.append("second"))
    assert (lazy.made, done, len(asked)) == (made, ["first", "second"], 2)


def test_a_panel_that_nobody_wants_is_not_made_when_it_can_be(qtbot: QtBot) -> None:
    place = PanelPlace()
    qtbot.addWidget(place)
    lazy = LazyPanel(place, lambda: QLabel("made"))
    lazy.wait_for(lambda: None)
    lazy.go_on()
    assert lazy.made is None
    lazy.want()
    assert lazy.made is not None


def test_another_layout_makes_what_it_shows_in_turns_of_their_own(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert await window.window.open_workspace(root)
        lazy, area = window.workspace.panels.lazy, window.workspace.page.regions.area
        await until(lambda: lazy["logs"].made is not None)
        await until(lambda: window.workspace._lazy["configuration"].made is not None)  # the last one
        area.show_arrangement(Split((Group(("cost", "timeline")), Group(("history", "result")), Group(("queue", "logs")))))
        seen, turns = [lazy["cost"], lazy["history"], window.workspace._lazy["queue"]], list[int]()
        assert not any(panel.made for panel in seen)
        window.workspace._deferred._turn.timeout.connect(lambda: turns.append(sum(panel.made is not None for panel in seen)))
        await until(lambda: all(panel.made for panel in seen))
        assert turns == [1, 2, 3]

    play(scenario)


@pytest.mark.parametrize("name", ["timeline", "history", "configuration", "files"])
def test_whoever_turns_to_a_panel_early_gets_it_next_and_is_in_it_then(
    play: Callable[[Scenario], None], root: Path, name: str
) -> None:
    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        lazy, made = window.workspace._lazy, list[str]()
        window.window.run(f"focus.{name}")
        assert lazy[name].made is None
        for each, panel in lazy.items():
            panel._make = partial(_noted, panel._make, each, made)
        waiting = window.window.focusWidget()
        assert waiting is not None
        assert not window.workspace.documents.tabs.isAncestorOf(waiting), "what is typed meanwhile is not for the code"
        window.window.start_workspace()
        await until(lambda: lazy[name].made is not None)
        assert made[0] == name or name == "timeline", "what needs no numpy does not wait for it"
        assert lazy[name].place.isAncestorOf(window.window.focusWidget())

    play(scenario)


def _noted(make: Callable[[], QWidget], name: str, made: list[str]) -> QWidget:
    made.append(name)
    return make()


def test_whoever_has_gone_elsewhere_meanwhile_stays_there(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        lazy, tabs = window.workspace._lazy, window.workspace.documents.tabs
        window.window.run("focus.logs")
        window.window.run("focus.editor")
        window.window.start_workspace()
        await until(lambda: lazy["logs"].made is not None)
        assert tabs.isAncestorOf(window.window.focusWidget())

    play(scenario)


def test_a_workspace_that_is_left_while_panels_are_loaded_leaves_nothing(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        assert await window.window.show_workspace(root)
        window.window.run("focus.timeline")
        window.window.start_workspace()
        assert await window.window.open_workspace(root)
        await until(lambda: window.workspace.panels.timeline.made is not None)

    play(scenario)


def test_no_module_with_qt_is_imported_on_the_thread() -> None:
    """Two threads that touch Qt's classes for the first time at once crash PySide."""
    script = ("import sys\nfrom workbench.gui.workspace.deferred_panels import _NUMBERS\nfor name in [*sys.modules]:\n"
              "    if name.startswith(('PySide6', 'shiboken6')): del sys.modules[name]\n"
              "sys.modules['PySide6'] = None\nfrom workbench.gui.workspace import deferred_panels\n"
              "deferred_panels._load_numbers()\nprint('numpy' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr
