"""Tabs that follow their files."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from workbench.editor.editor_page import EditorPage
from workbench.editor.recovery import UnsavedText
from workbench.editor.tabs import EditorTabs
from workbench.gui.workspace.disk_follower import DiskFollower
from workbench.gui.workspace.disk_versions import DiskVersions
from workbench.model.failures import WorkspaceError

TEXT = "one\r\ntwo\r\nthree\r\nfour\r\nfive\r\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_bytes(TEXT.encode())
    return path


@pytest.fixture
def tabs(qtbot: QtBot) -> EditorTabs:
    tabs = EditorTabs()
    qtbot.addWidget(tabs)
    tabs.show()
    return tabs


@pytest.fixture
def disk(tabs: EditorTabs, path: Path) -> DiskFollower:
    disk = DiskFollower(tabs, DiskVersions(), tabs)
    disk.open(path)
    return disk


def page_of(tabs: EditorTabs, path: Path) -> EditorPage:
    page = tabs.page_of(str(path))
    assert page is not None
    return page


def type_first(tabs: EditorTabs, path: Path, text: str = "mine\n") -> EditorPage:
    page = page_of(tabs, path)
    page.editor.goto(1)
    page.editor.view.insertPlainText(text)
    return page


def test_a_file_is_opened_with_its_line_ends(tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    page = page_of(tabs, path)
    assert (page.file.eol, page.editor.text()) == ("\r\n", TEXT.replace("\r\n", "\n"))


def test_an_open_file_is_shown_as_it_is_in_its_tab(tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    page = type_first(tabs, path)
    path.write_text("theirs\n")
    disk.open(path)
    assert page.editor.text().startswith("mine\none\n")
    assert tabs.paths() == [str(path)]


def test_what_cannot_be_read_is_not_opened(tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    with pytest.raises(WorkspaceError):
        disk.open(path.with_name("missing.py"))
    assert tabs.paths() == [str(path)]


def test_another_version_is_loaded_by_itself_while_nothing_is_unsaved(
        qtbot: QtBot, tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    path.write_text("theirs\n")
    qtbot.waitUntil(lambda: page_of(tabs, path).editor.text() == "theirs\n")
    assert tabs.unsaved_paths() == []


def test_over_unsaved_text_the_banner_asks(tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    page = type_first(tabs, path)
    path.write_text("theirs\n")
    disk.look()
    assert not page.banner.isHidden()
    assert page.editor.text().startswith("mine\n")
    page.banner.reload_button.click()
    assert page.editor.text() == "theirs\n"
    disk.look()
    assert page.banner.isHidden()


def test_a_deleted_file_is_unsaved_until_it_is_back(tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    aside = path.rename(path.with_suffix(".aside"))
    disk.look()
    assert tabs.unsaved_paths() == [str(path)]
    aside.rename(path)
    disk.look()
    assert tabs.unsaved_paths() == []
    assert page_of(tabs, path).banner.isHidden()


def test_what_was_typed_stays_unsaved_when_a_deleted_file_is_back(tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    type_first(tabs, path)
    aside = path.rename(path.with_suffix(".aside"))
    disk.look()
    aside.rename(path)
    disk.look()
    assert tabs.unsaved_paths() == [str(path)]


def test_a_version_that_cannot_be_read_is_told_and_the_text_stays(
        qtbot: QtBot, tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    path.write_bytes(b"\0\1")
    with qtbot.waitSignal(disk.failed) as failed:
        disk.look()
    assert isinstance(failed.args[0], WorkspaceError)
    assert page_of(tabs, path).editor.text().startswith("one\n")


def test_a_file_saved_by_renaming_is_followed_further(qtbot: QtBot, tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    for text in ("first\n", "second\n"):
        beside = path.with_suffix(".new")
        beside.write_text(text)
        beside.replace(path)
        qtbot.waitUntil(lambda text=text: page_of(tabs, path).editor.text() == text)  # type: ignore[misc]


def test_a_renamed_file_is_followed_under_its_new_name(qtbot: QtBot, tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    new = path.rename(path.with_name("new.py"))
    tabs.follow(str(path), str(new))
    new.write_text("theirs\n")
    qtbot.waitUntil(lambda: page_of(tabs, new).editor.text() == "theirs\n")


def test_a_closed_file_is_read_again_when_it_is_opened(tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    tabs.request_close(str(path))
    path.write_text("theirs\n")
    disk.open(path)
    assert page_of(tabs, path).editor.text() == "theirs\n"


def test_what_a_command_wrote_elsewhere_in_the_file_is_merged(tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    page = type_first(tabs, path)
    path.write_bytes(TEXT.replace("five", "written").encode())
    disk.take_in(path)
    disk.look()
    assert page.editor.text() == "mine\none\ntwo\nthree\nfour\nwritten\n"
    assert page.banner.isHidden()
    assert tabs.unsaved_paths() == [str(path)]


def test_what_was_merged_is_what_the_next_change_is_compared_with(tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    page = type_first(tabs, path)
    for word in ("written", "and again"):
        path.write_bytes(TEXT.replace("five", word).encode())
        disk.take_in(path)
    assert page.editor.text() == "mine\none\ntwo\nthree\nfour\nand again\n"


def test_what_a_command_wrote_in_the_same_place_is_asked_about(tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    page = type_first(tabs, path, "mine ")
    path.write_bytes(TEXT.replace("one", "written").encode())
    disk.take_in(path)
    disk.look()
    assert page.editor.text().startswith("mine one\n")
    assert not page.banner.isHidden()


def test_a_recovered_text_is_unsaved_over_what_is_on_disk(tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    other = path.with_name("other.py")
    other.write_text("on disk\n")
    disk.open_recovered(UnsavedText(str(other), "recovered\n", "older version"))
    page = page_of(tabs, other)
    assert page.editor.text() == "recovered\n"
    page.editor.view.undo()
    assert page.editor.text() == "on disk\n"


def test_the_recovered_text_of_a_deleted_file_says_that_it_is_all_there_is(
        tabs: EditorTabs, disk: DiskFollower, path: Path) -> None:
    other = path.with_name("deleted.py")
    disk.open_recovered(UnsavedText(str(other), "recovered\n"))
    assert not page_of(tabs, other).banner.isHidden()
    assert tabs.unsaved_paths() == [str(other)]
