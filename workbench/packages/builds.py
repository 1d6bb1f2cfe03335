"""Run builds into the store: each one once however many callers ask for it, several in parallel, and none left half done."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from workbench.background import begin_awaited
from workbench.packages.build_failures import BuildFailures, DependencyError
from workbench.packages.build_runner import BuildRunner, PlainRunner
from workbench.packages.cancellation import Step, StepHandler, in_thread, remove_folder
from workbench.packages.store import Entry, Note, Store

STAGE = "dependencies"
Make = Callable[[Path, StepHandler], Awaitable[Note]]
"""Makes an entry in the folder `content` of the fresh folder it is given, and returns what is known of it."""

_LOOK_S = 0.05


class Builds:
    """Shares builds: a second request for one that is running waits for it, also across programs that use the same store.

    As many builds run in parallel as the machine has cores, but at least two. Use it on one event loop.
    """

    def __init__(self, store: Store, *, at_once: int = 0, runner: BuildRunner | None = None) -> None:
        """`at_once`: the number of parallel builds, 0 for the default. `runner` runs programs that execute the folder's code."""
        self.store = store
        self.runner = runner or PlainRunner()
        self.failures = BuildFailures()
        self._slots = asyncio.Semaphore(at_once or max(2, os.cpu_count() or 1))
        self._running: dict[tuple[str, str], _Running] = {}

    async def ensure(self, kind: str, key: str, what: str, make: Make, progress: StepHandler) -> Entry:
        """The entry of the store, made by `make` if it is not there. `what` names it for people.

        Everyone who waits for a build gets its result, or its failure; a request after a failure gets the same until the key is
        another one, or the failure is forgotten, see `build_failures`. Cancelling ends the build unless others wait for it, and
        leaves nothing behind.
        """
        running = self._running.get((kind, key))
        if running is None:
            found = await asyncio.to_thread(self.store.find, kind, key)
            running = self._running.get((kind, key))  # another request may have begun it during the look-up
            if running is None:
                if found is not None:
                    return found
                self.failures.check(kind, key)
                running = self._begin(kind, key, what, make, progress)
                return await running.result()
        progress(Step(stage=STAGE, text=f"Waiting for {what}, which is already being built"))
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
        # A `make` must not call `ensure`: if all slots were held by builds that wait for others, none would ever finish.
        async with self._slots:
            lock = await asyncio.to_thread(self.store.lock_file, kind, key)
            waiting = Step(stage=STAGE, text=f"Waiting for {what}: another program is building it")
            async with _exclusive(lock, lambda: progress(waiting)):
                found = await asyncio.to_thread(self.store.find, kind, key)  # another program may have built it meanwhile
                return found or await self._make(kind, key, make, progress)

    async def _make(self, kind: str, key: str, make: Make, progress: StepHandler) -> Entry:
        aside = await asyncio.to_thread(self.store.aside)
        try:
            note = await make(aside, progress)
            return await in_thread(lambda _: self._keep(kind, key, aside, note))
        except DependencyError as error:
            self.failures.note(kind, key, error)
            raise
        finally:
            # Shielded: a second cancellation during the removal would otherwise leave the folder behind.
            await asyncio.shield(begin_awaited("Removing a build's folder", asyncio.to_thread(remove_folder, aside)))

    def _keep(self, kind: str, key: str, aside: Path, note: Note) -> Entry:
        # The whole folder becomes the entry, so whatever the build left beside `content` goes first.
        for leftover in aside.iterdir():
            if leftover.name != "content":
                remove_folder(leftover)
        return self.store.keep(kind, key, aside / "content", note)


class _Running:
    """A running build, and the number of its waiters."""

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
        """Cancel the build and wait for its end, even through further cancellations: callers delete folders next."""
        self._forget()  # a request that comes now starts a new build, which waits for this one's lock
        self.task.cancel()
        while not self.task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([self.task])


@asynccontextmanager
async def _exclusive(path: Path, told: Callable[[], None]) -> AsyncIterator[None]:
    """Hold a lock between programs for the block. The system releases it if its holder dies. `told` is called on waiting."""
    waited = False
    # Poll: a thread that blocks in flock could not be cancelled, and would occupy a thread of the pool.
    while (file := _locked(path)) is None:
        if not waited:
            told()
        waited = True
        await asyncio.sleep(_LOOK_S)
    try:
        yield
    finally:
        # Delete before releasing: afterwards the path may already be the lock of another program.
        with contextlib.suppress(OSError):  # Windows cannot delete an open file; the next holder reuses it
            path.unlink()
        file.close()


def _locked(path: Path) -> IO[bytes] | None:
    """The locked file, or None while another program holds it.

    Holders delete the file when they are done, so a lock on a file that has been deleted meanwhile does not count.
    """
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
    """Raise OSError while another program holds the lock."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
