"""The trace of AWS's Python client, without a container: the wrapper and its program under every Python there is here."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import marshal
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.docker_fixtures import docker_provider
from tests.support.docker_images import images_or_reason
from tests.support.docker_sandboxes import function_in, write_function
from tests.support.pythons import other_pythons
from workbench.sandbox.docker.byte_code import ensure_byte_code
from workbench.sandbox.docker.engine import connect, find_engine
from workbench.sandbox.docker.init_trace import (
    OWN_WAYS,
    PROGRAM,
    PROGRAM_FOLDER,
    InitTrace,
    has_byte_code,
    lay_out_program,
    make_trace,
    program_folder,
    put_byte_code,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux containers only")

# A virtual environment has no folder for its user: what it was made from has.
PYTHONS = [Path(getattr(sys, "_base_executable", sys.executable)), *other_pythons()]
CLIENT = """
import importlib, json, os, sys, traceback
report, *variants = sys.argv[1:] or [""]
for variant in variants:
    if os.fork() == 0:
        sys.path.insert(0, variant)
        open(report, "w").close()
        break
    os.wait()
else:
    if variants:
        sys.exit()
try:
    importlib.import_module("package.app")
    failed = ""
except Exception:
    failed = traceback.format_exc()
print(json.dumps({"PYTHONPATH": os.environ.get("PYTHONPATH"), "base": os.environ.get("PYTHONUSERBASE"),
                  "path": sys.path, "custom": getattr(sys.modules.get("usercustomize"), "__file__", None), "failed": failed,
                  "user": [sys.modules["site"].USER_BASE, sys.modules["site"].USER_SITE],
                  "importers": sorted(sys.path_importer_cache), "modules": sorted(sys.modules),
                  "report": report and open(report).read()}))
"""
"""It imports the handler's module; where a file for the report and folders are named, in a child for each of these."""
FAILING = (
    "import broken", "import missing_module_x", "def handler(:", "import importlib; importlib.import_module('broken')",
    "import package.broken", "from package import nothing", "import package.app as app\napp.x",
)


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def run_client(python: Path, task: Path, base: Path | None, **variables: str) -> dict[str, object]:
    (said,) = run_clients(python, task, base, (), variables)
    return said


