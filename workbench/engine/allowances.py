"""What the person allows the functions of a workspace beyond Lambda's world. On the engine's loop."""

from __future__ import annotations

import asyncio
from pathlib import Path

from workbench.model.allowances import WORKSPACE, Allowance, allowed_for, worth_keeping
from workbench.model.failures import InvalidInput, ServiceError
from workbench.workspace.kept_allowances import KeptAllowances, checked


class Allowances:
    """By logical id, `*` for the workspace; read when the engine starts, kept with every change."""

    def __init__(self, state_directory: Path) -> None:
        self._kept = KeptAllowances(state_directory)
        self._functions: dict[str, Allowance] = {}
        self._changing = asyncio.Lock()

    async def read(self) -> None:
        """Take what is kept."""
        self._functions = await asyncio.to_thread(self._kept.read)

    def of(self, logical_id: str) -> Allowance:
        """What a function may have; the usual where nothing was said."""
        return allowed_for(self._functions, logical_id)

    def all(self) -> dict[str, Allowance]:
        """All that was said."""
        return dict(self._functions)

    async def change(self, logical_id: str, allowance: Allowance) -> Allowance:
        """Keep what a function may have from now on; that in its normal form.

        Raises ServiceError for what cannot be allowed, WorkspaceError where it cannot be kept.
        """
        async with self._changing:
            if logical_id == WORKSPACE and allowance.names:
                message = "Folders and addresses are allowed one function at a time."
                raise ServiceError("InvalidParameterValueException", 400, message)
            try:
                normal = await asyncio.to_thread(checked, allowance)
            except InvalidInput as error:
                raise ServiceError("InvalidParameterValueException", 400, error.message, hint=error.hint) from error
            changed = worth_keeping({**self._functions, logical_id: normal})
            await asyncio.to_thread(self._kept.write, changed)
            self._functions = changed
        return normal
