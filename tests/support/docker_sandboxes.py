"""Builders for tests with real containers: a function's folder, a provider, and a Runtime API that AWS's clients talk to."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from workbench.model.function import FreezeMode, FunctionConfiguration
from workbench.sandbox.docker import pause_containers
from workbench.sandbox.docker.labels import engine_labels
from workbench.sandbox.docker.provider import DockerSandboxProvider
from workbench.sandbox.docker.sandbox import DockerSandbox
from workbench.sandbox.protocol import RuntimePlan, SandboxSpec

WAIT_S = 60.0
_PREFIX = "/2018-06-01/runtime"
_ENGINE = os.environ.get("DOCKER_HOST", "")
_HANG_UP = object()


BEATING = """
import threading, time
longest, beats = 0, threading.Semaphore(0)
def beat():
    global longest
    last = time.monotonic()
    while True:
        time.sleep(0.001)
        now = time.monotonic()
        longest = max(longest, now - last)
        last = now
        beats.release()
threading.Thread(target=beat, daemon=True).start()
def handler(event, context):
    while beats.acquire(blocking=False):
        pass
    beats.acquire(), beats.acquire()
    return longest
"""
"""A thread that beats every millisecond; the handler returns the longest pause in s, once the thread went on after a thaw."""


def write_function(folder: Path, source: str, *, file: str = "app.py", mode: int = 0o644) -> Path:
    """A folder with one code file, readable by everybody as in a deployment package."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(source)
    (folder / file).chmod(mode)
    folder.chmod(0o755)
    return folder


def function_in(folder: Path, *, runtime: str = "python3.11", memory_mb: int = 512, ephemeral_storage_mb: int = 512,
                handler: str = "app.handler") -> FunctionConfiguration:
    """A function whose code is that folder."""
    return FunctionConfiguration(name="probe", logical_id="Probe", runtime=runtime, handler=handler, code_path=str(folder),
                                 memory_mb=memory_mb, ephemeral_storage_mb=ephemeral_storage_mb)


async def eventually(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; fails after a minute."""
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110, what other programs do has no event here
            await asyncio.sleep(0.01)


def docker(*arguments: str) -> str:
    """What the docker command prints, asked of the engine itself, whatever a test has made of DOCKER_HOST."""
    engine = os.environ.get("WORKBENCH_TEST_ENGINE_URL", _ENGINE)
    host = {"DOCKER_HOST": engine} if engine else {}
    direct = {name: value for name, value in os.environ.items() if name != "DOCKER_HOST"} | host
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True, env=direct).stdout.strip()


def containers_of(environment_id: str) -> str:
    """The container of an environment, "" when there is none."""
    return docker("ps", "-aq", "--filter", f"label=workbench.environment={environment_id}")


def network_of(environment_id: str) -> str:
    """The network of an environment's container: "bridge", or "container:" and the ID of its pause container."""
    return docker("inspect", "-f", "{{.HostConfig.NetworkMode}}", containers_of(environment_id))


def dead_labels() -> dict[str, str]:
    """The labels of an engine whose process has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    return {**engine_labels("dead"), "workbench.pid": str(ended.pid)}


@contextmanager
def nothing_made_ahead() -> Iterator[None]:
    """What begins to wait for a quiet moment meanwhile (a pause container, one for a volume) waits for the rest of the test.

    By default the moment comes a second after a start, and on a busy machine the start takes longer than that.
    """
    with pytest.MonkeyPatch.context() as patch:
        for delay in ("REFILL_DELAY_S", "LONGEST_DELAY_S"):
            patch.setattr(pause_containers, delay, 3600.0)
        yield


class RuntimeApi:
    """One environment's Runtime API: events go in, what the runtime posted comes out, in order."""

    def __init__(self) -> None:
        self.next_requested = asyncio.Event()
        self.peers: set[str] = set()
        self.posted: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self._events: asyncio.Queue[Any] = asyncio.Queue()
        self._runner: web.AppRunner | None = None

    async def listen(self, host: str) -> int:
        """Start; returns the port."""
        application = web.Application()
        application.router.add_get(f"{_PREFIX}/invocation/next", self._next)
        application.router.add_post(_PREFIX + "/invocation/{id}/{what:response|error}", self._post)
        application.router.add_post(_PREFIX + "/init/{what:error}", self._post)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, 0)
        await site.start()
        port: int = self._runner.addresses[0][1]
        return port

    async def close(self) -> None:
        assert self._runner is not None
        self._events.put_nowait(_HANG_UP)
        await self._runner.cleanup()

    def send(self, event: Any) -> None:
        self.next_requested.clear()
        self._events.put_nowait(event)

    async def _next(self, request: web.Request) -> web.Response:
        self.peers.add(request.remote or "")
        self.next_requested.set()
        event = await self._events.get()
        if event is _HANG_UP:
            self._events.put_nowait(_HANG_UP)  # for another request that waits
            raise web.HTTPGone
        headers = {"Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()), "Lambda-Runtime-Deadline-Ms": "99999999999999",
                   "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:probe"}
        return web.Response(body=json.dumps(event).encode(), headers=headers, content_type="application/json")

    async def _post(self, request: web.Request) -> web.Response:
        self.posted.put_nowait((request.match_info["what"], json.loads(await request.read() or b"null")))
        return web.json_response({"status": "OK"}, status=202)


