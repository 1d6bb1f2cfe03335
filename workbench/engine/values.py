"""The values of a workspace: what its template asks for, and what a person gives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from workbench.model.engine_api import ValueInfo
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.locating.options import Options
from workbench.workspace.values.asked import AskedValue
from workbench.workspace.workspace import Workspace


class Values:
    """Reads and saves values; the disk is accessed in a thread. All methods raise WorkspaceError, `give` also InvalidInput."""

    def __init__(self, root: Path, pseudo: Callable[[], PseudoParameters], options: Options | None) -> None:
        self._root = root
        self._pseudo = pseudo
        self._options = options

    async def asked(self) -> list[ValueInfo]:
        """Return what the template asks for now, with secret values masked."""
        opened = self.opener()
        return await asyncio.to_thread(lambda: [_told(value) for value in opened().asked_values()])

    async def give(self, given: Mapping[str, str | None]) -> None:
        """Save values by their keys; None removes one. Read the functions again afterwards."""
        opened = self.opener()

        def keep() -> None:
            workspace = opened()
            for key, value in given.items():
                workspace.give(key, value)

        await asyncio.to_thread(keep)

    def opener(self) -> Callable[[], Workspace]:
        """Return what opens the workspace as it is on disk then, with this engine's choices. That blocks: call it in a thread."""
        pseudo = self._pseudo()  # on the loop: it reads the engine's settings
        return lambda: Workspace.open(self._root, pseudo, self._options)


def _told(value: AskedValue) -> ValueInfo:
    return ValueInfo(key=value.key, kind=value.kind, shown=value.shown, source=value.source, description=value.description,
                     allowed=value.allowed, functions=value.functions)
