"""A program for tests: starts two runtimes, freezes the first, has a sandbox ready, prints their numbers, waits to be killed.

Arguments: the code folder, the orphans' file, and "guarded" or "alone" (then it kills its guardian first).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil

from tests.support.process_sandboxes import create, function_in, start
from workbench.runtimes.launcher import Launcher
from workbench.sandbox.process.provider import ProcessSandboxProvider


async def main(code: Path, orphans_file: Path, guarded: bool) -> None:
    """Never returns."""
    provider = ProcessSandboxProvider(Launcher(), orphans_file=orphans_file)
    started = [await start(provider, function_in(code)) for _ in range(2)]
    await (await create(provider, function_in(code))).sandbox.make_ready()
    lines = [await each.line_after("pid") for each in started]
    started[0].sandbox.freeze()
    if not guarded:
        for child in psutil.Process().children():
            if child.name() == "sh":
                os.kill(child.pid, signal.SIGKILL)
    print("\n".join(lines), flush=True)
    await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "guarded"))
