"""Traces the imports of AWS's own Python client, which reports nothing about its start itself.

A small folder is mounted into the container and PYTHONUSERBASE names it: Python then imports `import_trace/usercustomize.py`
from it at startup, which does the rest. Source: Python's manual, module `site`. Bootstraps of images that set PYTHONPATH leave
PYTHONUSERBASE alone, and unlike a wrapper script (AWS_LAMBDA_EXEC_WRAPPER) it costs a cold start no additional program. A
function or an image with its own wrapper or PYTHONUSERBASE is not traced, nor one that disables Python's user folder.
The program also gives semaphores Lambda's error.
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
"""Variables that rule out a trace if a function or an image sets them: it would break their purpose, or not work."""

PROGRAM = "usercustomize.py"
PROGRAM_FOLDER = "lib/any/site-packages"

_MINORS = range(8, 20)
"""Minor versions of Python 3 that find the program: each looks in a folder named after itself."""
_REPORT = "report"
_SOURCE = Path(__file__).with_name("import_trace") / PROGRAM
_MAX_REPORT_BYTES = 1_000_000


class InitTrace(msgspec.Struct, frozen=True):
    """One container's trace: the folder to mount at MOUNTED_AT (read-only), and the file to mount on its `report` (writable)."""

    folder: Path
    report: Path

    def mounts(self) -> dict[str, tuple[str, bool]]:
        """The mounts: target -> (source on this machine, whether read-only)."""
        return {MOUNTED_AT: (str(self.folder), True), f"{MOUNTED_AT}/{_REPORT}": (str(self.report), False)}

    def variables(self) -> dict[str, str]:
        """The variables to add to the container's environment; the program removes them again."""
        return {BASE_VARIABLE: MOUNTED_AT}

    def read(self) -> str:
        """The report, "" until it is written. Quick enough for the loop: a small file that was just written.

        Read with a limit, because the function can write to the file too.
        """
        with contextlib.suppress(OSError), self.report.open("rb") as file:
            return file.read(_MAX_REPORT_BYTES).decode(errors="replace")
        return ""


def make_trace(runtime: str, variables: Iterable[str], shared: Path, own: Path) -> InitTrace | None:
    """Lay out what a container needs: the program in `shared`, its report in `own`. Blocking.

    Returns None if there is nothing to trace (another language, or one of OWN_WAYS among the variables' names) or no room.
    """
    if not runtime.startswith("python") or not set(OWN_WAYS).isdisjoint(variables):
        return None
    try:
        lay_out_program(shared)
        report = own / "init_report"
        report.touch()
        report.chmod(0o666)  # the container's user, whose ID is not ours, writes it
    except OSError:
        return None
    return InitTrace(shared, report)


def program_folder(root: Path, image: str) -> Path:
    """Where the program is kept for an image. Each version has its own folder, as byte code is never compared with the source."""
    return root / hashlib.sha256(image.encode() + _SOURCE.read_bytes()).hexdigest()[:16]


def lay_out_program(folder: Path) -> None:
    """Put the program where every version of Python looks for it, and a mount point for the report, into `folder`, once.

    The program comes last, because its presence says that all the rest is there. Raises OSError.
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
    """Whether the program's byte code is in the folder."""
    return any((folder / PROGRAM_FOLDER / "__pycache__").glob("*.pyc"))


def put_byte_code(folder: Path, cache_tag: str, data: bytes) -> None:
    """Store the program's byte code for the Python with this cache tag ("cpython-312"). Raises OSError."""
    _put(folder / PROGRAM_FOLDER / "__pycache__" / f"{PROGRAM.removesuffix('.py')}.{cache_tag}.pyc", data)


def _put(path: Path, data: bytes) -> None:
    """Write a file atomically: two environments may be created at once, in threads, and containers already read the folder."""
    draft = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    draft.write_bytes(data)
    draft.chmod(0o644)
    draft.replace(path)
