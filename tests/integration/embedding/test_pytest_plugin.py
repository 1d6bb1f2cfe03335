"""The pytest plugin in a test run of its own: which folder it runs, and that no test sees what another one left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.echo_application import write_application
from tests.support.manual import ROOT

TESTS = """
import pytest, workbench

@pytest.mark.parametrize("number", [1, 2])
def test_nothing_is_left_of_the_test_before(lambda_workbench, number):
    assert lambda_workbench.queue.list() == ()
    assert lambda_workbench.inbox.items() == []
    lambda_workbench.invoke_async("Echo", "fail")
    (waiting,) = lambda_workbench.queue.list()
    assert abs(waiting.clock_ms - __import__("time").time() * 1000) < 50_000, "the clock shows the present"
    lambda_workbench.queue.fast_forward(3600, "Echo")
    lambda_workbench.inbox.wait_for()
    lambda_workbench.invoke_async("Echo", number)

def test_the_engine_is_one_for_all_tests(lambda_workbench, lambda_workbench_engine):
    assert lambda_workbench is lambda_workbench_engine
    assert lambda_workbench.invoke("Echo").payload["STAGE"] == "conftest"

@pytest.mark.lambda_workbench(parameters={"Stage": "marked"})
def test_a_marker_changes_options(lambda_workbench, lambda_workbench_engine):
    assert lambda_workbench is not lambda_workbench_engine
    assert lambda_workbench.invoke("Echo").payload["STAGE"] == "marked"

@pytest.mark.lambda_workbench("empty")
def test_a_marker_names_a_folder(lambda_workbench):
    pass
"""
OPTIONS = """
import pytest

@pytest.fixture(scope="session")
def lambda_workbench_options():
    return {"sandbox": "process", "parameters": {"Stage": "conftest"}}
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A test suite with the application beside it."""
    root = tmp_path / "suite"
    write_application(root / "app")
    (root / "empty").mkdir()
    (root / "pytest.ini").write_text("[pytest]\nlambda_workbench_dir = app\n")
    (root / "conftest.py").write_text(OPTIONS)
    (root / "test_app.py").write_text(TESTS)
    return root


def run(suite: Path, *arguments: str) -> str:
    """Run pytest in the suite, and return what it printed."""
    variables = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-p", "workbench.embedding.pytest_plugin", "-p", "no:cacheprovider",
               "--strict-markers", "--strict-config", "-W", "error", "-q", *arguments]
    return subprocess.run(command, cwd=suite, env=variables, capture_output=True, text=True, timeout=180, check=False).stdout


def test_folders_options_and_what_a_test_finds(suite: Path) -> None:
    said = run(suite)
    assert "4 passed, 1 error" in said, said
    assert f"The folder {suite / 'empty'} has no template.yaml." in said
    assert "The folder is set by lambda_workbench_dir in pytest's configuration" in said
    assert "Traceback" not in said


def test_the_command_line_names_a_folder_from_where_pytest_was_started(suite: Path) -> None:
    (suite / "pytest.ini").write_text("[pytest]\nlambda_workbench_dir = empty\n")
    below = suite / "below"
    below.mkdir()
    assert "1 passed" in run(below, "--rootdir", str(suite), "-c", str(suite / "pytest.ini"), "--lambda-workbench-dir", "../app",
                             "-k", "one_for_all", str(suite / "test_app.py"))


def test_a_suite_that_asks_for_no_engine_loads_nothing(suite: Path) -> None:
    (suite / "test_app.py").write_text(
        "import sys\ndef test_loaded(): assert {name for name in sys.modules if name.startswith('workbench')} == "
        "{'workbench', 'workbench.embedding', 'workbench.embedding.pytest_plugin'}\n")
    assert "1 passed" in run(suite)
    assert "lambda_workbench(directory, **options): another folder" in run(suite, "--markers")
