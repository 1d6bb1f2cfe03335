"""`kill -9` of the engine while it writes functions into the template: each is there afterwards, once, and runs."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from tests.support.api_clients import create, lambda_client, zipped
from tests.support.engines import served
from tests.support.workspaces import PYTHON_RUNTIME, one_function
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.model.failures import EngineError
from workbench.model.saving import SavingReport, SavingWish
from workbench.workspace.state_directory import state_directory
from workbench.workspace.workspace import Workspace

KILLS = 1
SEED = 7
LATEST_KILL_S = 0.25
"""Saving three functions takes about as long."""
NAMES = ("one", "two", "three")


def test_what_is_on_its_way_is_lost_nowhere(tmp_path: Path) -> None:
    root = one_function(tmp_path / "w", "def handler(event, context):\n    return 'own'\n")
    chance = random.Random(SEED)
    for kill in range(KILLS):
        names = [f"{name}-{kill}" for name in NAMES]
        with served(root, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
            for name in names:
                make(client, name)
            killer = threading.Timer(chance.uniform(0, LATEST_KILL_S), server.process.send_signal, [signal.SIGKILL])
            killer.start()
            with suppress(EngineError):
                save(root, names)
            killer.join()
            server.process.wait()
    every = {f"{name}-{kill}" for name in NAMES for kill in range(KILLS)}
    with served(root, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
        check(client, every)
        left = every - saved(root, every)
        assert {(each.function, each.refused) for each in save(root, [])} == {(name, "") for name in left}
        assert saved(root, every) == every
        check(client, every)


def make(client: Any, name: str) -> None:
    code = f"import os\ndef handler(event, context):\n    return [{name!r}, os.environ['PASSWORD']]\n"
    create(client, name, Runtime=PYTHON_RUNTIME, Code={"ZipFile": zipped(code)},
           Environment={"Variables": {"PASSWORD": f"of {name}"}})


def save(root: Path, names: list[str]) -> list[SavingReport]:
    async def ask() -> list[SavingReport]:
        connection = read_connection(state_directory(root))
        if connection is None:  # it is dead already
            raise EngineError("There is no engine.")
        async with EngineClient(connection) as client:
            found: list[SavingReport] = []
            for given in [[name] for name in names] or [names]:
                found += await client.template.save_functions(given, SavingWish())
            return found

    return asyncio.run(ask())


def saved(root: Path, names: set[str]) -> set[str]:
    return names & {each.name for each in Workspace.open(root).functions()}


def check(client: Any, names: set[str]) -> None:
    listed = [each["FunctionName"] for each in client.list_functions()["Functions"]]
    assert sorted(listed) == sorted({*names, "Function"})
    for name in names:
        assert json.loads(client.invoke(FunctionName=name)["Payload"].read()) == [name, f"of {name}"]
