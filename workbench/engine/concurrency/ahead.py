"""Decides which functions have a sandbox kept ready: the one being worked on, every function that was invoked, or none.

Lambda keeps sandboxes ready as well: making one is not part of Init Duration. The function being worked on is the one that was
invoked or chosen last and stayed so for SETTLE_S. Without that delay, functions that call each other would take the sandbox from
one another with every call.
"""

from __future__ import annotations

import asyncio
import contextlib

from workbench.background import begin
from workbench.engine.clock import Clock, Timer
from workbench.engine.concurrency.machine_figures import measured_memory
from workbench.engine.concurrency.pool import EnvironmentPool
from workbench.engine.environment.factory import EnvironmentFactory
from workbench.engine.functions import FunctionStore, require_invocable
from workbench.engine.pool_key import PoolKey
from workbench.engine.sandboxes import ResolvedFunction, SandboxSelector
from workbench.model.failures import WorkbenchError

SETTLE_S = 2.0
"""How long a function must stay the latest one before it counts as being worked on, in seconds."""

SPARE_MB = 512
"""Memory in MB that must stay available in addition to the function's whole memory size."""


class Ahead:
    """Has sandboxes prepared as the settings say. Use it on the engine's loop; only `close` waits."""

    def __init__(
        self, pool: EnvironmentPool, sandboxes: SandboxSelector, functions: FunctionStore, factory: EnvironmentFactory,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._pool = pool
        self._sandboxes = sandboxes
        self._functions = functions
        self._factory = factory
        self._worked_on: PoolKey | None = None
        self._settling: Timer | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._is_closed = False
        self.is_wanted = True

    def invoked(self, prepared: ResolvedFunction) -> None:
        """Note that a function was invoked in this kind of sandbox, and prepare one as the settings say."""
        mode = self._sandboxes.settings.prepared_sandboxes
        if not self.is_wanted or self._is_closed or mode == "none" or prepared.function.is_restored:
            return  # a version with a snapshot has that ahead
        if mode == "all" or self._worked_on in (None, prepared.key):
            self._stop_settling()  # another function was invoked meanwhile, but not for SETTLE_S
            self._keep(prepared)
        else:
            self._settle(prepared)

    def chosen(self, name: str) -> None:
        """Note that a person turned to this function. A function that was never invoked is neither prepared nor built.

        Raises ServiceError if there is no such function.
        """
        revision = self._functions.require(name)
        # A function that cannot be invoked is no error here: looking at it is fine, and its invocation will say what is wrong.
        with contextlib.suppress(WorkbenchError):
            known = self._sandboxes.known(require_invocable(revision))
            if known is not None:
                self.invoked(known)

    def forget(self) -> None:
        """Forget which function is worked on, after a change of settings: the next invocation shows it, and its sandbox."""
        self._worked_on = None
        self._stop_settling()
        self._stop_renewing()

    def changed(self, *names: str) -> None:
        """Prepare a new sandbox for the function being worked on if it is among those that changed; the old one has ended."""
        if self._worked_on is None or self._worked_on.function.name not in names:
            return
        self._stop_renewing()
        if not self._is_closed:
            self._renewing = begin("Preparing an environment anew", self._renew(self._worked_on))

    async def close(self) -> None:
        """Stop preparing. The pool stops what was prepared."""
        self._is_closed = True
        self._stop_settling()
        self._stop_renewing()
        if self._renewing is not None:
            await asyncio.wait([self._renewing])  # not `await` alone, which would raise the cancellation here

    def _settle(self, prepared: ResolvedFunction) -> None:
        self._stop_settling()
        self._settling = self._clock.call_later(SETTLE_S, lambda: self._keep(prepared))

    def _stop_settling(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None

    def _stop_renewing(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()

    async def _renew(self, key: PoolKey) -> None:
        """Prepare the changed function. Errors are left to its next invocation, which has somebody to tell."""
        with contextlib.suppress(WorkbenchError):
            # Functions of the API have their Region in the key: their next invocation prepares them.
            revision = None if key.function.region else self._functions.get(key.function.name)
            if revision is not None:
                self._keep(await self._sandboxes.prepare_quietly(require_invocable(revision), key.sandbox))

    def _keep(self, prepared: ResolvedFunction) -> None:
        if self._worked_on == prepared.key and self._pool.prepared.has_only(prepared.key):
            return  # nearly always: this is asked after every invocation
        key = self._worked_on = prepared.key
        if self._sandboxes.settings.prepared_sandboxes == "one":
            self._pool.end_prepared(lambda other: other != key)
        if self._pool.prepared.has(key):
            return
        # An invocation may end after its function changed: what ran it must not be prepared any more.
        if self._sandboxes.is_current(prepared) and _has_room(prepared) and not self._factory.debugging.is_on(key.function.name):
            self._pool.prepared.keep(key, lambda: self._factory.make(prepared))


def _has_room(prepared: ResolvedFunction) -> bool:
    """Whether this machine has enough available memory to run it beside everything that runs now."""
    return measured_memory().available_mb >= prepared.function.memory_mb + SPARE_MB
