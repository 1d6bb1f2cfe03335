"""What our Python runtime client tells the engine of its init, and how it keeps its connection."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.support.pythons import other_pythons
from tests.support.runtime_api_server import Outcome, ScriptedEvent, event, run_client
from workbench.runtimes.command_lines import python_command

BOOTSTRAP = Path(__file__).parents[2] / "workbench/runtimes/bootstraps/bootstrap.py"
SLOW = "import time\ntime.sleep(0.002)\n"


def run(folder: Path, handler: str, *events: ScriptedEvent, python: str = sys.executable) -> Outcome:
    return run_client(python_command(python, BOOTSTRAP), folder, {"_HANDLER": handler}, events or (event(1),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(f"{SLOW}import outer, quick\n\n\ndef handler(event, context):\n    return event\n")
    (tmp_path / "outer.py").write_text(f"{SLOW}import inner\n{SLOW}")
    (tmp_path / "inner.py").write_text(SLOW)
    (tmp_path / "quick.py").write_text("")
    (tmp_path / "broken.py").write_text("import inner\nimport outer\nraise ValueError('no')\n")
    return tmp_path


@pytest.mark.parametrize("python", [sys.executable, *map(str, other_pythons())], ids=lambda path: str(Path(path).parents[1].name))
def test_imports_with_importers_and_own_times(folder: Path, python: str) -> None:
    report = json.loads(run(folder, "app.handler", python=python).first_next_headers["workbench-init"])
    rows = {row[0]: row for row in report["imports"]}
    importers = {name: report["imports"][row[1]][0] if row[1] >= 0 else None for name, row in rows.items()}
    assert importers["app"] is None
    assert importers["outer"] == "app"
    assert importers["inner"] == "outer"
    for name, nested in (("app", "outer"), ("outer", "inner")):
        _module, _importer, start, took, own = rows[name]
        assert start <= rows[nested][2]
        assert took > rows[nested][3]
        assert own <= took - rows[nested][3]
    assert all(row[3] >= 100_000 for row in report["imports"])
    assert report["runtimeInit"][0] < report["runtimeInit"][1] == report["functionInit"][0]
    assert report["functionInit"][0] <= rows["app"][2] <= rows["app"][2] + rows["app"][3] <= report["functionInit"][1]


def test_init_error_carries_the_report(folder: Path) -> None:
    post = run(folder, "broken.handler").posts[0]
    report = json.loads(post.headers["workbench-init"])
    assert {"broken", "inner", "outer"} <= {row[0] for row in report["imports"]}
    assert "workbench-init" not in run(folder, "app.handler", event(1), event(2)).posts[0].headers


def test_smallest_imports_give_way_when_there_are_too_many(tmp_path: Path) -> None:
    names = [f"module_{'x' * 150}_{number}" for number in range(400)]
    for name in names:
        (tmp_path / f"{name}.py").write_text("import time\ntime.sleep(0.0002)\n")
    (tmp_path / "longest.py").write_text("import time\ntime.sleep(0.05)\n")
    imports = "\n".join(f"import {name}" for name in [*names, "longest"])
    (tmp_path / "app.py").write_text(f"{imports}\n\n\ndef handler(event, context):\n    return event\n")
    header = run(tmp_path, "app.handler").first_next_headers["workbench-init"]
    rows = json.loads(header)["imports"]
    assert 50_000 < len(header) <= 61_000
    assert {"app", "longest"} <= {row[0] for row in rows}
    assert len(rows) < len(names)
    assert all(row[1] < index for index, row in enumerate(rows))


def test_connection_closed_while_the_handler_runs(folder: Path) -> None:
    outcome = run(folder, "app.handler", ScriptedEvent(b'"one"', hang_up=True), event("two"))
    assert [post.body for post in outcome.posts] == [b'"one"', b'"two"']
    assert outcome.exit_code is None


def test_output_is_written_before_the_response(folder: Path) -> None:
    (folder / "loud.py").write_text("def handler(event, context):\n    print('before', event)\n")
    outcome = run(folder, "loud.handler", event(1), event(2))
    assert outcome.stdout == b"before 1\nbefore 2\n"


def test_function_folder_is_left_without_bytecode(folder: Path) -> None:
    run(folder, "app.handler")
    assert not list(folder.rglob("__pycache__"))
