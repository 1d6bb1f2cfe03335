"""Dialogs: what can be accepted, what comes out, and that the keyboard is enough."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

import workbench.editor
import workbench.gui
from workbench.editor.plain_label import PlainLabel
from workbench.editor.sheet import MessageSheet
from workbench.gui.dialogs.doctor_dialog import DoctorDialog
from workbench.gui.dialogs.event_dialogs import EventNameDialog
from workbench.gui.dialogs.function_dialogs import NameDialog, NewFunctionDialog
from workbench.gui.dialogs.template_dialog import TemplateDialog, free_name
from workbench.gui.dialogs.trust_dialog import TrustDialog
from workbench.gui.dialogs.workspace_dialog import NewWorkspaceDialog
from workbench.gui.look.theme import DARK
from workbench.model.engine_api import DoctorReport, Finding
from workbench.model.trust import TrustReport
from workbench.workspace.event_templates import load_event_templates
from workbench.workspace.starters import starters


@pytest.fixture
def templates(qtbot: QtBot) -> TemplateDialog:
    dialog = TemplateDialog(load_event_templates(), {"hello"}, DARK)
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.open()
    return dialog


def test_no_button_of_a_sheet_has_an_underlined_letter(qtbot: QtBot) -> None:
    """Those of one sheet had, and no others: Tab, arrows, Return and Escape are the rule for all."""
    folders = (Path(workbench.gui.__file__).parent, Path(workbench.editor.__file__).parent)
    sources = [path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py")]
    assert not any(re.search(r'Button\((self\.tr\()?"[^"]*&\w', source) for source in sources)
    trust = [TrustDialog(TrustReport(folder="/clone", standing=standing, runs_as_processes=standing == "unknown"))
             for standing in ("trusted", "unknown")]
    message = MessageSheet("Save?", "There is unsaved text.")
    kinds = QDialogButtonBox.StandardButton
    message.offer(kinds.Save, kinds.Discard, kinds.Cancel, kinds.Close)
    for sheet in (*trust, message):
        qtbot.addWidget(sheet)
        texts = [button.text() for button in sheet.findChildren(QPushButton)]
        assert texts
        assert not any("&" in text for text in texts), texts


def test_every_template_can_be_taken_as_it_is(qtbot: QtBot, templates: TemplateDialog) -> None:
    for template in load_event_templates():
        templates.choose(template.id)
        assert json.loads(templates.preview.toPlainText()) is not None
        assert templates.confirm.isEnabled()


def test_the_name_ends_where_the_fields_above_it_end(qtbot: QtBot, templates: TemplateDialog) -> None:
    templates.choose("hello")
    fields = [templates.name, *templates.form.findChildren(QLineEdit)]
    qtbot.waitUntil(lambda: len({field.mapTo(templates, field.rect().topRight()).x() for field in fields}) == 1)


def test_the_preview_follows_the_form(qtbot: QtBot, templates: TemplateDialog) -> None:
    name, control = next(iter((name, templates.form.control(name)) for name in templates.form.values))
    assert isinstance(control, QLineEdit), name
    control.selectAll()
    qtbot.keyClicks(control, "typed by hand")
    assert "typed by hand" in templates.preview.toPlainText()


def test_searching_finds_by_service(qtbot: QtBot, templates: TemplateDialog) -> None:
    qtbot.keyClicks(templates.search, "sqs")
    assert templates.choices.rows
    assert all("sqs" in f"{row.key} {row.text} {row.tip}".lower() for row in templates.choices.rows)


def test_a_taken_name_is_refused_and_a_free_one_suggested(qtbot: QtBot, templates: TemplateDialog) -> None:
    templates.choose("hello")
    assert templates.name.text() == "hello-2"
    templates.name.clear()
    qtbot.keyClicks(templates.name, "hello")
    assert not templates.confirm.isEnabled()


def test_the_event_is_handed_over(qtbot: QtBot, templates: TemplateDialog) -> None:
    templates.choose("hello")
    with qtbot.waitSignal(templates.event_made) as made:
        qtbot.keyClick(templates.name, Qt.Key.Key_Return)
    assert made.args[0] == "hello-2"
    assert json.loads(made.args[1])


def test_free_names_count_up() -> None:
    assert free_name("a", {"b"}) == "a"
    assert free_name("a", {"a", "a-2"}) == "a-3"


def test_a_new_function_needs_a_name_cloudformation_takes(qtbot: QtBot) -> None:
    dialog = NewFunctionDialog(starters(), {"Taken"})
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.open()
    for text, ok in (("", False), ("no-hyphens", False), ("Taken", False), ("ResizeImage", True)):
        dialog.name.setText(text)
        assert dialog.confirm.isEnabled() is ok, text
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    assert chosen.args[0] == "ResizeImage"
    assert chosen.args[1] in {starter.key for starter in starters()}


def test_renaming_to_the_same_name_is_no_renaming(qtbot: QtBot) -> None:
    for dialog in (NameDialog("Rename Alpha", "Rename", "Alpha", {"Alpha", "Beta"}),
                   EventNameDialog("Rename Alpha", "Rename", "Alpha", {"Alpha", "Beta"})):
        qtbot.addWidget(dialog)
        assert not dialog.confirm.isEnabled()
        assert dialog.problem_text == "Type another name.", "it is not told that it exists itself"
        dialog.name.setText("Beta")
        assert dialog.problem_text.endswith("Beta already.")


def test_event_names_are_compared_without_case(qtbot: QtBot) -> None:
    dialog = EventNameDialog("New event", "Create", "Order", {"order"})
    qtbot.addWidget(dialog)
    assert not dialog.confirm.isEnabled()


def test_a_new_workspace_never_goes_over_a_folder(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    dialog = NewWorkspaceDialog(tmp_path)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.name.setText("taken")
    assert not dialog.confirm.isEnabled()
    dialog.name.setText("fresh")
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.accept()
    assert chosen.args == [str(tmp_path / "fresh")]
    assert not (tmp_path / "fresh").exists()


def middle_of(label: PlainLabel) -> str:
    image = label.pixmap().toImage()
    return image.pixelColor(image.rect().center()).name()


def test_the_doctor_puts_what_needs_a_look_first(qtbot: QtBot) -> None:
    dialog = DoctorDialog(DARK)
    qtbot.addWidget(dialog)
    findings = (Finding(subject="Python", ok=True, detail="3.12"),
                Finding(subject="Docker", ok=False, detail="not here", hint="Install."))
    dialog.show_report(DoctorReport(version="1.0", findings=findings))
    lines = dialog.text.splitlines()
    assert lines[0] == "Lambda Workbench 1.0: 1 of 2 need a look."
    assert lines[1].startswith("LOOK Docker")
    shown = [(label.text(), label.objectName()) for label in dialog.findChildren(PlainLabel) if label.text()]
    assert ("look", "warning") in shown
    marks = [label for label in dialog.findChildren(PlainLabel) if label.accessibleName() in ("in order", "needs a look")]
    assert [middle_of(mark) for mark in marks] == [DARK.warning, DARK.success], "red means failure only"


def test_the_doctor_clears_the_cache_when_it_is_asked_to(qtbot: QtBot) -> None:
    dialog = DoctorDialog(DARK)
    qtbot.addWidget(dialog)
    assert not dialog.clear.isEnabled()
    dialog.show_report(DoctorReport(version="1.0", findings=()))
    with qtbot.waitSignal(dialog.cache_unwanted):
        dialog.clear.click()
    assert not dialog.clear.isEnabled()
