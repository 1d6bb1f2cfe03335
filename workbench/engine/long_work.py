"""What takes long before a function can run, as it happens: images fetched, packages built. Anyone can see and cancel it."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from workbench.background import begin_awaited
from workbench.model.failures import SandboxError, WorkbenchError
from workbench.model.vitals import LongWorkInfo
from workbench.sandbox.protocol import Progress, ProgressHandler

T = TypeVar("T")
Work = Callable[[ProgressHandler], Coroutine[Any, Any, T]]

SPEED_OVER_S = 5.0
"""A speed is that of the last seconds: a download that stalls shows it, and one that has just sped up as well."""


class Canceled(SandboxError):
    """A person has canceled the preparation."""

    def __init__(self, function_name: str) -> None:
        super().__init__(f"The preparation of {function_name} was canceled.", "Invoke the function to begin it again.")


class LongWork:
    """The preparations under way. Use it on the engine's loop."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic, epoch_s: Callable[[], float] = time.time) -> None:
        self._seconds, self._epoch_s = seconds, epoch_s
        self._numbers = itertools.count(1)
        self._under_way: dict[int, _Piece] = {}

    def all(self) -> tuple[LongWorkInfo, ...]:
        """Return what is under way and has said what it does, the oldest first."""
        return tuple(piece.info() for piece in self._under_way.values() if piece.step is not None)

    def request_of(self, number: int) -> str | None:
        """Return the invocation that waits for a piece of work, "" if none does; None if there is no such work."""
        piece = self._under_way.get(number)
        return None if piece is None else piece.request_id

    def cancel(self, number: int) -> bool:
        """Cancel a piece of work; whoever waits for it gets `Canceled`. Return False if there is none with this number."""
        piece = self._under_way.get(number)
        if piece is None or piece.task is None:
            return False
        piece.is_canceled = True
        piece.task.cancel()
        return True

    async def doing(self, function_name: str, request_id: str, progress: ProgressHandler, work: Work[T]) -> T:
        """Do the work and list it meanwhile. `work` reports its steps to what it gets. Raises Canceled, and what it raises."""
        piece = _Piece(next(self._numbers), function_name, request_id, self._epoch_s() * 1_000, self._seconds)

        def told(step: Progress) -> None:
            piece.take(step)
            progress(step)

        self._under_way[piece.number] = piece
        try:
            return await self._awaited(piece, work(told))
        finally:
            del self._under_way[piece.number]

    async def _awaited(self, piece: _Piece, work: Coroutine[Any, Any, T]) -> T:
        # A task of its own: canceling that of the invocation would look as if its caller had gone.
        task = piece.task = begin_awaited(f"The preparation of {piece.function_name}", work, Exception)
        try:
            return await asyncio.shield(task)
        except (asyncio.CancelledError, WorkbenchError):
            if piece.is_canceled and task.done():  # perhaps with an error: the connection of a download was closed
                raise Canceled(piece.function_name) from None
            task.cancel()
            await asyncio.wait([task])  # it leaves nothing half done behind
            raise


class _Piece:
    """One piece of work and its latest step."""

    def __init__(
        self, number: int, function_name: str, request_id: str, began_ms: float, seconds: Callable[[], float]
    ) -> None:
        self.number, self.function_name, self.request_id = number, function_name, request_id
        self.step: Progress | None = None
        self.task: asyncio.Task[Any] | None = None
        self.is_canceled = False
        self._began_ms, self._seconds = began_ms, seconds
        self._amounts: deque[tuple[float, int]] = deque()

    def take(self, step: Progress) -> None:
        """Take in what it does now. A notice is for the person who invokes, and no step."""
        if step.stage == "notice":
            return
        if step.done_bytes is None or (self._amounts and step.done_bytes < self._amounts[-1][1]):
            self._amounts.clear()  # the next download has begun
        if step.done_bytes is not None:
            self._amounts.append((self._seconds(), step.done_bytes))
        self.step = step

    def info(self) -> LongWorkInfo:
        """Describe it."""
        assert self.step is not None
        return LongWorkInfo(
            number=self.number, function_name=self.function_name, request_id=self.request_id, stage=self.step.stage,
            text=self.step.text, began_ms=self._began_ms, fraction=self.step.fraction, bytes_per_s=self._speed())

    def _speed(self) -> float | None:
        now_s = self._seconds()
        while len(self._amounts) > 1 and self._amounts[1][0] <= now_s - SPEED_OVER_S:
            self._amounts.popleft()
        if not self._amounts:
            return None
        since_s, before = self._amounts[0]
        return (self._amounts[-1][1] - before) / (now_s - since_s) if now_s > since_s else None
