"""`workbench trash` and `workbench history` as a person runs them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.e2e.test_cli import run_workbench
from tests.support.workspaces import WorkspaceBuilder
from workbench.workspace.function_changes import FunctionChanges
from workbench.workspace.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    builder = WorkspaceBuilder(tmp_path / "w").function("Alpha", {"app.py": "a = 1\n"})
    root = builder.function("Beta", {"app.py": "b = 1\n"}).write()
    (root / "events").mkdir()
    (root / "events" / "order.json").write_text("{}")
    return Workspace.open(root)


def test_what_was_deleted_is_listed_and_brought_back(workspace: Workspace) -> None:
    before = workspace.template_path.read_text()
    workspace.delete("Alpha", with_code=True)
    workspace.delete_event("order")
    listed = run_workbench("trash", "list", "-w", workspace.root)
    assert listed.returncode == 0
    assert re.fullmatch(r"\d{8}-\d{6}-order  event order  \(events/order.json\)\n"
                        r"\d{8}-\d{6}-Alpha  function Alpha  \(alpha\)\n", listed.stdout)
    restored = run_workbench("trash", "restore", "Alpha", "-w", workspace.root)
    assert (restored.returncode, restored.stdout) == (0, "Alpha is back.\n  alpha\n")
    assert workspace.template_path.read_text() == before
    assert (workspace.root / "alpha" / "app.py").read_text() == "a = 1\n"
    again = run_workbench("trash", "restore", "Alpha", "-w", workspace.root)
    assert (again.returncode, again.stdout) == (2, "")
    assert "The trash has no “Alpha”." in again.stderr


def test_an_emptied_trash_is_in_that_of_the_system(workspace: Workspace, tmp_path: Path) -> None:
    workspace.delete_event("order")
    home = tmp_path / "home"
    home.mkdir()
    emptied = run_workbench("trash", "empty", "-w", workspace.root,
                            environment={**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data")})
    assert emptied.stdout == "1 deletion left the trash.\n"
    assert run_workbench("trash", "list", "-w", workspace.root).stdout == "The trash of this workspace is empty.\n"


def test_the_versions_of_a_file_are_listed_and_printed(workspace: Workspace) -> None:
    before = workspace.template_path.read_text()
    workspace.change("Alpha", FunctionChanges(timeout_s=42))
    listed = run_workbench("history", workspace.template_path)
    assert len(listed.stdout.splitlines()) == 2
    assert run_workbench("history", workspace.template_path, "--show", "2").stdout == before
    assert "Timeout: 42" in run_workbench("history", workspace.template_path, "--show", "1").stdout
    assert run_workbench("history", workspace.template_path, "--show", "3").returncode == 2
