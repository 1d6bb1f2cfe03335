"""How Python starts our bootstrap: from kept bytecode, and with nothing of that to be seen by the function."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

from tests.support.pythons import other_pythons
from tests.support.runtime_api_server import Outcome, event, run_client
from workbench.runtimes.command_lines import bytecode_folder, python_command, wrapped_python_command
from workbench.runtimes.launcher import BOOTSTRAPS

SEEN = """
import os, sys
import __main__

def handler(event, context):
    return {
        "argv": sys.argv, "path": sys.path, "main": [__main__.__name__, __main__.__file__, type(__main__.__loader__).__name__],
        "settings": [sys.dont_write_bytecode, sys.pycache_prefix], "flags": list(sys.flags), "cwd": os.getcwd(),
        "modules": [name for name in sys.modules if "bootstrap" in name and "importlib" not in name],
    }
"""
SPAWNS = """
import multiprocessing

def work(connection):
    connection.send("from the child")

def handler(event, context):
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    child = spawn.Process(target=work, args=(theirs,))
    child.start()
    child.join()
    return ours.recv()
"""
PYTHONS = [sys.executable, *map(str, other_pythons())]
every_python = pytest.mark.parametrize("python", PYTHONS, ids=lambda path: Path(path).parents[1].name)


@pytest.fixture
def bootstrap(tmp_path: Path) -> Path:
    """A bootstrap of this test's own, without bytecode."""
    shutil.copytree(BOOTSTRAPS, tmp_path / "bootstraps", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "bootstraps" / "bootstrap.py"


@pytest.fixture
def task(tmp_path: Path) -> Path:
    folder = tmp_path / "task"
    folder.mkdir()
    (folder / "app.py").write_text(SEEN)
    return folder


def run(command: tuple[str, ...], task: Path) -> Outcome:
    return run_client(command, task, {"_HANDLER": "app.handler"}, [event({})])


@every_python
def test_a_function_sees_no_difference_to_a_started_file(python: str, bootstrap: Path, task: Path) -> None:
    kept = run(python_command(python, bootstrap), task).posts[0].document()
    compiled = run(wrapped_python_command(python, bootstrap), task).posts[0].document()
    assert kept == compiled
    assert (kept["argv"], kept["main"][:2]) == ([str(bootstrap)], ["__main__", str(bootstrap)])
    assert kept["path"][0] == kept["cwd"]
    assert kept["settings"] == [True, None]
    assert kept["modules"] == []


@every_python
def test_bytecode_is_kept_beside_the_bootstrap_alone(python: str, bootstrap: Path, task: Path) -> None:
    run(python_command(python, bootstrap), task)
    (kept,) = bootstrap.parent.rglob("*.pyc")
    written_ns = kept.stat().st_mtime_ns
    assert run(python_command(python, bootstrap), task).posts
    assert kept.stat().st_mtime_ns == written_ns
    assert not list(task.rglob("*.pyc"))


@every_python
def test_bytecode_is_kept_in_another_folder(python: str, bootstrap: Path, task: Path, tmp_path: Path) -> None:
    cache = tmp_path / "it's a \"cache\""
    seen = run(python_command(python, bootstrap, str(cache)), task).posts[0].document()
    assert seen["settings"] == [True, None]
    assert [path.name.split(".")[0] for path in cache.rglob("*.pyc")] == ["bootstrap"]
    assert not list(bootstrap.parent.rglob("*.pyc"))


def test_where_bytecode_can_be_kept(tmp_path: Path) -> None:
    assert bytecode_folder(tmp_path / "bootstrap.py") is None
    beyond_reach = bytecode_folder(tmp_path / "gone" / "bootstrap.py")
    assert beyond_reach == platformdirs.user_cache_dir("lambda-workbench", appauthor=False)


def test_a_changed_bootstrap_is_not_run_from_old_bytecode(bootstrap: Path, task: Path) -> None:
    run(python_command(sys.executable, bootstrap), task)
    bootstrap.write_text(bootstrap.read_text().replace("lambda-workbench-python/", "changed/"))
    assert run(python_command(sys.executable, bootstrap), task).first_next_headers["user-agent"].startswith("changed/")


@pytest.mark.parametrize("command", [python_command, wrapped_python_command])
def test_modules_of_the_function_do_not_take_the_place_of_ours(
    command: Callable[[str, Path], tuple[str, ...]], bootstrap: Path, task: Path
) -> None:
    for name in ("_json", "_socket", "importlib", "bootstrap"):
        (task / f"{name}.py").write_text("raise SystemExit('the wrong one')\n")
    outcome = run(command(sys.executable, bootstrap), task)
    assert outcome.posts, outcome.stderr.decode()


def test_a_child_process_does_not_run_the_bootstrap_again(bootstrap: Path, task: Path) -> None:
    (task / "app.py").write_text(SPAWNS)
    outcome = run(python_command(sys.executable, bootstrap), task)
    assert [post.document() for post in outcome.posts] == ["from the child"], outcome.stderr.decode()
