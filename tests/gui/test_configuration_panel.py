"""The configuration panel on a real template.yaml: nothing typed is lost, nothing wrong is saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.look.style_sheet import style_sheet
from workbench.gui.look.theme import LIGHT
from workbench.gui.panels.configuration.configuration_draft import KeptDraft
from workbench.gui.panels.configuration.configuration_panel import ConfigurationPanel
from workbench.gui.panels.configuration.environment_table import EnvironmentTable
from workbench.gui.panels.configuration.variables_model import KEY, MASK, VALUE
from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.model.secret_names import looks_secret
from workbench.workspace.function_changes import FunctionChanges
from workbench.workspace.workspace import Workspace

CODE = {"app.py": "def handler(event, context):\n    return event\n"}


class Saving:
    """The panel's owner: writes what it asks for to the workspace and hands the result back."""

    def __init__(self, panel: ConfigurationPanel, workspace: Workspace) -> None:
        self.panel, self.workspace = panel, workspace
        self.saved: list[FunctionChanges] = []
        panel.changes_ready.connect(self.save)

    def show(self, logical_id: str) -> None:
        self.panel.show_function(self.workspace.function(logical_id), read_only=False)

    def save(self, logical_id: str, changes: FunctionChanges) -> None:
        self.saved.append(changes)
        try:
            function = self.workspace.change(logical_id, changes)
        except (InvalidInput, WorkspaceError) as error:
            self.panel.show_failed(logical_id, error)
            return
        self.panel.show_function(function, read_only=False)
        self.panel.show_saved(logical_id)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    builder = WorkspaceBuilder(tmp_path / "app")
    builder.function("Alpha", CODE, environment={"BUCKET": "uploads", "API_KEY": "hidden"})
    builder.function("Beta", CODE, memory_mb=512)
    return Workspace.open(builder.write())


@pytest.fixture
def saving(qtbot: QtBot, workspace: Workspace) -> Saving:
    panel = ConfigurationPanel()
    qtbot.addWidget(panel)
    panel.show()
    saving = Saving(panel, workspace)
    saving.show("Alpha")
    return saving


def spin(saving: Saving) -> QSpinBox:
    box = saving.panel.controls.memory.controls[1]
    assert isinstance(box, QSpinBox)
    return box


def test_a_changed_value_is_in_the_template_after_the_pause(qtbot: QtBot, saving: Saving) -> None:
    spin(saving).setValue(1769)
    qtbot.waitUntil(lambda: saving.workspace.function("Alpha").memory_mb == 1769)
    assert saving.panel.note == "saved to template.yaml"
    assert len(saving.saved) == 1


def test_the_vcpu_share_stands_beside_the_memory(saving: Saving) -> None:
    spin(saving).setValue(512)
    assert saving.panel.controls.fields["memory_mb"].figure == "512 MB · 0.29 vCPU"


def test_a_wrong_value_gets_lambdas_words_and_is_not_saved(saving: Saving) -> None:
    spin(saving).setValue(64)
    problem = saving.panel.controls.fields["memory_mb"].problem
    rule = "Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128"
    assert rule in problem
    saving.panel.flush()
    assert saving.saved == []


def test_a_wrong_value_typed_back_is_not_kept_for_the_next_window(qtbot: QtBot, saving: Saving) -> None:
    saved = spin(saving).value()
    with qtbot.waitSignal(saving.panel.unsaved_changed) as kept:
        spin(saving).setValue(64)
    assert kept.args == [{"Alpha": KeptDraft({"memory_mb": 64})}]
    with qtbot.waitSignal(saving.panel.unsaved_changed) as forgotten:
        spin(saving).setValue(saved)
    assert forgotten.args == [{}]
    assert saving.saved == []


def test_a_value_without_a_key_is_kept_for_the_next_window_after_the_pause(qtbot: QtBot, saving: Saving) -> None:
    rows = saving.panel.controls.environment.rows
    with qtbot.waitSignal(saving.panel.unsaved_changed) as kept:
        rows.setData(rows.index(2, VALUE), "typed first")
    assert kept.args[0]["Alpha"].environment_rows[-1] == ("", "typed first")


def test_what_was_typed_survives_a_change_of_function_valid_or_not(saving: Saving) -> None:
    spin(saving).setValue(64)
    saving.panel.controls.handler.setText("app.other")
    saving.panel.controls.handler.textEdited.emit("app.other")
    saving.show("Beta")
    assert saving.workspace.function("Alpha").handler == "app.other"
    assert spin(saving).value() == 512
    saving.show("Alpha")
    assert spin(saving).value() == 64
    assert saving.workspace.function("Alpha").memory_mb == 256


def test_a_change_from_outside_does_not_overwrite_what_is_being_typed(saving: Saving) -> None:
    spin(saving).setValue(300)
    saving.panel.show_function(saving.workspace.function("Alpha"), read_only=False)
    assert spin(saving).value() == 300


