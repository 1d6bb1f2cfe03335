"""What the person allows the functions of a workspace beyond what Lambda gives them: folders, addresses, the network."""

from __future__ import annotations

import asyncio
from pathlib import Path

from workbench.model.allowances import WORKSPACE, Allowance, allowed_for, worth_keeping
from workbench.model.failures import InvalidInput, ServiceError
from workbench.workspace.kept_allowances import KeptAllowances, checked


class Allowances:
    """The allowances by logical ID, `*` for the workspace. Read when the engine starts, saved with every change.

    Use it on the engine's loop.
    """

    def __init__(self, state_directory: Path) -> None:
        self._kept = KeptAllowances(state_directory)
        self._functions: dict[str, Allowance] = {}
        self._changing = asyncio.Lock()

    async def read(self) -> None:
        """Read the saved allowances."""
        self._functions = await asyncio.to_thread(self._kept.read)

    def of(self, logical_id: str) -> Allowance:
        """Return what a function may have: its own allowance, the workspace's, or the default."""
        return allowed_for(self._functions, logical_id)

    def all(self) -> dict[str, Allowance]:
        """Return everything that the person has set."""
        return dict(self._functions)

    async def change(self, logical_id: str, allowance: Allowance) -> Allowance:
        """Set and save what a function may have, and return it in its normal form.

        Raises ServiceError for what cannot be allowed, WorkspaceError if it cannot be saved.
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
            self._functions = changed  # only once it is saved: a permission in force must be one that the person can see
        return normal
