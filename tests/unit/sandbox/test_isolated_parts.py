"""Parts of the isolated sandbox that need no namespaces: what is bound where, what its supervisor tells, what can be started."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

import workbench.sandbox.isolated.supervisor as supervisor_module
from workbench.sandbox.isolated import interpreter_files, probe
from workbench.sandbox.isolated.interpreter_files import files_of, prefix_of
from workbench.sandbox.isolated.outside import Tool
from workbench.sandbox.isolated.pipes import LineReader
from workbench.sandbox.isolated.programs import reason_not_to_start
from workbench.sandbox.isolated.supervisor import Told, read_told, supervisor_command, supervisor_script
from workbench.sandbox.isolated.world import World, arguments

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


def test_somebody_without_a_home_has_interpreters_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", none)
    assert files_of("/srv/none/bin/python3") == ("/srv/none/bin/python3",)


@pytest.mark.parametrize(("content", "mode", "reason"), [
    (b"#!/bin/sh\n", 0o755, 0),
    (b"#!/bin/sh\n", 0o644, errno.EACCES),
    (b"#!/usr/bin/no-such-thing\n", 0o755, errno.ENOENT),
    (b"#!/bin/sh\r\n", 0o755, errno.ENOENT),
    (b"echo no shebang\n", 0o755, errno.ENOEXEC),
    (b"\x7fELF\x02\x01" + bytes(12) + b"\xf7\x00", 0o755, errno.ENOEXEC),
    (b"", 0o755, errno.ENOEXEC),
])
def test_what_the_system_would_not_start(tmp_path: Path, content: bytes, mode: int, reason: int) -> None:
    program = tmp_path / "bootstrap"
    program.write_bytes(content)
    program.chmod(mode)
    assert reason_not_to_start(program) == reason


def test_what_the_system_would_start_and_what_is_not_there(tmp_path: Path) -> None:
    assert reason_not_to_start(Path("/bin/true")) == 0
    assert reason_not_to_start(tmp_path / "none") == errno.ENOENT


SHELLS = [shell for shell in ("/bin/dash", "/bin/bash") if Path(shell).exists()]


def _run(shell: str, code: str, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> tuple[str, list[Told]]:
    """What a program that the supervisor starts writes, and what is told of it."""
    monkeypatch.setattr(supervisor_module, "found_shell", lambda: shell)
    ours, theirs = socket.socketpair()
    with ours, tempfile.TemporaryFile() as script:
        script.write(supervisor_script(variables))
        script.seek(0)
        with theirs:
            process = subprocess.Popen(supervisor_command(["/bin/sh", "-c", code], []), stdin=script, stdout=subprocess.PIPE,
                                       stderr=theirs, env={"PATH": "/usr/bin:/bin"}, text=True, errors="surrogateescape")
        ours.sendall(b"runtime\n")
        ours.shutdown(socket.SHUT_WR)
        said = process.communicate(timeout=20)[0]
        lines = ours.makefile().read().splitlines()
    return said, [each for line in lines if (each := read_told(line)) is not None]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("code", "exit_code", "signal"), [
    ("exit 0", 0, None), ("exit 3", 3, None), ("kill -KILL $$", None, 9), ("kill -SEGV $$", None, 11), ("kill -INT $$", None, 2),
    ("kill -PIPE $$", None, 13),
])
def test_how_a_program_ended_is_told(
    shell: str, code: str, exit_code: int | None, signal: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, told = _run(shell, code, monkeypatch, {})
    assert [bool(each.pid) for each in told] == [True, False]
    assert (told[1].which, told[1].code, told[1].signal) == ("runtime", exit_code, signal)


@pytest.mark.skipif("/bin/dash" not in SHELLS, reason="other shells do not tell one from the other")
def test_a_status_above_128_of_a_program_s_own_is_no_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run("/bin/dash", "exit 137", monkeypatch, {})[1][1] == Told("runtime", code=137)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_program_gets_its_variables_and_pipes_and_none_of_the_shell_s(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = os.fsdecode(bytes(each for each in range(1, 256) if each not in (10, 13)))
    given = {"SHLVL": "0", "TEXT": "it's \"quoted\" $HOME", "PWD": "/var/task", "IFS": "o", "PATH": "/odd:/bin", "UID_": odd}
    said, _ = _run(shell, "tr '\\0' '\\n' </proc/self/environ; ls /proc/$$/fd; ulimit -n; ulimit -c", monkeypatch, given)
    lines = said.removesuffix("\n").split("\n")
    variables = dict(line.split("=", 1) for line in lines if "=" in line)
    assert {name: variables[name] for name in given} == given
    assert set(variables) - set(given) <= {"_"}
    descriptors = [line for line in lines if "=" not in line][:-2]
    assert descriptors == ["0", "1", "2"]
    assert lines[-2:] == ["1024", "0"]


@pytest.mark.parametrize("line", ["@ready", "bwrap: Can't mount proc", "@ended", "@started runtime x", "@ended x 1",
                                  "@ended runtime ²", "@ended runtime " + "9" * 5_000, "@started " + "9" * 5_000 + " 1", ""])
def test_lines_of_others_tell_nothing(line: str) -> None:
    assert read_told(line) is None


def test_what_is_in_the_way_is_named_with_its_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def on(path: Path, value: str) -> Path:
        path.write_text(value + "\n")
        return path

    nowhere = tmp_path / "none"
    monkeypatch.setattr(probe, "_APPARMOR", nowhere)
    monkeypatch.setattr(probe, "_SWITCHES", (nowhere,))
    monkeypatch.setattr(probe, "_IN_CONTAINERS", (nowhere,))
    assert "kernel or its security policy" in probe._cure()
    monkeypatch.setattr(probe, "_IN_CONTAINERS", (on(tmp_path / "container", ""),))
    assert "--security-opt" in probe._cure()
    monkeypatch.setattr(probe, "_SWITCHES", (on(tmp_path / "switch", "0"),))
    assert "user.max_user_namespaces" in probe._cure()
    monkeypatch.setattr(probe, "_APPARMOR", on(tmp_path / "apparmor", "1"))
    assert "AppArmor" in probe._cure()


def test_a_missing_or_old_bubblewrap_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_missing", lambda: "bwrap")
    status = probe.isolated_status()
    assert (status.available, status.detail) == (False, "bwrap is not installed.")
    assert "apt install bubblewrap" in status.hint
    monkeypatch.setattr(probe, "_missing", lambda: "")
    monkeypatch.setattr(probe, "_version", lambda: (0, 6))
    assert probe.isolated_status().detail == "bubblewrap 0.6 is too old: 0.8 or newer is needed."


def test_a_network_that_is_shared_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "tools_here", lambda: (Tool("pasta", "/usr/bin/pasta"),))
    if not probe.isolated_status().available:
        pytest.skip("There is no isolated sandbox here.")
    assert "network" not in probe.isolated_status().detail
    monkeypatch.setattr(probe, "tools_here", lambda: ())
    assert probe.isolated_status().detail.endswith(", but on this machine's network.")


async def test_whoever_says_more_than_a_supervisor_has_to_is_read_no_more() -> None:
    heard, said = os.pipe()
    ended = asyncio.Event()
    reader = LineReader(heard, lambda _: None, ended.set)
    os.set_blocking(said, False)
    with os.fdopen(said, "wb", buffering=0) as writer:
        while not ended.is_set():
            with contextlib.suppress(BrokenPipeError):
                writer.write(b"x" * 10_000)
            await asyncio.sleep(0)
    assert reader.is_flooded
