"""Trust in the workspace's folder: the person's decision, changed here or noticed when another program changes it."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.engine.clock import Clock
from workbench.engine.sandboxes import SandboxSelector
from workbench.engine.services.settings import SettingsService
from workbench.engine.trust import Trust
from workbench.model.function import FunctionConfiguration
from workbench.model.trust import Standing, TrustReport

_LOOK_S = 1.0
"""How often trust is looked up, in seconds. Another program may withdraw it, and nobody needs to invoke anything after that."""


class TrustService:
    """Changes trust and applies the change. Use it on the engine's loop unless noted."""

    def __init__(self, trust: Trust, sandboxes: SandboxSelector, settings: SettingsService, clock: Clock) -> None:
        self._trust = trust
        self._sandboxes = sandboxes
        self._settings = settings
        self._clock = clock
        self._said: object = None

    @property
    def standing(self) -> Standing:
        """What the person decided about this folder."""
        return self._trust.standing

    def uses_own_interpreter(self, function: FunctionConfiguration) -> bool:
        """Whether an interpreter that came with the code may be started. Callable from any thread; blocks briefly."""
        return self._trust.uses_own_interpreter(function)

    async def report(self) -> TrustReport:
        """Return what this folder would run on the machine, and what the person decided about it."""
        return await self._trust.report(runs_as_processes=self._sandboxes.kind == "process")

    async def agree(self, digests: Sequence[str] | None = None) -> TrustReport:
        """Trust the folder, with what has these digests (None: everything that it brings now). Raises WorkspaceError."""
        await self._trust.agree(digests)
        return await self._changed()

    async def decline(self) -> TrustReport:
        """Note that the person only wants to look at the folder. Raises WorkspaceError."""
        await self._trust.decline()
        return await self.report()

    async def withdraw(self) -> TrustReport:
        """Withdraw trust from the folder. Raises WorkspaceError."""
        await self._trust.withdraw()
        return await self._changed()

    async def begin(self) -> None:
        """Put the settings in force that count under the present decision."""
        self._said = self._trust.said  # first: a decision that changes meanwhile is then noticed by `watch`
        await self._settings.read()

    async def watch(self) -> None:
        """Apply trust that another program gives or withdraws, until this is cancelled: no environment must outlive it warm."""
        while True:
            await self._clock.sleep(_LOOK_S)
            if self._trust.said != self._said:
                await self._changed()

    async def _changed(self) -> TrustReport:
        self._said = self._trust.said
        await self._settings.follow_trust()
        return await self.report()
