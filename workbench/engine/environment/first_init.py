"""INIT of a new environment, outside of any invocation, in a sandbox that may have been made ahead of it."""

from __future__ import annotations

from collections.abc import Callable

from workbench.engine.environment.present_sandbox import PresentSandbox
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.initialization import InitOutcome
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
        self._is_provisioned = context.initialization_type == "provisioned-concurrency"
        self.is_spare = False

    async def prepare(self) -> None:
        """Make the sandbox ahead of a request and do everything that does not need the runtime. Raises SandboxError."""
        session = await self._make(ahead=True)
        await session.make_ready()
        self.is_spare = True

    async def run(self, began: Callable[[int], None]) -> tuple[SandboxSession, InitOutcome]:
        """Run INIT, and return how it ended; a failed one is not raised. Raises SandboxError, and what `began` raises.

        `began` receives the time at which INIT began (monotonic ns), a second time if it begins again in another sandbox.
        """
        was_spare, self.is_spare = self.is_spare, False
        spare = self._sandbox.session if was_spare else None
        try:
            session = spare or await self._make(ahead=self._is_provisioned)
            return session, await session.initialize("init", self._limit_s, began)
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
        return max(PROVISIONED_INIT_LIMIT_S, self._context.function.timeout_s) if self._is_provisioned else INIT_LIMIT_S
