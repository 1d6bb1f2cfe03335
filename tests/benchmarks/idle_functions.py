"""What 500 functions cost that nobody invokes: CPU and memory of an engine with them beside one with a single function.

Both engines idle at the same time, with the same work of others on the machine. The floor is the engine with one function.
IDLE_SECONDS says for how long CPU time is counted.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path

import psutil

from tests.support.engines import served
from tests.support.workspaces import WorkspaceBuilder
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

SECONDS = float(os.environ.get("IDLE_SECONDS", "30"))
SETTLED_S = 10.0
"""What follows a start (the reading of code, the search for orphans) is over by then."""


def _engine(stack: contextlib.ExitStack, folder: Path, functions: int) -> psutil.Process:
    builder = WorkspaceBuilder(folder)
    for number in range(functions):
        builder.function(f"Function{number}", {"app.py": "def handler(event, context):\n    return None\n"})
    workspace = builder.write()
    stack.enter_context(served(workspace, "--sandbox", "process", is_whole=True))
    connection = read_connection(state_directory(workspace))
    assert connection is not None
    return psutil.Process(connection.pid)


def _cpu_s(process: psutil.Process) -> float:
    tasks = Path(f"/proc/{process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        engines = {count: _engine(stack, Path(folder) / str(count), count) for count in (1, 500)}
        time.sleep(SETTLED_S)
        before = {count: _cpu_s(process) for count, process in engines.items()}
        time.sleep(SECONDS)
        for count, process in engines.items():
            print(f"{count:>4} functions: {(_cpu_s(process) - before[count]) / SECONDS * 1000:6.2f} ms of CPU a second, "
                  f"{process.memory_info().rss / 2**20:6.1f} MB", flush=True)


if __name__ == "__main__":
    main()
