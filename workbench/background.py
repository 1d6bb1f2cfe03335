"""The owner of background work: every failure is logged and shown, and work that must continue is restarted.

Tasks and threads are started only here (`tests/unit/test_owners.py` checks that), so each start decides who hears of a failure:

    begin            a task that nobody awaits: every failure is logged, and passed to `failed` if something must be done about it
    begin_awaited    a task that others await: they receive its WorkbenchErrors; any other failure is logged as well, because all
                     of them may be gone by then
    TaskSet          the tasks of one owner, who waits for them or cancels them when it ends
    begin_thread     a daemon thread
    submit           a call in a thread pool whose result may have nobody waiting for it
    BackgroundWork   what an engine does all the time, restarted when it fails; also collects errors logged anywhere
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, TypeVar

from workbench.model.failures import WorkbenchError

AGAIN_S = 1.0
"""The pause before failed work is restarted. It doubles with each failure, up to LONGEST_REST_S."""
LONGEST_REST_S = 60.0
SHOWN_S = 600.0
"""How long the failure of work that is not restarted stays on screen."""
_HEARD = ("workbench", "asyncio")
"""The loggers whose errors an engine shows: ours, and asyncio's, which reports callbacks and tasks whose failure nobody saw."""
_LOGGED = "_logged_by_workbench"
"""Marks an error that is in the log already."""
_log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, Any]]
Failed = Callable[[str], object]
"""Receives the failure as one sentence, on the loop."""


def begin(name: str, work: Coroutine[Any, Any, T], failed: Failed | None = None) -> asyncio.Task[T]:
    """Start work that nobody awaits, on the running loop. Keep the task: asyncio holds only a weak reference to it."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    task.add_done_callback(partial(_ended, failed=failed))
    return task


def begin_awaited(name: str, work: Coroutine[Any, Any, T], *expected: type[Exception]) -> asyncio.Task[T]:
    """Start work that others await, on the running loop.

    `expected`: failures besides WorkbenchError that are left to those who await it, and therefore not logged.
    """
    task = asyncio.get_running_loop().create_task(work, name=name)
    task.add_done_callback(partial(_ended_awaited, (WorkbenchError, *expected)))
    return task


class TaskSet:
    """The tasks that one owner has begun. Use it on the owner's loop."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def begin(self, name: str, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin one that nobody awaits."""
        return self._keep(begin(name, work))

    def begin_awaited(self, name: str, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin one whose caller awaits it."""
        return self._keep(begin_awaited(name, work))

    async def within(self, work: Coroutine[Any, Any, T]) -> T:
        """Await work in the present task, which is one of these meanwhile: `cancel` cancels it, `finished` waits for its end."""
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            return await work
        finally:
            self._running.discard(task)

    def _keep(self, task: asyncio.Task[T]) -> asyncio.Task[T]:
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def finished(self) -> None:
        """Return when all have ended, also those that are begun meanwhile. Their failures are their own affair."""
        while self._running:
            await asyncio.wait(tuple(self._running))

    async def cancel(self) -> None:
        """Cancel all that run now, and return when they have ended. One that is begun meanwhile keeps nobody waiting."""
        running = tuple(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)


def begin_thread(name: str, work: Callable[[], object]) -> threading.Thread:
    """Start a daemon thread, which does not keep the program alive."""
    thread = threading.Thread(target=_told, args=(name, work), name=name, daemon=True)
    thread.start()
    return thread


def submit(executor: Executor, name: str, work: Callable[..., T], *arguments: Any) -> Future[T]:
    """Call `work` in a thread pool. Raises RuntimeError when the pool has been shut down."""
    future = executor.submit(work, *arguments)
    future.add_done_callback(partial(_submitted_ended, name))
    return future


class BackgroundWork:
    """The work an engine does as long as it runs. Use it on the engine's loop."""

    def __init__(self, again_s: float = AGAIN_S) -> None:
        self._again_s = again_s
        self._tasks: list[asyncio.Task[None]] = []
        self._problems: dict[str, str] = {}
        self._ear = _Ear()

    @property
    def problem(self) -> str:
        """What has failed lately, one sentence per line for the person; "" when nothing has."""
        return "\n".join(filter(None, (*self._problems.values(), self._ear.latest)))

    def listen(self) -> None:
        """Collect errors that are logged anywhere in this process, until `close`."""
        for name in _HEARD:
            logging.getLogger(name).addHandler(self._ear)

    def keep_going(self, name: str, work: Work) -> None:
        """Run `work` until it returns or `close` is called, restarting it whenever it fails."""
        self._tasks.append(asyncio.get_running_loop().create_task(self._keep(name, work), name=name))

    async def close(self) -> None:
        """Cancel all work and wait for its end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for name in _HEARD:
            logging.getLogger(name).removeHandler(self._ear)

    async def _keep(self, name: str, work: Work) -> None:
        rest_s = self._again_s
        while True:
            try:
                await work()
            except Exception as error:  # not a cancellation, which is how `close` ends it
                log_failure(name, error, goes_on=True)
                self._problems[name] = f"{name} failed ({_brief(error)}) and is restarted; the engine's log has the details."
            else:
                self._problems.pop(name, None)
                return
            await asyncio.sleep(rest_s)
            rest_s = min(2 * rest_s, LONGEST_REST_S)  # work that fails at once must not fill the log


class _Ear(logging.Handler):
    """Keeps the latest logged error, whichever thread logged it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._said, self._until_s = "", 0.0

    @property
    def latest(self) -> str:
        """The latest error as one sentence; "" once it is older than SHOWN_S."""
        return self._said if time.monotonic() < self._until_s else ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record's first line, unless its work is restarted: BackgroundWork then shows the failure itself."""
        if not getattr(record, "goes_on", False):
            first, _, _ = record.getMessage().partition("\n")
            self._said = f"{first[:300].rstrip('.')}; the engine's log has the details."
            self._until_s = time.monotonic() + SHOWN_S


def log_failure(name: str, error: BaseException, *, goes_on: bool = False) -> None:
    """Log a failure with its traceback. `goes_on`: the work is restarted, and the restarting side shows the failure."""
    if was_logged(error):
        return
    with contextlib.suppress(AttributeError):  # an error with slots
        error.__dict__[_LOGGED] = True
    _log.error("%s failed: %s", name, _brief(error), exc_info=error, extra={"goes_on": goes_on})


def was_logged(error: BaseException) -> bool:
    """Whether it is in the log already: an error that several wait for reaches each of them."""
    return _LOGGED in getattr(error, "__dict__", {})


def _ended(task: asyncio.Task[Any], failed: Failed | None) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log_failure(task.get_name(), error)
        if failed is not None:
            failed(f"{task.get_name()} failed ({_brief(error)}); the engine's log has the details.")


def _ended_awaited(expected: tuple[type[Exception], ...], task: asyncio.Task[Any]) -> None:
    """Log an unexpected failure.

    Reading the exception also marks it as retrieved, so that asyncio does not log an expected one that nobody was left to await.
    """
    if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, expected):
        log_failure(task.get_name(), error)


def _told(name: str, work: Callable[[], object]) -> None:
    try:
        work()
    except Exception as error:
        log_failure(name, error)


def _submitted_ended(name: str, future: Future[Any]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None and not isinstance(error, WorkbenchError):
        log_failure(name, error)


def _brief(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
