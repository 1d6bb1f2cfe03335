"""Measures the memory that a runtime and its children use: on Linux from /proc, elsewhere with psutil. Figures are MB (MiB)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import msgspec
import psutil

from workbench.sandbox.process.kept_file import KeptFile

_MIB = 1024 * 1024
_KIB_IN_MIB = 1024
_ON_LINUX = sys.platform == "linux"
_PEAK = b"\nVmHWM:"


def family(root: int) -> list[int]:
    """The process and its descendants, except those whose parents have ended; empty if the root is gone."""
    return _linux_family(root) if _ON_LINUX else _psutil_family(root)


def _linux_family(root: int) -> list[int]:
    found: list[int] = []
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        try:
            threads = os.listdir(f"/proc/{pid}/task")
        except OSError:
            continue
        found.append(pid)
        for thread in threads:  # the kernel lists a child with the thread that forked it
            waiting += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    return found


def _psutil_family(root: int) -> list[int]:
    try:
        return [root, *(child.pid for child in psutil.Process(root).children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


class Usage(msgspec.Struct, frozen=True):
    """Resident memory of a process now and its peak since the start; both 0.0 if it is gone."""

    now_mb: float = 0.0
    peak_mb: float = 0.0


def usage(pid: int) -> Usage:
    """The system's counts for one process; a single read of 20 µs on Linux.

    Linux (VmHWM) and Windows keep the peak. macOS does not: there it is the highest that the watcher's samples saw.
    """
    return _of_status(_read(f"/proc/{pid}/status")) if _ON_LINUX else _psutil_usage(pid)


class KeptUsage:
    """The same of one process, asked again and again until `close`: at half the cost on Linux."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._status = KeptFile(f"/proc/{pid}/status")

    def now(self) -> Usage:
        """Return the system's counts as they are now."""
        return _of_status(self._status.read()) if _ON_LINUX else _psutil_usage(self.pid)

    def peak_mb(self) -> float:
        """Return the peak alone."""
        return _line_mb(self._status.read(), _PEAK) if _ON_LINUX else _psutil_usage(self.pid).peak_mb

    def close(self) -> None:
        """Ask no more."""
        self._status.close()


def shared_once_mb(pids: Iterable[int]) -> float:
    """Memory of several processes together, with shared pages counted once (a fork shares its parent's pages).

    Takes about a millisecond per process, so it is only used if the plain sum exceeds a limit.
    """
    return sum(_proportional_mb(pid) for pid in pids)


def _proportional_mb(pid: int) -> float:
    return _line_mb(_read(f"/proc/{pid}/smaps_rollup"), b"\nPss:") or usage(pid).now_mb


def _of_status(status: bytes) -> Usage:
    return Usage(now_mb=_line_mb(status, b"\nVmRSS:"), peak_mb=_line_mb(status, _PEAK))


def _line_mb(text: bytes, start: bytes) -> float:
    """The figure of a line such as "VmHWM:    10424 kB" in MB, 0.0 without that line."""
    _, found, rest = text.partition(start)
    return int(rest.split(maxsplit=1)[0]) / _KIB_IN_MIB if found else 0.0


def _psutil_usage(pid: int) -> Usage:
    try:
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return Usage()
    return Usage(now_mb=memory.rss / _MIB, peak_mb=getattr(memory, "peak_wset", memory.rss) / _MIB)


def _read(path: str) -> bytes:
    """The content of a file in /proc, b"" if its process is gone. Unbuffered: it is called thousands of times a minute."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.read(file, 16_384)
    except OSError:
        return b""
    finally:
        os.close(file)
