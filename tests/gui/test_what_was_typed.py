"""Nothing that a person wrote is lost: what becomes of typed text when files are renamed, deleted and changed around it.

The real window, with keys and clicks; the engine is not needed for any of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from tests.gui.test_window_with_engine import CODE, Scenario, Window, until
from tests.gui.test_window_with_engine import play as play_to_the_end
from tests.support.workspaces import WorkspaceBuilder
from workbench.editor.change_banner import ChangeBanner
from workbench.editor.code_editor import CodeEditor
from workbench.gui.dialogs.event_dialogs import EventNameDialog
from workbench.gui.dialogs.function_dialogs import NameDialog

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


def show(window: Window, root: Path) -> None:
    assert window.window.show_workspace(root)


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
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)


def kept(root: Path) -> list[str]:
    """The paths of the recovery copies."""
    import msgspec

    files = (root / ".workbench" / "recovery").glob("*/*.json")
    return [msgspec.json.decode(file.read_bytes())["path"] for file in files if file.name != "owner.json"]


def test_unsaved_text_follows_a_renamed_function(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        show(window, root)
        documents = window.workspace.documents
        documents.open(root / "events" / "Alpha" / "first.json")
        type_text(window, " ")
        window.workspace.open_handler()
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


def test_a_value_that_can_not_be_saved_yet_follows_a_renamed_function(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        show(window, root)
        panel = window.workspace.page.configuration.panel
        panel.controls.memory.set_value(64)
        await rename_function(window, "Gamma")
        assert panel.controls.memory.value == 64
        assert "greater than or equal to 128" in panel.controls.fields["memory_mb"].problem

    play(scenario)


def test_unsaved_text_follows_a_renamed_event(play: Play, root: Path) -> None:
    async def scenario(window: Window) -> None:
        show(window, root)
        window.workspace.model.choose_event("good")
        window.workspace.open_event()
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
        show(window, root)
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
        show(window, root)
        before = editor(window).text()
        (root / "alpha" / "app.py").write_text("def handler(event, context):\n    return 'of the other branch'\n")
        await until(lambda: "other branch" in editor(window).text())
        undo(window)
        assert editor(window).text() == before
        window.workspace.documents.save_all()

    play(scenario)