def run_clients(python: Path, task: Path, base: Path | None, arguments: Sequence[Path],
                variables: Mapping[str, str] | None = None) -> list[dict[str, object]]:
    """What the client says, a line for each child."""
    traced = {"PYTHONUSERBASE": str(base)} if base else {}
    environment = {"PATH": os.environ["PATH"], "HOME": str(task.parent), "_HANDLER": "package/app.handler", **traced,
                   **(variables or {})}
    command = [str(python), "-B", "-m", "client", *map(str, arguments)]
    done = subprocess.run(command, cwd=task, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    lay_out_program(tmp_path / "import_trace")
    return tmp_path / "import_trace"


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """A function's code, beside a runtime client."""
    write(tmp_path / "task" / "package", app="import email.message\ndef handler(event, context): pass\n", __init__="")
    return write(tmp_path / "task", client=CLIENT)


def users_packages(python: Path, home: Path) -> Path:
    where = "import site; print(site.getusersitepackages())"
    said = subprocess.run([python, "-c", where], env={"HOME": str(home)}, capture_output=True, text=True, check=True)
    return Path(said.stdout.strip())


def names(path: Path) -> str:
    return f"{path.parents[1].name}-{path.name}"


@pytest.mark.parametrize("python", PYTHONS, ids=names)
def test_it_notes_the_handlers_imports_and_leaves_no_trace(python: Path, base: Path, task: Path) -> None:
    own = str(write(task.parent / "own", sitecustomize="import colorsys\n"))
    for variables in ({}, {"PYTHONPATH": f"{own}:/nowhere"}, {"PYTHONPATH": ""}):
        (base / "report").write_text("")
        traced = run_client(python, task, base, **variables)
        report = json.loads((base / "report").read_text())
        assert traced == run_client(python, task, None, **variables)
        assert ("colorsys" in traced["modules"]) is bool(variables.get("PYTHONPATH"))  # type: ignore[operator]
        rows = report["imports"]
        assert rows[0][:2] == ["package.app", -1]
        email = next(row for row in rows if row[0] == "email.message")
        assert email[1] == 0
        assert report["runtimeInit"][0] < report["runtimeInit"][1] == report["functionInit"][0] <= email[2]
        assert email[2] + email[3] <= report["functionInit"][1]


@pytest.mark.parametrize("python", PYTHONS, ids=names)
def test_the_users_own_packages_are_found_as_ever(python: Path, base: Path, task: Path) -> None:
    own = write(users_packages(python, task.parent), usercustomize="import colorsys\n")
    traced = run_client(python, task, base)
    assert traced == run_client(python, task, None)
    assert str(own) in traced["path"]  # type: ignore[operator]
    assert "colorsys" in traced["modules"]  # type: ignore[operator]
    assert json.loads((base / "report").read_text())["imports"][0][0] == "package.app"


@pytest.mark.parametrize("python", PYTHONS, ids=names)
def test_tracebacks_do_not_show_it(python: Path, base: Path, task: Path) -> None:
    variants = [task / f"variant{number}" for number in range(len(FAILING))]
    for folder, code in zip(variants, FAILING, strict=True):
        write(folder / "package", app=code, broken="1 / 0\n", __init__="")
    write(task, broken="def inner():\n    raise ValueError('at import')\ninner()\n")
    traced, untraced = (run_clients(python, task, traces, [base / "report", *variants]) for traces in (base, None))
    assert len(traced) == len(FAILING)
    for said, as_ever in zip(traced, untraced, strict=True):
        assert "Traceback" in str(said["failed"])
        assert said["failed"] == as_ever["failed"]
        assert json.loads(str(said["report"]))["imports"][0][0] == "package.app"
        assert as_ever["report"] == ""


def test_a_usercustomize_that_fails_fails_as_ever(base: Path, task: Path) -> None:
    write(users_packages(PYTHONS[0], task.parent), usercustomize="raise KeyError('own')\n")
    said = []
    for variables in ({"PYTHONUSERBASE": str(base)}, {}):
        done = subprocess.run([PYTHONS[0], "-c", "print('ran')"], env={"HOME": str(task.parent), **variables},
                              capture_output=True, text=True, check=True)
        said.append((done.stdout, done.stderr))
    assert said[0] == said[1]
    assert "KeyError: 'own'" in said[0][1]


def test_another_program_has_another_place_and_so_has_another_image(tmp_path: Path) -> None:
    first, second = program_folder(tmp_path, "sha256:a"), program_folder(tmp_path, "sha256:b")
    assert first != second
    assert first == program_folder(tmp_path, "sha256:a")


@pytest.mark.docker
def test_an_images_python_compiles_it_once(base: Path, tmp_path: Path) -> None:
    images = images_or_reason()
    if isinstance(images, str):
        pytest.skip(images)
    tmp_path.chmod(0o755)
    client = connect(find_engine().endpoint)
    assert ensure_byte_code(client, images["python"], base, {"workbench.test": "byte code"})
    (compiled,) = base.rglob("*.pyc")
    made_ns = compiled.stat().st_mtime_ns
    assert ensure_byte_code(client, images["python"], base, {})
    assert compiled.stat().st_mtime_ns == made_ns
    assert compiled.parent == base / PROGRAM_FOLDER / "__pycache__"
    assert compiled.stat().st_mode & 0o777 == 0o644
    assert client.containers(all=True, filters={"label": "workbench.test=byte code"}) == []
    client.close()


@pytest.mark.docker
async def test_two_requests_at_once_wait_for_the_same_compilation(tmp_path: Path) -> None:
    """Otherwise one would be answered before the other has begun, by the environment that the other should not share."""
    async with docker_provider(tmp_path) as provider:
        function = function_in(write_function(tmp_path / "code", "def handler(event, context): pass\n"))
        requests = {asyncio.create_task(provider.prepare(function, lambda _: None)) for _ in range(2)}
        await asyncio.wait(requests, return_when=asyncio.FIRST_COMPLETED)
        if not find_engine().shares_kernel:
            pytest.skip("nothing is traced in a virtual machine's containers")
        assert [has_byte_code(folder) for folder in (tmp_path / "state" / "docker" / "import_trace").iterdir()] == [True]
        await asyncio.gather(*requests)


def test_byte_code_is_used(base: Path) -> None:
    source = (base / PROGRAM_FOLDER / PROGRAM).read_bytes()
    data = importlib.util.MAGIC_NUMBER + bytes([1, 0, 0, 0]) + bytes(8) + marshal.dumps(compile(source, PROGRAM, "exec"))
    put_byte_code(base, str(sys.implementation.cache_tag), data)
    assert has_byte_code(base)
    loud = subprocess.run([PYTHONS[0], "-v", "-c", ""], env={"PYTHONUSERBASE": str(base)}, capture_output=True, text=True)
    found = base / f"lib/python3.{sys.version_info.minor}/site-packages/__pycache__"
    assert f"code object from '{found}/usercustomize.{sys.implementation.cache_tag}.pyc'" in loud.stderr


def test_where_there_is_nothing_to_trace(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert make_trace("nodejs22.x", (), tmp_path / "a", tmp_path) is None
    for name in OWN_WAYS:
        assert make_trace("python3.12", ("PATH", name), tmp_path / "a", tmp_path) is None
    trace = make_trace("python3.12", ("PATH",), tmp_path / "a", tmp_path)
    assert isinstance(trace, InitTrace)
    assert trace.read() == ""
    assert trace.report.stat().st_mode & 0o777 == 0o666
    for path in (trace.folder, *trace.folder.rglob("*")):
        assert path.stat().st_mode & 0o005 >= (5 if path.is_dir() else 4), path
