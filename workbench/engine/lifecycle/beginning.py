"""How a session begins: INIT; with a snapshot also RESTORE; RESTORE alone where the runtime comes from a snapshot."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from workbench.engine.events.environment_events import Phase
from workbench.engine.invocation.start_figures import StartFigures
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.initialization import InitOutcome
from workbench.engine.lifecycle.restoration import RestoreOutcome
from workbench.engine.lifecycle.sandbox_session import SandboxSession
from workbench.model.failures import ServiceError
from workbench.model.quotas import RESTORE_LIMIT_S


class Begun(msgspec.Struct, frozen=True):
    """How INIT ended; after a RESTORE, how that ended, and `restore` is its own account."""

    outcome: InitOutcome
    started_ns: int
    restore: RestoreOutcome | None = None

    @property
    def figures(self) -> StartFigures:
        """What REPORT tells of it. 0 means that there is nothing to tell, so durations are at least 1 ns."""
        restore = self.restore
        if restore is None:
            return StartFigures(init_ns=max(self.outcome.ended_ns - self.started_ns, 1))
        return StartFigures(restore_ns=max(restore.ended_ns - restore.started_ns, 1),
                            billed_restore_ns=max(restore.ended_ns - restore.loaded_ns, 1))


async def begin_session(
    session: SandboxSession, context: EnvironmentContext, phase: Phase, limit_s: float, began: Callable[[int], None]
) -> Begun:
    """Run INIT, then RESTORE; return how they ended. Raises SandboxError, and what `began` raises.

    `limit_s` is that of INIT; inside an invocation that of RESTORE as well, as the invocation's own timeout is what must end it.
    `began` receives the time at which it began (monotonic ns).
    """
    if session.comes_from_snapshot:
        began_ns = context.clock.now_ns()
        began(began_ns)
        outcome = InitOutcome("success", began_ns)
    else:
        outcome = await session.initialize(phase, limit_s, began)
    if outcome.status != "success" or context.initialization_type != "snap-start" or context.holds_snapshot:
        return Begun(outcome, session.init.started_ns)
    restore = await session.restore(limit_s if phase == "invoke" else RESTORE_LIMIT_S)
    outcome = InitOutcome(restore.status, restore.ended_ns, restore.error_type, restore.payload)
    return Begun(outcome, session.init.started_ns, restore)


def not_restored(restore: RestoreOutcome) -> ServiceError:
    """The error for the caller of an invocation whose environment could not be restored.

    Source: API reference, SnapStartTimeoutException and SnapStartException, whose descriptions these are.
    """
    if restore.status == "timeout":
        return ServiceError("SnapStartTimeoutException", 408, "Lambda couldn't restore the snapshot within the timeout limit.",
                            hint=f"The hooks after a restore have {RESTORE_LIMIT_S} seconds: do less in them.")
    message = "The afterRestore() runtime hook encountered an error. For more information, check the Amazon CloudWatch logs."
    return ServiceError("SnapStartException", 400, message, hint="The function's log has the error, after RESTORE_START.")