class Environment:
    """A function's container and its Runtime API, as the engine keeps them together."""

    def __init__(self, provider: DockerSandboxProvider, function: FunctionConfiguration) -> None:
        self.provider = provider
        self.function = function
        self.identifier = uuid.uuid4().hex
        self.runtime_plan: RuntimePlan | None = None
        self.api = RuntimeApi()
        self.output = bytearray()
        self._sandbox: DockerSandbox | None = None

    @property
    def sandbox(self) -> DockerSandbox:
        assert self._sandbox is not None, "not created"
        return self._sandbox

    async def create(self, variables: Mapping[str, str], *, opt_path: str = "", freeze: FreezeMode = "on") -> None:
        """Make the listener and the container; again after `reset`."""
        if self.runtime_plan is None:
            self.runtime_plan = await self.provider.prepare(self.function, lambda _: None)
        address = self.provider.address()
        port = await self.api.listen(address.bind_host)
        environment = {"_HANDLER": self.function.handler, "AWS_REGION": "us-east-1", "AWS_LAMBDA_FUNCTION_NAME": "probe",
                       "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.function.memory_mb),
                       "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/probe", "AWS_LAMBDA_LOG_STREAM_NAME": "s", **variables}
        spec = SandboxSpec(environment_id=self.identifier, engine_id="test", function=self.function,
                           runtime_plan=self.runtime_plan, environment=environment,
                           runtime_api=f"{address.advertised_host}:{port}", opt_path=opt_path, freeze=freeze)
        self._sandbox = await self.provider.create(spec, self.output.extend)

    async def start(self) -> None:
        """Return when the runtime has asked for its first event."""
        await self.sandbox.start()
        await self.ready()

    async def ready(self) -> None:
        """Return when the runtime asked for an event; fails with its output when it ended instead."""
        asked, ended = asyncio.ensure_future(self.api.next_requested.wait()), asyncio.ensure_future(self.sandbox.wait())
        await asyncio.wait((asked, ended), return_when=asyncio.FIRST_COMPLETED, timeout=WAIT_S)
        assert asked.done(), f"the runtime ended or never asked: {ended}, {self.output!r}"
        ended.cancel()

    async def invoke(self, event: Any = None) -> Any:
        """What the handler returned, after the runtime is ready for the next event and its output is drained."""
        self.api.send(event)
        async with asyncio.timeout(WAIT_S):
            what, document = await self.api.posted.get()
            await self.api.next_requested.wait()
        await self.sandbox.drain_output()
        assert what == "response", document
        return document

    async def reset(self) -> None:
        """As the engine after a timeout or a crash: the sandbox is killed, a new one runs; returns when it asks for an event."""
        await self.sandbox.terminate()
        await self.api.close()
        self.api = RuntimeApi()
        await self.create({})
        await self.start()

    async def close(self) -> None:
        if self._sandbox is not None:
            await self._sandbox.terminate()
        await self.provider.release(self.identifier)
        await self.api.close()


@asynccontextmanager
async def created(provider: DockerSandboxProvider, function: FunctionConfiguration,
                  variables: Mapping[str, str] | None = None, *, opt_path: str = "", freeze: FreezeMode = "on",
                  ) -> AsyncIterator[Environment]:
    """An environment whose container was made and not started; gone afterwards."""
    environment = Environment(provider, function)
    try:
        await environment.create(variables or {}, opt_path=opt_path, freeze=freeze)
        yield environment
    finally:
        await environment.close()


@asynccontextmanager
async def running(provider: DockerSandboxProvider, function: FunctionConfiguration,
                  variables: Mapping[str, str] | None = None, *, opt_path: str = "", freeze: FreezeMode = "on",
                  ) -> AsyncIterator[Environment]:
    """An environment that waits for its first event; gone afterwards."""
    async with created(provider, function, variables, opt_path=opt_path, freeze=freeze) as environment:
        await environment.start()
        yield environment
