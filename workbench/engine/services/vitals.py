"""How the engine itself does: its memory, the lateness of its loop, the size of its journal, what it is busy with."""

from __future__ import annotations

import asyncio

from workbench.engine.clock import Clock
from workbench.engine.invoker import Invoker
from workbench.engine.journal.journal import Journal
from workbench.engine.long_work import LongWork
from workbench.engine.loop_lag import LoopLag
from workbench.engine.memory_return import resident_bytes
from workbench.model.failures import ServiceError
from workbench.model.vitals import Vitals

_MB = 1 << 20


class VitalsService:
    """Looks at the engine, and cancels preparations. Use it on the engine's loop."""

    def __init__(self, clock: Clock, lag: LoopLag, journal: Journal, long_work: LongWork, invoker: Invoker) -> None:
        self._started_ms = clock.epoch_ms(clock.now_ns())
        self._lag, self._journal, self._long_work, self._invoker = lag, journal, long_work, invoker

    async def look(self, followers: int) -> Vitals:
        """Return them; `followers` follow the stream."""
        memory_bytes, journal_bytes = await asyncio.to_thread(lambda: (self._memory_bytes(), self._journal.size_bytes()))
        return Vitals(
            started_ms=self._started_ms, loop_lag_ms=self._lag.p99_ms, memory_mb=memory_bytes / _MB,
            journal_mb=journal_bytes / _MB, journal_limit_mb=self._journal.limit_bytes / _MB, followers=followers,
            long_work=self._long_work.all())

    def _memory_bytes(self) -> int:
        """Return the engine's own memory, and that of the process that keeps its journal under load."""
        keeper = self._journal.process_id
        return resident_bytes() + (resident_bytes(keeper) if keeper else 0)

    def cancel(self, number: int) -> None:
        """Cancel a preparation, and with it the invocation that waits for it. Raises ServiceError 404 if there is none."""
        request_id = self._long_work.request_of(number)
        if request_id and self._invoker.cancel(request_id):
            return
        if not self._long_work.cancel(number):
            raise ServiceError("ResourceNotFoundException", 404, f"Nothing with the number {number} is under way.")
