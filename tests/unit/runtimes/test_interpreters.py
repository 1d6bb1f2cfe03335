"""Finding interpreters on machines laid out in a temporary folder, with programs that really answer."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from workbench.model.failures import SandboxUnavailable
from workbench.runtimes import python_search
from workbench.runtimes.catalogue import Runtime, find_runtime
from workbench.runtimes.interpreter_search import Machine
from workbench.runtimes.interpreters import Interpreters

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")


class Laid:
    """A machine whose home and PATH are empty folders."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.bin = root / "bin"
        self.code = self.home / "project" / "src" / "hello"
        self.asked = root / "asked"
        for folder in (self.bin, self.code):
            folder.mkdir(parents=True)
        self.variables = {"PATH": str(self.bin)}

    def program(self, path: Path, answer: str, *, exit_code: int = 0) -> Path:
        """An executable that gives this answer to any question and leaves a line that it was asked."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho {path} >> {self.asked}\necho '{answer}'\nexit {exit_code}\n")
        path.chmod(0o755)
        return path

    def venv(self, folder: Path, version: str, key: str = "version") -> Path:
        """A virtual environment."""
        python = self.program(folder / "bin" / "python", version)
        (folder / "pyvenv.cfg").write_text(f"home = /somewhere\n{key} = {version}\n")
        return python

    def times_asked(self) -> int:
        return len(self.asked.read_text().splitlines()) if self.asked.exists() else 0

    def interpreters(self) -> Interpreters:
        # Another platform's name keeps the search out of this machine's Homebrew; everything else is POSIX.
        return Interpreters(Machine(variables=self.variables, home=self.home, platform="linux"))


@pytest.fixture
def machine(tmp_path: Path) -> Laid:
    return Laid(tmp_path)


def _runtime(identifier: str) -> Runtime:
    runtime = find_runtime(identifier)
    assert runtime is not None
    return runtime


PYTHON_312 = _runtime("python3.12")


@pytest.mark.parametrize("name", [".venv", "venv"])
async def test_a_virtual_environment_above_the_code_wins_over_path(machine: Laid, name: str) -> None:
    machine.program(machine.bin / "python3.12", "3.12.9")
    python = machine.venv(machine.home / "project" / name, "3.12.1")
    (machine.home / "project" / "template.yaml").touch()
    found = await machine.interpreters().find(PYTHON_312, machine.code, own=True)
    assert (found.path, found.version, found.exact, found.notices) == (str(python), "3.12.1", True, ())
    assert "virtual environment" in found.origin


async def test_a_virtual_environment_outside_the_workspace_is_nobodys_business(machine: Laid) -> None:
    python = machine.program(machine.bin / "python3.12", "3.12.9")
    machine.venv(machine.home / "project" / ".venv", "3.12.1")
    found = await machine.interpreters().find(PYTHON_312, machine.code, own=True)
    assert (found.path, found.notices) == (str(python), ())


async def test_the_nearest_virtual_environment_wins(machine: Laid) -> None:
    machine.venv(machine.home / "project" / ".venv", "3.12.1")
    python = machine.venv(machine.code / ".venv", "3.12.2.final.0", key="version_info")
    found = await machine.interpreters().find(PYTHON_312, machine.code, own=True)
    assert found.path == str(python)


async def test_a_virtual_environment_of_another_version_is_left_aside_aloud(machine: Laid) -> None:
    exact = machine.program(machine.bin / "python3.12", "3.12.9")
    machine.venv(machine.code / ".venv", "3.11.4")
    found = await machine.interpreters().find(PYTHON_312, machine.code, own=True)
    assert found.path == str(exact)
    assert "has Python 3.11.4 and is not used" in found.notices[0]


async def test_a_virtual_environment_is_taken_as_the_nearest(machine: Laid) -> None:
    python = machine.venv(machine.code / ".venv", "3.11.4")
    found = await machine.interpreters().find(PYTHON_312, machine.code, own=True)
    assert (found.path, found.exact) == (str(python), False)
    assert found.notices == ("Python 3.11.4 runs this function; it asks for 3.12.",)


async def test_environments_outside_the_repository_do_not_count(machine: Laid) -> None:
    machine.venv(machine.home / "project" / ".venv", "3.12.1")
    (machine.home / "project" / "src" / ".git").mkdir()
    with pytest.raises(SandboxUnavailable):
        await machine.interpreters().find(PYTHON_312, machine.code, own=True)


@pytest.mark.parametrize(("place", "origin"), [
    (".pyenv/versions/3.12.4/bin/python3", "pyenv"),
    (".local/share/uv/python/cpython-3.12.4-linux-x86_64-gnu/bin/python3", "uv"),
    (".asdf/installs/python/3.12.4/bin/python3", "asdf"),
    (".local/share/mise/installs/python/3.12.4/bin/python3", "mise"),
])
async def test_tools_that_keep_several_versions(machine: Laid, place: str, origin: str) -> None:
    python = machine.program(machine.home / place, "3.12.4")
    machine.program(Path(str(python).replace("3.12.4", "3.13.1")), "3.13.1")
    found = await machine.interpreters().find(PYTHON_312, machine.code, own=True)
    assert (found.path, found.version, found.origin) == (str(python), "3.12.4", origin)
    assert machine.times_asked() == 1


async def test_the_newest_patch_is_taken_and_odd_folders_are_not(machine: Laid) -> None:
    versions = machine.home / ".pyenv" / "versions"
    for version in ("3.12.2", "3.12.11", "3.12.20t", "3.12-dev", "miniconda3-3.12"):
        machine.program(versions / version / "bin" / "python3", version)
    found = await machine.interpreters().find(PYTHON_312, machine.code, own=True)
    assert found.version == "3.12.11"


async def test_a_shim_is_never_run_and_its_place_in_path_counts(machine: Laid) -> None:
    shims = machine.home / ".pyenv" / "shims"
    machine.program(shims / "python3.12", "3.12.3")
    machine.program(machine.bin / "python3.12", "3.12.9")
    real = machine.program(machine.home / ".pyenv" / "versions" / "3.12.3" / "bin" / "python3", "3.12.3")
    machine.variables["PATH"] = f"{shims}{os.pathsep}{machine.bin}"
    found = await machine.interpreters().find(PYTHON_312, machine.code, own=True)
    assert found.path == str(real)
    assert machine.asked.read_text() == f"{real}\n"


async def test_a_plain_name_in_path_is_asked(machine: Laid) -> None:
    python = machine.program(machine.bin / "python3", "3.12.7")
    found = await machine.interpreters().find(PYTHON_312, machine.code, own=True)
    assert (found.path, found.version) == (str(python), "3.12.7")


async def test_an_interpreter_is_asked_once_and_again_when_its_file_changed(machine: Laid) -> None:
    python = machine.program(machine.bin / "python3.12", "3.12.7")
    interpreters = machine.interpreters()
    for _ in range(3):
        await interpreters.find(PYTHON_312, machine.code)
    assert machine.times_asked() == 1
    machine.program(python, "3.12.8")
    os.utime(python, ns=(1, 1))
    assert (await interpreters.find(PYTHON_312, machine.code)).version == "3.12.8"


@pytest.mark.parametrize(("answer", "exit_code"), [("3.11.2", 0), ("garbage", 0), ("3.12.1", 1)])
async def test_what_answers_wrongly_is_passed_over(machine: Laid, answer: str, exit_code: int) -> None:
    machine.program(machine.bin / "python3.12", answer, exit_code=exit_code)
    good = machine.program(machine.home / ".pyenv" / "versions" / "3.12.4" / "bin" / "python3", "3.12.4")
    assert (await machine.interpreters().find(PYTHON_312, machine.code, own=True)).path == str(good)


async def test_the_nearest_version_is_said_aloud_and_the_newer_of_two_equally_near(machine: Laid) -> None:
    for minor in (9, 11, 13, 15):
        machine.program(machine.home / ".pyenv" / "versions" / f"3.{minor}.1" / "bin" / "python3", f"3.{minor}.1")
    found = await machine.interpreters().find(PYTHON_312, machine.code, own=True)
    assert (found.version, found.exact) == ("3.13.1", False)
    assert found.notices == ("Python 3.13.1 runs this function; it asks for 3.12.",)


async def test_an_interpreter_too_old_for_the_bootstrap_is_not_taken(machine: Laid) -> None:
    machine.program(machine.bin / "python3.7", "3.7.1")
    machine.program(machine.bin / "python2.7", "2.7.18")
    with pytest.raises(SandboxUnavailable):
        await machine.interpreters().find(_runtime("python3.7"), machine.code)


async def test_nothing_installed_names_what_to_install(machine: Laid) -> None:
    with pytest.raises(SandboxUnavailable) as caught:
        await machine.interpreters().find(PYTHON_312, machine.code, own=True)
    assert "Python 3.12" in caught.value.message
    assert "uv python install 3.12" in caught.value.hint


@pytest.mark.parametrize("place", [
    ".nvm/versions/node/v20.11.1/bin/node", ".local/share/fnm/node-versions/v20.11.1/installation/bin/node",
    ".volta/tools/image/node/20.11.1/bin/node", ".asdf/installs/nodejs/20.11.1/bin/node",
])
async def test_node_of_the_asked_major_beside_a_newer_one_in_path(machine: Laid, place: str) -> None:
    machine.program(machine.bin / "node", "v22.1.0")
    node = machine.program(machine.home / place, "v20.11.1")
    found = await machine.interpreters().find(_runtime("nodejs20.x"), machine.code)
    assert (found.path, found.version, found.exact) == (str(node), "20.11.1", True)


async def test_the_nearest_node_is_said_aloud(machine: Laid) -> None:
    machine.program(machine.bin / "node", "v20.11.1")
    found = await machine.interpreters().find(_runtime("nodejs22.x"), machine.code)
    assert found.notices == ("Node.js 20.11.1 runs this function; it asks for 22.",)


async def test_this_machines_own_python_is_found() -> None:
    runtime = _runtime(f"python3.{sys.version_info[1]}")
    found = await Interpreters().find(runtime, Path(__file__).parent)
    assert found.exact
    assert found.version.startswith(f"3.{sys.version_info[1]}.")


async def test_the_environment_of_our_own_checkout_is_no_functions(machine: Laid, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first run's starter lies in the checkout."""
    project = machine.home / "project"
    (project / ".git").mkdir()
    machine.venv(project / ".venv", "3.12.4")
    machine.program(machine.bin / "python3.12", "3.12.1")
    found = await machine.interpreters().find(_runtime("python3.12"), machine.code, own=True)
    assert found.path == str(project / ".venv" / "bin" / "python")
    monkeypatch.setattr(python_search, "OWN_CHECKOUT", project)
    found = await machine.interpreters().find(_runtime("python3.12"), machine.code, own=True)
    assert (found.path, found.notices) == (str(machine.bin / "python3.12"), ())
