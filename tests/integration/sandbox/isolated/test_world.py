"""What a function sees of this machine: what is bound where, and what belongs to an interpreter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import workbench.sandbox.isolated.world as world_module
from workbench.sandbox.isolated import interpreter_files
from workbench.sandbox.isolated.interpreter_files import SYSTEM_FOLDERS, files_of, prefix_of
from workbench.sandbox.isolated.world import World, arguments, write_etc

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


def _world(**own: object) -> World:
    parts = {"code": "/code", "layers": "", "runtime": "", "bootstraps": "/boot", "tmp": "/t", "outputs": "/o", "etc": "/e"}
    return World(**{**parts, **own})  # type: ignore[arg-type]


def _bound(given: Sequence[str]) -> dict[str, str]:
    """Place -> folder of what is mounted read-only."""
    return {given[at + 2]: given[at + 1] for at, word in enumerate(given) if word == "--ro-bind"}


def test_lambda_s_folders_are_there_and_only_tmp_can_be_written() -> None:
    given = arguments(_world(layers="/layers", runtime="/sdk"))
    bound = _bound(given)
    assert (bound["/var/task"], bound["/opt"], bound["/var/runtime"]) == ("/code", "/layers", "/sdk")
    writable = [given[at + 2] for at, word in enumerate(given) if word == "--bind"]
    assert writable == ["/tmp"]
    assert not [word for word in given if word.startswith(("/home", "/root", "/run/user", "/dev/shm"))]


def test_an_interpreter_under_opt_stays_beside_the_layers(tmp_path: Path) -> None:
    for name in ("python/lib.py", "tools/own/x", "tools/other"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    bound = _bound(arguments(_world(layers=str(tmp_path), same=("/opt/tools/node",))))
    assert bound["/opt/tools/node"] == "/opt/tools/node"
    assert bound["/opt/python"] == str(tmp_path / "python")
    in_tools = {place for place in bound if place.startswith("/opt/tools/")}
    assert in_tools == {"/opt/tools/node", "/opt/tools/own", "/opt/tools/other"}
    assert "/opt" not in bound


def test_the_folders_on_the_way_can_be_passed_by_all() -> None:
    given = arguments(_world(same=("/srv/pyenv/versions/3.11",)))
    passed = {given[at + 2] for at, word in enumerate(given[:-2]) if given[at : at + 2] == ["0755", "--dir"]}
    assert {"/srv", "/srv/pyenv", "/srv/pyenv/versions", "/var", "/run", "/etc"} <= passed


def test_an_installation_is_seen_and_never_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, prefix = tmp_path / "home", tmp_path / "home" / "versions" / "3.11"
    monkeypatch.setenv("HOME", str(home))
    (prefix / "bin").mkdir(parents=True)
    program = prefix / "bin" / "python3"
    shutil.copy("/bin/true", program)
    (home / "bin").mkdir()
    (home / "bin" / "python").symlink_to(program)
    files = files_of(str(home / "bin" / "python"))
    assert str(prefix) in files
    assert str(home) not in files
    assert str(home / "bin" / "python") in files
    assert prefix_of(str(home / "bin" / "python")) == str(prefix)
    assert files_of("/usr/bin/env") == ()


def test_libraries_elsewhere_are_found_by_one_run_of_the_loader_as_by_many_of_ldd() -> None:
    prefix = Path(sys.executable).resolve().parent.parent
    modules = sorted(map(str, prefix.glob("lib/python*/lib-dynload/_[s-z]*.so")))
    program = str(Path(sys.executable).resolve())
    at_once = interpreter_files._listed_at_once(program, modules)
    by_ldd = subprocess.run(["ldd", program, *modules], capture_output=True, text=True, check=True).stdout
    listed = [set(interpreter_files._LIBRARY.findall(text)) - set(modules) for text in (at_once, by_ldd)]
    assert listed[0] == listed[1] != set()
    assert interpreter_files._listed_at_once(program, ["/a folder/module.so"]) == ""


@pytest.mark.parametrize("prefix", ["home/.local", "home", "project"])
def test_of_a_folder_with_more_in_it_only_the_installation_is_seen(
        prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """~/.local, where installers put links, has the engine's keys too; a project may be its own virtual environment."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = tmp_path / prefix
    for name in ("bin/python3", "lib/python3.11/os.py", "pyvenv.cfg", "state/engine.json", ".env"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", folder / name)
    seen = [Path(place) for place in files_of(str(folder / "bin/python3"))]
    for name, is_seen in {"bin/python3": True, "lib/python3.11/os.py": True, "pyvenv.cfg": True, "state/engine.json": False,
                          ".env": False}.items():
        assert any((folder / name).is_relative_to(place) for place in seen) == is_seen, name


def test_a_link_to_an_interpreter_stays_a_link(tmp_path: Path) -> None:
    """By it Python finds its library."""
    (tmp_path / "python3").symlink_to("/usr/bin/python3")
    given = arguments(_world(same=(str(tmp_path / "python3"),)))
    assert given[given.index(str(tmp_path / "python3")) - 2] == "--symlink"


def test_a_home_below_a_folder_of_the_system_is_empty_but_for_the_interpreter(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where homes are in /usr/people."""
    home = tmp_path / "usr/people/me"
    (home / "versions/bin").mkdir(parents=True)
    shutil.copy("/bin/true", home / "versions/bin/python3")
    monkeypatch.setenv("HOME", str(home))
    for module in (interpreter_files, world_module):
        monkeypatch.setattr(module, "SYSTEM_FOLDERS", (*SYSTEM_FOLDERS, str(tmp_path / "usr")))
    same = files_of(str(home / "versions/bin/python3"))
    assert same == (str(home / "versions"),)
    given = arguments(_world(same=same))
    order = [given.index(str(tmp_path / "usr")), given.index(str(home)), given.index(str(home / "versions"))]
    assert order == sorted(order)
    assert given[given.index(str(home)) - 1] == "--tmpfs"
    assert given[len(given) - given[::-1].index(str(home)) - 2] == "--remount-ro"


@pytest.mark.skipif(not os.path.isdir("/etc/ssl/private"), reason="this system keeps no keys beside its certificates")
def test_keys_beside_certificates_are_hidden() -> None:
    """A group may let the person read them, and with the person the function."""
    given = arguments(_world())
    assert given[given.index("/etc/ssl/private") - 1] == "--tmpfs"
    assert given.index("/etc/ssl") < given.index("/etc/ssl/private")


def test_somebody_without_a_home_has_interpreters_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", none)
    assert files_of("/srv/none/bin/python3") == ("/srv/none/bin/python3",)


def test_engines_with_different_networks_have_different_name_servers(tmp_path: Path) -> None:
    own, shared = (write_etc(tmp_path, f"nameserver {each}\n") for each in ("169.254.78.3", "192.0.2.1"))
    assert own == write_etc(tmp_path, "nameserver 169.254.78.3\n")
    assert (own / "resolv.conf").read_text() == "nameserver 169.254.78.3\n"
    assert (shared / "resolv.conf").read_text() == "nameserver 192.0.2.1\n"
