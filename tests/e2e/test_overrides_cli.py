"""`workbench overrides` as a person runs it, beside an engine and without one."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from tests.e2e.test_cli import run_workbench
from tests.support.api_clients import lambda_client, waited
from tests.support.engines import served
from tests.support.workspaces import one_function

CODE = "def handler(event, context):\n    return 1\n"
NOTHING = "The API changed nothing of the template's functions.\n"


def test_overrides_are_listed_dropped_and_written_back(tmp_path: Path) -> None:
    root = one_function(tmp_path / "w", CODE)
    with served(root, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        assert run_workbench("overrides", "-w", root).stdout == NOTHING
        client.update_function_configuration(
            FunctionName="Function", Timeout=20, MemorySize=512, LoggingConfig={"LogFormat": "JSON"},
            Environment={"Variables": {"KEY": "secret"}})
        waited(client, "function_updated_v2", "Function")
        listed = run_workbench("overrides", "Function", "-w", root).stdout
        assert listed.splitlines()[:3] == [
            "Function", "  Timeout           20  (template: 10)", "  MemorySize        512  (template: 256)"]
        assert ("secret" in listed, "    LoggingConfig cannot be written into the template" in listed) == (False, True)
        one = run_workbench("overrides", "Function", "--property", "Timeout", "--json", "-w", root)
        assert [(each["property"], each["value"]) for each in json.loads(one.stdout)] == [("Timeout", 20)]
        assert "Timeout" not in run_workbench("overrides", "Function", "--property", "Timeout", "--drop", "-w", root).stdout
    # Without a running engine the command brings its own.
    left = run_workbench("overrides", "Function", "--write-back", "-w", root)
    assert [line for line in left.stdout.splitlines() if "template:" in line] == [
        line for line in left.stdout.splitlines() if line.startswith("  LoggingConfig ")]
    assert [each in (root / "template.yaml").read_text() for each in ("MemorySize: 512", "secret", "Timeout: 10")] == [True] * 3
    assert run_workbench("overrides", "Function", "--drop", "-w", root).stdout == NOTHING
    again = run_workbench("overrides", "Function", "--drop", "-w", root)
    assert (again.returncode, "The API changed nothing of Function." in again.stderr) == (2, True)
    both = run_workbench("overrides", "Function", "--drop", "--write-back", "-w", root)
    assert (both.returncode, run_workbench("overrides", "--drop", "-w", root).returncode) == (2, 2)
