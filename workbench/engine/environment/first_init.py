"""INIT of a new environment, outside of any invocation, in a sandbox that may have been made ahead of it; or its RESTORE."""

from __future__ import annotations

from collections.abc import Callable

from workbench.engine.environment.present_sandbox import PresentSandbox
from workbench.engine.lifecycle.beginning import Begun, begin_session, not_restored
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.sandbox_session import SandboxSession
from workbench.model.failures import SandboxError
from workbench.model.function import SandboxKind
from workbench.model.quotas import INIT_LIMIT_S, PROVISIONED_INIT_LIMIT_S


class FirstInit:
    """`is_spare`: the sandbox was made ahead and INIT waits for a request. Use it on the engine's loop."""

    def __init__(self, context: EnvironmentContext, sandbox: PresentSandbox, kind: SandboxKind) -> None:
        self._context = context
        self._sandbox = sandbox
        self._kind = kind
        self._is_on_demand = context.initialization_type == "on-demand"
        self._is_ahead = context.initialization_type == "provisioned-concurrency" or context.holds_snapshot
        self.is_spare = False

    async def prepare(self) -> None:
        """Make the sandbox ahead of a request and do everything that does not need the runtime. Raises SandboxError."""
        session = await self._make(ahead=True)
        await session.make_ready()
        self.is_spare = True

    async def run(self, began: Callable[[int], None]) -> tuple[SandboxSession, Begun]:
        """Run INIT, and return how it ended; a failed one is not raised. Raises SandboxError, and what `began` raises.

        Raises ServiceError if the restore of a snapshot fails.

        `began` receives the time at which INIT began (monotonic ns), a second time if it begins again in another sandbox.
        """
        was_spare, self.is_spare = self.is_spare, False
        spare = self._sandbox.session if was_spare else None
        try:
            session = spare or await self._make(ahead=self._is_ahead)
            begun = await begin_session(session, self._context, "init", self._limit_s, began)
            if begun.restore is not None and begun.restore.status != "success":
                raise not_restored(begun.restore)
            return session, begun
        except SandboxError:
            if not was_spare:
                raise
        # The spare sandbox was lost while it waited: begin again as if there had been none. At most once, as `is_spare` is off.
        await self._sandbox.clear("FAILURE")
        return await self.run(began)

    async def _make(self, *, ahead: bool) -> SandboxSession:
        context = self._context
        context.events.creating(self._kind, context.runtime_plan, context.initialization_type, ahead=ahead)
        return await self._sandbox.make()

    @property
    def _limit_s(self) -> float:
        return INIT_LIMIT_S if self._is_on_demand else max(PROVISIONED_INIT_LIMIT_S, self._context.function.timeout_s)
