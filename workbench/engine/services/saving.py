"""Functions go from the API into the workspace's template and back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from workbench.background import begin_awaited
from workbench.engine.registry.saving.lost import lost
from workbench.engine.registry.saving.plans import SavingPlan, SavingPlans
from workbench.engine.registry.saving.saving import Saving
from workbench.engine.registry.saving.taking import Taking
from workbench.model.failures import InvalidInput, ServiceError, WorkbenchError, WorkspaceError
from workbench.model.saving import SavingReport, SavingWish, TakingReport
from workbench.packages.editable import EditablePackages, never_packaged
from workbench.workspace.saving.leaving import leaving
from workbench.workspace.saving.writing import FunctionWriter
from workbench.workspace.workspace import Workspace

T = TypeVar("T")
Opener = Callable[[], Callable[[], Workspace]]
"""Returns, on the loop, what opens the workspace as it is on disk; that blocks and raises WorkspaceError."""


class SavingService:
    """Use it on the engine's loop. What a caller has begun goes on when the caller is gone."""

    def __init__(
        self, plans: SavingPlans, saving: Saving, taking: Taking, opener: Opener, refresh: Callable[[], Awaitable[None]]
    ) -> None:
        """`refresh` reads the workspace and applies what changed."""
        self._plans = plans
        self._saving = saving
        self._taking = taking
        self._opener = opener
        self._refresh = refresh

    async def save(self, names: Sequence[str], wish: SavingWish) -> list[SavingReport]:
        """Save functions into the template, all of the workspace's Region for no names.

        Raises ServiceError for a single one that cannot be saved; of several, the others are saved.
        """
        if len(names) == 1:
            return [await self._save(names[0], wish)]
        if wish.folder:
            raise ServiceError("InvalidParameterValueException", 400, "A folder is named, and it is not said for which function.")
        return [await self._save_or_say(name, wish) for name in (names or self._plans.names())]

    async def take(self, name: str) -> TakingReport:
        """Take a function of the template into the API's records. Raises ServiceError; then nothing has changed."""
        return await _to_the_end("Taking a function", self._take(name))

    async def _save_or_say(self, name: str, wish: SavingWish) -> SavingReport:
        try:
            return await self._save(name, wish)
        except WorkbenchError as error:
            return SavingReport(function=name, refused=str(error))

    async def _save(self, name: str, wish: SavingWish) -> SavingReport:
        plan = self._plans.plan(name, folder=wish.folder, with_secrets=wish.with_secrets)
        try:
            return await _to_the_end("Saving a function", self._reported(plan, wish))
        except (InvalidInput, WorkspaceError) as error:
            raise _refused(error) from error

    async def _reported(self, plan: SavingPlan, wish: SavingWish) -> SavingReport:
        opened, package = self._opener(), plan.function.package
        # First: the package is gone once nothing uses it.
        left_out = [] if package is None else await asyncio.to_thread(never_packaged, package)
        if wish.is_preview:
            saved = await asyncio.to_thread(lambda: FunctionWriter(opened(), EditablePackages()).preview(plan.function))
        else:
            saved = await self._saving.save(plan, lambda: FunctionWriter(opened(), EditablePackages()).write(plan.function))
            await self._refresh()
            await self._saving.follow_template(plan.record.name)
        return SavingReport(
            function=plan.record.name, template=saved.template, logical_id=saved.logical_id, folders=saved.folders,
            changes=saved.changes, parameters=saved.parameters, kept=(*plan.kept, *map(_left_out, left_out)))

    async def _take(self, name: str) -> TakingReport:
        opened = self._opener()
        try:
            function = (written := self._taking.written(name)).configuration
            said = await asyncio.to_thread(lambda: leaving(opened(), function.logical_id))
            taken = await self._taking.take(written, lambda: opened().delete(function.logical_id))
        except (InvalidInput, WorkspaceError) as error:
            raise _refused(error) from error
        await self._refresh()
        await self._taking.keep_parts(taken)
        return TakingReport(function=function.name, template=said.template, logical_id=function.logical_id,
                            lost=lost(function, said.properties, taken.parts))


async def _to_the_end(name: str, work: Coroutine[Any, Any, T]) -> T:
    """Wait for work that goes on if its caller is gone: half of it must not be done."""
    return await asyncio.shield(begin_awaited(name, work))


def _refused(error: InvalidInput | WorkspaceError) -> ServiceError:
    return ServiceError("InvalidParameterValueException", 400, error.message, hint=error.hint)


def _left_out(name: str) -> str:
    return f"{name} was in the package, and is never part of one that is made from a folder."
