"""Commands in the process of the test, where a process of their own is not what is tested: starting one is most of their cost."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

import pytest

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
