"""An engine that is killed while it accepts events and tries them: what it answered with 202 must run afterwards.

It is killed in turns in the moment of an answer, with many callers, and at any time, with one, while it tries events.

Each event writes its number into a file, so that what has run is known whatever becomes of the engine; every third one fails.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError

from tests.support.api_clients import lambda_client
from tests.support.engines import ServeProcess, served, until
from tests.support.workspaces import one_function
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.model.failures import WorkbenchError
from workbench.workspace.state_directory import state_directory

CODE = """
import os

def handler(event, context):
    with open(os.environ["RUNS"], "a") as file:
        file.write(f"{event} {context.aws_request_id}\\n")
    if event % 3 == 0:
        raise ValueError(event)
"""
LATEST_KILL_S = 0.3
"""An accept takes a few milliseconds and an attempt some more, the first one of an engine a hundred."""
CALLERS = 16
"""So many callers at once keep the disk busy: there is always something that is not written yet."""


class KilledQueue:
    """Runs the flow. `kills` counts; `accepted` has the request ID of each event that was answered; `runs` what ran."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._runs = folder / "runs.txt"
        self._runs.touch()
        self.workspace = one_function(folder / "w", CODE, environment={"RUNS": str(self._runs)})
        self._random = random.Random(seed)
        self.accepted: dict[int, str] = {}
        self.kills = self._sent = 0

    def run(self, kills: int, events: int, within_s: float = 120.0) -> None:
        """Have events accepted while one engine after the other is killed, then let a last one run what is left.

        Raises TimeoutError if it has not run everything `within_s`.
        """
        while self.kills < kills:
            with served(self.workspace, "--sandbox", "process") as server:
                if self.kills % 2:
                    self._accept_until_killed(server, events // kills)
                else:
                    self._kill_at_an_answer(server, events // kills)
                server.process.wait()
                self.kills += 1
        with served(self.workspace, "--sandbox", "process"):
            self.ask(lambda client: self._drain(client, within_s))

    @property
    def runs(self) -> Counter[int]:
        """How often each event ran."""
        return Counter(number for number, _ in self._lines())

    @property
    def problems(self) -> list[str]:
        """What is wrong: accepted events that did not run, or not as often as they had to, or under another request ID."""
        runs, ids = self.runs, self._request_ids()
        return [f"{number} ran {runs[number]} times, as {ids.get(number, set())} and not {request_id}"
                for number, request_id in self.accepted.items()
                if runs[number] < (3 if number % 3 == 0 else 1) or ids[number] != {request_id}]

    def ask(self, call: Callable[[EngineClient], Awaitable[Any]]) -> Any:
        """Ask the running engine."""
        connection = read_connection(state_directory(self.workspace))
        assert connection is not None

        async def asked() -> Any:
            async with EngineClient(connection) as client:
                return await call(client)

        return asyncio.run(asked())

    def _accept_until_killed(self, server: ServeProcess, events: int) -> None:
        killer = threading.Timer(self._random.uniform(0, LATEST_KILL_S), server.process.send_signal, [signal.SIGKILL])
        with closing(lambda_client(server.url)) as client:
            for number in range(events):
                if number == events // 2:
                    killer.start()
                self._sent += 1
                try:
                    answer = client.invoke(FunctionName="Function", InvocationType="Event", Payload=json.dumps(self._sent))
                except (BotoCoreError, ConnectionError):
                    break
                answer["Payload"].read()  # its end frees the connection
                self.accepted[self._sent] = answer["ResponseMetadata"]["RequestId"]
        killer.join()

    def _kill_at_an_answer(self, server: ServeProcess, events: int) -> None:
        """Kill the engine in the moment in which it has answered so many of many callers: what it answered must be on disk."""
        left = self._random.randint(events // 2, events - 1)

        async def caller(client: EngineClient) -> None:
            nonlocal left
            while left > 0:
                self._sent += 1
                number = self._sent
                try:
                    self.accepted[number] = await client.queue.send("Function", json.dumps(number).encode())
                except WorkbenchError:
                    return
                left -= 1
                if left == 0:
                    server.process.send_signal(signal.SIGKILL)

        async def callers(client: EngineClient) -> None:
            await asyncio.gather(*(caller(client) for _ in range(CALLERS)))

        self.ask(callers)

    async def _drain(self, client: EngineClient, within_s: float) -> None:
        """Let the engine run what is left, by itself, and have its clock show when the next retry is due."""
        async def is_empty() -> bool:
            await client.queue.forward()
            return (await client.queue.info(limit=0)).waiting == 0

        await until(is_empty, within_s)

    def _request_ids(self) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for number, request_id in self._lines():
            found.setdefault(number, set()).add(request_id)
        return found

    def _lines(self) -> list[tuple[int, str]]:
        parts = (line.split() for line in self._runs.read_text().splitlines())
        return [(int(each[0]), each[1]) for each in parts]
