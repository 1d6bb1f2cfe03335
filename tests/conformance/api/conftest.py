"""One engine for the tests of a module, as a real process, with the clients of people who call it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_clients import lambda_client
from tests.support.engines import ServeProcess, served, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.model.engine_api import Connection
from workbench.workspace.state_directory import state_directory


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
            await client.invoke("FromTemplate", b"{}")
        await self.stop_environments()

    async def refresh(self) -> None:
        """Have it read the workspace again."""
        async with EngineClient(self._connection) as client:
            await client.refresh()

    async def stop_environments(self) -> None:
        """Leave it without environments."""
        async with EngineClient(self._connection) as client:
            await client.stop_environments()
            await until(lambda: _has_no_environments(client))


async def _has_no_environments(client: EngineClient) -> bool:
    return not await client.environments()


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    """`workbench serve` for a workspace with one function in its template, FromTemplate."""
    builder = WorkspaceBuilder(tmp_path_factory.mktemp("workspace"))
    builder.function("FromTemplate", {"app.py": "def handler(event, context):\n    return 'template'\n"})
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("person")
        for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
            patch.setenv(name, str(home / name.lower()))
        workspace = builder.write()
        with served(workspace, "--sandbox", "process") as server:
            connection = read_connection(state_directory(workspace))
            assert connection is not None
            engine = SharedEngine(server, connection)
            asyncio.run(engine.begin())
            yield engine


@pytest.fixture
def engine(shared_engine: SharedEngine) -> Iterator[SharedEngine]:
    """The shared engine, left without environments."""
    yield shared_engine
    asyncio.run(shared_engine.stop_environments())


@pytest.fixture
def client(engine: SharedEngine) -> Iterator[Any]:
    """boto3 for the workspace's own Region."""
    with closing(lambda_client(engine.url)) as client:
        yield client
