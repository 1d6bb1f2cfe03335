"""Dialogs for files begin in the workspace, or where the person was last with such files; never in the process's folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.test_window_with_engine import Scenario, Window, play, root, until
from workbench.gui.application.file_places import FilePlaces
from workbench.gui.application.preferences import Preferences, WorkspaceMemory
from workbench.gui.dialogs.workspace_dialog import NewWorkspaceDialog
from workbench.gui.widgets.file_dialog import FileDialog

__all__ = ["play", "root"]


def test_a_kind_begins_where_it_was_chosen_last_also_in_the_next_window(tmp_path: Path) -> None:
    workspace, elsewhere = tmp_path / "app", tmp_path / "elsewhere"
    for folder in (workspace, elsewhere):
        folder.mkdir()

    def places() -> FilePlaces:
        return FilePlaces(workspace, WorkspaceMemory(preferences, workspace))

    preferences = Preferences(tmp_path / "window.ini")
    assert places().begin("log") == workspace
    places().note("log", elsewhere / "lambda.log")
    assert (places().begin("log"), places().begin("timeline")) == (elsewhere, workspace)
    elsewhere.rmdir()
    assert places().begin("log") == workspace


def test_what_is_not_there_stands_for_what_is_above_it(tmp_path: Path) -> None:
    assert FilePlaces(tmp_path / "not" / "yet").begin("folder") == tmp_path
    assert FilePlaces(Path("relative/to/the/process")).begin("folder").is_absolute()


def test_a_dialog_notes_what_was_chosen_in_it(qtbot: QtBot, tmp_path: Path) -> None:
    parent, places = QWidget(), FilePlaces(tmp_path)
    qtbot.addWidget(parent)
    dialog = FileDialog("Save", "log", places, parent)
    dialog.save_as("lambda.log", "log")
    assert [Path(each) for each in dialog.selectedFiles()] == [tmp_path / "lambda.log"]
    (tmp_path / "logs").mkdir()
    dialog.fileSelected.emit(str(tmp_path / "logs" / "lambda.log"))
    assert places.begin("log") == tmp_path / "logs"


def test_a_new_workspace_is_looked_for_where_its_folder_will_be(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = NewWorkspaceDialog(tmp_path / "Documents" / "Lambda Workbench")
    qtbot.addWidget(dialog)
    dialog._on_browse()
    [chooser] = dialog.findChildren(QFileDialog)
    assert Path(chooser.directory().absolutePath()) == tmp_path


def test_all_dialogs_of_the_window(play: Callable[[Scenario], None], root: Path, tmp_path: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        await window.invoke()
        panels, past = window.workspace.panels, window.workspace.past
        window.window.run("focus.history")
        await until(lambda: panels.history.panel.model.past(0) is not None)
        asked: dict[str, Callable[[], object]] = {
            "log": panels.logs.panel.bar.text_action.trigger,
            "timeline": panels.timeline.panel.export.button.menu().actions()[0].trigger,
            "export": lambda: past.carry_out("export", [panels.history.panel.model.past(0)]),
            "open": lambda: past.carry_out("open", []),
        }
        for name, ask in asked.items():
            assert await begun(window, ask) == root, name
        assert await begun(window, window.window.open_folder) == root.parent
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        await begun(window, asked["log"], choose=elsewhere / "lambda.log")
        await until((elsewhere / "lambda.log").exists)
        assert await begun(window, asked["log"]) == elsewhere
        assert await begun(window, asked["timeline"]) == root

    play(scenario)


async def begun(window: Window, ask: Callable[[], object], choose: Path | None = None) -> Path:
    """Where the dialog begins that `ask` opens; a file is chosen in it, or it is closed."""
    ask()
    await until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QFileDialog)
    folder = Path(dialog.directory().absolutePath())
    if choose is not None:
        dialog.fileSelected.emit(str(choose))
    dialog.close()
    await until(lambda: QApplication.activeModalWidget() is None)
    await asyncio.sleep(0)
    return folder
