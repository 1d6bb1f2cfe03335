"""Files watched for changes by other programs."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from workbench.gui.workspace.file_watch import FileWatch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_text("a = 1\n")
    return path


@pytest.fixture
def watch(qtbot: QtBot, path: Path) -> FileWatch:
    watch = FileWatch()
    watch.add(str(path))
    return watch


def test_a_burst_of_changes_is_told_once(qtbot: QtBot, watch: FileWatch, path: Path) -> None:
    told: list[None] = []
    watch.settled.connect(lambda: told.append(None))
    with qtbot.waitSignal(watch.settled):
        for number in range(20):
            path.write_text(f"a = {number}\n")
            QCoreApplication.processEvents()
    assert told == [None]


def test_a_file_that_was_replaced_by_renaming_is_watched_again(qtbot: QtBot, watch: FileWatch, path: Path) -> None:
    for text in ("one\n", "two\n"):
        beside = path.with_suffix(".new")
        beside.write_text(text)
        with qtbot.waitSignal(watch.settled):
            beside.replace(path)
        watch.renew([str(path)])


def test_a_removed_file_is_told_and_a_missing_one_not_watched(qtbot: QtBot, watch: FileWatch, path: Path) -> None:
    with qtbot.waitSignal(watch.settled):
        path.unlink()
    watch.renew([str(path)])
    path.write_text("back\n")
    watch.renew([str(path)])
    with qtbot.waitSignal(watch.settled):
        path.write_text("changed\n")
