"""How long history is kept, and the key with which values of variables are digested: the person's, for one workspace."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import msgspec

from workbench.engine.deployments.notes import DeploymentNotes
from workbench.engine.journal.journal import Journal
from workbench.model.failures import EngineError
from workbench.model.past_invocations import Retention
from workbench.storage.state_file import StateFile


class KeptHistory(msgspec.Struct, frozen=True, kw_only=True):
    """What the file has."""

    retention: Retention = Retention()
    key: bytes = b""


def history_file(state_directory: Path) -> StateFile[KeptHistory]:
    """Return the file in which both are kept."""
    return StateFile(state_directory / "history.json", KeptHistory)


class RetentionService:
    """Reads and changes it. Use it on the engine's loop."""

    def __init__(self, state_directory: Path, journal: Journal, notes: DeploymentNotes) -> None:
        self._file = history_file(state_directory)
        self._journal = journal
        self._notes = notes
        self.in_force = Retention()

    async def begin(self) -> None:
        """Put what is saved in force."""
        kept = await asyncio.to_thread(self._file.read) or KeptHistory()
        if len(kept.key) == len(self._notes.key):
            self._notes.key = kept.key
        else:
            with contextlib.suppress(EngineError):  # a disk that is full: values count as other ones after the next start
                await self._keep(kept.retention)
        await self._use(kept.retention)

    async def change(self, retention: Retention) -> None:
        """Keep history so long and so much from now on, and delete what is too old or too much. Raises EngineError."""
        await self._keep(retention)
        await self._use(retention)
        await self._journal.prune()

    async def prune(self) -> None:
        """Delete what is too old or too much. Raises EngineError."""
        await self._journal.prune()

    async def _keep(self, retention: Retention) -> None:
        try:
            await asyncio.to_thread(self._file.write, KeptHistory(retention=retention, key=self._notes.key))
        except OSError as error:
            raise EngineError(f"The setting cannot be saved: {error.strerror or error}.",
                              "Look whether the disk is full, and try again.") from error

    async def _use(self, retention: Retention) -> None:
        self.in_force = retention
        await self._journal.keep(retention)
