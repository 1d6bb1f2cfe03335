"""Open files and the disk: saving, changes by other programs, and what a crashed window leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from workbench.editor.recovery import UnsavedText
from workbench.gui.workspace.documents import Documents
from workbench.model.failures import WorkspaceError

TEXT = "def handler(event, context):\r\n    return 1\r\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "code" / "app.py"
    path.parent.mkdir()
    path.write_bytes(TEXT.encode())
    return path


@pytest.fixture
def documents(qtbot: QtBot, tmp_path: Path) -> Iterator[Documents]:
    documents = Documents(tmp_path / "recovery", tmp_path)
    qtbot.addWidget(documents.tabs)
    documents.tabs.show()
    yield documents
    documents.close()
    documents.deleteLater()


def type_at_start(documents: Documents, text: str) -> None:
    editor = documents.tabs.current_editor()
    assert editor is not None
    editor.view.insertPlainText(text)


def test_a_file_is_saved_with_its_own_line_ends(documents: Documents, path: Path) -> None:
    documents.open(path)
    type_at_start(documents, "import os\n")
    documents.save_current()
    assert path.read_bytes() == b"import os\r\n" + TEXT.encode()
    assert documents.tabs.unsaved_paths() == []


def test_saving_for_an_invocation_leaves_other_files_alone(documents: Documents, path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text("x = 1\n")
    documents.open(other)
    type_at_start(documents, "y = 2\n")
    documents.open(path)
    type_at_start(documents, "import os\n")
    documents.save_for(path.parent)
    assert documents.tabs.unsaved_paths() == [str(other)]


def test_a_version_of_another_program_is_not_overwritten(qtbot: QtBot, documents: Documents, path: Path) -> None:
    documents.open(path)
    type_at_start(documents, "mine = 1\n")
    path.write_text("theirs = 1\n")
    with pytest.raises(WorkspaceError, match="changed by another program"):
        documents.save_for(path.parent)
    assert path.read_text() == "theirs = 1\n"
    assert documents.tabs.unsaved_paths() == [str(path)]


def test_an_unmodified_file_follows_the_disk(qtbot: QtBot, documents: Documents, path: Path) -> None:
    documents.open(path)
    path.write_text("theirs = 1\n")
    editor = documents.tabs.current_editor()
    assert editor is not None
    qtbot.waitUntil(lambda: editor.text() == "theirs = 1\n")


def test_what_can_not_be_shown_is_told(qtbot: QtBot, documents: Documents, tmp_path: Path) -> None:
    picture = tmp_path / "picture.bin"
    picture.write_bytes(b"\0\1\2")
    with qtbot.waitSignal(documents.failed) as told:
        assert not documents.open(picture)
    assert isinstance(told.args[0], WorkspaceError)


def test_the_text_of_a_window_that_is_gone_comes_back_unsaved(documents: Documents, path: Path, tmp_path: Path) -> None:
    window = tmp_path / "recovery" / "1-gone"
    window.mkdir(parents=True)
    (window / "owner.json").write_text('{"process_id": 4194303, "started_at_s": 1.0}')
    (window / "text.json").write_bytes(msgspec.json.encode(UnsavedText(str(path), "typed but never saved\n")))
    assert documents.recover() == 1
    assert documents.tabs.unsaved_paths() == [str(path)]
    editor = documents.tabs.current_editor()
    assert editor is not None
    assert editor.text() == "typed but never saved\n"
    assert path.read_bytes() == TEXT.encode()
