"""What an engine loads before it listens, counted instead of timed: modules are what costs time, and a count never varies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.workspaces import WorkspaceBuilder

MOST_OF_OURS = 727
"""There are 722. Each takes about 0.6 ms. Whoever raises this says in the commit what a start needs them for."""
MOST_OF_OTHERS = 560
"""There are 455 with Python 3.11, the standard library's among them."""
NOT_NEEDED = ("docker", "requests", "urllib3", "pydantic", "rich", "pygments", "numpy", "botocore", "boto3", "PySide6",
              "workbench.sandbox.docker.provider", "workbench.sandbox.isolated.provider", "workbench.sandbox.process.provider",
              "workbench.engine.cloudformation", "workbench.gui")


def test_an_engine_loads_no_more_than_its_start_needs(tmp_path: Path) -> None:
    workspace = WorkspaceBuilder(tmp_path / "app").function("Echo", {"app.py": "def handler(event, context): ...\n"}).write()
    loaded = _loaded_by_start(workspace)
    assert [name for name in NOT_NEEDED if name in loaded] == []
    ours = {name for name in loaded if name.startswith("workbench.")}
    assert len(ours) <= MOST_OF_OURS
    assert len(loaded - ours) <= MOST_OF_OTHERS


def _loaded_by_start(workspace: Path) -> set[str]:
    command = [sys.executable, "-X", "importtime", "-m", "workbench", "serve", "-w", str(workspace), "-p", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if line.startswith("listening on"):
                break
    finally:
        process.terminate()
        process.communicate()
    assert process.returncode == 0, "".join(lines)
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
