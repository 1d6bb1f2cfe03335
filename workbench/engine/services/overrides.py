"""What the API changed of the template's functions: listed, dropped, or written back into the template."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from workbench.engine.registry.overrides import TemplateOverrides
from workbench.engine.registry.writing_back import template_changes
from workbench.model.failures import InvalidInput, ServiceError, WorkspaceError
from workbench.model.overrides import DELETED, OverrideInfo
from workbench.workspace.declared.edits import DeclaredChange, write_declared
from workbench.workspace.workspace import Workspace

Opener = Callable[[], Callable[[], Workspace]]
"""Returns, on the loop, what opens the workspace as it is on disk; that blocks and raises WorkspaceError."""


class OverrideService:
    """Use it on the engine's loop. A `member` of None means all of a function, "" its deletion."""

    def __init__(
        self, overrides: TemplateOverrides, opener: Opener, refresh: Callable[[], Awaitable[None]]
    ) -> None:
        """`refresh` reads the workspace and applies what changed."""
        self._overrides = overrides
        self._opener = opener
        self._refresh = refresh

    def all(self, name: str = "") -> list[OverrideInfo]:
        """Return all overrides, or those of one function, by its name or logical ID; none if the API changed nothing of it."""
        found = self._overrides.all()
        return [each for each in found if not name or each.function == self._overrides.name_of(name)]

    async def drop(self, name: str, member: str | None = None) -> list[OverrideInfo]:
        """Put the template's value in force again, and return what is left of the function's overrides.

        Raises ServiceError 404 if there is no such override.
        """
        await self._overrides.drop(name, member)
        return self.all(name)

    async def write_back(self, name: str, member: str | None = None) -> list[OverrideInfo]:
        """Write overrides into the template, and return those that could not be written and stay in force.

        Raises ServiceError if none can be written, or if the template does not take them; then nothing has changed.
        """
        self._overrides.check_changeable()
        name = self._overrides.name_of(name)
        found = self._overrides.of(name, member)
        written = [each for each in found if not each.why_kept]
        if not written:
            raise ServiceError("InvalidParameterValueException", 400, found[0].why_kept)
        members = {each.property for each in written}
        declared = self._overrides.declared(name, members)
        settings = [each for each in written if self._is_setting(name, each)]
        write = self._writer(name, settings, self._overrides.edits(declared))
        try:
            await asyncio.to_thread(write)
        except (InvalidInput, WorkspaceError) as error:
            raise ServiceError("InvalidParameterValueException", 400, error.message, hint=error.hint) from error
        await self._refresh()
        if declared:
            await self._overrides.written(name, declared)
        for each in settings:
            await self._overrides.drop(name, each.property)
        return self.all(name)

    def _is_setting(self, name: str, override: OverrideInfo) -> bool:
        """Whether it is one of the function itself, and not of what the template declares beside it."""
        return not self._overrides.declared(name, {override.property})

    def _writer(
        self, name: str, written: Sequence[OverrideInfo], edits: Sequence[DeclaredChange]
    ) -> Callable[[], object]:
        logical_id, opened = self._overrides.logical_id(name), self._opener()
        if any(each.property == DELETED for each in written):
            return lambda: opened().delete(logical_id)
        changes = template_changes({each.property: self._overrides.in_force(name, each.property) for each in written})

        def write() -> None:
            workspace = opened()
            undo = write_declared(workspace, edits)
            try:
                workspace.change(logical_id, changes)
            except (InvalidInput, WorkspaceError):
                undo()
                raise

        return write
