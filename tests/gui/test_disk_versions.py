"""What is known of open files, compared with the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.gui.workspace.disk_versions import DiskNews, DiskVersions, token_text, version_on_disk
from workbench.model.failures import WorkspaceError
from workbench.workspace.code_files import CodeFile, FileToken, read_code


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_text("a = 1\n")
    return path


@pytest.fixture
def versions(path: Path) -> DiskVersions:
    versions = DiskVersions()
    versions.read(str(path))
    return versions


def test_what_was_read_is_no_news(versions: DiskVersions, path: Path) -> None:
    assert versions.look(str(path)) == DiskNews()


def test_another_version_is_news_until_it_is_read(versions: DiskVersions, path: Path) -> None:
    path.write_text("theirs = 1\n")
    news = versions.look(str(path))
    assert news == DiskNews(other_token=read_code(path).token)
    assert versions.read(str(path)).text == "theirs = 1\n"
    assert versions.look(str(path)) == DiskNews()


def test_a_deleted_file_is_gone_and_returns_once(versions: DiskVersions, path: Path) -> None:
    aside = path.rename(path.with_suffix(".aside"))
    assert versions.look(str(path)) == DiskNews(is_gone=True)
    aside.rename(path)
    assert versions.look(str(path)) == DiskNews(returned=versions.known(str(path)))
    assert versions.look(str(path)) == DiskNews()


def test_a_file_that_returns_as_another_version_is_both(versions: DiskVersions, path: Path) -> None:
    path.unlink()
    versions.look(str(path))
    path.write_text("theirs = 1\n")
    news = versions.look(str(path))
    assert news.returned == versions.known(str(path))
    assert news.other_token == read_code(path).token


def test_a_deleted_file_that_this_window_wrote_is_there(versions: DiskVersions, path: Path) -> None:
    path.unlink()
    versions.look(str(path))
    path.write_text("mine = 1\n")
    versions.note_written(str(path), read_code(path))
    assert versions.look(str(path)) == DiskNews()


def test_a_renamed_file_is_known_under_its_new_name_alone(versions: DiskVersions, path: Path) -> None:
    new = path.rename(path.with_name("new.py"))
    versions.follow(str(path), str(new))
    assert versions.known(str(path)) is None
    assert versions.look(str(new)) == DiskNews()


def test_a_closed_file_is_forgotten(versions: DiskVersions, path: Path) -> None:
    versions.forget(str(path))
    assert versions.known(str(path)) is None
    assert versions.look(str(path)).other_token == read_code(path).token


def test_a_file_that_cannot_be_read_is_no_version(versions: DiskVersions, path: Path) -> None:
    path.write_bytes(b"\0")
    with pytest.raises(WorkspaceError):
        versions.read(str(path))
    assert versions.known(str(path)) == CodeFile(text="a = 1\n", token=versions.known(str(path)).token)  # type: ignore[union-attr]


def test_an_empty_text_stands_for_what_cannot_be_compared_with(path: Path) -> None:
    assert version_on_disk(path).text == "a = 1\n"
    path.write_bytes(b"\0")
    unreadable = version_on_disk(path)
    assert unreadable.text == ""
    assert unreadable.token.size_bytes == 1
    path.unlink()
    assert version_on_disk(path) == CodeFile(text="", token=FileToken(0, 0))


def test_versions_have_an_opaque_text() -> None:
    assert token_text(FileToken(7, 3)) == "7:3"
    assert token_text(None) == ""
