"""The registry alone: its resources on disk, with no function in a template, under a clock that the test holds."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NoReturn

from tests.support.held_clock import HeldClock
from workbench.engine.functions import FunctionStore
from workbench.engine.registry.resources import Resources
from workbench.engine.registry.template_versions import Resolve
from workbench.engine.sandboxes import ResolvedFunction
from workbench.engine.served_workspace import ServedWorkspace
from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.gateway.wire.documents import declared
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.protocol import RuntimePlan
from workbench.workspace.intrinsics import PseudoParameters

PSEUDO = PseudoParameters.of_workspace(Path("/simulated"), "eu-central-1", "123456789012")


class NobodyListens:
    """A ChangeListener for a registry without an engine: remembers the names of changed functions."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def changed(self, name: str) -> None:
        self.names.append(name)

    def provision(self) -> None:
        """Nothing is provisioned."""

    def parts_changed(self, name: str) -> None:
        """Nobody shows them."""


@contextlib.asynccontextmanager
async def resources_in(folder: Path, clock: HeldClock, listener: NobodyListens | None = None) -> AsyncIterator[Resources]:
    """Load what is kept in a folder, as an engine does that starts; it is closed when the block ends."""
    async with resources_over(folder, FunctionStore(folder, lambda: PSEUDO), clock, listener) as resources:
        yield resources


@contextlib.asynccontextmanager
async def resources_over(
    folder: Path, functions: FunctionStore, clock: HeldClock, listener: NobodyListens | None = None,
    resolve: Resolve | None = None,
) -> AsyncIterator[Resources]:
    """The same, with the functions of a template. `resolve` builds packages; None: nothing is built."""
    workspace = ServedWorkspace(folder, folder, checked=declared)
    resources = Resources(workspace, functions, resolve or _nothing_to_build, clock, ServicesEndpoint(folder))
    await resources.load(listener or NobodyListens())
    try:
        yield resources
    finally:
        await resources.close()


async def as_it_is(function: FunctionConfiguration) -> ResolvedFunction:
    """Build nothing: a function's folder is its package."""
    return ResolvedFunction("process", RuntimePlan(runs_on="nothing"), function)


async def _nothing_to_build(function: FunctionConfiguration) -> NoReturn:
    raise AssertionError(function.name)


def archive(text: str = "x") -> bytes:
    """A .zip with one file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        opened.writestr(zipfile.ZipInfo("python/a.py", (2026, 1, 1, 0, 0, 0)), text)
    return content.getvalue()
