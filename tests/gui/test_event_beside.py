"""The chosen event beside the code: where it comes by itself, follows what is chosen, and stays away once it was closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.test_window_with_engine import CODE, Scenario, Window, play, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.application.preferences import Preferences, WorkspaceMemory
from workbench.gui.layout.reading_order import tab_stops
from workbench.gui.workspace.event_beside import FROM_PX, LARGEST_BYTES
from workbench.gui.workspace.layout_memory import read_layouts

__all__ = ["play"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = WorkspaceBuilder(tmp_path / "app").function("Alpha", CODE).function("Beta", CODE).write()
    (root / "events" / "Beta").mkdir(parents=True)
    (root / "events" / "good.json").write_text('{"n": 1}')
    (root / "events" / "other.json").write_text('{"n": 2}')
    (root / "events" / "Beta" / "own.json").write_text('{"n": 3}')
    return root


async def begin(window: Window, root: Path, *, width_px: int = FROM_PX, layout: str = "write") -> None:
    """Open the workspace; all that comes by itself is there afterwards."""
    window.window.resize(width_px, 900)
    assert await window.window.show_workspace(root)
    window.window.start_workspace()
    await until(lambda: window.workspace.panels.lazy["logs"].made is not None)
    window.window.run(f"layout.{layout}")


def beside(window: Window) -> list[str]:
    groups = window.workspace.documents.tabs.groups.groups
    return [page.file.path for page in groups[1].pages()] if len(groups) > 1 else []


def event(root: Path, name: str) -> str:
    return str(root / "events" / f"{name}.json")


def test_the_chosen_event_stands_beside_the_code_and_another_takes_its_place(
    play: Callable[[Scenario], None], root: Path
) -> None:
    async def scenario(window: Window) -> None:
        await begin(window, root, layout="watch")
        tabs, model = window.workspace.documents.tabs, window.workspace.model
        code = str(root / "alpha" / "app.py")
        assert beside(window) == []
        window.window.run("layout.write")
        assert beside(window) == [event(root, "good")]
        assert tabs.current_path() == code
        model.choose_event("other")
        assert beside(window) == [event(root, "other")]
        model.choose_function("Beta")
        model.choose_event("Beta/own")
        assert beside(window) == [event(root, "Beta/own")]
        assert code in tabs.paths()
        assert event(root, "other") not in tabs.paths()
        window.window.run("event.open")
        assert tabs.current_path() == event(root, "Beta/own")
        assert beside(window) == [event(root, "Beta/own")]
        window.window.run("layout.teach")
        assert beside(window) == []
        assert event(root, "Beta/own") in tabs.paths()
        window.window.run("layout.write")
        assert beside(window) == [event(root, "Beta/own")]

    play(scenario)


def test_what_an_event_expects_stands_there_too_and_goes_with_it(play: Callable[[Scenario], None], root: Path) -> None:
    expected = {name: str(root / "events" / f"{name}.expect") for name in ("good", "other")}
    for path in expected.values():
        Path(path).write_text('{"stage": "one"}')

    async def scenario(window: Window) -> None:
        await begin(window, root)
        tabs, model = window.workspace.documents.tabs, window.workspace.model
        await until(lambda: tabs.page_of(event(root, "good")).below is not None)
        pane = tabs.page_of(event(root, "good")).below
        await until(lambda: pane.conditions.toPlainText() == '○ $.stage = "one"')
        window.window.run("event.expect")
        assert beside(window) == [event(root, "good"), expected["good"]]
        assert tabs.current_path() == expected["good"]
        model.choose_event("other")
        assert beside(window) == [event(root, "other")]
        # Unless there is something to lose.
        window.window.run("event.expect")
        tabs.editor_of(expected["other"]).replace_text("{}")
        model.choose_event("good")
        assert beside(window) == [expected["other"], event(root, "good")]
        window.window.run("save.all")

    play(scenario)


def test_what_was_typed_beside_stays_when_another_event_is_chosen_and_is_sent_when_invoked(
    play: Callable[[Scenario], None], root: Path
) -> None:
    async def scenario(window: Window) -> None:
        await begin(window, root)
        await window.open(root)
        await until(lambda: beside(window) == [event(root, "good")])
        tabs = window.workspace.documents.tabs
        editor = tabs.editor_of(event(root, "good"))
        assert editor is not None
        editor.replace_text('{"n": 41}')
        await window.invoke()
        assert Path(event(root, "good")).read_text() == '{"n": 41}'
        editor.replace_text('{"n": 42}')
        window.workspace.model.choose_event("other")
        assert beside(window) == [event(root, "good"), event(root, "other")]
        assert tabs.unsaved_paths() == [event(root, "good")]
        tabs.save_all()

    play(scenario)


def test_one_that_was_closed_or_moved_back_stays_away_until_it_is_wanted_again(
    play: Callable[[Scenario], None], root: Path
) -> None:
    async def scenario(window: Window) -> None:
        await begin(window, root)
        tabs, run = window.workspace.documents.tabs, window.window.run
        good = event(root, "good")
        memory = WorkspaceMemory(Preferences(window.preferences.path), root)
        run("event.open")
        run("close.tab")
        assert (beside(window), good in tabs.paths()) == ([], False)
        window.workspace.model.choose_event("other")
        window.workspace.model.choose_event("good")
        assert beside(window) == []
        await until(lambda: read_layouts(memory).layout.beside == 0)
        run("event.open")
        assert (beside(window), tabs.current_path()) == ([], good)
        run("editor.beside")
        assert (beside(window), tabs.current_path()) == ([good], good)
        await until(lambda: read_layouts(memory).layout.beside > 0)
        run("editor.beside")
        assert (beside(window), tabs.current_path()) == ([], good)
        run("layout.reset")
        assert beside(window) == [good]

    play(scenario)


def test_a_deleted_event_makes_room_for_the_next_and_a_renamed_one_stays(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await begin(window, root)
        model = window.workspace.model
        window.window.run("event.delete")
        assert beside(window) == [event(root, "other")]
        workspace, documents = model.workspace, window.workspace.documents
        workspace.rename_event("other", "new", moved=documents.follow)
        model.reload()
        assert beside(window) == [event(root, "new")]
        assert documents.tabs.paths().count(event(root, "new")) == 1

    play(scenario)


def test_it_comes_with_the_room_for_it_and_not_for_a_large_one(play: Callable[[Scenario], None], root: Path) -> None:
    (root / "events" / "large.json").write_text(" " * LARGEST_BYTES + "{}")

    async def scenario(window: Window) -> None:
        await begin(window, root, width_px=1_280)
        assert beside(window) == []
        window.window.resize(FROM_PX, 900)
        await until(lambda: beside(window) == [event(root, "good")])
        window.workspace.model.choose_event("large")
        assert beside(window) == []
        window.workspace.model.choose_event("good")
        window.window.resize(1_280, 900)
        assert beside(window) == [event(root, "good")]
        window.window.run("presentation")
        await until(lambda: not window.appearance.is_changing)
        window.workspace.model.choose_event("other")
        window.window.run("presentation")
        await until(lambda: not window.appearance.is_changing)
        assert beside(window) == [event(root, "other")]

    play(scenario)


def test_f6_goes_to_both_groups_and_a_place_opens_where_its_file_is(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await begin(window, root)
        window.window.activateWindow()
        await until(window.window.isActiveWindow)
        tabs, run = window.workspace.documents.tabs, window.window.run
        run("focus.events")
        seen = []
        for _ in range(2):
            QTest.keyClick(window.window.focusWidget(), Qt.Key.Key_F6)
            seen.append(tabs.current_path())
        assert seen == [str(root / "alpha" / "app.py"), event(root, "good")]
        assert tabs.groups.groups[1].isAncestorOf(window.window.focusWidget())
        window.workspace.navigation.open_place(str(root / "alpha" / "app.py"), 3, 1)
        editor = tabs.current_editor()
        assert editor is not None
        assert (tabs.current_path(), editor.caret()) == (seen[0], (3, 1))
        assert editor.view is window.window.focusWidget()
        assert beside(window) == [event(root, "good")]
        stops, groups = tab_stops(window.window), tabs.groups.groups
        expected = [part for group in groups for part in (group.tabBar(), group.focusProxy())]
        assert [stop for stop in stops if stop in expected] == expected
        assert [bar.accessibleName() for bar in expected[::2]] == ["Open files", "Open files at the side"]

    play(scenario)
