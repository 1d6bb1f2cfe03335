"""Builds into the store: each once, whoever asks for it, several side by side, and none of them half."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from workbench.background import begin_awaited
from workbench.packages.build_runner import BuildRunner, PlainRunner
from workbench.packages.cancellation import Step, StepHandler, in_thread, remove_folder
from workbench.packages.store import Entry, Note, Store

STAGE = "dependencies"
Make = Callable[[Path, StepHandler], Awaitable[Note]]
"""Makes an entry: in the `content` of a fresh folder, and tells what is known of it."""

_LOOK_S = 0.05


class Builds:
    """What is being built is waited for instead of built again, also by other programs that use the store.

    At most as many builds as the machine has cores run at once, at least two. Lives on one event loop.
    """

    def __init__(self, store: Store, *, at_once: int = 0, runner: BuildRunner | None = None) -> None:
        """`runner`: how programs are run that run what the person's folder brings."""
        self.store = store
        self.runner = runner or PlainRunner()
        self._slots = asyncio.Semaphore(at_once or max(2, os.cpu_count() or 1))
        self._running: dict[tuple[str, str], _Running] = {}

    async def ensure(self, kind: str, key: str, what: str, make: Make, progress: StepHandler) -> Entry:
        """The entry of the store, made by `make` when it is not there. `what` names it for people.

        All who wait for one build get its result, a failure too; who asks after a failure has it tried again, because what was
        missing may be there now. Cancelling ends the build when nobody else waits for it, and leaves nothing behind.
        """
        running = self._running.get((kind, key))
        if running is None:
            found = await asyncio.to_thread(self.store.find, kind, key)
            running = self._running.get((kind, key))  # another may have begun meanwhile
            if running is None:
                if found is not None:
                    return found
                running = self._begin(kind, key, what, make, progress)
                return await running.result()
        progress(Step(stage=STAGE, text=f"Waiting for {what}, which is being built already"))
        return await running.result()

    def _begin(self, kind: str, key: str, what: str, make: Make, progress: StepHandler) -> _Running:
        task = begin_awaited(f"The build of {kind} {key[:12]}", self._build(kind, key, what, make, progress), OSError)
        running = self._running[kind, key] = _Running(task, lambda: self._forget(kind, key, task))
        task.add_done_callback(lambda _: self._forget(kind, key, task))
        return running

    def _forget(self, kind: str, key: str, task: asyncio.Task[Entry]) -> None:
        running = self._running.get((kind, key))
        if running is not None and running.task is task:
            del self._running[kind, key]

    async def _build(self, kind: str, key: str, what: str, make: Make, progress: StepHandler) -> Entry:
        async with self._slots:
            lock = await asyncio.to_thread(self.store.lock_file, kind, key)
            waiting = Step(stage=STAGE, text=f"Waiting for {what}: another program builds it")
            async with _exclusive(lock, lambda: progress(waiting)):
                found = await asyncio.to_thread(self.store.find, kind, key)
                return found or await self._make(kind, key, make, progress)

    async def _make(self, kind: str, key: str, make: Make, progress: StepHandler) -> Entry:
        aside = await asyncio.to_thread(self.store.aside)
        try:
            note = await make(aside, progress)
            return await in_thread(lambda _: self._keep(kind, key, aside, note))
        finally:
            await asyncio.shield(begin_awaited("Removing a build's folder", asyncio.to_thread(remove_folder, aside)))

    def _keep(self, kind: str, key: str, aside: Path, note: Note) -> Entry:
        for leftover in aside.iterdir():
            if leftover.name != "content":
                remove_folder(leftover)
        return self.store.keep(kind, key, aside / "content", note)


class _Running:
    """A build that is under way, and how many wait for it."""

    def __init__(self, task: asyncio.Task[Entry], forget: Callable[[], None]) -> None:
        self.task = task
        self._forget = forget
        self._waiting = 0

    async def result(self) -> Entry:
        self._waiting += 1
        try:
            return await asyncio.shield(self.task)
        except asyncio.CancelledError:
            if self._waiting == 1 and not self.task.done():
                await self._end()
            raise
        finally:
            self._waiting -= 1

    async def _end(self) -> None:
        """Whoever is impatient and cancels again waits too: what comes next deletes folders."""
        self._forget()  # who comes now begins anew, after this one has cleared up
        self.task.cancel()
        while not self.task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([self.task])


@asynccontextmanager
async def _exclusive(path: Path, told: Callable[[], None]) -> AsyncIterator[None]:
    """One program at a time: released by the system when its holder ends. `told` is called once when it has to wait."""
    waited = False
    while (file := _locked(path)) is None:
        if not waited:
            told()
        waited = True
        await asyncio.sleep(_LOOK_S)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows deletes no open file: it is found and used again
            path.unlink()
        file.close()


def _locked(path: Path) -> IO[bytes] | None:
    """The file, locked, or None while another has it. Its holder deletes it, so a lock on a deleted one counts for nothing."""
    file = path.open("ab")
    try:
        _lock(file)
        if os.name == "nt" or os.stat(path).st_ino == os.fstat(file.fileno()).st_ino:
            return file
    except OSError:
        pass
    file.close()
    return None


def _lock(file: IO[bytes]) -> None:
    """Raises OSError while another has it."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
