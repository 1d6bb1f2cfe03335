"""What is remembered of layouts is read as strictly as msgspec would, and comes back as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.gui.application.preferences import Preferences, WorkspaceMemory
from workbench.gui.layout.arrangement import Group, Split
from workbench.gui.workspace.layout_memory import keep_layouts, read_layouts
from workbench.gui.workspace.page_layouts import LAYOUTS, PRESENTATION, KeptLayouts, PageLayout

NESTED = Split((Group(("a", "b"), "b"), Split((Group(("c",)), Group(("d",))), (1.0, 2.0), is_vertical=True)), (0.25, 0.75))
OWN = {"teach": PageLayout(NESTED, editor=0.0, activity=""), "write": PRESENTATION}
KEPT = KeptLayouts("teach", OWN, side_px=200, drawer_px=310, is_drawer_open=True)
VIEWS = '{"type": "group", "views": ["logs"]}'


@pytest.fixture
def memory(tmp_path: Path) -> WorkspaceMemory:
    return WorkspaceMemory(Preferences(tmp_path / "window.ini"), tmp_path)


@pytest.mark.parametrize("kept", [KEPT, KeptLayouts(), KeptLayouts("write", LAYOUTS)])
def test_what_is_kept_comes_back(memory: WorkspaceMemory, kept: KeptLayouts) -> None:
    keep_layouts(memory, kept)
    assert read_layouts(memory) == kept


def test_it_is_kept_as_it_was_before(memory: WorkspaceMemory) -> None:
    """Windows of earlier versions read it as well."""
    keep_layouts(memory, KeptLayouts("write", {"write": PageLayout(Split((Group(("a",)), Group(("b",), "b")), (1.0, 2.0)))}))
    groups = [{"type": "group", "views": ["a"], "front": ""}, {"type": "group", "views": ["b"], "front": "b"}]
    assert json.loads(memory.text("layout")) == {
        "name": "write", "side_px": 224, "drawer_px": 300, "is_drawer_open": False, "own": {"write": {
            "views": {"type": "split", "parts": groups, "shares": [1.0, 2.0], "is_vertical": False},
            "editor": 0.5, "is_beside": False, "activity": "functions", "has_rail": True, "beside": 0.0}}}


def test_what_is_missing_or_not_known_is_as_it_comes(memory: WorkspaceMemory) -> None:
    own = f'{{"watch": {{"views": {VIEWS}, "editor": 1, "more": 1}}}}'
    memory.save_text("layout", f'{{"own": {own}, "side_px": 100, "more": null}}')
    assert read_layouts(memory) == KeptLayouts(own={"watch": PageLayout(Group(("logs",)), editor=1.0)}, side_px=100)


@pytest.mark.parametrize("damaged", [
    "", "{", "[]", "null", '"watch"', '{"name": "purple"}', '{"name": []}', '{"own": []}', '{"own": {"purple": {"views": %s}}}',
    '{"own": {"watch": {}}}',
    '{"own": {"watch": {"views": %s, "editor": "1"}}}', '{"own": {"watch": {"views": %s, "editor": NaN}}}',
    '{"own": {"watch": {"views": %s, "beside": 1e999}}}', '{"own": {"watch": {"views": %s, "has_rail": 1}}}',
    '{"own": {"watch": {"views": {"type": "group", "views": "logs"}}}}', '{"own": {"watch": {"views": {"views": ["logs"]}}}}',
    '{"own": {"watch": {"views": {"type": "split", "parts": [7]}}}}', '{"own": {"watch": {"views": {"type": "heap"}}}}',
    '{"side_px": 1.5}', '{"side_px": true}', '{"is_drawer_open": 0}', '{"a":' * 100_000,
])
def test_a_damaged_memory_is_none(memory: WorkspaceMemory, damaged: str) -> None:
    memory.save_text("layout", damaged.replace("%s", VIEWS))
    assert read_layouts(memory) == KeptLayouts()
