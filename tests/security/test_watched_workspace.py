"""The engine notices changes whatever happens to the workspace's files, to its folder, or to the watching itself."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from workbench.engine.workspace_watch import WorkspaceWatch

NOT_TEXT = b"\xff\xfe-not-text"


class Watched:
    """A folder under watch, and how often it was read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.fails = False
        self.beside: set[Path] = set()
        self.watch = WorkspaceWatch(root, self._read, lambda: set(self.beside))
        self._reads = 0
        self._changed = asyncio.Condition()

    async def _read(self) -> None:
        async with self._changed:
            self._reads += 1
            self._changed.notify_all()
        if self.fails:
            raise ZeroDivisionError

    async def reads_after(self, name: str) -> None:
        """Write a file (again, as long as nobody sees it) and return when the folder was read."""
        before = self._reads
        for number in range(100):
            (self.root / name).write_text(str(number))
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5), self._changed:
                    await self._changed.wait_for(lambda: self._reads > before)
                    return
        pytest.fail(f"nobody noticed {name}")

    async def read(self) -> None:
        """Return when the folder was read once more."""
        before = self._reads
        async with self._changed:
            await self._changed.wait_for(lambda: self._reads > before)


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    root = tmp_path / "workspace"
    root.mkdir()
    watched = Watched(root)
    task = asyncio.get_running_loop().create_task(watched.watch.run())
    await watched.reads_after("first")
    yield watched
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.skipif(os.name != "posix", reason="names of files are text elsewhere")
async def test_a_name_that_is_no_text_does_not_end_the_watching(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(2):
        try:
            Path(os.fsdecode(os.fsencode(watched.root) + b"/%d" % number + NOT_TEXT)).touch()
        except OSError:
            pytest.skip("this file system takes no such names")
        await watched.reads_after("later")
    caplog.clear()


async def test_a_workspace_that_is_removed_and_made_again_is_noticed(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    shutil.rmtree(watched.root)
    while not watched.watch.problem:
        await watched.read()
    watched.root.mkdir()
    await watched.reads_after("again")
    while watched.watch.problem:
        await watched.reads_after("once-more")
    caplog.clear()


async def test_a_workspace_that_is_replaced_at_once_is_noticed(watched: Watched) -> None:
    watched.root.rename(watched.root.with_name("old"))
    watched.root.mkdir()
    await watched.reads_after("new")
    await watched.reads_after("newer")


async def test_a_failure_of_reading_is_logged_and_ends_nothing(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    watched.fails = True
    await watched.reads_after("bad")
    watched.fails = False
    await watched.reads_after("good")
    assert "could not be taken in" in caplog.text
    caplog.clear()


async def test_places_beside_are_watched_as_they_come_and_go(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    places = [watched.root.with_name(name) for name in ("code", "layer.zip", "missing")]
    places[0].mkdir()
    places[1].touch()
    watched.beside = set(places)
    for path in ("../code/app.py", "../layer.zip", "within"):
        await watched.reads_after(path)
    shutil.rmtree(places[0])
    places[0].mkdir()
    places[2].mkdir()
    for path in ("../code/app.py", "../missing/app.py", "within"):
        await watched.reads_after(path)
    assert "noticed late" not in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="names of files are text elsewhere")
async def test_a_place_beside_that_cannot_be_watched_costs_the_workspace_nothing(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    beside = watched.root.with_name("code")
    beside.mkdir()
    watched.beside = {beside}
    await watched.reads_after("../code/app.py")
    try:
        Path(os.fsdecode(os.fsencode(beside) + b"/" + NOT_TEXT)).touch()
    except OSError:
        pytest.skip("this file system takes no such names")
    await watched.reads_after("later")
    while watched.watch.problem:
        await watched.reads_after("once-more")
    caplog.clear()
