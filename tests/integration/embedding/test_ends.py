"""However a program ends, its engine ends too, and neither processes nor files stay behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.manual import ROOT
from workbench import Engine
from workbench.model.failures import EngineError

LIMIT_S = 60
BEGUN = """
import os, signal, sys, time, psutil, workbench
def begun():
    print(*(each.pid for each in psutil.Process().children(recursive=True)), flush=True)
    sys.stdin.readline()
engine = workbench.Engine(sys.argv[1], sandbox="process")
"""
IN_BLOCK = BEGUN + """
with engine:
    engine.invoke("Echo")
    begun()
"""
WITHOUT_CLOSE = BEGUN + """
engine.start().invoke("Echo")
begun()
"""
WITH_FORK = BEGUN + """
engine.start().invoke("Echo")
if os.fork() == 0:
    os.close(0), os.close(1), os.close(2)
    time.sleep(60)
    os._exit(0)
begun()
"""
STARTING = BEGUN + """
from workbench.embedding.engine_process import EmbeddedProcess
from pathlib import Path
process = EmbeddedProcess(Path(sys.argv[1]), {})
begun()
"""


class Program:
    """A program that embeds an engine and has begun."""

    def __init__(self, script: str, application: Path, folder: Path) -> None:
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, str(application)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            stderr=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(self.temporary)})
        assert self.process.stdout is not None
        self.started = [psutil.Process(int(pid)) for pid in self.process.stdout.readline().split()]
        assert self.started

    def left(self) -> list[str]:
        """What is still there of it once all had time to end."""
        self.process.communicate(timeout=LIMIT_S)
        _, alive = psutil.wait_procs(self.started, timeout=LIMIT_S)
        return [*(str(each.cmdline()) for each in alive), *(str(each) for each in self.temporary.iterdir())]


@pytest.mark.parametrize("script", [IN_BLOCK, WITHOUT_CLOSE], ids=["at the end of its block", "at the interpreter's end"])
def test_a_program_that_ends(application: Path, tmp_path: Path, script: str) -> None:
    program = Program(script, application, tmp_path)
    assert program.left() == []
    assert program.process.returncode == 0


def test_ctrl_c(application: Path, tmp_path: Path) -> None:
    program = Program(IN_BLOCK, application, tmp_path)
    program.process.send_signal(signal.SIGINT)
    assert program.left() == []
    assert program.process.returncode == -signal.SIGINT


@pytest.mark.parametrize("script", [IN_BLOCK, STARTING], ids=["while it runs", "while it starts"])
def test_a_program_that_is_killed(application: Path, tmp_path: Path, script: str) -> None:
    program = Program(script, application, tmp_path)
    program.process.kill()
    assert program.left() == []


def test_a_killed_program_whose_fork_goes_on(application: Path, tmp_path: Path) -> None:
    program = Program(WITH_FORK, application, tmp_path)
    fork = next(each for each in program.started if each.cmdline()[1:2] == ["-c"])
    program.started.remove(fork)
    program.process.kill()
    try:
        assert program.left() == []
        assert fork.is_running()
    finally:
        fork.kill()


def test_an_engine_that_was_killed(application: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Engine(application, sandbox="process") as engine:
        (process,) = [each for each in psutil.Process().children() if "--embedded" in each.cmdline()]
        (application / "template.yaml").touch()
        process.kill()
        with pytest.raises(EngineError, match=r"The engine has ended: it was killed by signal 9 \(Killed\)\."):
            engine.invoke("Echo")
    with Engine(application, sandbox="process") as engine:
        (process,) = [each for each in psutil.Process().children() if "--embedded" in each.cmdline()]
        process.terminate()
        process.wait(LIMIT_S)
        with pytest.raises(EngineError, match=r"The engine has ended: it was asked to\."):
            engine.invoke("Echo")
    assert [each.name for each in tmp_path.iterdir()] == ["app"]
