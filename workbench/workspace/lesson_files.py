"""A workspace's lessons on disk: the Markdown files in `lessons/`. They are read, and never written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from workbench.storage.safe_files import Unfit, is_plain_folder, read_regular

LESSONS_FOLDER = "lessons"
LIMIT_BYTES = 50_000
"""Ample for a lesson; the worst that can be written in that many bytes takes a second to be read, on a thread."""
MOST_LESSONS = 100


class UnreadableLesson(Exception):
    """Says why a file was not read."""


def lesson_names(root: Path) -> tuple[str, ...]:
    """Return the names of the lessons in order, without reading them; none if there is no such folder. Blocks."""
    try:
        with os.scandir(root / LESSONS_FOLDER) as entries:
            names = [each.name for each in entries if each.name.lower().endswith(".md") and not each.name.startswith(".")]
    except OSError:
        return ()
    return tuple(sorted(names, key=lambda name: (name.casefold(), name))[:MOST_LESSONS])


def lesson_content(root: Path, name: str) -> bytes:
    """Return what a lesson's file has in it. No link is followed: a folder may come from somebody else. Blocks.

    Raises UnreadableLesson.
    """
    folder = root / LESSONS_FOLDER
    if not is_plain_folder(folder):
        raise UnreadableLesson("the folder lessons is a link, which is not followed.")
    try:
        return read_regular(folder / name, LIMIT_BYTES, own=False)
    except Unfit as unfit:
        is_large = unfit.reason == "too-large"
        raise UnreadableLesson(f"it has more than {LIMIT_BYTES:,} bytes." if is_large else f"it {unfit}.") from unfit
    except OSError as error:
        raise UnreadableLesson(f"it cannot be read: {error.strerror or error}.") from error


def watched_paths(root: Path, names: tuple[str, ...]) -> Iterator[Path]:
    """Yield what changes when a lesson does, or when one comes or goes."""
    folder = root / LESSONS_FOLDER
    yield folder if folder.is_dir() else root
    yield from (folder / name for name in names)
