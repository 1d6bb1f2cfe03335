"""An engine put together from the parts of this machine: which sandboxes there are, and why not the others."""

from __future__ import annotations

import uuid
from pathlib import Path

from workbench.engine.service import Engine
from workbench.model.engine_api import SandboxStatus
from workbench.model.failures import WorkspaceError
from workbench.model.function import SandboxKind
from workbench.runtimes.launcher import Launcher
from workbench.sandbox.process import ProcessSandboxProvider
from workbench.sandbox.protocol import SandboxProvider


async def build_engine(root: Path, state_directory: Path) -> Engine:
    """An engine for a workspace with every sandbox that is available here, not yet started. Raises WorkspaceError."""
    if not root.is_dir():
        raise WorkspaceError(f"There is no folder {root}.", "Name a SAM project folder with -w.")
    engine_id = str(uuid.uuid4())
    process = ProcessSandboxProvider(Launcher(), orphans_file=state_directory / "runtimes.json")
    providers: dict[SandboxKind, SandboxProvider] = {"process": process}
    statuses = [SandboxStatus(kind="process", available=True, detail="Local processes, without isolation.")]
    return Engine(root, state_directory, providers, tuple(statuses), engine_id=engine_id)
