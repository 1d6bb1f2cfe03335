"""Lessons on disk: bounded, in order, and no link followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.workspace.lesson_files import LIMIT_BYTES, MOST_LESSONS, UnreadableLesson, lesson_content, lesson_names


def test_markdown_files_are_lessons_in_their_order(tmp_path: Path) -> None:
    assert lesson_names(tmp_path) == ()
    folder = tmp_path / "lessons"
    folder.mkdir()
    for name in ("02-b.md", "01-a.MD", "notes.txt", ".hidden.md"):
        (folder / name).write_text(name)
    assert lesson_names(tmp_path) == ("01-a.MD", "02-b.md")
    assert lesson_content(tmp_path, "02-b.md") == b"02-b.md"
    for number in range(MOST_LESSONS):
        (folder / f"x{number}.md").touch()
    assert len(lesson_names(tmp_path)) == MOST_LESSONS


def test_what_is_not_read_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "lessons"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret")
    (folder / "link.md").symlink_to(tmp_path / "secret")
    (folder / "folder.md").mkdir()
    (folder / "large.md").write_bytes(b"x" * (LIMIT_BYTES + 1))
    said = {"link.md": "it is a link.", "folder.md": "it is not a regular file.", "large.md": "it has more than 50,000 bytes."}
    for name, words in said.items():
        with pytest.raises(UnreadableLesson) as caught:
            lesson_content(tmp_path, name)
        assert str(caught.value) == words
    with pytest.raises(UnreadableLesson):
        lesson_content(tmp_path, "gone.md")


def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.md").write_text("## A")
    (tmp_path / "lessons").symlink_to(tmp_path / "other", target_is_directory=True)
    with pytest.raises(UnreadableLesson):
        lesson_content(tmp_path, "a.md")
