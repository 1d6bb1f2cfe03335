"""Unsaved texts that outlive the window in which they were typed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from workbench.editor.recovery import UnsavedText
from workbench.editor.tabs import EditorTabs
from workbench.gui.workspace.crash_recovery import CrashRecovery
from workbench.gui.workspace.disk_follower import DiskFollower
from workbench.gui.workspace.disk_versions import DiskVersions
from workbench.model.failures import WorkspaceError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_text("on disk\n")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recovery"


@pytest.fixture
def tabs(qtbot: QtBot) -> EditorTabs:
    tabs = EditorTabs()
    qtbot.addWidget(tabs)
    tabs.show()
    return tabs


@pytest.fixture
def disk(tabs: EditorTabs) -> DiskFollower:
    return DiskFollower(tabs, DiskVersions(), tabs)


@pytest.fixture
def recovery(folder: Path, tabs: EditorTabs, disk: DiskFollower) -> CrashRecovery:
    return CrashRecovery(folder, tabs, disk, tabs)


def leave(folder: Path, *texts: UnsavedText) -> None:
    """What a window leaves that was killed."""
    window = folder / "1-gone"
    window.mkdir(parents=True)
    (window / "owner.json").write_text('{"process_id": 4194303, "started_at_s": 1.0}')
    for number, text in enumerate(texts):
        (window / f"{number}.json").write_bytes(msgspec.json.encode(text))


def copies(folder: Path) -> list[str]:
    """The texts in the recovery folder."""
    files = sorted(path for path in folder.rglob("*.json") if path.name != "owner.json")
    return [msgspec.json.decode(path.read_bytes(), type=UnsavedText).text for path in files]


def test_without_a_crash_there_is_nothing_to_recover(recovery: CrashRecovery, tabs: EditorTabs) -> None:
    assert not recovery.can_recover()
    assert recovery.recover() == 0
    assert tabs.paths() == []


def test_recovered_texts_are_unsaved_and_kept_by_this_window_from_then_on(
        recovery: CrashRecovery, tabs: EditorTabs, folder: Path, path: Path) -> None:
    leave(folder, UnsavedText(str(path), "typed\n"))
    assert recovery.can_recover()
    assert recovery.recover() == 1
    assert tabs.unsaved_paths() == [str(path)]
    assert copies(folder) == ["typed\n"]
    assert not (folder / "1-gone").exists()
    assert not recovery.can_recover()


def test_of_two_texts_for_one_file_the_newer_is_on_top(
        recovery: CrashRecovery, tabs: EditorTabs, folder: Path, path: Path) -> None:
    leave(folder, UnsavedText(str(path), "newer\n", kept_at_s=2.0), UnsavedText(str(path), "older\n", kept_at_s=1.0))
    assert recovery.recover() == 2
    editor = tabs.editor_of(str(path))
    assert editor is not None
    assert editor.text() == "newer\n"
    editor.view.undo()
    assert editor.text() == "older\n"


def test_what_is_typed_is_kept_until_the_window_closes_without_unsaved_text(
        qtbot: QtBot, recovery: CrashRecovery, tabs: EditorTabs, disk: DiskFollower, folder: Path, path: Path) -> None:
    disk.open(path)
    editor = tabs.editor_of(str(path))
    assert editor is not None
    editor.view.insertPlainText("typed ")
    recovery.keep_now()
    assert copies(folder) == ["typed on disk\n"]
    recovery.close()
    assert copies(folder) == ["typed on disk\n"]
    tabs.mark_saved(str(path), editor.text(), "2")
    recovery.close()
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told_with_a_way_out(
        qtbot: QtBot, recovery: CrashRecovery, tabs: EditorTabs, disk: DiskFollower, folder: Path, path: Path) -> None:
    folder.write_text("")
    disk.open(path)
    editor = tabs.editor_of(str(path))
    assert editor is not None
    with qtbot.waitSignal(recovery.failed) as failed:
        editor.view.insertPlainText("typed ")
    assert isinstance(failed.args[0], WorkspaceError)
    assert failed.args[0].hint
    with pytest.raises((FileExistsError, NotADirectoryError)):
        recovery.keep_now()
