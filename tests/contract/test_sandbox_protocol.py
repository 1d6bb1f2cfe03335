"""What every sandbox does for the engine (`workbench.sandbox.protocol`), the simulated one included: no engine is asked here.

The sandboxes run a program, or a script, that does what each event says; handlers and runtimes have tests of their own.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.engines import engine_in_test
from tests.support.obedient_runtime import PROGRAM, obey
from tests.support.simulated_sandbox import SimulatedProvider
from tests.support.workspaces import WorkspaceBuilder
from workbench.engine.clock import Clock
from workbench.engine.runtime_api.http_exchange import BodySink, RuntimeConnection, RuntimeRequest
from workbench.engine.runtime_api.listener import RuntimeApi
from workbench.engine.runtime_api.refusal import Refusal
from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.docker import pause_containers
from workbench.sandbox.protocol import Exit, RuntimePlan, Sandbox, SandboxProvider, SandboxSpec

WAIT_S = 60.0
MEMORY_MB = 256


class Runtime:
    """The Runtime API of one sandbox, as its host: events go in, answers come out. Implements RuntimeHost."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[RuntimeConnection] = asyncio.Queue()
        self._answers: asyncio.Queue[bytes] = asyncio.Queue()

    def runtime_next(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        del request
        self._waiting.put_nowait(connection)

    def runtime_stream(self, request_id: str, request: RuntimeRequest, connection: RuntimeConnection) -> BodySink:
        raise Refusal(404, "NotFound", "Nothing is streamed here")

    def runtime_response(self, request_id: str, request: RuntimeRequest) -> None:
        del request_id
        self._answers.put_nowait(request.body)

    def runtime_error(self, request_id: str, request: RuntimeRequest) -> None:
        del request_id
        self._answers.put_nowait(request.body)

    def runtime_init_error(self, request: RuntimeRequest) -> None:
        self._answers.put_nowait(request.body)

    async def send(self, event: dict[str, Any]) -> None:
        """Give an event to the runtime once it asks for one."""
        connection = await asyncio.wait_for(self._waiting.get(), WAIT_S)
        headers = f"Content-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: {uuid.uuid4()}\r\n"
        connection.respond(200, json.dumps(event).encode(), headers)

    async def answer(self, event: dict[str, Any]) -> Any:
        """Give it, and wait for what the runtime makes of it."""
        await self.send(event)
        return json.loads(await asyncio.wait_for(self._answers.get(), WAIT_S))

    async def asks(self) -> None:
        """Wait until it asks for an event; the question stays open."""
        connection = await asyncio.wait_for(self._waiting.get(), WAIT_S)
        self._waiting.put_nowait(connection)


class Live:
    """One sandbox with its Runtime API and all that it has written."""

    def __init__(self, sandbox: Sandbox, runtime: Runtime, output: bytearray) -> None:
        self.sandbox, self.runtime, self.output = sandbox, runtime, output

    async def ended(self) -> Exit:
        return await asyncio.wait_for(self.sandbox.wait(), WAIT_S)


class Place:
    """A provider, and what it found for the function."""

    def __init__(self, provider: SandboxProvider, function: FunctionConfiguration, plan: RuntimePlan) -> None:
        self.provider = provider
        self._function = function
        self._plan = plan

    @asynccontextmanager
    async def live(self, environment_id: str) -> AsyncIterator[Live]:
        """A sandbox that was made and not started; gone after the block, but for its /tmp."""
        runtime, output = Runtime(), bytearray()
        api = RuntimeApi(runtime, Clock(), _nothing_else)
        listening = await self.provider.listen(environment_id, self._function)
        await api.listen(listening.socket, listening.admits)
        variables = {**self._function.environment, "AWS_LAMBDA_RUNTIME_API": listening.runtime_api, "_HANDLER": "any.thing",
                     "AWS_LAMBDA_FUNCTION_NAME": "Function", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB),
                     "LAMBDA_TASK_ROOT": self._function.code_path if self.provider.kind == "process" else "/var/task"}
        spec = SandboxSpec(
            environment_id=environment_id, engine_id="protocol", function=self._function, runtime_plan=self._plan,
            environment=variables, runtime_api=listening.runtime_api)
        sandbox = await self.provider.create(spec, output.extend)
        try:
            yield Live(sandbox, runtime, output)
        finally:
            await sandbox.terminate()
            api.close()

    @asynccontextmanager
    async def started(self) -> AsyncIterator[Live]:
        """One that runs, in an environment of its own."""
        environment_id = uuid.uuid4().hex
        async with self.live(environment_id) as live:
            await live.sandbox.start()
            yield live
        await self.provider.release(environment_id)


def _nothing_else(request: RuntimeRequest, connection: RuntimeConnection) -> None:
    raise Refusal(404, "NotFound", request.path)


