"""A provider that is made when something is first asked of it: a start loads no kind of sandbox that it does not use."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.sandbox.protocol import (
    Listening,
    OutputHandler,
    ProgressHandler,
    RuntimePlan,
    Sandbox,
    SandboxProvider,
    SandboxSpec,
)


class ProviderOnDemand:
    """Implements SandboxProvider with the one that `make` returns, which also imports what that one needs.

    `left` is where a provider of this kind writes down what an engine that dies leaves behind: while nothing is there, nothing
    is to be removed.
    """

    def __init__(self, kind: SandboxKind, make: Callable[[], SandboxProvider], *, left: Path) -> None:
        self.kind: SandboxKind = kind
        self._make = make
        self._left = left
        self._is_made = False

    @cached_property
    def _made(self) -> SandboxProvider:
        made = self._make()
        self._is_made = True
        return made

    @property
    def reaches_inside(self) -> bool:
        """Whether sandboxes of this kind can be connected to from this machine."""
        return self._made.reaches_inside

    @property
    def restores_by_fork(self) -> bool:
        """Whether it restores a snapshot by a fork of the runtime that holds it."""
        return self._made.restores_by_fork

    def holds_snapshot(self, environment_id: str) -> bool:
        """Whether others can be restored from this environment now."""
        return self._is_made and self._made.holds_snapshot(environment_id)

    async def prepare(self, function: FunctionConfiguration, progress: ProgressHandler) -> RuntimePlan:
        """Find or fetch what the function needs. Raises SandboxUnavailable."""
        return await self._made.prepare(function, progress)

    async def listen(self, environment_id: str, function: FunctionConfiguration) -> Listening:
        """Listen for the Runtime API of an environment. Raises OSError, SandboxError."""
        return await self._made.listen(environment_id, function)

    async def create(self, spec: SandboxSpec, output: OutputHandler) -> Sandbox:
        """Make a sandbox. Raises SandboxError."""
        return await self._made.create(spec, output)

    async def release(self, environment_id: str) -> None:
        """Delete what an environment kept over resets."""
        if self._is_made:
            await self._made.release(environment_id)

    async def reap_orphans(self) -> int:
        """Remove what dead engines left behind, if they wrote anything down. Raises SandboxError."""
        return await self._made.reap_orphans() if self._is_made or self._left.exists() else 0

    async def close(self) -> None:
        """Remove everything of this engine that is left."""
        if self._is_made:
            await self._made.close()
