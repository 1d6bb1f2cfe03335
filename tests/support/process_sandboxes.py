"""Builders for tests with real process sandboxes: an OS-only function whose bootstrap is the test's own script."""

from __future__ import annotations

import asyncio
import re
import sys
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from workbench.model.function import FreezeMode, FunctionConfiguration
from workbench.sandbox.process.provider import ProcessSandboxProvider
from workbench.sandbox.process.sandbox import ProcessSandbox
from workbench.sandbox.protocol import SandboxSpec

WAIT_S = 20.0


def function_in(folder: Path, *, runtime: str = "provided.al2023", memory_mb: int = 256,
                environment: Mapping[str, str] | None = None, handler: str = "app.handler") -> FunctionConfiguration:
    """A function whose code is that folder."""
    return FunctionConfiguration(name="probe", logical_id="Probe", runtime=runtime, handler=handler, code_path=str(folder),
                                 memory_mb=memory_mb, environment=environment or {})


def write_bootstrap(folder: Path, code: str, *, mode: int = 0o755) -> None:
    """An executable Python script as the function's bootstrap."""
    bootstrap = folder / "bootstrap"
    bootstrap.write_text(f"#!{sys.executable} -uS\n{code}\n")
    bootstrap.chmod(mode)


class Collected:
    """An OutputHandler that keeps what it got and lets a test wait for it."""

    def __init__(self) -> None:
        self._data = bytearray()  # bytes would be copied for every chunk, and the reader paces itself by what its handler costs
        self._changed = asyncio.Event()

    @property
    def data(self) -> bytes:
        """Everything so far."""
        return bytes(self._data)

    def __call__(self, chunk: bytes) -> None:
        self._data += chunk
        self._changed.set()

    def clear(self) -> None:
        """Forget it."""
        self._data.clear()

    async def until(self, expected: bytes) -> bytes:
        """Everything so far, once `expected` is in it."""
        async with asyncio.timeout(WAIT_S):
            while expected not in self._data:
                await self.change()
        return self.data

    async def change(self) -> None:
        """Return when more has come."""
        self._changed.clear()
        await self._changed.wait()


class Started:
    """A sandbox that runs, and what it has written."""

    def __init__(self, sandbox: ProcessSandbox, output: Collected) -> None:
        self.sandbox = sandbox
        self.output = output

    async def line_after(self, word: str) -> str:
        """What follows this word in its line."""
        async with asyncio.timeout(WAIT_S):
            while not (found := re.search(rf"{word} (.+)\n", self.output.data.decode())):
                await self.output.change()
        return found[1]


async def create(provider: ProcessSandboxProvider, function: FunctionConfiguration,
                 environment: Mapping[str, str] | None = None, *,
                 environment_id: str = "", freeze: FreezeMode = "on", opt_path: str = "") -> Started:
    """A sandbox as the engine makes it, not started; of an environment of its own if none is named."""
    runtime_plan = await provider.prepare(function, lambda _: None)
    spec = SandboxSpec(environment_id=environment_id or uuid.uuid4().hex, engine_id="g1", function=function,
                       runtime_plan=runtime_plan, environment={**function.environment, **(environment or {})},
                       runtime_api="127.0.0.1:1", freeze=freeze, opt_path=opt_path)
    output = Collected()
    return Started(await provider.create(spec, output), output)


async def start(provider: ProcessSandboxProvider, function: FunctionConfiguration,
                environment: Mapping[str, str] | None = None, *,
                environment_id: str = "", freeze: FreezeMode = "on") -> Started:
    """A sandbox whose runtime was started."""
    started = await create(provider, function, environment, environment_id=environment_id, freeze=freeze)
    await started.sandbox.start()
    return started


async def eventually(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; fails after twenty seconds."""
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 - what other processes become sets no event of ours
            await asyncio.sleep(0.005)


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