@pytest.fixture(params=["simulated", "process", "isolated", pytest.param("docker", marks=pytest.mark.docker)])
async def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    if request.param == "simulated":
        function = FunctionConfiguration(name="Function", logical_id="Function", runtime="provided.al2023", handler="any.thing",
                                         code_path=str(tmp_path), memory_mb=MEMORY_MB)
        provider = SimulatedProvider(obey, Clock())
        yield Place(provider, function, await provider.prepare(function, lambda _: None))
        return
    images = {}
    if request.param == "docker":
        images = {"provided.al2023": request.getfixturevalue("docker_images")["python3.11"]}
        monkeypatch.setattr(pause_containers, "FIRST_SPARES", 0)
    workspace = WorkspaceBuilder(tmp_path / "w").function(
        "Function", {"bootstrap": PROGRAM}, runtime="provided.al2023", handler="any.thing", memory_mb=MEMORY_MB).write()
    (workspace / "function" / "bootstrap").chmod(0o755)
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(engine_in_test(workspace, sandbox=request.param, images=images))
        [function] = engine.engine.functions.all()
        resolved = await engine.selector.prepare(function, None, lambda _: None)
        yield Place(engine.selector.provider(resolved.kind), resolved.function, resolved.runtime_plan)


async def test_one_that_was_made_runs_once_it_is_started_and_only_once(place: Place) -> None:
    async with place.live("once") as live:
        assert live.sandbox.started_ns == 0
        await live.sandbox.make_ready()
        await live.sandbox.make_ready()
        assert live.sandbox.started_ns == 0
        before_ns = Clock().now_ns()
        await live.sandbox.start()
        assert before_ns <= live.sandbox.started_ns <= Clock().now_ns()
        assert await live.runtime.answer({}) == {"kept": "", "count": 1}
        with pytest.raises(SandboxError):
            await live.sandbox.start()
        assert await live.runtime.answer({}) == {"kept": "", "count": 2}
    await place.provider.release("once")


async def test_its_output_is_heard_before_the_next_request_and_before_its_end(place: Place) -> None:
    async with place.started() as live:
        for number in range(5):
            await live.runtime.answer({"write": f"line {number}\n" * 100})
            await live.runtime.asks()
            await live.sandbox.drain_output()
            assert bytes(live.output) == "".join(f"line {each}\n" * 100 for each in range(number + 1)).encode()
        live.output.clear()
        await live.runtime.send({"write": "last words", "exit": 3})
        assert await live.ended() == Exit(code=3)
        assert bytes(live.output) == b"last words"


@pytest.mark.parametrize(("event", "end"), [({"exit": 0}, Exit(code=0)), ({"signal": 15}, Exit(signal=15))])
async def test_how_it_ended_is_told(place: Place, event: dict[str, Any], end: Exit) -> None:
    async with place.started() as live:
        await live.runtime.send(event)
        assert await live.ended() == end
        assert await live.ended() == end
        assert not end.is_from_outside


async def test_its_memory_is_measured_and_bounded(place: Place) -> None:
    async with place.started() as live:
        await live.runtime.answer({})
        await live.runtime.answer({"take": 80})
        assert 80 <= live.sandbox.memory_peak_mb() < MEMORY_MB
        await live.runtime.send({"take": 2 * MEMORY_MB, "sleep": WAIT_S})
        assert (await live.ended()).out_of_memory
        assert live.sandbox.memory_peak_mb() >= MEMORY_MB


async def test_a_frozen_one_answers_once_it_is_thawed(place: Place) -> None:
    async with place.started() as live:
        await live.runtime.answer({})
        for count in (2, 3):
            await live.runtime.asks()
            live.sandbox.freeze()
            live.sandbox.freeze()
            assert not live.sandbox.has_thawed()
            await live.sandbox.thaw()
            assert (await live.runtime.answer({}))["count"] == count


async def test_what_need_not_be_thawed_answers_at_once(place: Place) -> None:
    async with place.started() as live:
        await live.runtime.answer({})
        for count in (2, 3):
            await live.runtime.asks()
            if not live.sandbox.has_thawed():
                await live.sandbox.thaw()
            assert (await live.runtime.answer({}))["count"] == count


async def test_tmp_outlives_a_sandbox_and_not_its_environment(place: Place) -> None:
    async with place.live("kept") as live:
        await live.sandbox.start()
        assert (await live.runtime.answer({"keep": "a file"}))["kept"] == "a file"
    async with place.live("kept") as live:
        await live.sandbox.start()
        assert await live.runtime.answer({}) == {"kept": "a file", "count": 1}
    await place.provider.release("kept")
    async with place.started() as live:
        assert (await live.runtime.answer({}))["kept"] == ""


async def test_one_that_is_ended_ends_in_whatever_state(place: Place) -> None:
    async with place.live("never-started") as live:
        await live.sandbox.terminate()
        end = await live.ended()
        assert end.is_from_outside
        with pytest.raises(SandboxError):
            await live.sandbox.start()
    await place.provider.release("never-started")
    async with place.started() as live:
        await live.runtime.answer({})
        await live.runtime.asks()
        live.sandbox.freeze()
        await live.sandbox.end_runtime(0)
        assert (await live.ended()).is_from_outside
        await live.sandbox.terminate()
        await live.sandbox.terminate()
