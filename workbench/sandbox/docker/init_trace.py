"""The import breakdown of AWS's own Python client, which gives no account of its start itself.

A small folder is mounted into the container and PYTHONUSERBASE names it: Python then imports `import_trace/usercustomize.py`
from it at its start, which does the rest. Source: Python's manual, module `site`. Images whose bootstrap sets PYTHONPATH leave
that variable alone, and against a wrapper script (AWS_LAMBDA_EXEC_WRAPPER) it spares a cold start one program. A function or an
image that has a wrapper or a PYTHONUSERBASE of its own is not traced, nor is one whose Python is told to have no user's folder.
It also sees to the error of semaphores, which is Lambda's.
Times are readings of the monotonic clock, so the container must be on this machine's kernel.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

MOUNTED_AT = "/run/workbench/import_trace"
BASE_VARIABLE = "PYTHONUSERBASE"
OWN_WAYS = ("AWS_LAMBDA_EXEC_WRAPPER", BASE_VARIABLE, "PYTHONNOUSERSITE")
"""Variables of a function or an image with which a trace would get in the way of what they are for, or not work."""

PROGRAM = "usercustomize.py"
PROGRAM_FOLDER = "lib/any/site-packages"

_MINORS = range(8, 20)
"""Versions of Python 3 that find the program: each has a folder of its own name."""
_REPORT = "report"
_SOURCE = Path(__file__).with_name("import_trace") / PROGRAM
_MAX_REPORT_BYTES = 1_000_000


class InitTrace(msgspec.Struct, frozen=True):
    """One container's trace: what to mount at MOUNTED_AT (read-only), and the file to mount on `report` in it (writable)."""

    folder: Path
    report: Path

    def mounts(self) -> dict[str, tuple[str, bool]]:
        """Target -> source on this machine and whether it is read-only."""
        return {MOUNTED_AT: (str(self.folder), True), f"{MOUNTED_AT}/{_REPORT}": (str(self.report), False)}

    def variables(self) -> dict[str, str]:
        """What the container's environment needs; the program takes it out again."""
        return {BASE_VARIABLE: MOUNTED_AT}

    def read(self) -> str:
        """The report, "" as long as there is none. A small file that was just written: quick enough for the loop."""
        with contextlib.suppress(OSError), self.report.open("rb") as file:
            return file.read(_MAX_REPORT_BYTES).decode(errors="replace")
        return ""


def make_trace(runtime: str, variables: Iterable[str], shared: Path, own: Path) -> InitTrace | None:
    """Lay out what a container needs: the program in `shared`, its report in `own`. Blocking.

    None where there is nothing to trace: another language, or one of OWN_WAYS among the names of its variables.
    """
    if not runtime.startswith("python") or not set(OWN_WAYS).isdisjoint(variables):
        return None
    try:
        lay_out_program(shared)
        report = own / "init_report"
        report.touch()
        report.chmod(0o666)  # the container's user writes it
    except OSError:
        return None
    return InitTrace(shared, report)


def program_folder(root: Path, image: str) -> Path:
    """Where the program is kept for an image: another version of it gets another place, as nobody compares byte code with it."""
    return root / hashlib.sha256(image.encode() + _SOURCE.read_bytes()).hexdigest()[:16]


def lay_out_program(folder: Path) -> None:
    """Put the program, where every version of Python looks for it, and a place for the report into `folder`, once.

    Raises OSError.
    """
    packages = folder / PROGRAM_FOLDER
    if (packages / PROGRAM).exists():
        return
    compiled = packages / "__pycache__"
    compiled.mkdir(parents=True, exist_ok=True)
    for each in (folder, folder / "lib", packages.parent, packages, compiled):
        each.chmod(0o755)
    for minor in _MINORS:
        with contextlib.suppress(FileExistsError):
            (folder / "lib" / f"python3.{minor}").symlink_to("any")
    (folder / _REPORT).touch()  # never replaced: a container may have its own mounted there already
    _put(packages / PROGRAM, _SOURCE.read_bytes())


def has_byte_code(folder: Path) -> bool:
    """Whether `put_byte_code` was here."""
    return any((folder / PROGRAM_FOLDER / "__pycache__").glob("*.pyc"))


def put_byte_code(folder: Path, cache_tag: str, data: bytes) -> None:
    """Keep the program's byte code for the version of Python that names it so ("cpython-312"). Raises OSError."""
    _put(folder / PROGRAM_FOLDER / "__pycache__" / f"{PROGRAM.removesuffix('.py')}.{cache_tag}.pyc", data)


def _put(path: Path, data: bytes) -> None:
    """Complete or not there at all: two environments may be made at once, in threads."""
    draft = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    draft.write_bytes(data)
    draft.chmod(0o644)
    draft.replace(path)
