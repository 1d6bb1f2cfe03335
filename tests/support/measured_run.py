"""Run pytest, and report which lines of the program that ran: python -m tests.support.measured_run [ARGS].

coverage.py's own measurement makes all that Python 3.11 does in the process take twice as long, pytest and the libraries
included. SlipCover adds counters to the measured files alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import coverage
import pytest
from coverage.cmdline import main as coverage_command
from slipcover import Slipcover
from slipcover.importer import FileMatcher, ImportManager

_NEVER = -1
_NOT_REWRITTEN = ("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning")
"""SlipCover brings a plugin for pytest too, whose assertions pytest would rewrite. It is not used."""


def run(arguments: list[str]) -> int:
    """pytest's exit status, or that of the report. `tool.coverage` in pyproject.toml says what is measured, and the floor."""
    report = coverage.Coverage()
    report.erase()
    matcher = FileMatcher(sources=report.get_option("run:source"), omit=report.get_option("run:omit"))
    lines = Slipcover(d_miss_threshold=_NEVER)  # it could take its counters out again while the code runs
    with ImportManager(lines, matcher):
        status = pytest.main([*_NOT_REWRITTEN, *arguments])
    data = report.get_data()
    data.add_lines({str(Path(name).resolve()): found["executed_lines"] for name, found in lines.get_coverage()["files"].items()})
    data.touch_files(str(path) for path in Path("workbench").resolve().rglob("*.py") if matcher.matches(path))
    report.save()
    return int(status) or coverage_command(["report"]) or 0


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
