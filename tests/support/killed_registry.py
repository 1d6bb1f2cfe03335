"""An engine that is killed while it creates, updates, publishes and deletes: what it acknowledged must be there afterwards."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from tests.support.api_clients import ROLE, lambda_client, zipped
from tests.support.engines import served
from tests.support.workspaces import WorkspaceBuilder

NAMES = ("one", "two", "three")
LATEST_KILL_S = 0.02
"""A request takes a few milliseconds: some kills come before its answer, some after."""


class Known(msgspec.Struct, frozen=True):
    """What is known of a function: its description, and how many versions it has."""

    description: str = ""
    versions: int = 0


State = dict[str, Known]


class KilledRegistry:
    """Runs the flow. `kills` counts; `problems` says what was lost."""

    def __init__(self, workspace: Path, seed: int) -> None:
        self.workspace = WorkspaceBuilder(workspace).write()
        self.kills = 0
        self.problems: list[str] = []
        self._random = random.Random(seed)
        self._acknowledged: State = {}
        self._in_doubt: State | None = None
        """What holds instead if the last request, which was never answered, was carried out."""

    def run(self, kills: int) -> None:
        """Begin an engine, let it work until it is killed, and compare; so many times."""
        while self.kills < kills and not self.problems:
            with served(self.workspace, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
                self._compare(client)
                for _ in range(self._random.randrange(1, 8)):
                    self._step(client, lambda call: call())
                killer = threading.Timer(self._random.uniform(0, LATEST_KILL_S), server.process.send_signal, [signal.SIGKILL])
                killer.start()
                self._step(client, self._perhaps)
                killer.join()
                server.process.wait()
                self.kills += 1
        if not self.problems:
            with served(self.workspace, "--sandbox", "process") as server, closing(lambda_client(server.url)) as client:
                self._compare(client)

    def _perhaps(self, call: Callable[[], object]) -> bool:
        """Make a call whose engine is being killed. Whether it was answered."""
        try:
            call()
        except (BotoCoreError, ConnectionError):
            return False
        return True

    def _step(self, client: Any, make: Callable[[Callable[[], object]], object]) -> None:
        """Make one change, whose effect counts once it was answered."""
        name = self._random.choice(NAMES)
        after, call = self._change(client, name)
        try:
            answered = make(call) is not False
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceConflictException":  # an update is in progress: nothing happened
                raise
            return
        if answered:
            self._acknowledged = after
        else:
            self._in_doubt = after

    def _change(self, client: Any, name: str) -> tuple[State, Callable[[], object]]:
        known = self._acknowledged.get(name)
        text = str(self._random.random())
        if known is None:
            given = {"Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler", "Code": {"ZipFile": zipped(f"# {text}")}}
            return ({**self._acknowledged, name: Known(text)},
                    lambda: client.create_function(FunctionName=name, Description=text, **given))
        what = self._random.choice(("update", "publish", "publish", "delete"))
        if what == "delete":
            return ({key: value for key, value in self._acknowledged.items() if key != name},
                    lambda: client.delete_function(FunctionName=name))
        if what == "update":
            return ({**self._acknowledged, name: Known(text, known.versions)},
                    lambda: client.update_function_configuration(FunctionName=name, Description=text))
        # A package of its own makes each publication another version.
        return ({**self._acknowledged, name: Known(known.description, known.versions + 1)},
                lambda: client.update_function_code(FunctionName=name, ZipFile=zipped(f"# {text}"), Publish=True))

    def _compare(self, client: Any) -> None:
        found: State = {}
        for function in client.list_functions()["Functions"]:
            name = function["FunctionName"]
            versions = client.list_versions_by_function(FunctionName=name)["Versions"]
            now = client.get_function(FunctionName=name)["Configuration"]
            if (now["State"], now["LastUpdateStatus"]) != ("Active", "Successful"):
                self.problems.append(f"{name} is {now['State']}, its update {now['LastUpdateStatus']}")
            found[name] = Known(function["Description"], len(versions) - 1)
        if found not in (self._acknowledged, self._in_doubt):
            self.problems.append(f"{found} is there, {self._acknowledged} was acknowledged, {self._in_doubt} was in doubt")
        self._acknowledged, self._in_doubt = found, None
