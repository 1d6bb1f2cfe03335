"""The import breakdown of AWS's own Python client, which gives no account of its start itself.

A small folder is mounted into the container, and AWS_LAMBDA_EXEC_WRAPPER names a script in it that puts the folder on Python's
path; `import_trace/sitecustomize.py` does the rest. Source: Lambda guide, "Modifying the runtime environment", wrapper scripts.
The wrapper is the one way past images whose bootstrap sets PYTHONPATH itself; a function that has a wrapper keeps its own.
Times are readings of the monotonic clock, so the container must be on this machine's kernel.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

MOUNTED_AT = "/run/workbench/import_trace"
WRAPPER_VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"

_PROGRAM = "sitecustomize.py"
_WRAPPER = "start"
_REPORT = "report"
_SOURCE = Path(__file__).with_name("import_trace") / _PROGRAM
_MAX_REPORT_BYTES = 1_000_000
# A PYTHONPATH that is set and empty is told apart by AWS's bootstrap and could not be given back: then there is no trace.
_WRAPPER_SCRIPT = f"""#!/bin/sh
unset {WRAPPER_VARIABLE}
if [ -n "$PYTHONPATH" ] || [ -z "${{PYTHONPATH+set}}" ]; then
  export PYTHONPATH="${{0%/*}}${{PYTHONPATH:+:$PYTHONPATH}}"
fi
exec "$@"
"""


class InitTrace(msgspec.Struct, frozen=True):
    """One container's trace: what to mount at MOUNTED_AT (read-only), and the file to mount on `report` in it (writable)."""

    folder: Path
    report: Path

    def mounts(self) -> dict[str, tuple[str, bool]]:
        """Target -> source on this machine and whether it is read-only."""
        return {MOUNTED_AT: (str(self.folder), True), f"{MOUNTED_AT}/{_REPORT}": (str(self.report), False)}

    def variables(self) -> dict[str, str]:
        """What the container's environment needs; the wrapper takes it out again."""
        return {WRAPPER_VARIABLE: f"{MOUNTED_AT}/{_WRAPPER}"}

    def read(self) -> str:
        """The report, "" as long as there is none. A small file that was just written: quick enough for the loop."""
        with contextlib.suppress(OSError), self.report.open("rb") as file:
            return file.read(_MAX_REPORT_BYTES).decode(errors="replace")
        return ""


def make_trace(runtime: str, environment: Mapping[str, str], shared: Path, own: Path) -> InitTrace | None:
    """Lay out what a container needs: programs in `shared`, its report in `own`. Blocking.

    None where there is nothing to trace: another language, a function with a wrapper of its own, a place that programs may not
    be started from, or a distribution without the program.
    """
    if not runtime.startswith("python") or WRAPPER_VARIABLE in environment:
        return None
    try:
        folder = lay_out_programs(shared)
        if sys.platform == "linux" and os.statvfs(folder).f_flag & os.ST_NOEXEC:
            return None
        report = own / "init_report"
        report.touch()
        report.chmod(0o666)  # the container's user writes it
    except OSError:
        return None
    return InitTrace(folder, report)


def lay_out_programs(folder: Path) -> Path:
    """Put the wrapper, the program and a place for the report into `folder`, once. Raises OSError."""
    if not (folder / _WRAPPER).exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        _put(folder / _PROGRAM, _SOURCE.read_text("utf-8"), 0o644)
        (folder / _REPORT).touch()  # never replaced: a container may have its own mounted there already
        _put(folder / _WRAPPER, _WRAPPER_SCRIPT, 0o755)
    return folder


def _put(path: Path, text: str, mode: int) -> None:
    """Complete or not there at all: two environments may be made at once, in threads."""
    draft = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    draft.write_text(text, "utf-8")
    draft.chmod(mode)
    draft.replace(path)
