"""How the program ends: quickly, with all that it was to do at its end done."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAD = """
import atexit, sys, threading, time
from workbench.cli import main, program

class Torn:
    def __del__(self, say=print):
        say("torn down")
"""
STARTED = """
def ends():
    sys.modules["kept"] = Torn()
    atexit.register(print, "registered")
    threading.Thread(target=lambda: (time.sleep(0.05), print("thread"))).start()
    {last}
main.main = ends
program.run()
"""


def ended(last: str, **options: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", HEAD + STARTED.format(last=last)]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(command, stdout=options.get("stdout", subprocess.PIPE), stderr=subprocess.PIPE, text=True, timeout=60,
                          env=buffered, check=False)


@pytest.mark.parametrize(("last", "status"), [("raise SystemExit(7)", 7), ("raise SystemExit", 0), ("sys.exit(0)", 0)])
def test_threads_and_what_is_registered_come_first_and_nothing_is_torn_down(last: str, status: int) -> None:
    done = ended(f'print("last"); {last}')
    assert (done.returncode, done.stdout.split(), done.stderr) == (status, ["last", "thread", "registered"], "")


@pytest.mark.parametrize(("last", "said"), [('raise SystemExit("a sentence")', "a sentence"), ("1 / 0", "ZeroDivisionError")])
def test_other_ends_are_those_of_python(last: str, said: str) -> None:
    done = ended(last)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stdout.splitlines()[-1] == "torn down"


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_output_that_can_not_be_written_is_told() -> None:
    with open("/dev/full", "w") as full:
        done = ended("raise SystemExit(0)", stdout=full.fileno())
    assert done.returncode == 120
    assert "No space left on device" in done.stderr
