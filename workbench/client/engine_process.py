"""Start an engine as a child process, or attach to the one that already serves the workspace."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.model.engine_api import Connection
from workbench.model.failures import EngineError
from workbench.storage.log_file import open_log
from workbench.storage.processes import RunningProcess
from workbench.storage.state_file import StateFile

if TYPE_CHECKING:
    from workbench.client.api import EngineClient

CONNECTION_FILE = "engine.json"
START_TIMEOUT_S = 60.0
ALREADY_SERVED = "An engine already serves this workspace"
"""What a second engine says before it ends."""
_LIMIT_BYTES = 64_000
_ERROR = "workbench: "
"""How a command begins the sentence about its error. A second line, indented, says what to do."""
PACKAGE_ROOT = Path(__file__).resolve().parents[2]


def read_connection(state_directory: Path) -> Connection | None:
    """The connection of this workspace's running engine; None if there is none.

    The file is trusted because it is in the person's own state folder and the process it names must be the one that wrote it
    (`RunningProcess`). A damaged file is set aside.
    """
    connection = connection_file(state_directory).read()
    return connection if connection and _is_proven(connection) else None


def connection_file(state_directory: Path) -> StateFile[Connection]:
    """The file in which an engine publishes how to reach it."""
    return StateFile(state_directory / CONNECTION_FILE, Connection, limit_bytes=_LIMIT_BYTES)


def _is_proven(connection: Connection) -> bool:
    return connection.pid > 0 and RunningProcess(connection.pid, connection.started_s, connection.program).is_ours


async def attach(state_directory: Path) -> EngineClient | None:
    """A client of the running engine; None when there is none or it does not answer within 3 seconds."""
    connection = read_connection(state_directory)
    if connection is None:
        return None
    client = (await asyncio.to_thread(_client_class))(connection)
    try:
        async with asyncio.timeout(3):
            health = await client.health()
    except (EngineError, TimeoutError):
        await client.close()
        return None
    except BaseException:  # a window that is closed meanwhile: nobody else would close the connection
        await client.close()
        raise
    if health.engine_id == connection.engine_id:  # else the port has passed to another engine since the file was written
        return client
    await client.close()
    return None


def _client_class() -> type[EngineClient]:
    """Import the client class. aiohttp takes 0.3 s to import, so do this in a thread while the window and the engine start."""
    from workbench.client.api import EngineClient

    return EngineClient


class EngineProcess:
    """An engine that this process started. It ends half a minute after its standard input closes, unless a client follows it."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self.log = log

    @classmethod
    async def start(cls, workspace: Path, state_directory: Path, *options: str) -> EngineProcess:
        """Start `workbench serve` for a workspace. Its output goes to `engine.log` in the state folder."""
        log = state_directory / "engine.log"
        with open_log(log) as output:
            process = await asyncio.create_subprocess_exec(
                *serve_command(workspace, "--child", *options),
                stdin=asyncio.subprocess.PIPE, stdout=output, stderr=output, env=child_environment(), cwd=PACKAGE_ROOT,
            )
        return cls(process, log)

    @property
    def is_running(self) -> bool:
        """Whether the process is still alive."""
        return self._process.returncode is None

    async def ready(self, state_directory: Path) -> EngineClient:
        """Wait until the engine answers. Raises EngineError with the last line of its log if it ends or takes too long."""
        await asyncio.to_thread(_client_class)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_TIMEOUT_S):
                while self.is_running:
                    connection = read_connection(state_directory)
                    # Not the file of an earlier engine, nor that of one that another program started at the same moment.
                    if connection is not None and connection.pid == self._process.pid:
                        client = await attach(state_directory)
                        if client is not None:
                            return client
                    await asyncio.sleep(0.01)
        words = last_words(self.log)
        if not words and self.is_running:
            words = f"it has not answered for {START_TIMEOUT_S:.0f} seconds."
        raise EngineError(f"The engine did not start: {words or 'its log is empty.'}", f"Its log is {self.log}.")

    async def wait(self) -> int:
        """Wait for the process to end and return its exit status."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Terminate the process, and kill it if it has not ended after 10 seconds."""
        if not self.is_running:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(10):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def serve_command(workspace: Path, *options: str) -> list[str]:
    """The command that starts an engine, to be run in PACKAGE_ROOT with `child_environment`."""
    # -P and the working directory keep modules that lie in the current folder, perhaps a clone's, from being imported.
    return [sys.executable, "-P", "-m", "workbench", "serve", "-w", str(workspace), *options]


def last_words(log: Path) -> str:
    """What a log ends with: the error that ended an engine, with what to do about it, else its last line; "" for nothing."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LIMIT_BYTES))
            lines = file.read(_LIMIT_BYTES).decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    hint = lines.pop().strip() if len(lines) > 1 and lines[-1].startswith("  ") and lines[-2].startswith(_ERROR) else ""
    return f"{lines[-1].removeprefix(_ERROR)} {hint}".strip() if lines else ""


def child_environment() -> dict[str, str]:
    """Our variables, without relative entries of PYTHONPATH: the window's current folder may be anyone's clone."""
    given = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if os.path.isabs(entry)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(PACKAGE_ROOT), *given))}
