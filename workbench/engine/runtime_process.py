"""The runtime inside an environment: a sandbox and its Runtime API listener, made again after every reset."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from workbench.engine.clock import Clock
from workbench.engine.runtime_api import RuntimeApi, RuntimeHost
from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.protocol import Exit, OutputHandler, Preparation, Sandbox, SandboxProvider, SandboxSpec

EnvironmentVariables = Callable[[str], Mapping[str, str]]
"""Makes the complete variables of an environment, given the Runtime API's address."""


class RuntimeProcess:
    """At most one sandbox at a time, and who watches it. Attach before `create`."""

    def __init__(
        self,
        *,
        provider: SandboxProvider,
        engine_id: str,
        environment_id: str,
        function: FunctionConfiguration,
        preparation: Preparation,
        variables: EnvironmentVariables,
        clock: Clock,
    ) -> None:
        self.provider = provider
        self._engine_id = engine_id
        self._environment_id = environment_id
        self._function = function
        self._preparation = preparation
        self._variables = variables
        self._clock = clock
        self._host: RuntimeHost
        self._output: OutputHandler
        self._exited: Callable[[Exit], None]
        self._api: RuntimeApi | None = None
        self._sandbox: Sandbox | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._peak_mb = 0.0

    def attach(self, *, host: RuntimeHost, output: OutputHandler, exited: Callable[[Exit], None]) -> None:
        """Say who answers the runtime, hears it, and learns of its end."""
        self._host, self._output, self._exited = host, output, exited

    async def create(self) -> None:
        """Make the listener and the sandbox. Raises SandboxError."""
        address = self.provider.address()
        self._api = RuntimeApi(self._host, self._clock)
        try:
            port = await self._api.listen(address.bind_host)
        except OSError as error:
            raise SandboxError(
                f"The Runtime API can not listen on {address.bind_host}: {error.strerror}.", "Check the network settings."
            ) from error
        runtime_api = f"{address.advertised_host}:{port}"
        spec = SandboxSpec(
            environment_id=self._environment_id,
            engine_id=self._engine_id,
            function=self._function,
            preparation=self._preparation,
            environment=self._variables(runtime_api),
            runtime_api=runtime_api,
        )
        self._sandbox = await self.provider.create(spec, self._output)

    async def start(self) -> None:
        """Start the runtime and watch for its end."""
        assert self._sandbox is not None
        assert self._api is not None
        self._watcher = asyncio.get_running_loop().create_task(self._watch(self._sandbox))
        await self._sandbox.start()
        if self._sandbox.peer_address:
            self._api.allowed_peers = frozenset({self._sandbox.peer_address})

    async def ended(self, limit_s: float) -> None:
        """Give a runtime that is about to end the time to do so (its last words are log lines)."""
        if self._watcher is not None:
            await asyncio.wait([self._watcher], timeout=limit_s)

    async def clear(self) -> None:
        """Kill the runtime; nothing of it is left. Its end is not told any more."""
        sandbox, self._sandbox = self._sandbox, None
        watcher, self._watcher = self._watcher, None
        api, self._api = self._api, None
        if sandbox is not None:
            self._peak_mb = max(self._peak_mb, sandbox.memory_peak_mb())
            await sandbox.terminate()
        if watcher is not None:
            watcher.cancel()
            await asyncio.wait([watcher])
        if api is not None:
            api.close()

    async def drain_output(self) -> None:
        """All output up to the runtime's latest request has been heard."""
        if self._sandbox is not None:
            await self._sandbox.drain_output()

    def init_report(self) -> str:
        """What the sandbox noted of INIT, "" for nothing."""
        return self._sandbox.init_report() if self._sandbox is not None else ""

    def freeze(self) -> None:
        """Stop its processes until the next request."""
        if self._sandbox is not None:
            self._sandbox.freeze()

    async def thaw(self) -> None:
        """Let them go on."""
        if self._sandbox is not None:
            await self._sandbox.thaw()

    def memory_peak_mb(self) -> float:
        """Highest memory use since the environment was made."""
        if self._sandbox is not None:
            self._peak_mb = max(self._peak_mb, self._sandbox.memory_peak_mb())
        return self._peak_mb

    async def _watch(self, sandbox: Sandbox) -> None:
        exit_ = await sandbox.wait()
        if sandbox is self._sandbox:
            self._exited(exit_)
