"""The processes that a process has started, read directly from the kernel.

`psutil` reads the parent of every process of the machine, which costs milliseconds with hundreds of them, and this is asked
twice per test.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import psutil


def descendants(pid: int) -> set[int]:
    """The process ids of all children, their children, and so on."""
    if not Path(f"/proc/{pid}/task/{pid}/children").exists():  # not Linux, or CONFIG_PROC_CHILDREN is off
        return {child.pid for child in psutil.Process(pid).children(recursive=True)}
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        children = _children(waiting.pop()) - found
        found |= children
        waiting += children
    return found


def children_that_run(program: str) -> list[psutil.Process]:
    """The children of this process with a module of this name in their command line: other tests' children are not asked for."""
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            found += [child] if program in " ".join(child.cmdline()) else []
    return found


def _children(pid: int) -> set[int]:
    """A thread's children are listed with the thread, so all threads are asked; one that ends meanwhile passes its own on."""
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                found.update(map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split()))
    return found
