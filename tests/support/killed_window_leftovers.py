"""What windows and engines that were killed may leave once all is over: no processes, no temporary files, no damage."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import psutil

from workbench.storage.safe_files import reason_in
from workbench.workspace.state_directory import data_directory, state_directory

PATIENCE_S = 60.0
"""An engine that lost its window waits half a minute for another one."""


def processes_left(mark: str) -> list[str]:
    """Wait until no process is left whose command, folder or variables have a mark; return those that are."""
    ends_s = time.monotonic() + PATIENCE_S
    while (left := _running(mark)) and time.monotonic() < ends_s:
        time.sleep(0.1)
    return [f"still running: {each}" for each in left]


def files_left(root: Path, temporary: Path) -> list[str]:
    """Drafts, files that were set aside, recovery copies, and whatever is in the folder for temporary files."""
    places = (root, state_directory(root))
    found = [path for place in places for path in place.rglob("*") if _is_left(path)]
    found += (state_directory(root) / "recovery").glob("*")
    found += temporary.iterdir()
    return [f"left behind: {path}" for path in found]


def damage(root: Path) -> list[str]:
    """Databases that are not sound, and what engines did not foresee."""
    unsound = [path.name for path in data_directory(root).glob("*.sqlite") if not _is_sound(path)]
    logs = [path for path in state_directory(root).glob("engine.log*") if "Traceback" in path.read_text(errors="replace")]
    return [*(f"damaged: {name}" for name in unsound), *(f"{path.name}: {_last_trace(path)}" for path in logs)]


def _is_left(path: Path) -> bool:
    return path.suffix in (".tmp", ".part") or reason_in(path.name) is not None


def _is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as database:
        return bool(database.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def _last_trace(path: Path) -> str:
    return path.read_text(errors="replace").rpartition("Traceback")[2][-1_500:]


def _running(mark: str) -> list[str]:
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "cwd", "environ", "status"]):
        known = process.info
        told = " ".join(known["cmdline"] or ()) + (known["cwd"] or "")
        if known["pid"] != os.getpid() and known["status"] != psutil.STATUS_ZOMBIE and (
                mark in told or mark in str((known["environ"] or {}).get("TMPDIR"))):
            found.append(f"{known['pid']} {told[:200]}")
    return found
