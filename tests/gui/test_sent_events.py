"""What a window knew of its events, the next one knows: how the last invocation with each ended, and whether as expected."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.widgets.row import ROW_ROLE
from workbench.gui.workspace.sent_events import FILE, MOST
from workbench.workspace.state_directory import state_directory

__all__ = ["play"]

CODE = """
    def handler(event, context):
        if event.get("fail"):
            raise ValueError("on purpose")
        return 1
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = WorkspaceBuilder(tmp_path / "app").function("Alpha", {"app.py": CODE}).write()
    (root / "events").mkdir()
    for name, event in (("fail", {"fail": True}), ("good", {}), ("new", {})):
        (root / "events" / f"{name}.json").write_text(json.dumps(event))
    (root / "events" / "good.expect").write_text("2")
    return root


def standings(window: Window) -> list[tuple[str, str]]:
    return [(row.key, row.alert) for row in window.workspace.page.events.list.rows[:3]]


def test_endings_and_verdicts_are_known_in_the_next_window(play: Callable[[Scenario], None], root: Path) -> None:
    async def first(window: Window) -> None:
        await window.open(root)
        for name in ("fail", "good"):
            window.workspace.model.choose_event(name)
            await window.invoke()

    async def second(window: Window) -> None:
        await window.open(root)
        page = window.workspace.page
        await until(lambda: standings(window) == [("fail", "failed"), ("good", "unexpected"), ("new", "")])
        assert [row.badge for row in page.events.list.rows[:3]] == ["✕", "✕", "○"]
        headline = window.workspace.panels.result.panel.strip.headline
        await until(lambda: headline.identity.text() == "Alpha · $LATEST · event good")
        window.window.run("focus.history")
        model = window.workspace.panels.history.panel.model
        await until(lambda: model.rowCount() == 2 and model.index(0, 0).data(ROW_ROLE).alert == "unexpected")
        assert [model.index(row, 0).data(ROW_ROLE).text.split(" · ")[1] for row in range(2)] == ["good", "fail"]
        window.workspace.model.choose_event("fail")
        await window.invoke()
        await until(lambda: model.rowCount() == 3 and model.index(0, 0).data(ROW_ROLE).text.endswith(" · fail"))

    play(first)
    play(second)
    kept = json.loads((state_directory(root) / FILE).read_bytes())
    assert [name for _, name in kept.values()] == ["fail", "good", "fail"]


def test_as_many_names_are_kept_as_a_list_shows(play: Callable[[Scenario], None], root: Path) -> None:
    file = state_directory(root) / FILE
    file.write_text(json.dumps({f"r{number}": ["Alpha", "good"] for number in range(3 * MOST)}))

    async def scenario(window: Window) -> None:
        await window.open(root)
        await until(lambda: window.workspace._judging.event_of("r0") == "good")
        window.workspace.model.choose_event("fail")
        await window.invoke()

    play(scenario)
    kept = json.loads(file.read_bytes())
    assert len(kept) == MOST
    assert list(kept.values())[-2:] == [["Alpha", "good"], ["Alpha", "fail"]]
