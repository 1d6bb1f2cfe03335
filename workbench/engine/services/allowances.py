"""What the person allows functions beyond what Lambda gives them, set by the name that callers know."""

from __future__ import annotations

from workbench.engine.allowances import Allowances
from workbench.engine.registry.resources import Resources
from workbench.engine.sandboxes import SandboxSelector
from workbench.engine.services.renewal import Renewal
from workbench.model.allowances import WORKSPACE, Allowance


class AllowanceService:
    """Changes allowances and applies the change. Use it on the engine's loop."""

    def __init__(
        self, allowances: Allowances, resources: Resources, sandboxes: SandboxSelector, renewal: Renewal
    ) -> None:
        self._allowances = allowances
        self._resources = resources
        self._sandboxes = sandboxes
        self._renewal = renewal

    def all(self) -> dict[str, Allowance]:
        """Return what was allowed, by logical ID."""
        return self._allowances.all()

    async def allow(self, name: str, allowance: Allowance) -> Allowance:
        """Set what a function may have (by name or logical ID; `*`: all others), and return that; its environments are retired.

        Raises ServiceError for an unknown function and for what cannot be allowed, WorkspaceError if it cannot be saved.
        """
        if name == WORKSPACE:
            allowed = await self._allowances.change(WORKSPACE, allowance)
            for function in self._resources.at_home():
                self._apply(function.name)
            return allowed
        functions = self._resources.functions
        function = functions.configuration(functions.require(self._resources.home, name))
        allowed = await self._allowances.change(function.logical_id, allowance)
        self._apply(function.name)
        return allowed

    def _apply(self, name: str) -> None:
        self._sandboxes.forget(name)
        self._renewal.functions(name)
