"""The open workspace follows the disk and remembers what was chosen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.application.preferences import Preferences, WorkspaceMemory
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.function import FunctionConfiguration
from workbench.model.overrides import DELETED, OverrideInfo
from workbench.workspace.events import EMPTY_EVENT
from workbench.workspace.function_changes import FunctionChanges
from workbench.workspace.workspace import Workspace

CODE = {"app.py": "def handler(event, context):\n    return event\n"}
MADE = FunctionConfiguration(
    name="made", logical_id="made", runtime="python3.13", handler="app.handler", code_path="/made.zip", source="api")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    builder = WorkspaceBuilder(tmp_path / "app").function("Alpha", CODE).function("Beta", CODE)
    root = builder.write()
    (root / "events" / "Beta").mkdir(parents=True)
    (root / "events" / "all.json").write_text('{"for": "all"}')
    (root / "events" / "Beta" / "own.json").write_text('{"for": "Beta"}')
    return root


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "window.ini")


@pytest.fixture
def model(qtbot: QtBot, root: Path, preferences: Preferences) -> Iterator[WorkspaceState]:
    model = WorkspaceState(Workspace.open(root), WorkspaceMemory(preferences, root))
    model.reload()
    yield model
    model.deleteLater()


def test_the_first_function_and_event_are_chosen(model: WorkspaceState) -> None:
    assert model.function is not None
    assert (model.function.name, model.event_name) == ("Alpha", "all")
    assert model.event_bytes() == b'{"for": "all"}'


def test_each_function_has_the_common_events_and_its_own(model: WorkspaceState) -> None:
    assert [event.name for event in model.events] == ["all"]
    model.choose_function("Beta")
    assert [event.name for event in model.events] == ["all", "Beta/own"]


def test_choices_are_remembered_across_starts(model: WorkspaceState, root: Path, preferences: Preferences) -> None:
    model.choose_function("Beta")
    model.choose_event("Beta/own")
    again = WorkspaceState(Workspace.open(root), WorkspaceMemory(preferences, root))
    again.reload()
    again.deleteLater()
    assert again.function is not None
    assert (again.function.name, again.event_name) == ("Beta", "Beta/own")


def test_the_empty_event_can_be_chosen_and_stays_so(model: WorkspaceState) -> None:
    model.choose_event(EMPTY_EVENT)
    model.reload()
    assert model.event_file is None
    assert model.event_bytes() == b"{}"


def test_an_edit_by_another_program_is_taken_over(qtbot: QtBot, model: WorkspaceState) -> None:
    path = model.workspace.template_path
    with qtbot.waitSignal(model.functions_changed):
        path.write_text(path.read_text().replace("MemorySize: 256", "MemorySize: 1024"))
    assert model.function is not None
    assert model.function.memory_mb == 1024


def test_a_broken_template_is_told_and_keeps_the_functions(model: WorkspaceState, qtbot: QtBot) -> None:
    path = model.workspace.template_path
    good = path.read_text()
    path.write_text(good + "  : [broken\n")
    with qtbot.waitSignal(model.broken):
        model.reload()
    assert [function.name for function in model.functions] == ["Alpha", "Beta"]
    path.write_text(good)
    with qtbot.waitSignal(model.mended):
        model.reload()
    assert model.problem is None


def test_a_change_is_written_and_seen(model: WorkspaceState) -> None:
    model.change("Alpha", FunctionChanges(memory_mb=640))
    assert model.function is not None
    assert model.function.memory_mb == 640
    assert "MemorySize: 640" in model.workspace.template_path.read_text()


def test_a_deleted_function_gives_way_to_the_first(model: WorkspaceState) -> None:
    model.choose_function("Beta")
    model.workspace.delete("Beta")
    model.reload()
    assert model.function is not None
    assert model.function.name == "Alpha"


def test_a_function_that_only_the_engine_knows_is_chosen_again(
    root: Path, preferences: Preferences, model: WorkspaceState
) -> None:
    read = model.functions_read
    model.take_answer(read, [*read, MADE])
    model.choose_function("made")
    again = WorkspaceState(Workspace.open(root), WorkspaceMemory(preferences, root))
    again.reload()
    assert again.function is not None
    assert again.function.name == "Alpha"
    again.take_answer(again.functions_read, [*read, MADE])
    assert again.function.name == "made"
    again.take_answer(again.functions_read, read)
    again.take_answer(again.functions_read, [*read, MADE])
    assert again.function.name == "Alpha"  # deleted and made again: nobody asked for it
    again.deleteLater()


def test_what_a_person_chooses_first_stays_chosen(root: Path, preferences: Preferences, model: WorkspaceState) -> None:
    model.take_answer(model.functions_read, [*model.functions_read, MADE])
    model.choose_function("made")
    again = WorkspaceState(Workspace.open(root), WorkspaceMemory(preferences, root))
    again.reload()
    again.choose_function("Alpha")
    again.take_answer(again.functions_read, [*again.functions_read, MADE])
    assert again.function is not None
    assert again.function.name == "Alpha"
    again.deleteLater()


def test_a_function_that_the_api_deleted_is_not_shown(model: WorkspaceState) -> None:
    alpha, beta = model.functions_read
    told = [OverrideInfo(function="Alpha", property=DELETED)]
    model.take_answer(model.functions_read, [beta], told)
    assert ([function.name for function in model.functions], model.hidden) == (["Beta"], ("Alpha",))
    assert model.function is not None
    assert model.function.name == "Beta"
    named_like_it = msgspec.structs.replace(MADE, name="Alpha", logical_id="Alpha")
    model.take_answer(model.functions_read, [beta, named_like_it], told)
    assert [(function.name, function.source) for function in model.functions] == [("Beta", "template"), ("Alpha", "api")]
    model.take_answer(model.functions_read, [alpha, beta])
    assert [function.source for function in model.functions] == ["template", "template"]
