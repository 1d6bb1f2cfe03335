"""A restart after a kill, with 500 functions that the API made: from the command to `listening`, and to the end of ListFunctions.

At most 1.5 s with 500, beside the same command with none, which is its floor. FUNCTIONS and ROUNDS make it shorter. Each function
has a package of its own, two versions and an alias.

Reading 500 functions takes 25 ms of a start, and the ten pages of ListFunctions 0.2 s of processor time: beside the interpreter's
imports they hardly count. `tests/e2e/test_engine_start.py` counts those. On two cores with a load of 9, where everything takes
several times as long: 1.96 s of processor time against 1.82 s with none, and 2.7 s before starts loaded less.
"""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil

from tests.support.api_clients import ROLE, lambda_client, waited, zipped
from tests.support.engines import served
from tests.support.workspaces import WorkspaceBuilder


def main() -> None:
    functions, rounds = int(os.environ.get("FUNCTIONS", "500")), int(os.environ.get("ROUNDS", "5"))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = str(Path(folder) / "state")
        empty, full = (WorkspaceBuilder(Path(folder) / name).write() for name in ("empty", "full"))
        _fill(full, functions)
        times: dict[str, list[tuple[float, float, float]]] = {"none": [], f"{functions}": []}
        for _ in range(rounds):
            times["none"].append(_restarted(empty, 0))
            times[f"{functions}"].append(_restarted(full, functions))
    for what, each in times.items():
        listening, listed, computed = (statistics.median(column) for column in zip(*each, strict=True))
        print(f"  {what:>5} functions: listening after {listening:.2f} s, all listed after {listed:.2f} s "
              f"(slowest {max(second for _, second, _ in each):.2f} s), {computed:.2f} s of processor time")


def _fill(workspace: Path, functions: int) -> None:
    with served(workspace, "--sandbox", "process", is_whole=True) as server, closing(lambda_client(server.url)) as client:
        for number in range(functions):
            name = f"function-{number}"
            client.create_function(FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="app.handler", Publish=True,
                                   Environment={"Variables": {"NUMBER": str(number)}}, Code={"ZipFile": zipped(f"# {number}")})
            client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
            if number == functions - 1:
                waited(client, "function_active_v2", name)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()


def _restarted(workspace: Path, functions: int) -> tuple[float, float, float]:
    """Seconds until it listens, until all are listed, and of processor time till then, which a busy machine does not change."""
    begun_s = time.monotonic()
    with served(workspace, "--sandbox", "process", is_whole=True) as server:
        listening_s = time.monotonic() - begun_s
        with closing(lambda_client(server.url)) as client:
            asked_s = time.monotonic()
            assert len(_listed(client)) == functions
        listed_s = listening_s + time.monotonic() - asked_s
        spent = psutil.Process(server.process.pid).cpu_times()
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    return listening_s, listed_s, spent.user + spent.system


def _listed(client: Any) -> list[str]:
    return [each["FunctionName"] for page in client.get_paginator("list_functions").paginate() for each in page["Functions"]]


if __name__ == "__main__":
    main()
