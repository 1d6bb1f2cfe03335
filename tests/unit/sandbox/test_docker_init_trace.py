"""The trace of AWS's Python client, without a container: the wrapper and its program under every Python there is here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pythons import other_pythons
from workbench.sandbox.docker.init_trace import InitTrace, lay_out_programs, make_trace

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux containers only")

PYTHONS = [Path(sys.executable), *other_pythons()]
CLIENT = """
import importlib, json, os, sys, traceback
try:
    importlib.import_module("package.app")
    failed = ""
except Exception:
    failed = traceback.format_exc()
print(json.dumps({"PYTHONPATH": os.environ.get("PYTHONPATH"), "wrapper": os.environ.get("AWS_LAMBDA_EXEC_WRAPPER"),
                  "path": sys.path, "custom": getattr(sys.modules.get("sitecustomize"), "__file__", None), "failed": failed,
                  "importers": sorted(sys.path_importer_cache), "modules": sorted(sys.modules)}))
"""


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def run_client(python: Path, task: Path, wrapper: Path | None, **variables: str) -> dict[str, object]:
    command = [*([str(wrapper)] if wrapper else []), str(python), "-B", "-m", "client"]
    wrapped = {"AWS_LAMBDA_EXEC_WRAPPER": str(wrapper)} if wrapper else {}
    environment = {"PATH": os.environ["PATH"], "_HANDLER": "package/app.handler", **wrapped, **variables}
    done = subprocess.run(command, cwd=task, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    return lay_out_programs(tmp_path / "import_trace")


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """A function's code, beside a runtime client."""
    write(tmp_path / "task" / "package", app="import email.message\ndef handler(event, context): pass\n", __init__="")
    return write(tmp_path / "task", client=CLIENT)


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.parents[1].name)
def test_it_notes_the_handlers_imports_and_leaves_no_trace(python: Path, programs: Path, task: Path) -> None:
    own = str(write(task.parent / "own", sitecustomize="import colorsys\n"))
    for variables in ({}, {"PYTHONPATH": own}, {"PYTHONPATH": f"{own}:/nowhere"}):
        (programs / "report").write_text("")
        traced = run_client(python, task, programs / "start", **variables)
        report = json.loads((programs / "report").read_text())
        assert traced == run_client(python, task, None, **variables)
        assert ("colorsys" in traced["modules"]) is bool(variables)  # type: ignore[operator]
        rows = report["imports"]
        assert rows[0][:2] == ["package.app", -1]
        email = next(row for row in rows if row[0] == "email.message")
        assert email[1] == 0
        assert report["runtimeInit"][0] < report["runtimeInit"][1] == report["functionInit"][0] <= email[2]
        assert email[2] + email[3] <= report["functionInit"][1]


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.parents[1].name)
@pytest.mark.parametrize("code", [
    "import broken", "import missing_module_x", "def handler(:", "import importlib; importlib.import_module('broken')",
    "import package.broken", "from package import nothing", "import package.app as app\napp.x"])
def test_tracebacks_do_not_show_it(python: Path, programs: Path, task: Path, code: str) -> None:
    write(task / "package", app=code, broken="1 / 0\n")
    write(task, broken="def inner():\n    raise ValueError('at import')\ninner()\n")
    traced, untraced = run_client(python, task, programs / "start"), run_client(python, task, None)
    assert "Traceback" in str(traced["failed"])
    assert traced["failed"] == untraced["failed"]
    assert json.loads((programs / "report").read_text())["imports"][0][0] == "package.app"


def test_a_pythonpath_that_is_set_and_empty_is_left_alone(programs: Path, task: Path) -> None:
    traced = run_client(PYTHONS[0], task, programs / "start", PYTHONPATH="")
    assert traced == run_client(PYTHONS[0], task, None, PYTHONPATH="")
    assert (traced["PYTHONPATH"], (programs / "report").read_text()) == ("", "")


def test_a_sitecustomize_that_fails_fails_as_ever(programs: Path, task: Path) -> None:
    own = write(task.parent / "own", sitecustomize="raise KeyError('own')\n")
    said = []
    for wrapper in ([str(programs / "start")], []):
        done = subprocess.run([*wrapper, sys.executable, "-c", "print('ran')"], env={"PYTHONPATH": str(own)},
                              capture_output=True, text=True, check=True)
        said.append((done.stdout, done.stderr))
    assert said[0] == said[1]
    assert "KeyError: 'own'" in said[0][1]


def test_where_there_is_nothing_to_trace(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert make_trace("nodejs22.x", {}, tmp_path / "a", tmp_path) is None
    assert make_trace("python3.12", {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/own"}, tmp_path / "a", tmp_path) is None
    trace = make_trace("python3.12", {}, tmp_path / "a", tmp_path)
    assert isinstance(trace, InitTrace)
    assert trace.read() == ""
    assert trace.report.stat().st_mode & 0o777 == 0o666
    assert {path.name: path.stat().st_mode & 0o777 for path in trace.folder.iterdir() if path.name != "report"} == {
        "start": 0o755, "sitecustomize.py": 0o644}
