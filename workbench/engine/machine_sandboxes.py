"""The kinds of sandbox that this machine has for an engine, and which of them can be used now."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping

from workbench.model.engine_api import SandboxStatus
from workbench.model.failures import SandboxError
from workbench.model.function import SandboxKind
from workbench.sandbox.protocol import SandboxProvider

StatusProbe = Callable[[], Awaitable[tuple[SandboxStatus, ...]]]
"""Finds out which kinds of sandbox can be used now."""


class MachineSandboxes:
    """One provider per kind, and what `probe` found out last. `engine_id` marks what they make as this engine's."""

    def __init__(self, engine_id: str, providers: Mapping[SandboxKind, SandboxProvider], probe: StatusProbe) -> None:
        self.engine_id = engine_id
        self._providers = providers
        self._probe = probe
        self.statuses: tuple[SandboxStatus, ...] = ()

    @property
    def available(self) -> frozenset[SandboxKind]:
        """The kinds that could be used at the last look."""
        return frozenset(status.kind for status in self.statuses if status.available)

    @property
    def container_engine(self) -> SandboxStatus | None:
        """What was last found out about the container engine; None if it was not looked for."""
        return next((status for status in self.statuses if status.kind == "docker"), None)

    def provider(self, kind: SandboxKind) -> SandboxProvider:
        """Return the provider of a kind."""
        return self._providers[kind]

    async def look(self) -> bool:
        """Find out again which kinds can be used, and return whether that changed."""
        before, self.statuses = self.statuses, await self._probe()
        return before != self.statuses

    async def reap_orphans(self) -> None:
        """Remove what dead engines left behind, as far as possible now."""
        for provider in self._providers.values():
            with contextlib.suppress(SandboxError):  # no container engine runs: its remains wait for the next start
                await provider.reap_orphans()

    async def close(self) -> None:
        """Release all providers."""
        for provider in self._providers.values():
            await provider.close()
