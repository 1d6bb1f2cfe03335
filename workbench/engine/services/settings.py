"""The settings in force: the person's for this workspace, else the team's if the folder is trusted, else the defaults."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from workbench.engine.sandboxes import SandboxSelector
from workbench.engine.served_workspace import ServedWorkspace
from workbench.engine.trust import Trust
from workbench.model.engine_api import Settings
from workbench.workspace.kept_settings import keep_settings, settings_file
from workbench.workspace.team_settings import team_settings


class SettingsService:
    """Reads, changes and saves the settings, and applies a change. Use it on the engine's loop."""

    def __init__(
        self, workspace: ServedWorkspace, sandboxes: SandboxSelector, trust: Trust,
        followers: Sequence[Callable[[Settings], None]], changed: Callable[[], Awaitable[None]],
    ) -> None:
        """`followers` get the settings in force; `changed` renews everything that was made under the settings before."""
        self._workspace = workspace
        self._sandboxes = sandboxes
        self._trust = trust
        self._followers = followers
        self._changed = changed
        self._counted = Settings()

    @property
    def in_force(self) -> Settings:
        """The settings in force."""
        return self._sandboxes.settings

    async def read(self) -> None:
        """Put the saved settings in force. Call it before the first invocation."""
        self._counted = await self._those_that_count()
        self.use(self._counted)

    def use(self, settings: Settings) -> None:
        """Use these settings without saving them for the workspace. Call it before the first invocation."""
        self._sandboxes.settings = settings
        for follow in self._followers:
            follow(settings)

    async def change(self, settings: Settings) -> None:
        """Use and save other settings; all environments are retired. Raises WorkspaceError if they cannot be saved."""
        # In force before the first await: an invocation that comes now must use them already.
        self._counted = settings
        self.use(settings)
        await self._changed()
        await asyncio.to_thread(keep_settings, self._workspace.state_directory, settings)

    async def follow_trust(self) -> None:
        """Apply or drop the team's settings because trust changed, and retire all environments: they were made under the old."""
        before, self._counted = self._counted, await self._those_that_count()
        if self._sandboxes.settings == before:  # otherwise this engine was given others when it was started, and they stay
            self.use(self._counted)
        await self._changed()

    async def _those_that_count(self) -> Settings:
        kept = settings_file(self._workspace.state_directory).read()
        if kept is not None or self._trust.standing != "trusted":
            return kept or Settings()
        return await asyncio.to_thread(team_settings, self._workspace.root)
