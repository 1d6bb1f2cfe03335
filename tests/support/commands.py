"""Commands in the process of the test, or in a fork, where their start is not what is tested: it is most of their cost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

import pytest

from tests.support.forked_commands import CAN_FORK, forked_commands
from workbench.cli.main import main


class Done(NamedTuple):
    """The status it ended with, and what it wrote."""

    status: object
    out: str
    err: str


def command_here(capsys: pytest.CaptureFixture[str], *arguments: str) -> Done:
    """`workbench` with these arguments, in the current folder with the current variables."""
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["workbench", *arguments])
        patch.setenv("PATH", os.environ["PATH"])  # it takes relative folders out
        with pytest.raises(SystemExit) as ended:
            main()
    written = capsys.readouterr()
    return Done(ended.value.code or 0, written.out, written.err)


def command_apart(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`workbench` in a process of its own, to its end; forked where that can be. `environment`: None for the test's."""
    variables = os.environ if environment is None else environment
    if not CAN_FORK:
        return subprocess.run([sys.executable, "-m", "workbench", *arguments], env=variables, capture_output=True, text=True,
                              timeout=60, check=False)
    done = forked_commands().run(arguments, stdin="", environment=variables, timeout_s=60)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
