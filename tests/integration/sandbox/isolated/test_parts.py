"""Parts of the isolated sandbox that need no namespaces: what its supervisor tells, what can be started."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import workbench.sandbox.isolated.supervisor as supervisor_module
from workbench.sandbox.isolated import probe
from workbench.sandbox.isolated.outside import Tool
from workbench.sandbox.isolated.pipes import LineReader
from workbench.sandbox.isolated.programs import reason_not_to_start
from workbench.sandbox.isolated.supervisor import Told, read_told, supervisor_command, supervisor_script

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


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
        said = process.communicate(timeout=60)[0]
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
    assert probe.isolated_status().detail.endswith(", but on this machine's network")


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
