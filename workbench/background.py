"""Work that nobody awaits has an owner here: what fails is logged, shown, and begun again where it should go on.

Nothing else begins a task or a thread (`tests/unit/test_owners.py` holds that), so a new one says who hears of its failure:

    begin            nobody awaits it: every failure is logged, and told to `failed` where something has to be done about it
    begin_awaited    others await it: a failure that people are told (WorkbenchError) is theirs, any other is logged as well,
                     because all of them may be gone by then
    begin_thread     a daemon thread
    submit           a call in a pool of threads whose result nobody, or not everybody, waits for
    BackgroundWork   what an engine does all the time, begun again when it fails; and its ear for what failed anywhere
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, TypeVar

from workbench.model.failures import WorkbenchError

AGAIN_S = 1.0
"""How long work that failed rests before it is begun again; twice as long each time, up to LONGEST_REST_S."""
LONGEST_REST_S = 60.0
SHOWN_S = 600.0
"""So long a failure is shown of work that is not begun again."""
_HEARD = ("workbench", "asyncio")
"""Whose errors an engine shows: our own, and those of callbacks and forgotten tasks, which asyncio logs."""
_log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, Any]]
Failed = Callable[[str], object]
"""Is told a failure in a sentence, on the loop."""


def begin(name: str, work: Coroutine[Any, Any, T], failed: Failed | None = None) -> asyncio.Task[T]:
    """Work that nobody awaits, on the running loop. The caller keeps the task: asyncio itself does not hold it."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    task.add_done_callback(partial(_ended, failed=failed))
    return task


def begin_awaited(name: str, work: Coroutine[Any, Any, T], *expected: type[Exception]) -> asyncio.Task[T]:
    """Work whose result others await, on the running loop. `expected`: failures that are theirs alone, beside WorkbenchError."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    task.add_done_callback(partial(_ended_awaited, (WorkbenchError, *expected)))
    return task


def begin_thread(name: str, work: Callable[[], object]) -> threading.Thread:
    """A daemon thread, which does not hold up the end of the program."""
    thread = threading.Thread(target=_told, args=(name, work), name=name, daemon=True)
    thread.start()
    return thread


def submit(executor: Executor, name: str, work: Callable[..., T], *arguments: Any) -> Future[T]:
    """A call in a pool, with a result for who wants it. Raises RuntimeError when the pool was shut down."""
    future = executor.submit(work, *arguments)
    future.add_done_callback(partial(_submitted_ended, name))
    return future


class BackgroundWork:
    """What an engine does all the time. On its loop; `problem` is what the person should know of failures, "" else."""

    def __init__(self, again_s: float = AGAIN_S) -> None:
        self._again_s = again_s
        self._tasks: list[asyncio.Task[None]] = []
        self._problems: dict[str, str] = {}
        self._ear = _Ear()

    @property
    def problem(self) -> str:
        """What failed, for the person."""
        return "\n".join(filter(None, (*self._problems.values(), self._ear.latest)))

    def listen(self) -> None:
        """Hear of errors that are logged anywhere in this program, from now to `close`."""
        for name in _HEARD:
            logging.getLogger(name).addHandler(self._ear)

    def keep_going(self, name: str, work: Work) -> None:
        """Run it until `close`: it is begun again when it fails. One that returns is done."""
        self._tasks.append(asyncio.get_running_loop().create_task(self._keep(name, work), name=name))

    async def close(self) -> None:
        """End all."""
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
            except Exception as error:
                log_failure(name, error, goes_on=True)
                self._problems[name] = f"{name} failed ({_brief(error)}) and is begun again; the engine's log has the details."
            else:
                self._problems.pop(name, None)
                return
            await asyncio.sleep(rest_s)
            rest_s = min(2 * rest_s, LONGEST_REST_S)


class _Ear(logging.Handler):
    """Keeps the latest error that was logged, from any thread."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._said, self._until_s = "", 0.0

    @property
    def latest(self) -> str:
        """In a sentence, for SHOWN_S."""
        return self._said if time.monotonic() < self._until_s else ""

    def emit(self, record: logging.LogRecord) -> None:
        """Called by `logging`."""
        if not getattr(record, "goes_on", False):
            first, _, _ = record.getMessage().partition("\n")
            self._said = f"{first[:300].rstrip('.')}; the engine's log has the details."
            self._until_s = time.monotonic() + SHOWN_S


def log_failure(name: str, error: BaseException, *, goes_on: bool = False) -> None:
    """One record with all of it. `goes_on`: it is begun again, and shown as that by who does so."""
    _log.error("%s failed: %s", name, _brief(error), exc_info=error, extra={"goes_on": goes_on})


def _ended(task: asyncio.Task[Any], failed: Failed | None) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log_failure(task.get_name(), error)
        if failed is not None:
            failed(f"{task.get_name()} failed ({_brief(error)}); the engine's log has the details.")


def _ended_awaited(expected: tuple[type[Exception], ...], task: asyncio.Task[Any]) -> None:
    """Also marks the failure as seen, so that asyncio does not log one that came when all who waited had gone."""
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
