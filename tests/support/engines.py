"""Engines for tests: in the test's own loop (fast, inspectable) or as the real `workbench serve` process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import TextIO

import msgspec

from tests.support.forked_commands import CAN_FORK, ForkedProcess, forked_commands
from workbench.cli.engine_parts import build_engine
from workbench.client.api import EngineClient
from workbench.engine.clock import Clock
from workbench.engine.concurrency.machine_memory import MachineMemory
from workbench.engine.concurrency.pool import EnvironmentPool
from workbench.engine.invoker import Invoker
from workbench.engine.sandboxes import SandboxSelector
from workbench.engine.service import Engine
from workbench.gateway.server import Gateway
from workbench.model.engine_api import Connection, DoctorReport, PreparedSandboxes, SandboxChoice, Settings
from workbench.model.function import SandboxKind
from workbench.state.invocation import Invocation, fold_invocation
from workbench.workspace.state_directory import state_directory


class EngineInTest:
    """An engine, its gateway and a client, all on the test's loop."""

    def __init__(self, engine: Engine, client: EngineClient) -> None:
        self.engine = engine
        self.client = client

    # A test may look at the engine's parts, which nobody else reaches.

    @property
    def pool(self) -> EnvironmentPool:
        return self.engine._pool

    @property
    def memory(self) -> MachineMemory:
        return self.engine._memory

    @property
    def invoker(self) -> Invoker:
        return self.engine._invoker

    @property
    def selector(self) -> SandboxSelector:
        return self.engine._sandboxes

    async def invoke(
        self, payload: object = None, function: str = "Function", *, sandbox: SandboxKind | None = None, cold: bool = False
    ) -> Invocation:
        """Invoke through the API and fold what the stream says of it; `payload` is a value, or bytes sent as they are."""
        body = payload if isinstance(payload, bytes) else msgspec.json.encode(payload if payload is not None else {})
        answer = await self.client.invoke(function, body, sandbox=sandbox, cold=cold)
        invocation = fold_invocation(await self.client.invocation_events(answer.request_id), answer.request_id)
        invocation.payload = answer.payload.decode()
        assert invocation.function_error == answer.function_error
        return invocation

    async def states(self) -> list[str]:
        """The states of all environments now."""
        return [environment.state for environment in await self.client.environments()]


@contextlib.asynccontextmanager
async def engine_in_test(
    workspace: Path, *, sandbox: SandboxChoice = "process", images: Mapping[str, str] | None = None, trusted: bool = True,
    prepared: PreparedSandboxes = "none", clock: Clock | None = None,
) -> AsyncIterator[EngineInTest]:
    """Start an engine on the running loop; it and all it started are gone afterwards. `trusted`: as with --trust.

    Sandboxes are not made ahead unless a test asks for it: most of them count what there is.
    """
    engine = build_engine(workspace, state_directory(workspace), clock=clock)
    gateway = Gateway(engine, shut_down=lambda: None, examine=_no_report)
    await gateway.start(0)
    await engine.start()
    if trusted and engine.trust.standing != "trusted":
        await engine.trust.agree()
    engine.settings.use(Settings(sandbox=sandbox, images=dict(images or {}), prepared_sandboxes=prepared))
    gateway.admit()
    connection = Connection(
        url=gateway.url, token=gateway.token, pid=os.getpid(), engine_id=engine.engine_id, workspace=str(workspace)
    )
    try:
        async with EngineClient(connection) as client:
            yield EngineInTest(engine, client)
    finally:
        await gateway.close()
        await engine.close()


async def _no_report() -> DoctorReport:
    return DoctorReport(version="test", findings=())


class ServeProcess:
    """A `workbench serve` that runs. `url` is what it printed, `output` what it writes to."""

    def __init__(self, process: subprocess.Popen[bytes] | ForkedProcess, output: TextIO, url: str, *, is_read: bool) -> None:
        self.process = process
        self.url = url
        self._output = output
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, name=f"output of {process.pid}", daemon=True)
        if is_read:
            self._reader.start()

    def _read(self) -> None:
        self._lines += iter(self._output.readline, "")

    def stop(self) -> str:
        """SIGINT, as Ctrl+C; returns what it wrote after its first line."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.ended()

    def ended(self) -> str:
        """Wait for its end; returns the same."""
        self.process.wait(20)
        if self._reader.ident is not None:
            self._reader.join(20)
        elif not self._output.closed:
            self._read()
        self._output.close()
        return "".join(self._lines)


@contextlib.contextmanager
def served(
    workspace: Path, *options: str, trusted: bool = True, is_read: bool = True, is_whole: bool = False,
) -> Iterator[ServeProcess]:
    """Run `workbench serve` on a free port until the block ends. `is_read`: read what it writes meanwhile.

    `is_whole`: start it as a shell does. Elsewhere it is a fork of a process that has imported what it needs, where there are
    forks: importing is most of what a start costs.
    """
    trust = ["--trust"] if trusted else []
    arguments = ["serve", "-w", str(workspace), "-p", "0", *trust, *options]
    read, write = os.pipe()
    output = os.fdopen(read)
    try:
        process = _started(arguments, write, is_forked=CAN_FORK and not is_whole)
    finally:
        os.close(write)
    line, before = output.readline(), ""
    while line and not line.startswith("listening on http://"):  # notices come first
        line, before = output.readline(), before + line
    assert line, before
    server = ServeProcess(process, output, line.split()[-1], is_read=is_read)
    try:
        yield server
    finally:
        server.stop()


def _started(arguments: list[str], output: int, *, is_forked: bool) -> subprocess.Popen[bytes] | ForkedProcess:
    if not is_forked:
        return subprocess.Popen([sys.executable, "-m", "workbench", *arguments], stdout=output, stderr=output)
    with open(os.devnull, "rb") as nothing:
        return forked_commands().start(arguments, os.environ, (nothing.fileno(), output, output))


async def until(condition: object, limit_s: float = 60.0) -> None:
    """Wait for a state: call `condition` (may be a coroutine function) until it is true."""
    async with asyncio.timeout(limit_s):
        while True:
            found = condition()  # type: ignore[operator]
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.005)
