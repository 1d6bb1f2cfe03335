"""The runtime in one sandbox: started, with a debugger if there is one, and watched until it ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from workbench.background import begin
from workbench.engine.clock import Clock
from workbench.engine.debugging.environment_debugger import EnvironmentDebugger
from workbench.engine.lifecycle.initialization import Initialization
from workbench.sandbox.protocol import EntrypointInvalid, Exit, Sandbox


class WatchedRuntime:
    """Made for a sandbox whose runtime does not run yet; `ended` is called once it has ended, unless `ignore_end` came first.

    Use it on the engine's loop.
    """

    def __init__(
        self, sandbox: Sandbox, init: Initialization, debugger: EnvironmentDebugger | None, clock: Clock,
        ended: Callable[[Exit], None],
    ) -> None:
        self._sandbox = sandbox
        self._init = init
        self._debugger = debugger
        self._clock = clock
        self._ended = ended
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> bool:
        """Start it. Return False if there is nothing that could be started, which fails INIT. Raises SandboxError."""
        if self._debugger is not None:
            self._debugger.starting()  # before the runtime runs, which waits for a debugger from its first moment
        # Before the start: a runtime may have exited by the time `start` returns.
        self._watch = begin("The watch of a runtime", self._wait())
        try:
            await self._sandbox.start()
        except EntrypointInvalid as error:
            self._init.cannot_begin(error)
            return False
        if self._debugger is not None:
            self._debugger.started(self._sandbox.connect)
        self._init.runtime_started(self._sandbox.started_ns)
        return True

    def initialized(self) -> None:
        """Note that INIT is over."""
        if self._debugger is not None:
            self._debugger.initialized()

    async def until_ended(self, limit_s: float) -> None:
        """Wait up to `limit_s` for a runtime that is about to end, as its last words belong to the log."""
        # One that never ran (`started_ns` 0) has nothing to say, and its watch would never return.
        if self._watch is not None and self._sandbox.started_ns:
            with contextlib.suppress(TimeoutError):
                async with self._clock.timeout(limit_s):
                    await asyncio.wait([self._watch])  # `wait` does not cancel the watch when the time is over

    def ignore_end(self) -> None:
        """Report its end no longer: it is ended by us from here on, which is no failure of the function."""
        if self._debugger is not None:
            self._debugger.ended()
        if self._watch is not None:
            self._watch.cancel()

    async def _wait(self) -> None:
        self._ended(await self._sandbox.wait())
