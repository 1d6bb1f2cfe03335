"""The settings in force: the person's for this workspace, else the team's if the folder is trusted, else the defaults."""

from __future__ import annotations

import asyncio

from workbench.engine.functions import FunctionStore
from workbench.engine.sandboxes import SandboxSelector
from workbench.engine.served_workspace import ServedWorkspace
from workbench.engine.services.renewal import Renewal
from workbench.engine.trust import Trust
from workbench.model.engine_api import Settings
from workbench.workspace.kept_settings import keep_settings, settings_file
from workbench.workspace.team_settings import team_settings


class SettingsService:
    """Reads, changes and saves the settings, and applies a change. Use it on the engine's loop."""

    def __init__(
        self, workspace: ServedWorkspace, sandboxes: SandboxSelector, functions: FunctionStore, trust: Trust, renewal: Renewal
    ) -> None:
        self._workspace = workspace
        self._sandboxes = sandboxes
        self._functions = functions
        self._trust = trust
        self._renewal = renewal
        self._counted = Settings()

    @property
    def in_force(self) -> Settings:
        """The settings in force."""
        return self._sandboxes.settings

    async def read(self) -> None:
        """Put the saved settings in force. Call it before the first invocation."""
        self._sandboxes.settings = self._counted = await self._those_that_count()

    def use(self, settings: Settings) -> None:
        """Use these settings without saving them for the workspace. Call it before the first invocation."""
        self._sandboxes.settings = settings

    async def change(self, settings: Settings) -> None:
        """Use and save other settings; all environments are retired. Raises WorkspaceError if they cannot be saved."""
        # In force before the first await: an invocation that comes now must use them already.
        self._sandboxes.settings = self._counted = settings
        await self._apply()
        await asyncio.to_thread(keep_settings, self._workspace.state_directory, settings)

    async def follow_trust(self) -> None:
        """Apply or drop the team's settings because trust changed, and retire all environments: they were made under the old."""
        before, self._counted = self._counted, await self._those_that_count()
        if self._sandboxes.settings == before:  # otherwise this engine was given others when it was started, and they stay
            self._sandboxes.settings = self._counted
        await self._apply()

    async def _apply(self) -> None:
        await self._functions.refresh()  # the Region is in names and ARNs
        self._renewal.everything()

    async def _those_that_count(self) -> Settings:
        kept = settings_file(self._workspace.state_directory).read()
        if kept is not None or self._trust.standing != "trusted":
            return kept or Settings()
        return await asyncio.to_thread(team_settings, self._workspace.root)
