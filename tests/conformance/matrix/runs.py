"""Runs cells in one engine a sandbox, several at a time, and keeps what was seen of each."""

from __future__ import annotations

import asyncio
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.matrix.model import Cell
from tests.conformance.matrix.wrappers import files_of, handler_of, java_class
from tests.support.docker_languages import compile_java
from tests.support.engines import EngineInTest, engine_in_test
from tests.support.workspaces import WorkspaceBuilder
from workbench.model.function import SandboxKind
from workbench.state.invocation import Invocation

AT_ONCE: Mapping[SandboxKind, int] = {"process": 4, "isolated": 4, "docker": 6}
SLEEPING_AT_ONCE: Mapping[SandboxKind, int] = {"process": 10, "isolated": 10, "docker": 4}
"""Beside those. Docker takes its time for each container, and that counts in a function's timeout."""


@dataclass(frozen=True)
class Seen:
    """The first invocation of a cell's function and the one after it. `task_root` stands for /var/task."""

    first: Invocation
    second: Invocation
    task_root: str


def run_cells(cells: Sequence[Cell], folder: Path, images: Mapping[str, str]) -> dict[str, Seen | Exception]:
    """What was seen of each cell, by its name; an error where a cell could not be run. `images` as in the settings."""
    seen: dict[str, Seen | Exception] = {}
    by_sandbox: dict[SandboxKind, list[Cell]] = defaultdict(list)
    for cell in sorted(cells, key=lambda cell: -cell.case.order):
        by_sandbox[cell.column.sandbox].append(cell)
    for sandbox, some in by_sandbox.items():
        workspace = _workspace(some, folder / sandbox, images)
        seen |= asyncio.run(_run(some, workspace, sandbox, images if sandbox == "docker" else {}))
    return seen


def _workspace(cells: Sequence[Cell], root: Path, images: Mapping[str, str]) -> Path:
    builder = WorkspaceBuilder(root)
    for cell in cells:
        case = cell.case
        builder.function(
            cell.function, {"readme.txt": case.title} | dict(files_of(cell)), runtime=cell.column.runtime,
            handler=handler_of(cell), memory_mb=case.memory_mb, timeout_s=case.timeout_s, properties=case.properties,
        )
        bootstrap = root / cell.function.lower() / "bootstrap"
        if bootstrap.exists() and case.name != "bootstrap-not-executable":
            bootstrap.chmod(0o755)
    _compile_java([cell for cell in cells if cell.column.language == "java"], root, images)
    return builder.write()


def _compile_java(cells: Sequence[Cell], root: Path, images: Mapping[str, str]) -> None:
    """All classes in one go: the compiler takes a second to start."""
    if not cells:
        return
    together = root.parent / "java"
    together.mkdir()
    for cell in cells:
        for source in (root / cell.function.lower()).glob("*.java"):
            shutil.copy(source, together)
    compile_java(images["java17"], together)
    for cell in cells:
        target = root / cell.function.lower() / "matrix"
        target.mkdir()
        for compiled in (together / "matrix").glob(f"{java_class(cell)}*.class"):
            shutil.copy(compiled, target)


async def _run(
    cells: Sequence[Cell], workspace: Path, sandbox: SandboxKind, images: Mapping[str, str]
) -> dict[str, Seen | Exception]:
    async with engine_in_test(workspace, sandbox=sandbox, images=images) as engine:
        slots, sleeping = asyncio.Semaphore(AT_ONCE[sandbox]), asyncio.Semaphore(SLEEPING_AT_ONCE[sandbox])
        runs = (_run_one(engine, cell, workspace, sleeping if cell.case.waits else slots) for cell in cells)
        found = await asyncio.gather(*runs, return_exceptions=True)
    for outcome in found:
        if isinstance(outcome, BaseException) and not isinstance(outcome, Exception):
            raise outcome
    return {cell.name: outcome for cell, outcome in zip(cells, found, strict=True)}  # type: ignore[misc]


async def _run_one(engine: EngineInTest, cell: Cell, workspace: Path, slots: asyncio.Semaphore) -> Seen:
    async with slots:
        first = await engine.invoke(cell.case.payload, cell.function)
        second = await engine.invoke("again", cell.function)
        await engine.client.stop_environments(cell.function)
    root = str(workspace / cell.function.lower()) if cell.column.sandbox == "process" else "/var/task"
    return Seen(first, second, root)
