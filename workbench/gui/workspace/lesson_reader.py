"""Reads the lessons of a workspace when its page is complete, and again whenever one of their files changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from workbench.gui.application.tasks import Tasks
from workbench.gui.workspace.file_watch import SETTLE_MS
from workbench.workspace.lesson_files import UnreadableLesson, lesson_content, lesson_names, watched_paths

if TYPE_CHECKING:  # imported on a thread, if there is a lesson
    from workbench.lessons.lesson import Lesson


class LessonReader(QObject):
    """Emits `read(tuple[Lesson, ...])`. Runs on the window's loop; files are read, and taken apart, on a thread."""

    read = Signal(object)

    def __init__(self, root: Path, report: Callable[[BaseException], None], parent: QObject) -> None:
        super().__init__(parent)
        self._root = root
        self._tasks = Tasks(report)
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._begin)
        for changed in (self._watcher.fileChanged, self._watcher.directoryChanged):
            changed.connect(self._on_changed)

    async def look(self) -> None:
        """Read all lessons, and watch them."""
        names = await asyncio.to_thread(lesson_names, self._root)
        # Watched before they are read: what changes meanwhile is read again. Qt drops a file that is replaced.
        watched = {*self._watcher.files(), *self._watcher.directories()}
        missing = [str(path) for path in watched_paths(self._root, names) if str(path) not in watched]
        if missing:
            self._watcher.addPaths(missing)
        self.read.emit(await asyncio.to_thread(_lessons, self._root, names) if names else ())

    async def close(self) -> None:
        """End what is in progress, and begin nothing else."""
        self._settle.stop()
        self._settle.blockSignals(True)
        await self._tasks.cancel()

    def _on_changed(self, _path: str) -> None:
        self._settle.start()

    def _begin(self) -> None:
        self._tasks.spawn("read the lessons", self.look())


def _lessons(root: Path, names: tuple[str, ...]) -> tuple[Lesson, ...]:
    from workbench.lessons.lesson import Problem
    from workbench.lessons.reading import broken, read_lesson

    found = []
    for name in names:
        try:
            found.append(read_lesson(name, lesson_content(root, name)))
        except UnreadableLesson as error:
            found.append(broken(name, Problem(0, str(error))))
    return tuple(found)
