"""Parameters and values in the window: what is shown, what is handed over, and the whole way to the workspace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.dialogs.choose_template_dialog import ChooseTemplateDialog
from workbench.gui.dialogs.values_dialog import ValuesChosen, ValuesDialog
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.gui.workspace.settings_commands import values_shown
from workbench.workspace.locating.candidates import Candidate
from workbench.workspace.locating.options import Options
from workbench.workspace.workspace import Workspace

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod], Description: Where it runs}
  Table: {Type: String, Default: orders}
  Key: {Type: String, NoEcho: true, MinLength: 3}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {STAGE: !Ref Stage, KEY: !Ref Key, OTHER: !ImportValue other}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A template that asks for things, and another one beside it."""
    (tmp_path / "code").mkdir()
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "other.yaml").write_text(TEMPLATE.replace("  F:", "  G:"))
    (tmp_path / "samconfig.toml").write_text('[default.global.parameters]\nparameter_overrides = "Table=sam"\n[prod.deploy]\n')
    return Workspace.open(tmp_path)


@pytest.fixture
def opened(qtbot: QtBot, workspace: Workspace) -> Callable[[], tuple[ValuesDialog, list[ValuesChosen]]]:
    """Opens the dialog, with what it hands over."""
    def open_it() -> tuple[ValuesDialog, list[ValuesChosen]]:
        dialog = ValuesDialog(values_shown(workspace))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
        chosen: list[ValuesChosen] = []
        dialog.chosen.connect(chosen.append)
        dialog.open()
        return dialog, chosen
    return open_it


def line(dialog: ValuesDialog, key: str) -> QLineEdit:
    field: QWidget = dialog.fields[key]
    assert isinstance(field, QLineEdit)
    return field


def test_what_counts_is_shown_and_nothing_is_handed_over_unchanged(
    opened: Callable[[], tuple[ValuesDialog, list[ValuesChosen]]]
) -> None:
    dialog, chosen = opened()
    assert list(dialog.fields) == ["Stage", "Table", "Key", "import:other"]
    assert (line(dialog, "Table").text(), line(dialog, "Table").placeholderText()) == ("", "sam")
    assert line(dialog, "Key").echoMode() == QLineEdit.EchoMode.Password
    stage = dialog.fields["Stage"]
    assert isinstance(stage, FlatCombo)
    assert [stage.itemText(row) for row in range(stage.count())] == ["dev (default)", "dev", "prod"]
    assert [dialog.template.itemText(row) for row in range(dialog.template.count())] == ["other.yaml", "template.yaml"]
    assert dialog.environment.currentText() == "default"
    dialog.accept()
    assert chosen == []


def test_values_are_given_and_taken_back(
    opened: Callable[[], tuple[ValuesDialog, list[ValuesChosen]]], workspace: Workspace
) -> None:
    dialog, chosen = opened()
    line(dialog, "Key").setText("ab")
    assert (dialog.confirm.isEnabled(), "at least 3 characters" in dialog.problem()) == (False, True)
    line(dialog, "Key").setText("abc")
    line(dialog, "import:other").setText("o")
    dialog.accept()
    assert chosen == [ValuesChosen(values={"Key": "abc", "import:other": "o"}, options=None)]
    workspace.give("Key", "abc")
    again, chosen = opened()
    assert line(again, "Key").text() == "abc"
    line(again, "Key").clear()
    again.accept()
    assert chosen == [ValuesChosen(values={"Key": None}, options=None)]


def test_another_template_and_environment(
    opened: Callable[[], tuple[ValuesDialog, list[ValuesChosen]]], workspace: Workspace
) -> None:
    dialog, chosen = opened()
    dialog.template.setCurrentText("other.yaml")
    dialog.environment.setCurrentText("prod")
    dialog.accept()
    assert chosen == [ValuesChosen(values={}, options=Options(template="other.yaml", config_env="prod"))]
    workspace.choose(Options(template="other.yaml", config_env="prod"))
    assert [function.logical_id for function in workspace.functions()] == ["G"]
    again, chosen = opened()
    assert (again.template.currentText(), again.environment.currentText()) == ("other.yaml", "prod")
    again.accept()
    assert chosen == []


def test_a_template_of_several_is_chosen(qtbot: QtBot) -> None:
    candidates = (Candidate(path="a/template.yaml", functions=1), Candidate(path="b/template.yaml", functions=3))
    dialog = ChooseTemplateDialog("shop", candidates)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    chosen: list[str] = []
    dialog.chosen.connect(chosen.append)
    dialog.open()
    item = dialog.list.item(1)
    assert item is not None
    assert item.text() == "b/template.yaml  ·  3 functions"
    dialog.list.setCurrentRow(1)
    dialog.accept()
    assert chosen == ["b/template.yaml"]
