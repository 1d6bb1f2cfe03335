"""moto's server as a child of the engine: started, waited for, ended with it, and its end told."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import sys
from pathlib import Path

from workbench.background import TaskSet
from workbench.engine.services_endpoint.failures import ServicesUnavailable
from workbench.storage.log_file import open_log

INSTALL = "Install it with: pip install 'lambda-workbench[moto]'"
_PROGRAM = Path(__file__).with_name("moto_server.py")
_START_S = 60.0
_GRACE_S = 2.0


def is_installed() -> bool:
    """Whether moto is there, without importing it, which takes a second."""
    return importlib.util.find_spec("moto") is not None and importlib.util.find_spec("flask") is not None


class Moto:
    """One run of moto's server, which begins with the object. Use it on the engine's loop."""

    def __init__(self, log: Path) -> None:
        """`log`: the file for what the server prints."""
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._tasks = TaskSet()
        self.problem = ""
        """Why it does not run, as sentences; "" while it starts and runs."""
        self._starting = self._tasks.begin_awaited("Starting moto", self._start())

    async def url(self) -> str:
        """Return where it listens, once it does. Raises ServicesUnavailable when it has not started, or has ended."""
        url = await asyncio.shield(self._starting)
        if self.problem:
            raise ServicesUnavailable(self.problem)
        return url

    async def close(self) -> None:
        """End it. Idempotent."""
        await self._tasks.cancel()
        if self._process is not None:
            await _end(self._process)

    async def _start(self) -> str:
        """Start the process, and return its URL once it listens."""
        if not is_installed():
            raise self._failed(f"The services endpoint is moto, which is not installed. {INSTALL}")
        try:
            self._process = process = await self._spawn()
        except OSError as error:
            raise self._failed(f"moto's server cannot be started: {error.strerror or error}.") from error
        assert process.stdout is not None
        port = b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_S):
                port = (await process.stdout.readline()).strip()
        if not port:
            await _end(process)
            raise self._failed(f"moto's server has not started. Its log is {self._log}.")
        self._tasks.begin("The watch of moto", self._watch(process))
        return f"http://127.0.0.1:{port.decode()}"

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        status = await process.wait()
        self.problem = (f"moto's server has ended (status {status}), and with it what it held. Its log is {self._log}. "
                        "Restart the engine, or choose the services endpoint again.")

    async def _spawn(self) -> asyncio.subprocess.Process:
        with open_log(self._log) as log:
            # -P keeps modules that lie in the current folder, perhaps a clone's, from being imported.
            return await asyncio.create_subprocess_exec(
                sys.executable, "-P", str(_PROGRAM), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
                cwd=self._log.parent, env=_environment(), start_new_session=True)

    def _failed(self, problem: str) -> ServicesUnavailable:
        self.problem = problem
        return ServicesUnavailable(self.problem)


def _environment() -> dict[str, str]:
    """Our variables without those that would have moto call AWS, or give it one account for all, and what it is told besides.

    AWS's managed policies exist from the start, as in every account: nearly every deployment attaches AWSLambdaBasicExecutionRole
    to a role. Source: moto's documentation, "IAM", `MOTO_IAM_LOAD_MANAGED_POLICIES`.
    """
    left_out = ("AWS_", "MOTO_ACCOUNT_ID")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true", **kept}


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the process: its standard input is closed, which it notices; it is killed if it does not."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(_GRACE_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
