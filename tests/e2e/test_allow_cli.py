"""`workbench allow` as a person runs it: told by a failed invocation, given, listed, withdrawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.test_cli import run_workbench
from tests.support.workspaces import one_function

CODE = """
    def handler(event, context):
        with open(event) as file:
            return file.read()
"""


def test_the_command_that_a_failure_names_lets_the_function_have_the_folder(data: Path, tmp_path: Path) -> None:
    root = one_function(tmp_path / "w", CODE)
    invoke = ("invoke", "Function", "-w", root, "-e", f'"{data}/data.csv"', "--sandbox", "isolated")
    refused = run_workbench(*invoke)
    if "isolated" in refused.stderr:
        pytest.skip(refused.stderr)
    assert refused.returncode == 1
    assert "none of your files" in " ".join(refused.stdout.split())
    assert f"workbench allow Function --folder {data}\n" in refused.stdout
    allowed = run_workbench("allow", "Function", "--folder", data, "--no-network", "-w", root)
    assert allowed.stdout == f"Function\n  folder   {data} (read-only)\n  no network\n"
    assert run_workbench(*invoke).returncode == 0
    assert run_workbench("allow", "-w", root, "--json").stdout.startswith('{"Function":{"folders":["')
    withdrawn = run_workbench("allow", "Function", "--withdraw", "--folder", data, "--network", "-w", root)
    assert withdrawn.stdout == "Function\n  nothing beyond Lambda's world\n"
    assert run_workbench("allow", "-w", root).stdout.startswith("Nothing is allowed")
    wrong = run_workbench("allow", "Function", "--folder", "/etc", "-w", root)
    assert (wrong.returncode, "belongs to Lambda" in wrong.stderr) == (2, True)
    assert run_workbench("allow", "--folder", data, "-w", root).returncode == 2
    whole = run_workbench("allow", "--no-network", "-w", root)
    assert whole.stdout == "All other functions\n  no network\n"
    assert run_workbench("allow", "Function", "-w", root).stdout == "Function\n  no network\n"