def test_a_change_from_outside_is_shown(saving: Saving) -> None:
    path = saving.workspace.template_path
    path.write_text(path.read_text().replace("MemorySize: 256", "MemorySize: 700"))
    saving.show("Alpha")
    assert spin(saving).value() == 700


def test_a_template_that_can_not_be_written_is_told(saving: Saving) -> None:
    spin(saving).setValue(300)
    saving.workspace.template_path.write_text("Resources: [\n")
    saving.panel.flush()
    assert saving.panel.note == "not saved"
    assert spin(saving).value() == 300


def test_a_secret_looking_value_is_masked_until_revealed(saving: Saving) -> None:
    rows = saving.panel.controls.environment.rows
    row = list(rows.variables).index("API_KEY")
    assert rows.data(rows.index(row, VALUE)) == MASK
    rows.toggle_reveal(row)
    assert rows.data(rows.index(row, VALUE)) == "hidden"


def test_the_variables_have_a_head(saving: Saving) -> None:
    table = saving.panel.controls.environment
    head = table.horizontalHeader()
    assert head.isVisibleTo(table)
    texts = [table.model().headerData(column, Qt.Orientation.Horizontal) for column in range(4)]
    assert texts[:2] == ["Key", "Value"]
    assert table.sizeHint().height() >= head.sizeHint().height() + table.model().rowCount() * table.rowHeight(0)


@pytest.mark.parametrize(("name", "secret"), [("API_KEY", True), ("DB_PASSWORD", True), ("GITHUB_TOKEN", True),
                                              ("BUCKET", False), ("LOG_LEVEL", False), ("KEYBOARD", False)])
def test_secrets_are_known_by_their_names(name: str, secret: bool) -> None:
    assert looks_secret(name) is secret


def test_a_variable_is_added_and_removed(qtbot: QtBot, saving: Saving) -> None:
    rows = saving.panel.controls.environment.rows
    rows.setData(rows.index(2, KEY), "STAGE")
    rows.setData(rows.index(2, VALUE), "dev")
    rows.remove(0)
    saving.panel.flush()
    assert saving.workspace.function("Alpha").environment == {"API_KEY": "hidden", "STAGE": "dev"}


def test_every_key_typed_into_the_table_counts_at_once(qtbot: QtBot, saving: Saving) -> None:
    table = saving.panel.controls.environment
    table.setCurrentIndex(table.rows.index(0, VALUE))
    table.edit(table.rows.index(0, VALUE))
    line = table.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    line.selectAll()
    qtbot.keyClicks(line, "other")
    assert table.rows.variables["BUCKET"] == "other"
    saving.show("Beta")
    assert saving.workspace.function("Alpha").environment["BUCKET"] == "other"


def test_a_name_given_twice_is_not_saved(saving: Saving) -> None:
    rows = saving.panel.controls.environment.rows
    rows.setData(rows.index(1, KEY), "BUCKET")
    saving.panel.flush()
    assert saving.saved == []
    assert "BUCKET is there twice." in saving.panel.controls.fields["environment"].problem


def test_a_reserved_name_gets_lambdas_words(saving: Saving) -> None:
    rows = saving.panel.controls.environment.rows
    rows.setData(rows.index(0, KEY), "AWS_REGION")
    assert "Reserved keys used in this request: AWS_REGION" in saving.panel.controls.fields["environment"].whole_problem


def test_delete_removes_the_row(qtbot: QtBot, saving: Saving) -> None:
    table = saving.panel.controls.environment
    table.setCurrentIndex(table.rows.index(0, KEY))
    table.keyPressEvent(QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier))
    assert list(table.rows.variables) == ["API_KEY"]


def test_a_read_only_folder_can_be_looked_at(saving: Saving) -> None:
    saving.panel.show_function(saving.workspace.function("Beta"), read_only=True)
    assert saving.panel.note == "read-only folder"
    assert not saving.panel.controls.runtime.isEnabled()
    assert saving.panel.controls.environment.rows.rowCount() == 0


def test_problems_of_a_function_are_shown(qtbot: QtBot, tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "bad").function("Bad", CODE, memory_mb=64)
    workspace = Workspace.open(builder.write())
    panel = ConfigurationPanel()
    qtbot.addWidget(panel)
    panel.show_function(workspace.function("Bad"), read_only=False)
    assert panel.problems == "\n".join(workspace.function("Bad").problems) != ""


