"""Nothing that a person wrote is lost: what becomes of typed text when files are renamed, deleted and changed around it.

The real window, with keys and clicks; the engine is not needed for any of it.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLineEdit, QPushButton

from tests.gui.test_window_with_engine import CODE, Scenario, Window, until
from tests.gui.test_window_with_engine import play as play_to_the_end
from tests.support.workspaces import WorkspaceBuilder
from workbench.editor.change_banner import ChangeBanner
from workbench.editor.code_editor import CodeEditor
from workbench.editor.sheet import MessageSheet
from workbench.gui.dialogs.event_dialogs import EventNameDialog
from workbench.gui.dialogs.function_dialogs import NameDialog
from workbench.gui.dialogs.kept_dialog import KeptDialog
from workbench.gui.dialogs.save_as_dialog import SaveAsDialog
from workbench.gui.dialogs.template_dialog import TemplateDialog
from workbench.gui.panels.configuration.configuration_draft import KeptDraft
from workbench.gui.workspace.unsaved_settings import UnsavedSettings
from workbench.workspace.state_directory import state_directory

__all__ = ["play_to_the_end"]
Play = Callable[[Scenario], None]
TYPED = "# typed and not saved"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    builder = WorkspaceBuilder(tmp_path / "app").function("Alpha", CODE, environment={"STAGE": "one"})
    root = builder.function("Beta", CODE).write()
    (root / "events" / "Alpha").mkdir(parents=True)
    (root / "events" / "good.json").write_text('{"n": 1}')
    (root / "events" / "Alpha" / "first.json").write_text('{"first": true}')
    return root


@pytest.fixture
def play(play_to_the_end: Play) -> Play:
    """A scenario that fails leaves nothing unsaved: the window would ask, and nobody would answer."""
    def run(scenario: Scenario) -> None:
        async def whole(window: Window) -> None:
            try:
                await scenario(window)
            except BaseException:
                tabs = window.workspace.documents.tabs
                for path in tabs.unsaved_paths():
                    found = tabs.editor_of(path)
                    assert found is not None
                    found.set_modified(False)
                raise

        play_to_the_end(whole)

    return run


async def show(window: Window, root: Path) -> None:
    assert await window.window.show_workspace(root)
    await asyncio.sleep(0)  # what comes next is a turn of its own, as from a person


def editor(window: Window) -> CodeEditor:
    found = window.workspace.documents.tabs.current_editor()
    assert found is not None
    return found


def type_text(window: Window, text: str) -> None:
    QTest.keyClicks(editor(window).view, text)


def undo(window: Window) -> None:
    QTest.keyClick(editor(window).view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def click(window: Window, text: str) -> None:
    """The button of the change banner that is in sight."""
    banners = [banner for banner in window.window.findChildren(ChangeBanner) if banner.isVisible()]
    assert len(banners) == 1
    button = next(button for button in banners[0].findChildren(QPushButton) if button.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


async def rename_function(window: Window, new_id: str) -> None:
    dialog = await window.dialog("function.rename", NameDialog)
    dialog.name.selectAll()
    QTest.keyClicks(dialog.name, new_id)
    await asyncio.sleep(0)  # a person does one after the other
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)


def kept(root: Path) -> list[str]:
    """The paths of the recovery copies."""
    import msgspec

    files = (state_directory(root) / "recovery").glob("*/*.json")
    return [msgspec.json.decode(file.read_bytes())["path"] for file in files if file.name != "owner.json"]


def test_unsaved_text_follows_a_renamed_function(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        documents = window.workspace.documents
        documents.open(root / "events" / "Alpha" / "first.json")
        type_text(window, " ")
        window.workspace.navigation.open_handler()
        before = editor(window)
        type_text(window, TYPED)
        caret = before.caret()
        documents.keep_now()
        await rename_function(window, "Gamma")
        code, event = root / "gamma" / "app.py", root / "events" / "Gamma" / "first.json"
        assert set(documents.tabs.unsaved_paths()) == {str(event), str(code)}
        assert editor(window) is before
        assert before.caret() == caret
        assert sorted(kept(root)) == sorted([str(event), str(code)])
        window.window.actions_by_id["save.all"].trigger()
        assert TYPED in code.read_text()
        assert event.read_text().startswith(" {")
        assert not (root / "alpha").exists()
        for _ in TYPED:
            undo(window)
        assert before.text() == code.read_text().replace(TYPED, "")
        documents.save_all()

    play(scenario)


def test_a_nested_template_s_text_follows_a_rename_there(play: Play, root: Path) -> None:
    child = root / "child.yaml"
    child.write_text("Transform: AWS::Serverless-2016-10-31\n# end\nResources:\n  Alpha:\n    Type: AWS::Serverless::Function\n"
                     "    Properties: {CodeUri: beta, Handler: app.handler, Runtime: python3.13}\n")
    with (root / "template.yaml").open("a") as template:
        template.write("\n  Child: {Type: AWS::Serverless::Application, Properties: {Location: child.yaml}}\n")

    async def scenario(window: Window) -> None:
        await show(window, root)
        documents, model = window.workspace.documents, window.workspace.model
        documents.open(child)
        await asyncio.sleep(0)  # a person does one after the other
        type_text(window, TYPED)
        model.choose_function("Child/Alpha")
        await rename_function(window, "Gamma")
        assert model.function is not None
        assert model.function.logical_id == "Child/Gamma"
        shown = documents.tabs.editor_of(str(child))
        assert shown is not None
        assert shown.text() == TYPED + child.read_text()
        assert "  Gamma:" in shown.text()
        dialog = await window.dialog("function.duplicate", NameDialog)
        assert dialog.name.text() == "GammaCopy"
        dialog.reject()
        documents.save_all()
        child.write_text(child.read_text().replace("Gamma:", "Delta:"))  # the window watches nested templates too
        await until(lambda: [each.logical_id for each in model.functions] == ["Alpha", "Beta", "Child/Delta"])

    play(scenario)


def test_a_value_that_can_not_be_saved_yet_follows_a_renamed_function(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        panel = window.workspace.configuration.panel
        panel.controls.memory.set_value(64)
        await rename_function(window, "Gamma")
        assert panel.controls.memory.value == 64
        assert "greater than or equal to 128" in panel.controls.fields["memory_mb"].problem

    play(scenario)


def test_a_value_of_an_earlier_window_follows_a_renamed_function_that_nobody_has_looked_at(play: Play, root: Path) -> None:
    UnsavedSettings(state_directory(root)).write({"Alpha": KeptDraft({"memory_mb": 64})})

    async def scenario(window: Window) -> None:
        await show(window, root)
        await rename_function(window, "Gamma")
        configuration = window.workspace.configuration
        assert configuration.lazy_panel.made is None
        assert configuration.panel.controls.memory.value == 64

    play(scenario)


def test_unsaved_text_follows_a_renamed_event(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        window.workspace.model.choose_event("good")
        window.workspace.navigation.open_event()
        type_text(window, " ")
        dialog = await window.dialog("event.rename", EventNameDialog)
        dialog.name.selectAll()
        QTest.keyClicks(dialog.name, "better")
        QTest.keyClick(dialog.name, Qt.Key.Key_Return)
        path = root / "events" / "better.json"
        assert window.workspace.documents.tabs.unsaved_paths() == [str(path)]
        assert window.workspace.documents.tabs.current_path() == str(path)
        window.window.actions_by_id["save"].trigger()
        assert path.read_text() == ' {"n": 1}'
        assert not (root / "events" / "good.json").exists()

    play(scenario)


def test_reload_after_a_change_from_outside_can_be_undone(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        code = root / "alpha" / "app.py"
        type_text(window, TYPED)
        mine = editor(window).text()
        code.write_text("theirs = 1\n")
        window.workspace.documents.look_at_disk()
        click(window, "Reload")
        assert editor(window).text() == "theirs = 1\n"
        assert window.workspace.documents.tabs.unsaved_paths() == []
        undo(window)
        assert editor(window).text() == mine
        assert window.workspace.documents.tabs.unsaved_paths() == [str(code)]
        window.window.actions_by_id["save"].trigger()
        assert code.read_text() == mine

    play(scenario)


def test_a_checkout_that_changes_open_files_can_be_undone(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        before = editor(window).text()
        (root / "alpha" / "app.py").write_text("def handler(event, context):\n    return 'of the other branch'\n")
        await until(lambda: "other branch" in editor(window).text())
        undo(window)
        assert editor(window).text() == before
        window.workspace.documents.save_all()

    play(scenario)


def test_a_deleted_function_is_undone_from_the_bar(play: Play, root: Path) -> None:
    before = picture(root)

    async def scenario(window: Window) -> None:
        await show(window, root)
        window.window.actions_by_id["function.delete"].trigger()
        notice = window.workspace.page.toast
        assert notice.text == "Alpha was deleted, with its folder alpha and its event."
        assert not (root / "alpha").exists()
        assert window.workspace.documents.tabs.paths() == [str(root / "beta" / "app.py")]
        assert window.window.actions_by_id["trash.undo"].text() == "Undo de&leting Alpha"
        button = next(one for one in notice.findChildren(QPushButton) if one.text() == "Undo" and one.isVisible())
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert picture(root) == before
        assert window.workspace.model.function is not None
        assert window.workspace.model.function.logical_id == "Alpha"
        assert window.workspace.documents.tabs.current_path() == str(root / "alpha" / "app.py")
        assert not window.window.actions_by_id["trash.undo"].isEnabled()

    play(scenario)


def test_unsaved_text_outlives_the_function_and_its_return(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        code, tabs = root / "alpha" / "app.py", window.workspace.documents.tabs
        type_text(window, TYPED)
        window.window.actions_by_id["function.delete"].trigger()
        assert tabs.unsaved_paths() == [str(code)]
        window.window.activateWindow()
        await until(window.window.isActiveWindow)
        window.workspace.page.functions.list.setFocus()
        QTest.keyClick(window.workspace.page.functions.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        await until(code.exists)
        assert TYPED not in code.read_text()
        assert tabs.unsaved_paths() == [str(code)]
        assert not [banner for banner in window.window.findChildren(ChangeBanner) if banner.isVisible()]
        window.window.actions_by_id["save.all"].trigger()
        assert TYPED in code.read_text()

    play(scenario)


def test_a_function_deleted_before_a_restart_comes_back_from_the_list(play: Play, root: Path) -> None:
    before = picture(root)

    async def delete(window: Window) -> None:
        await show(window, root)
        window.window.actions_by_id["function.delete"].trigger()

    async def restore(window: Window) -> None:
        await show(window, root)
        assert not window.window.actions_by_id["trash.undo"].isEnabled()
        dialog = await window.dialog("trash.show", KeptDialog)
        assert "  Alpha:" in dialog.preview.toPlainText()
        assert "alpha" in dialog.preview.toPlainText()
        QTest.mouseClick(dialog.confirm, Qt.MouseButton.LeftButton)
        await until(lambda: (root / "alpha").exists())
        assert picture(root) == before

    play(delete)
    play(restore)


def test_a_deleted_event_is_undone_with_a_key(play: Play, root: Path) -> None:
    before = picture(root)

    async def scenario(window: Window) -> None:
        await show(window, root)
        window.workspace.model.choose_event("good")
        window.window.actions_by_id["event.delete"].trigger()
        assert not (root / "events" / "good.json").exists()
        dialog = await window.dialog("trash.show", KeptDialog)
        assert dialog.preview.toPlainText().splitlines() == ["Event good", "", "events/good.json"]
        dialog.reject()
        window.workspace.page.events.list.setFocus()
        window.window.actions_by_id["trash.undo"].trigger()
        assert picture(root) == before
        assert window.workspace.model.event_name == "good"

    play(scenario)


def test_a_function_taken_out_of_the_template_leaves_its_files(play: Play, root: Path) -> None:
    before = picture(root)

    async def scenario(window: Window) -> None:
        await show(window, root)
        window.window.actions_by_id["function.remove"].trigger()
        assert (root / "alpha" / "app.py").exists()
        assert [one.logical_id for one in window.workspace.model.functions] == ["Beta"]
        window.window.actions_by_id["trash.undo"].trigger()
        assert picture(root) == before

    play(scenario)


def test_unsaved_text_in_the_template_and_a_setting_are_put_together(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        window.workspace.navigation.open_template()
        await asyncio.sleep(0)
        type_text(window, "# mine")
        QTest.keyClick(editor(window).view, Qt.Key.Key_Return)
        mine = editor(window).text()
        await asyncio.sleep(0)
        window.workspace.configuration.panel.controls.timeout.set_value(42)
        await until(lambda: "Timeout: 42" in (root / "template.yaml").read_text())
        assert "# mine" not in (root / "template.yaml").read_text()
        assert editor(window).text() == mine.replace("Timeout: 10", "Timeout: 42", 1)
        assert not [banner for banner in window.window.findChildren(ChangeBanner) if banner.isVisible()]
        window.window.actions_by_id["save"].trigger()
        assert (root / "template.yaml").read_text().startswith("# mine")
        assert "Timeout: 42" in (root / "template.yaml").read_text()

    play(scenario)


async def save_as(window: Window, path: str) -> SaveAsDialog:
    dialog = await window.dialog("save.as", SaveAsDialog)
    dialog.path.selectAll()
    QTest.keyClicks(dialog.path, path)
    return dialog


def test_save_as_goes_on_with_the_new_file(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        code, new = root / "alpha" / "app.py", root / "alpha" / "lib" / "other.js"
        before = code.read_text()
        type_text(window, TYPED)
        dialog = await save_as(window, "alpha/lib/other.js")
        QTest.keyClick(dialog.path, Qt.Key.Key_Return)
        assert new.read_text() == TYPED + before
        assert code.read_text() == before
        assert window.workspace.documents.tabs.paths() == [str(new)]
        assert editor(window).view.language.name == "JavaScript"
        type_text(window, "//")
        window.window.actions_by_id["save"].trigger()
        assert new.read_text().startswith(TYPED + "//")
        undo(window)
        window.workspace.documents.save_all()

    play(scenario)


def test_save_as_never_overwrites(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        dialog = await save_as(window, "beta/app.py")
        assert not dialog.confirm.isEnabled()
        dialog.reject()
        window.workspace.documents.save_as(str(root / "alpha" / "app.py"), root / "beta" / "app.py")
        assert "There is app.py already." in window.workspace.page.notice.text

    play(scenario)


def test_an_event_saved_under_another_name_is_chosen(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        window.workspace.model.choose_event("good")
        window.workspace.navigation.open_event()
        type_text(window, " ")
        dialog = await save_as(window, "events/better.json")
        QTest.keyClick(dialog.path, Qt.Key.Key_Return)
        assert (root / "events" / "better.json").read_text() == ' {"n": 1}'
        assert (root / "events" / "good.json").read_text() == '{"n": 1}'
        assert window.workspace.model.event_name == "better"

    play(scenario)


def test_an_earlier_version_comes_back_as_an_edit(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        code = root / "alpha" / "app.py"
        first = code.read_text()
        type_text(window, TYPED)
        window.window.actions_by_id["save"].trigger()
        second = code.read_text()
        dialog = await window.dialog("versions", KeptDialog)
        assert [row.key for row in dialog.choices.rows]
        assert dialog.preview.toPlainText() == first  # the present text is no earlier one
        QTest.mouseClick(dialog.confirm, Qt.MouseButton.LeftButton)
        assert editor(window).text() == first
        assert code.read_text() == second
        undo(window)
        assert editor(window).text() == second
        assert window.workspace.documents.tabs.unsaved_paths() == []
        type_text(window, "more")
        dialog = await window.dialog("versions", KeptDialog)
        assert dialog.preview.toPlainText() == second  # what is on disk is an earlier one now
        dialog.reject()
        window.window.actions_by_id["save"].trigger()

    play(scenario)


def test_both_versions_are_reachable_after_saving_over_another_programs(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        code = root / "alpha" / "app.py"
        type_text(window, TYPED)
        code.write_text("theirs = 1\n")
        window.workspace.documents.look_at_disk()
        click(window, "Keep mine")
        window.window.actions_by_id["save"].trigger()
        assert TYPED in code.read_text()
        kept_texts = [version.read() for version in window.workspace.model.workspace.history.versions(code)]
        assert b"theirs = 1\n" in kept_texts

    play(scenario)


@pytest.mark.parametrize("way", ["reload", "discard"])
def test_typed_text_that_is_given_up_is_among_the_earlier_versions(play: Play, root: Path, way: str) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        code, tabs = root / "alpha" / "app.py", window.workspace.documents.tabs
        type_text(window, TYPED)
        if way == "reload":
            code.write_text("theirs = 1\n")
            window.workspace.documents.look_at_disk()
            click(window, "Reload")
        else:
            window.window.actions_by_id["close.tab"].trigger()
            box = QApplication.activeModalWidget()
            assert isinstance(box, MessageSheet)
            box.button(QDialogButtonBox.StandardButton.Discard).click()
            assert tabs.paths() == []
        newest, *_ = window.workspace.model.workspace.history.versions(code)
        assert TYPED.encode() in newest.read()

    play(scenario)


def test_who_cancels_to_quit_may_close_the_workspace_and_keeps_the_window(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        await asyncio.sleep(0)  # a person does one after the other
        type_text(window, TYPED)
        for action, answer in (("quit", "Cancel"), ("workspace.close", "Discard")):
            window.window.actions_by_id[action].trigger()
            box = QApplication.activeModalWidget()
            assert isinstance(box, MessageSheet)
            box.button(QDialogButtonBox.StandardButton[answer]).click()
        await until(lambda: window.window.pages.currentWidget() is window.window.pages.welcome)
        assert window.window.isVisible()
        assert await window.window.open_workspace(root)
        await window.workspace.link.ready()  # a window that is about to end starts no engine

    play(scenario)


def test_a_file_deleted_outside_with_its_folder_is_written_again(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        code = root / "alpha" / "app.py"
        type_text(window, TYPED)
        shutil.rmtree(root / "alpha")
        window.workspace.documents.look_at_disk()
        window.window.actions_by_id["save"].trigger()
        assert TYPED in code.read_text()
        assert window.workspace.documents.tabs.unsaved_paths() == []

    play(scenario)


def test_a_save_that_fails_keeps_the_text_and_tells(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        code, tabs = root / "alpha" / "app.py", window.workspace.documents.tabs
        code.chmod(0o444)
        type_text(window, TYPED)
        window.window.actions_by_id["save"].trigger()
        assert "write-protected" in window.workspace.page.notice.text
        assert tabs.unsaved_paths() == [str(code)]
        window.workspace.documents.keep_now()
        assert kept(root) == [str(code)]
        code.chmod(0o644)
        window.window.actions_by_id["save"].trigger()
        assert TYPED in code.read_text()

    play(scenario)


async def end(window: Window) -> None:
    """As a signal ends it."""
    closed = asyncio.Event()
    window.window.closed.connect(closed.set)
    window.window.end()
    await closed.wait()
    window.close = nothing_more  # type: ignore[method-assign]  # it is closed


async def nothing_more() -> None:
    """The window has closed already."""


def picture(root: Path) -> dict[str, bytes]:
    """All files that a person has there."""
    found = [path for path in root.rglob("*") if ".workbench" not in path.parts and path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def test_an_event_that_can_not_be_made_leaves_its_form(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        dialog = await window.dialog("event.template", TemplateDialog)
        dialog.choose("sqs-receive-message")
        shutil.rmtree(root / "events")
        (root / "events").write_text("in the way")
        name = dialog.name.text()
        dialog.accept()
        assert dialog.isVisible()
        assert dialog.name.text() == name
        (root / "events").unlink()
        dialog.accept()
        assert (root / "events" / f"{name}.json").exists()

    play(scenario)


def test_a_name_that_can_not_be_given_stays_in_its_dialog(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        dialog = await window.dialog("event.new", EventNameDialog)
        dialog.name.selectAll()
        QTest.keyClicks(dialog.name, "what/is/this")
        QTest.keyClick(dialog.name, Qt.Key.Key_Return)
        assert dialog.isVisible()
        assert "cannot be the name of an event" in dialog.problem_text
        dialog.reject()

    play(scenario)


def test_the_end_by_a_signal_keeps_unsaved_text_and_cells(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        type_text(window, TYPED)
        table = window.workspace.configuration.panel.controls.environment
        table.edit(table.rows.index(0, 1))
        line = table.findChild(QLineEdit)
        assert isinstance(line, QLineEdit)
        line.selectAll()
        QTest.keyClicks(line, "two")
        await end(window)
        assert kept(root) == [str(root / "alpha" / "app.py")]
        assert "two" in (root / "template.yaml").read_text()

    play(scenario)


def test_a_setting_that_can_not_be_saved_is_there_in_the_next_window(play: Play, root: Path) -> None:
    async def first(window: Window) -> None:
        await show(window, root)
        controls = window.workspace.configuration.panel.controls
        controls.memory.set_value(64)
        controls.environment.rows.setData(controls.environment.rows.index(1, 1), "a value, and no name yet")

    async def second(window: Window) -> None:
        await show(window, root)
        controls = window.workspace.configuration.panel.controls
        assert controls.memory.value == 64
        assert "greater than or equal to 128" in controls.fields["memory_mb"].problem
        assert controls.environment.rows.rows == (("STAGE", "one"), ("", "a value, and no name yet"))
        controls.memory.set_value(640)
        controls.environment.rows.remove(1)
        window.workspace.configuration.flush()
        assert window.workspace.model.workspace.function("Alpha").memory_mb == 640
        assert not (state_directory(root) / "unsaved-settings.json").exists()

    play(first)
    assert "MemorySize: 256" in (root / "template.yaml").read_text()
    play(second)


@pytest.mark.parametrize("meanwhile", ["", "other function"])
def test_a_removed_variable_comes_back(play: Play, root: Path, meanwhile: str) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        model, page, configuration = window.workspace.model, window.workspace.page, window.workspace.configuration
        table = configuration.panel.controls.environment
        table.setCurrentIndex(table.rows.index(0, 0))
        QTest.keyClick(table, Qt.Key.Key_Delete)
        configuration.flush()
        assert model.workspace.function("Alpha").environment == {}
        if meanwhile:
            model.choose_function("Beta")
        assert page.toast.text == "The variable STAGE was removed."
        QTest.mouseClick(undo_button(window), Qt.MouseButton.LeftButton)
        configuration.flush()
        assert model.workspace.function("Alpha").environment == {"STAGE": "one"}

    play(scenario)


def test_a_duplicate_has_what_is_on_screen(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        type_text(window, TYPED)
        dialog = await window.dialog("function.duplicate", NameDialog)
        QTest.keyClick(dialog.name, Qt.Key.Key_Return)
        assert TYPED in (root / "alpha_copy" / "app.py").read_text()

    play(scenario)


def test_text_that_does_not_fit_its_encoding_can_be_saved_under_another_name(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        (root / "alpha" / "old.txt").write_bytes("é\n".encode("latin-1"))
        await show(window, root)
        window.workspace.documents.open(root / "alpha" / "old.txt")
        editor(window).view.insertPlainText("€")
        window.window.actions_by_id["save"].trigger()
        assert "is in latin-1, which has no “€”" in window.workspace.page.notice.text
        dialog = await save_as(window, "alpha/new.txt")
        QTest.keyClick(dialog.path, Qt.Key.Key_Return)
        assert (root / "alpha" / "new.txt").read_text(encoding="utf-8") == "€é\n"

    play(scenario)


def test_recovered_text_of_a_file_that_is_gone_says_so(play: Play, root: Path) -> None:
    async def typed(window: Window) -> None:
        await show(window, root)
        type_text(window, TYPED)
        await end(window)

    play(typed)
    owner = next((state_directory(root) / "recovery").glob("*/owner.json"))
    owner.write_text('{"process_id": 4194303, "started_at_s": 1.0}')
    shutil.rmtree(root / "alpha")

    async def again(window: Window) -> None:
        await show(window, root)
        assert TYPED in editor(window).text()
        (banner,) = [banner for banner in window.window.findChildren(ChangeBanner) if banner.isVisible()]
        assert "deleted on disk" in banner.message.text()
        window.window.actions_by_id["save"].trigger()
        assert TYPED in (root / "alpha" / "app.py").read_text()

    play(again)


def undo_button(window: Window) -> QPushButton:
    buttons = window.workspace.page.toast.findChildren(QPushButton)
    return next(one for one in buttons if one.text() == "Undo" and one.isVisible())


@pytest.mark.parametrize("typed", ["", TYPED])
def test_a_file_that_was_gone_and_comes_back_changed_asks_only_for_what_was_typed(play: Play, root: Path, typed: str) -> None:
    async def scenario(window: Window) -> None:
        await show(window, root)
        code, documents = root / "alpha" / "app.py", window.workspace.documents
        type_text(window, typed)
        mine = editor(window).text()
        code.unlink()
        documents.look_at_disk()
        assert documents.tabs.unsaved_paths() == [str(code)]
        code.write_text("theirs = 1\n")
        documents.look_at_disk()
        if typed:
            assert editor(window).text() == mine
            click(window, "Reload")
        assert editor(window).text() == "theirs = 1\n"
        assert documents.tabs.unsaved_paths() == []
        undo(window)
        assert editor(window).text() == mine
        documents.save_all()

    play(scenario)
