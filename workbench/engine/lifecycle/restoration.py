"""RESTORE of one sandbox: from a snapshot to a runtime that waits for its first event, with the hooks that run in between.

The runtime asks `restore/next` when its INIT is over and its hooks before the snapshot have run. The answer means that it was
restored: it runs its other hooks and asks for an event. Sources: Lambda guide, "Lambda SnapStart runtime hooks for Python",
"Restore phase", "Monitoring for Lambda SnapStart"; AWS's runtime client for Python.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from workbench.engine.events.restore_events import RestoreEvents
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.runtime_api.http_exchange import RuntimeConnection
from workbench.engine.runtime_api.refusal import Refusal
from workbench.model.function_failures import FunctionFailure


class RestoreOutcome(msgspec.Struct, frozen=True):
    """How RESTORE ended: `status` success|error|timeout, and after an error what the runtime reported. Times in monotonic ns.

    `loaded_ns` is when the runtime was there and went on with its hooks, from which on RESTORE is billed.
    """

    status: str
    started_ns: int
    loaded_ns: int
    ended_ns: int
    error_type: str = ""
    payload: bytes = b""


class Restoration:
    """The progress of RESTORE. The session starts it. Use it on the engine's loop."""

    def __init__(self, context: EnvironmentContext) -> None:
        self._clock = context.clock
        self._limits = context.limits
        self._is_expected = context.initialization_type == "snap-start"
        self._events = RestoreEvents(context)
        self._outcome: asyncio.Future[RestoreOutcome] = asyncio.get_running_loop().create_future()
        self._waiting: RuntimeConnection | None = None
        self._started_ns = self._loaded_ns = 0
        self._is_released = False

    @property
    def is_running(self) -> bool:
        """Whether it has begun and not ended."""
        return bool(self._started_ns) and not self._outcome.done()

    def check_expected(self) -> None:
        """Raise Refusal unless the environment has a snapshot: for others Lambda has no such path."""
        if not self._is_expected:
            raise Refusal(404, "NotFound", "This environment has no snapshot to be restored from")

    # -- its course ---------------------------------------------------------------------------------------------------------

    async def run(
        self, limit_s: float, start: Callable[[], Awaitable[None]], takes_event: Callable[[], bool]
    ) -> RestoreOutcome:
        """Run it, at most `limit_s`, and return how it ended. Raises SandboxError.

        `start` starts the runtime if it does not run yet; `takes_event`: whether it waits for an event already.
        """
        self._started_ns = self._clock.now_ns()
        self._events.started(self._started_ns)
        limit = self._limits.start(limit_s, self.time_out)
        try:
            await start()
            self._loaded_ns = self._clock.now_ns()  # what precedes is the restore of the snapshot itself, which is not billed
            self._release()
            if takes_event():  # a runtime without hooks, which never asked for its restore
                self.runtime_ready(self._clock.now_ns())
            return await asyncio.shield(self._outcome)  # a caller that is cancelled must not cancel it for the others
        finally:
            limit.cancel()

    def _release(self) -> None:
        """Let the runtime go on from its snapshot, now or as soon as it asks."""
        self._is_released = True
        self._answer()

    def tell_end(self, outcome: RestoreOutcome) -> None:
        """Publish how it ended."""
        self._events.ended(outcome.status, outcome.error_type, started_ns=outcome.started_ns, ended_ns=outcome.ended_ns)

    # -- what happens -------------------------------------------------------------------------------------------------------

    def runtime_waits(self, connection: RuntimeConnection) -> None:
        """Note that the runtime waits at its snapshot."""
        self._waiting = connection
        self._answer()

    def runtime_ready(self, at_ns: int) -> None:
        """Note that the runtime asked for its first event."""
        self._settle("success", at_ns)

    def fail(self, at_ns: int, error_type: str, payload: bytes) -> None:
        """Fail because a hook has; only the first failure counts."""
        self._settle("error", at_ns, error_type, payload)

    def fail_with(self, failure: FunctionFailure) -> None:
        """Fail because the runtime or its sandbox has ended."""
        self.fail(self._clock.now_ns(), failure.error_type, failure.payload())

    def time_out(self) -> None:
        """Fail because it took longer than its limit."""
        self._settle("timeout", self._clock.now_ns(), "Sandbox.Timedout")

    def _answer(self) -> None:
        if self._is_released and self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting.respond(200, b"")

    def _settle(self, status: str, at_ns: int, error_type: str = "", payload: bytes = b"") -> None:
        if not self._outcome.done():
            self._outcome.set_result(RestoreOutcome(
                status, self._started_ns, self._loaded_ns or at_ns, max(at_ns, self._started_ns), error_type, payload))