def new_name(qtbot: QtBot, saving: Saving) -> QLineEdit:
    """A click on “+ add”, and the line that opens there."""
    table = saving.panel.controls.environment
    cell = table.visualRect(table.rows.index(table.rows.rowCount() - 1, KEY)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    return line_of(saving)


def line_of(saving: Saving) -> QLineEdit:
    """The line in the cell that is being edited; a line that is on its way out has no focus."""
    lines = [line for line in saving.panel.controls.environment.findChildren(QLineEdit) if line.hasFocus()]
    assert len(lines) == 1
    return lines[0]


def test_a_new_variable_typed_with_tab_keeps_its_value(qtbot: QtBot, saving: Saving) -> None:
    qtbot.keyClicks(new_name(qtbot, saving), "STAGE")
    qtbot.keyClick(line_of(saving), Qt.Key.Key_Tab)
    qtbot.keyClicks(line_of(saving), "dev")
    qtbot.keyClick(line_of(saving), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: saving.workspace.function("Alpha").environment.get("STAGE") == "dev")


def test_several_new_variables_are_typed_without_the_mouse(qtbot: QtBot, saving: Saving) -> None:
    new_name(qtbot, saving)
    for name, value in (("ONE", "1"), ("TWO", "2")):
        for text in (name, value):
            qtbot.keyClicks(line_of(saving), text)
            qtbot.keyClick(line_of(saving), Qt.Key.Key_Tab)
        table = saving.panel.controls.environment
        table.setCurrentIndex(table.rows.index(table.rows.rowCount() - 1, KEY))
        table.edit(table.currentIndex())
    saving.panel.flush()
    assert dict(saving.workspace.function("Alpha").environment).items() >= {"ONE": "1", "TWO": "2"}.items()


@pytest.mark.parametrize("leave", ["return", "click elsewhere", "other function", "flush"])
def test_a_cell_that_is_left_in_any_way_keeps_what_was_typed(qtbot: QtBot, saving: Saving, leave: str) -> None:
    qtbot.keyClicks(new_name(qtbot, saving), "STAGE")
    qtbot.keyClick(line_of(saving), Qt.Key.Key_Tab)
    qtbot.keyClicks(line_of(saving), "dev")
    leave_cell(qtbot, saving, leave)
    qtbot.waitUntil(lambda: saving.workspace.function("Alpha").environment.get("STAGE") == "dev")


@pytest.mark.parametrize("leave", ["return", "click elsewhere", "other function", "flush"])
def test_a_name_that_is_left_in_any_way_is_a_variable(qtbot: QtBot, saving: Saving, leave: str) -> None:
    qtbot.keyClicks(new_name(qtbot, saving), "STAGE")
    leave_cell(qtbot, saving, leave)
    qtbot.waitUntil(lambda: saving.workspace.function("Alpha").environment.get("STAGE") == "")


def leave_cell(qtbot: QtBot, saving: Saving, way: str) -> None:
    if way == "return":
        qtbot.keyClick(line_of(saving), Qt.Key.Key_Return)
    elif way == "click elsewhere":
        saving.panel.controls.description.setFocus()
    elif way == "other function":
        saving.show("Beta")
    else:
        saving.panel.flush()


def test_a_pause_while_a_name_is_typed_makes_no_variable_of_its_half(qtbot: QtBot, saving: Saving) -> None:
    spin(saving).setValue(300)
    qtbot.keyClicks(new_name(qtbot, saving), "STA")
    qtbot.waitUntil(lambda: saving.workspace.function("Alpha").memory_mb == 300)
    assert "STA" not in saving.workspace.function("Alpha").environment
    qtbot.keyClicks(line_of(saving), "GE")
    saving.panel.flush()
    assert saving.workspace.function("Alpha").environment.get("STAGE") == ""


def test_a_value_without_a_key_and_a_name_given_twice_survive_a_change_of_function(saving: Saving) -> None:
    rows = saving.panel.controls.environment.rows
    rows.setData(rows.index(2, VALUE), "typed first")
    rows.setData(rows.index(1, KEY), "BUCKET")
    saving.show("Beta")
    assert rows.variables == {}
    saving.show("Alpha")
    assert rows.rows == (("BUCKET", "uploads"), ("BUCKET", "hidden"), ("", "typed first"))
    rows.setData(rows.index(1, KEY), "API_KEY")
    rows.setData(rows.index(2, KEY), "NAMED")
    saving.panel.flush()
    assert saving.workspace.function("Alpha").environment == {"BUCKET": "uploads", "API_KEY": "hidden", "NAMED": "typed first"}


def test_the_table_has_one_line_at_each_edge(qtbot: QtBot, saving: Saving) -> None:
    """Its grid ended with a line beside that of its frame."""
    saving.panel.setStyleSheet(style_sheet(LIGHT))
    saving.show("Alpha")
    table = saving.panel.findChild(EnvironmentTable)
    picture = table.grab().toImage()
    across = [picture.pixelColor(x, picture.height() - 8).name() for x in range(picture.width() - 4, picture.width())]
    down = [picture.pixelColor(20, y).name() for y in range(picture.height() - 4, picture.height())]
    assert [colors.count(LIGHT.border) for colors in (across, down)] == [1, 1]
    assert across[-1] == down[-1] == LIGHT.border
