"""A sandbox without a process: its runtime is a script on the test's loop, which calls the real Runtime API and waits by a clock.

What holds for the real sandboxes holds for this one: `tests/contract/test_sandbox_protocol.py` asks all of them the same. So the
engine's own rules can be tried in milliseconds, in any order of events, under a clock that a test holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from workbench.background import begin_awaited
from workbench.engine.clock import Clock
from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.sandbox.protocol import (
    Exit,
    ExtensionHandler,
    Listening,
    OutputHandler,
    ProgressHandler,
    RuntimePlan,
    SandboxSpec,
)

PREFIX = "/2018-06-01/runtime"
MB = 2**20


class Killed(Exception):
    """Ends a script as a signal ends a process."""


class SimulatedRuntime:
    """What a script can do. One connection, as a runtime client has it."""

    def __init__(self, sandbox: SimulatedSandbox) -> None:
        self._sandbox = sandbox
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """Its environment variables."""
        return self._sandbox.spec.environment

    async def next(self) -> tuple[str, Any]:
        """Wait for the next event; its request id and the value."""
        headers, body = await self._call("GET", f"{PREFIX}/invocation/next")
        return headers["lambda-runtime-aws-request-id"], json.loads(body)

    async def respond(self, request_id: str, value: object) -> None:
        """Post the result."""
        await self._call("POST", f"{PREFIX}/invocation/{request_id}/response", json.dumps(value).encode())

    async def fail(self, request_id: str, error_type: str) -> None:
        """Post an error of the handler."""
        document = json.dumps({"errorType": error_type, "errorMessage": "scripted"}).encode()
        await self._call("POST", f"{PREFIX}/invocation/{request_id}/error", document, error_type)

    async def fail_init(self, error_type: str) -> None:
        """Post that the function cannot be loaded."""
        document = json.dumps({"errorType": error_type, "errorMessage": "scripted"}).encode()
        await self._call("POST", f"{PREFIX}/init/error", document, error_type)

    async def wait_at_snapshot(self) -> None:
        """Be initialized, and wait to be restored."""
        await self._call("GET", f"{PREFIX}/restore/next")

    async def fail_restore(self, error_type: str) -> None:
        """Post that a hook after the restore failed."""
        document = json.dumps({"errorType": error_type, "errorMessage": "scripted"}).encode()
        await self._call("POST", f"{PREFIX}/restore/error", document, error_type)

    async def sleep(self, duration_s: float) -> None:
        """Take time."""
        await self._sandbox.clock.sleep(duration_s)

    def write(self, text: str) -> None:
        """Write to standard output."""
        self._sandbox.output(text.encode())

    def take(self, size_mb: float) -> None:
        """Use this much memory; too much of it ends the runtime."""
        self._sandbox.take(size_mb)

    def end_by(self, signal: int) -> None:
        """End by a signal of its own."""
        self._sandbox.end_by(signal)

    @property
    def files(self) -> dict[str, str]:
        """What /tmp holds."""
        return self._sandbox.files

    async def _call(self, method: str, path: str, body: bytes = b"", error_type: str = "") -> tuple[Mapping[str, str], bytes]:
        if self._writer is None:
            host, _, port = self._sandbox.spec.runtime_api.partition(":")
            self._reader, self._writer = await asyncio.open_connection(host, int(port))
        assert self._reader is not None
        error = f"Lambda-Runtime-Function-Error-Type: {error_type}\r\n" if error_type else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: simulated\r\n{error}Content-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        status_line, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        answer = await self._reader.readexactly(int(headers.get("content-length", "0")))
        await self._sandbox.thawed.wait()
        if not 200 <= int(status_line.split()[1]) < 300:
            raise RuntimeError(f"{method} {path}: {status_line} {answer.decode()}")
        return headers, answer

    def read(self, does_read: bool) -> None:
        """Take what arrives from its socket, or leave it there as a frozen process does."""
        if self._writer is not None and isinstance(transport := self._writer.transport, asyncio.ReadTransport):
            (transport.resume_reading if does_read else transport.pause_reading)()

    async def close(self) -> None:
        """Hang up, as the end of a process does; whatever it has not read is lost."""
        if self._writer is not None:
            self._writer.transport.abort()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()


Script = Callable[[SimulatedRuntime], Awaitable[int]]
"""A runtime: returns its exit status."""


class SimulatedSandbox:
    """Implements Sandbox."""

    peer_address = ""
    shares_network = True
    extensions: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    comes_from_snapshot = False

    def __init__(self, spec: SandboxSpec, output: OutputHandler, script: Script, clock: Clock, delay_s: float) -> None:
        """`delay_s`: how long it takes to start, to thaw, to be drained and to end. `files` are those of /tmp."""
        self.spec = spec
        self.files: dict[str, str] = {}
        self._delay_s = delay_s
        self.output = output
        self.clock = clock
        self.started_ns = 0
        self.thawed = asyncio.Event()
        self.thawed.set()
        self._script = script
        self._runtime = SimulatedRuntime(self)
        self._task: asyncio.Task[None] | None = None
        self._exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._used_mb = self._peak_mb = 0.0
        self._how: Exit | None = None
        self._killed: Exit | None = None
        self.is_gone = False

    def shell_command(self) -> tuple[str, ...]:
        """There is nothing to look into."""
        return ()

    async def make_ready(self) -> None:
        """Nothing needs to be made ready."""

    async def start_extensions(self, handler: ExtensionHandler) -> Mapping[str, str]:
        """It has none."""
        del handler
        return {}

    def kill_extension(self, name: str) -> None:
        """It has none."""

    async def start(self) -> None:
        """Run the script."""
        if self._exit.done() or self._task is not None:
            raise SandboxError("This environment was started or ended before.")
        await self.clock.sleep(self._delay_s)
        self.started_ns = self.clock.now_ns()
        self._task = begin_awaited("A scripted runtime", self._run(), asyncio.CancelledError)

    async def connect(self, port: int) -> socket.socket:
        """Nothing listens inside."""
        raise ConnectionRefusedError(port)

    async def wait(self) -> Exit:
        """How the script ended."""
        return await asyncio.shield(self._exit)

    async def drain_output(self) -> None:
        """What is written is heard at once, though that may take time to know."""
        await self.clock.sleep(self._delay_s)

    def has_drained(self) -> bool:
        """What is written is heard at once: where that takes no time, there is nothing to wait for."""
        return not self._delay_s

    def freeze(self) -> None:
        """Hold the script at its next answer, which it does not read either."""
        self.thawed.clear()
        self._runtime.read(False)

    async def thaw(self) -> None:
        """Let it go on, or die if it was killed meanwhile."""
        await self.clock.sleep(self._delay_s)
        self.thawed.set()
        if self._killed is not None:
            self._end(self._killed)
        else:
            self._runtime.read(True)

    def has_thawed(self) -> bool:
        """Whether the script goes on, where it takes no time to know."""
        return not self._delay_s and self.thawed.is_set()

    def init_report(self) -> str:
        """Nothing is noted from outside."""
        return ""

    def memory_peak_mb(self) -> float:
        """What `take` took at most."""
        return self._peak_mb

    def take(self, size_mb: float) -> None:
        """The script uses this much more memory."""
        self._used_mb += size_mb
        self._peak_mb = min(self._used_mb, self.spec.function.memory_mb)
        if self._used_mb > self.spec.function.memory_mb:
            self._how = Exit(signal=9, out_of_memory=True)
            raise Killed

    def end_by(self, signal: int) -> None:
        """The script ends itself."""
        self._how = Exit(signal=signal)
        raise Killed

    def kill(self) -> None:
        """End it from outside; a frozen process dies when it is thawed."""
        if self.thawed.is_set():
            self._end(Exit(signal=9))
        else:
            self._killed = Exit(signal=9)

    @property
    def is_alive(self) -> bool:
        """Whether its script runs."""
        return self._task is not None and not self._exit.done()

    def lose(self) -> None:
        """The machine loses it."""
        self._end(Exit(lost="The simulated machine is gone."))

    async def end_runtime(self, grace_ms: int) -> None:
        """No script hears SIGTERM."""
        del grace_ms
        self._end(Exit(signal=9))
        if self._task is not None:
            await asyncio.wait([self._task])

    async def terminate(self, grace_ms: int = 0) -> None:
        """End it."""
        await self.clock.sleep(self._delay_s)
        if self._task is None:
            self._end(Exit(lost="The environment ended before its runtime was started."))
        await self.end_runtime(grace_ms)
        self.is_gone = True

    def _end(self, how: Exit) -> None:
        if self._how is not None or self._exit.done():
            return
        self._how = how
        if self._task is not None:
            self._task.cancel()
        else:
            self._exit.set_result(how)

    async def _run(self) -> None:
        """As the kernel does it: the connection is closed before anybody hears of the end."""
        how = Exit(signal=9)
        with contextlib.suppress(Killed, asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
            how = Exit(code=await self._script(self._runtime))
        await self._runtime.close()
        self._exit.set_result(self._how or how)


class SimulatedProvider:
    """Implements SandboxProvider. `script` says what the next runtime does; `made` are the sandboxes, in order."""

    reaches_inside = False
    restores_by_fork = False

    def __init__(self, script: Script, clock: Clock, *, delay_s: float = 0.0, kind: SandboxKind = "process") -> None:
        """`delay_s`: how long its sandboxes take to be made, and for each step of their lives."""
        self.kind: SandboxKind = kind
        self._delay_s = delay_s
        self.script = script
        self.made: list[SimulatedSandbox] = []
        self.released: list[str] = []
        self._files: dict[str, dict[str, str]] = {}
        self._clock = clock

    async def prepare(self, function: FunctionConfiguration, progress: ProgressHandler) -> RuntimePlan:
        """Nothing needs to be found."""
        del function, progress
        return RuntimePlan(runs_on="a script")

    async def listen(self, environment_id: str, function: FunctionConfiguration) -> Listening:
        """At this machine's loopback."""
        del environment_id, function
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        host, port = listener.getsockname()
        return Listening(listener, f"{host}:{port}")

    async def create(self, spec: SandboxSpec, output: OutputHandler) -> SimulatedSandbox:
        """A sandbox that runs what `script` is now."""
        others = [each for each in self.made if each.spec.environment_id == spec.environment_id and not each.is_gone]
        assert not others, "an environment has never two sandboxes at a time: they share /tmp"
        await self._clock.sleep(self._delay_s)
        sandbox = SimulatedSandbox(spec, output, self.script, self._clock, self._delay_s)
        sandbox.files = self._files.setdefault(spec.environment_id, {})
        self.made.append(sandbox)
        return sandbox

    def holds_snapshot(self, environment_id: str) -> bool:
        """A script cannot be forked."""
        del environment_id
        return False

    async def release(self, environment_id: str) -> None:
        """Its /tmp goes."""
        self._files.pop(environment_id, None)
        self.released.append(environment_id)

    async def reap_orphans(self) -> int:
        """Nothing outlives its engine."""
        return 0

    async def close(self) -> None:
        """Nothing is held."""
