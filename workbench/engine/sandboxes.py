"""Which kind of sandbox runs a function: as asked, as set, or Docker where it answers and processes where it does not."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.model.engine_api import SandboxStatus, Settings
from workbench.model.failures import SandboxUnavailable
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.sandbox.protocol import Preparation, Progress, ProgressHandler, SandboxProvider


class Sandboxes:
    """The providers of an engine and what is known of them. `preparations` are kept until a function or setting changes."""

    def __init__(self, providers: Mapping[SandboxKind, SandboxProvider], statuses: tuple[SandboxStatus, ...]) -> None:
        self._providers = providers
        self.statuses = statuses
        self.settings = Settings()
        self._prepared: dict[tuple[str, SandboxKind], tuple[FunctionConfiguration, Preparation]] = {}

    def provider(self, kind: SandboxKind) -> SandboxProvider:
        """The provider of an available kind."""
        return self._providers[kind]

    @property
    def kind(self) -> SandboxKind:
        """The kind in use when a request names none."""
        if self.settings.sandbox != "auto":
            return self.settings.sandbox
        return "docker" if "docker" in self._providers else "process"

    def forget(self) -> None:
        """Look for interpreters and images again at the next request."""
        self._prepared.clear()

    async def prepare(
        self, function: FunctionConfiguration, asked: SandboxKind | None, progress: ProgressHandler
    ) -> tuple[SandboxKind, Preparation]:
        """What will run the function. In `auto`, a function that Docker can not run here runs as a process, said aloud."""
        kind = asked or self.kind
        known = self._known(function, kind)
        if known is not None:
            return kind, known
        if asked is None and self.settings.sandbox == "auto" and kind == "docker":
            return await self._docker_or_process(function, progress)
        return kind, await self._prepare(function, kind, progress)

    async def close(self) -> None:
        """Release all providers."""
        for provider in self._providers.values():
            await provider.close()

    def _known(self, function: FunctionConfiguration, kind: SandboxKind) -> Preparation | None:
        prepared_for, preparation = self._prepared.get((function.name, kind), (None, None))
        return preparation if prepared_for is function or prepared_for == function else None

    async def _docker_or_process(
        self, function: FunctionConfiguration, progress: ProgressHandler
    ) -> tuple[SandboxKind, Preparation]:
        fallback = self._known(function, "process")
        if fallback is not None:
            return "process", fallback
        try:
            return "docker", await self._prepare(function, "docker", progress)
        except SandboxUnavailable as error:
            progress(Progress(stage="notice", text=f"{error.message} The function runs in a local process instead."))
            return "process", await self._prepare(function, "process", progress)

    async def _prepare(self, function: FunctionConfiguration, kind: SandboxKind, progress: ProgressHandler) -> Preparation:
        provider = self._providers.get(kind)
        if provider is None:
            status = next(status for status in self.statuses if status.kind == kind)
            raise SandboxUnavailable(status.detail, status.hint)
        preparation = await provider.prepare(function, progress)
        for notice in preparation.notices:
            progress(Progress(stage="notice", text=notice))
        self._prepared[function.name, kind] = (function, preparation)
        return preparation


