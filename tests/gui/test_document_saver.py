"""Texts written to disk, and what of them is kept as earlier versions."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from workbench.editor.close_guard import CloseGuard
from workbench.editor.tabs import EditorTabs
from workbench.gui.workspace.disk_follower import DiskFollower
from workbench.gui.workspace.disk_versions import DiskVersions
from workbench.gui.workspace.document_saver import DocumentSaver
from workbench.model.failures import WorkspaceError
from workbench.workspace.code_files import read_code
from workbench.workspace.history import History


class Saving:
    """Tabs of a workspace with their saver."""

    def __init__(self, tabs: EditorTabs, root: Path) -> None:
        self.tabs, self.root = tabs, root
        self.versions = DiskVersions()
        self.disk = DiskFollower(tabs, self.versions, tabs)
        self.saver = DocumentSaver(tabs, self.versions, root, tabs)

    def open(self, name: str, content: str) -> Path:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode())
        self.disk.open(path)
        return path

    def type(self, path: Path, text: str) -> None:
        editor = self.tabs.editor_of(str(path))
        assert editor is not None
        editor.goto(1)
        editor.view.insertPlainText(text)

    def kept(self, path: Path) -> list[bytes]:
        """The earlier versions of a file, newest first."""
        return [version.read() for version in History(self.root).versions(path)]


@pytest.fixture
def saving(qtbot: QtBot, tmp_path: Path) -> Saving:
    tabs = EditorTabs()
    qtbot.addWidget(tabs)
    tabs.show()
    return Saving(tabs, tmp_path)


def test_a_text_is_written_as_its_file_was_and_what_it_replaces_is_kept(qtbot: QtBot, saving: Saving) -> None:
    path = saving.open("app.py", "a\r\nb\r\n")
    saving.type(path, "new\n")
    with qtbot.waitSignal(saving.saver.saved) as saved:
        saving.tabs.save()
    assert saved.args == [str(path)]
    assert path.read_bytes() == b"new\r\na\r\nb\r\n"
    assert saving.kept(path) == [b"new\r\na\r\nb\r\n", b"a\r\nb\r\n"]
    assert saving.tabs.unsaved_paths() == []


def test_the_own_version_is_no_news(saving: Saving) -> None:
    path = saving.open("app.py", "a\n")
    saving.type(path, "new\n")
    saving.tabs.save()
    saving.type(path, "more\n")
    saving.disk.look()
    page = saving.tabs.page_of(str(path))
    assert page is not None
    assert page.banner.isHidden()


def test_a_version_that_was_not_seen_is_not_overwritten(qtbot: QtBot, saving: Saving) -> None:
    path = saving.open("app.py", "a\n")
    saving.type(path, "mine\n")
    path.write_text("theirs\n")
    with qtbot.waitSignal(saving.saver.failed) as failed, qtbot.assertNotEmitted(saving.saver.saved):
        saving.tabs.save()
    assert isinstance(failed.args[0], WorkspaceError)
    assert path.read_text() == "theirs\n"
    assert saving.tabs.unsaved_paths() == [str(path)]


def test_a_version_that_was_seen_is_overwritten_and_kept(saving: Saving) -> None:
    path = saving.open("app.py", "a\n")
    saving.type(path, "mine\n")
    path.write_text("theirs\n")
    saving.disk.look()
    page = saving.tabs.page_of(str(path))
    assert page is not None
    page.banner.keep_button.click()
    saving.tabs.save()
    assert path.read_text() == "mine\na\n"
    assert b"theirs\n" in saving.kept(path)


def test_a_deleted_file_is_written_again(saving: Saving) -> None:
    path = saving.open("code/app.py", "a\n")
    path.unlink()
    path.parent.rmdir()
    saving.disk.look()
    saving.tabs.save()
    assert path.read_text() == "a\n"
    assert saving.tabs.unsaved_paths() == []


def test_files_are_saved_by_folder_and_by_name(saving: Saving) -> None:
    inside, named, other = (saving.open(name, "a\n") for name in ("code/app.py", "event.json", "other.py"))
    for path in (inside, named, other):
        saving.type(path, "x")
    saving.saver.save_for(inside.parent, named)
    assert saving.tabs.unsaved_paths() == [str(other)]


def test_a_failure_is_raised_once_for_the_files_it_is_about(saving: Saving) -> None:
    path = saving.open("code/app.py", "a\n")
    other = saving.open("other.py", "a\n")
    saving.type(path, "mine\n")
    saving.type(other, "mine\n")
    path.write_text("theirs\n")
    with pytest.raises(WorkspaceError, match=r"app\.py was changed by another program"):
        saving.saver.save_for(path.parent)
    saving.saver.save_for(other.parent / "nothing", other)
    assert saving.tabs.unsaved_paths() == [str(path)]


def test_under_another_name_the_tab_continues_with_the_new_file(qtbot: QtBot, saving: Saving) -> None:
    path = saving.open("app.py", "a\r\n")
    new = path.with_name("copy.py")
    saving.type(path, "new\n")
    with qtbot.waitSignals([saving.saver.saved, saving.saver.saved_as], order="strict"):
        saving.saver.save_as(str(path), new)
    assert saving.tabs.paths() == [str(new)]
    assert saving.tabs.unsaved_paths() == []
    assert (path.read_bytes(), new.read_bytes()) == (b"a\r\n", b"new\r\na\r\n")
    assert saving.kept(new) == [b"new\r\na\r\n"]
    assert saving.versions.known(str(new)) == read_code(new)
    saving.type(new, "more\n")
    saving.tabs.save()
    assert new.read_bytes() == b"more\r\nnew\r\na\r\n"


def test_another_name_never_takes_the_place_of_a_file(qtbot: QtBot, saving: Saving) -> None:
    path = saving.open("app.py", "a\n")
    new = path.with_name("there.py")
    new.write_text("there\n")
    with qtbot.waitSignal(saving.saver.failed):
        saving.saver.save_as(str(path), new)
    assert new.read_text() == "there\n"
    assert saving.tabs.paths() == [str(path)]


@pytest.mark.parametrize(("content", "typed", "kept"), [
    ("a\r\n", "typed\n", b"typed\r\na\r\n"),
    ("# coding: latin-1\n", "\N{EURO SIGN}\n", "\N{EURO SIGN}\n# coding: latin-1\n".encode()),
])
def test_discarded_text_is_kept_also_where_the_files_encoding_lacks_a_character(
        saving: Saving, content: str, typed: str, kept: bytes) -> None:
    path = saving.open("app.py", content)
    saving.type(path, typed)
    saving.tabs.request_close(str(path))
    guard = saving.tabs.findChild(CloseGuard)
    assert guard is not None
    assert guard.box is not None
    guard.box.button(QDialogButtonBox.StandardButton.Discard).click()
    assert saving.kept(path) == [kept]
    assert path.read_bytes() == content.encode()
