"""Work that nobody awaits has an owner here: what fails is logged, shown, and begun again where it should go on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

AGAIN_S = 1.0
"""How long work that failed rests before it is begun again; twice as long each time, up to LONGEST_REST_S."""
LONGEST_REST_S = 60.0
_log = logging.getLogger(__name__)

Work = Callable[[], Coroutine[Any, Any, Any]]


class BackgroundWork:
    """What an engine does all the time. On its loop; `problem` is a sentence while something failed, "" else."""

    def __init__(self, again_s: float = AGAIN_S) -> None:
        self._again_s = again_s
        self._tasks: list[asyncio.Task[None]] = []
        self._problems: dict[str, str] = {}

    @property
    def problem(self) -> str:
        """What failed, for the person."""
        return "\n".join(self._problems.values())

    def keep_going(self, name: str, work: Work) -> None:
        """Run it until `close`: it is begun again when it fails. One that returns is done."""
        self._tasks.append(asyncio.get_running_loop().create_task(self._keep(name, work), name=name))

    async def close(self) -> None:
        """End all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, name: str, work: Work) -> None:
        rest_s = self._again_s
        while True:
            try:
                await work()
            except Exception as error:
                log_failure(name, error)
                self._problems[name] = f"{name} failed ({_brief(error)}) and is begun again; the engine's log has the details."
            else:
                self._problems.pop(name, None)
                return
            await asyncio.sleep(rest_s)
            rest_s = min(2 * rest_s, LONGEST_REST_S)


def report_failure(task: asyncio.Task[Any]) -> None:
    """For `add_done_callback`: an exception that nobody awaits is logged."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log_failure(task.get_name(), error)


def log_failure(name: str, error: BaseException) -> None:
    """One record with all of it."""
    _log.error("%s failed: %s", name, _brief(error), exc_info=error)


def _brief(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
