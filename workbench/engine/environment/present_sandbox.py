"""The sandbox that an environment lives in: one after the other, since a reset ends it and the next invocation makes another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from workbench.background import TaskSet
from workbench.engine.lifecycle.beginning import begin_session
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.initialization import InitOutcome
from workbench.engine.lifecycle.sandbox_maker import SandboxMaker
from workbench.engine.lifecycle.sandbox_session import SandboxSession
from workbench.engine.lifecycle.session_listener import SessionListener
from workbench.engine.lifecycle.shutdown import ShutdownReason


class PresentSandbox:
    """`session` is that of the present sandbox, None between two. Use it on the engine's loop."""

    def __init__(self, context: EnvironmentContext, maker: SandboxMaker, listener: SessionListener) -> None:
        self.session: SandboxSession | None = None
        self._context = context
        self._maker = maker
        self._listener = listener
        self._endings = TaskSet()
        self._peak_mb = 0.0

    async def make(self) -> SandboxSession:
        """Make a sandbox; the one before it has ended. Raises SandboxError."""
        # Assigned before the sandbox exists, so that `clear` also ends one that is being made.
        session = self.session = SandboxSession(self._context, self._maker, self._listener)
        await session.create()
        return session

    async def begin_again(self, limit_s: float, began: Callable[[int], None]) -> tuple[SandboxSession, InitOutcome]:
        """Run INIT in a new sandbox, inside an invocation, and RESTORE if it has a snapshot. Raises SandboxError.

        `began` receives the time at which INIT began (monotonic ns).
        """
        session = await self.make()
        begun = await begin_session(session, self._context, "invoke", limit_s, began)
        return session, begun.outcome

    async def clear(self, reason: ShutdownReason) -> None:
        """End the present sandbox, if there is one. Only /tmp is kept, as Lambda keeps it over a reset.

        Returns when those before it have ended as well, which others may have been about to end.
        """
        session, self.session = self.session, None  # taken before the first await: two callers must not shut down the same one
        if session is not None:
            # Shielded: the call that found its INIT failed may be canceled meanwhile, and the sandbox would never end.
            await asyncio.shield(self._endings.begin_awaited("The end of a sandbox", self._end(session, reason)))
        await self._endings.finished()

    async def _end(self, session: SandboxSession, reason: ShutdownReason) -> None:
        await session.shut_down(reason)
        self._peak_mb = max(self._peak_mb, session.memory_peak_mb())

    async def release(self) -> None:
        """Release what outlives the sandboxes, such as /tmp, because the environment ends."""
        await self._maker.release()

    def memory_peak_mb(self) -> float:
        """Return the highest memory use so far, over all sandboxes, in MB."""
        peak_mb = self.session.memory_peak_mb() if self.session is not None else 0.0
        if peak_mb > self._peak_mb:
            self._peak_mb = peak_mb
        return self._peak_mb
