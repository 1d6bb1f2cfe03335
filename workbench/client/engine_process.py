"""Starting an engine as a child, or attaching to one that runs for the workspace already."""

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
START_TIMEOUT_S = 20.0
_LIMIT_BYTES = 64_000
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


def read_connection(state_directory: Path) -> Connection | None:
    """The connection of a living engine for this workspace, or None.

    Nobody else's word is taken: the file lies in the person's own folder, and the process it names has to be the one that wrote
    it (`RunningProcess`). A file that cannot be one is set aside.
    """
    connection = connection_file(state_directory).read()
    return connection if connection and _is_proven(connection) else None


def connection_file(state_directory: Path) -> StateFile[Connection]:
    """The document in which an engine says how it is reached."""
    return StateFile(state_directory / CONNECTION_FILE, Connection, limit_bytes=_LIMIT_BYTES)


def _is_proven(connection: Connection) -> bool:
    return connection.pid > 0 and RunningProcess(connection.pid, connection.started_s, connection.program).is_ours


async def attach(state_directory: Path) -> EngineClient | None:
    """A client of the running engine, if one answers."""
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
    if health.engine_id == connection.engine_id:
        return client
    await client.close()
    return None


def _client_class() -> type[EngineClient]:
    """aiohttp takes 0.3 s to import: on a thread, while the window goes on and the engine starts."""
    from workbench.client.api import EngineClient

    return EngineClient


class EngineProcess:
    """An engine started by us. It ends by itself some seconds after its standard input is closed without a new client."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self.log = log

    @classmethod
    async def start(cls, workspace: Path, state_directory: Path, *options: str) -> EngineProcess:
        """Start `workbench serve` for a workspace; its own messages go to `engine.log` in the state folder."""
        log = state_directory / "engine.log"
        with open_log(log) as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "workbench", "serve", "-w", str(workspace), "--child", *options,
                stdin=asyncio.subprocess.PIPE, stdout=output, stderr=output, env=_child_environment(), cwd=_PACKAGE_ROOT,
            )
        return cls(process, log)

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.returncode is None

    async def ready(self, state_directory: Path) -> EngineClient:
        """Wait until it answers. Raises EngineError with the end of its log when it does not."""
        await asyncio.to_thread(_client_class)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_TIMEOUT_S):
                while self.is_running:
                    connection = read_connection(state_directory)
                    if connection is not None and connection.pid == self._process.pid:
                        client = await attach(state_directory)
                        if client is not None:
                            return client
                    await asyncio.sleep(0.01)
        raise EngineError(f"The engine did not start: {self._last_words()}", f"Its log is {self.log}.")

    async def wait(self) -> int:
        """Its exit status, when it has ended."""
        return await self._process.wait()

    async def stop(self) -> None:
        """End it: politely, then by force after ten seconds."""
        if not self.is_running:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(10):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    def _last_words(self) -> str:
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - _LIMIT_BYTES))
                lines = log.read(_LIMIT_BYTES).decode(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1] if lines else "it ended without a word."


def _child_environment() -> dict[str, str]:
    """Nothing that the engine loads may come from the folder in which the window was started: it may be anybody's clone."""
    given = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if os.path.isabs(entry)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(_PACKAGE_ROOT), *given))}
