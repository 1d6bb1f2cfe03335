"""An engine that several tests share, as a real process, and what each of them leaves behind taken away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.support.engines import ServeProcess, served, until
from tests.support.package_cache import package_cache
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.model.engine_api import Connection
from workbench.workspace.state_directory import state_directory

T = TypeVar("T")


class SharedEngine:
    """An engine, and how its window would reach it."""

    def __init__(self, process: ServeProcess, connection: Connection) -> None:
        self.process = process
        self.workspace = Path(connection.workspace)
        self.url = process.url
        self._connection = connection

    async def begin(self) -> None:
        """What lasts as long as an engine, and begins with its first environment, is no test's."""
        async with EngineClient(self._connection) as client:
            await client.invoke((await client.functions())[0].name, b"{}")
        await self.stop_environments()

    def told(self, ask: Callable[[EngineClient], Awaitable[Any]]) -> Any:
        """Ask the engine's own API."""
        async def asked() -> Any:
            async with EngineClient(self._connection) as client:
                return await ask(client)

        return asyncio.run(asked())

    async def refresh(self) -> None:
        """Have it read the workspace again."""
        async with EngineClient(self._connection) as client:
            await client.refresh()

    async def ask(self, call: Callable[[EngineClient], Awaitable[T]]) -> T:
        """Ask its own API."""
        async with EngineClient(self._connection) as client:
            return await call(client)

    async def stop_environments(self) -> None:
        """Leave it without environments."""
        async with EngineClient(self._connection) as client:
            await until(lambda: _has_stopped_environments(client), limit_s=60)


async def _has_stopped_environments(client: EngineClient) -> bool:
    await client.stop_environments()  # each time: the engine may just have made one ahead of a request
    return not await client.environments()


@contextlib.contextmanager
def shared_by_tests(tmp_path_factory: pytest.TempPathFactory, workspace: Path, *options: str) -> Iterator[SharedEngine]:
    """Serve a workspace in processes, for a person of its own, until the block ends."""
    home = tmp_path_factory.mktemp("person")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            patch.setenv(name, str(home / name.lower()))
        patch.setenv("XDG_CACHE_HOME", str(package_cache(tmp_path_factory)))
        with served(workspace, "--sandbox", "process", *options) as process:
            connection = read_connection(state_directory(workspace))
            assert connection is not None
            engine = SharedEngine(process, connection)
            asyncio.run(engine.begin())
            yield engine
