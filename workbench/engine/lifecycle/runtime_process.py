"""The runtime inside an environment: a sandbox and its Runtime API listener, made again after every reset."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from workbench.background import begin
from workbench.engine.clock import Clock
from workbench.engine.debugging.environment_debugger import EnvironmentDebugger
from workbench.engine.lifecycle.local_apis import LocalApis
from workbench.engine.lifecycle.zones import zone_id
from workbench.engine.runtime_api.listener import RuntimeApi, RuntimeHost
from workbench.model.failures import SandboxError
from workbench.model.function import FreezeMode, FunctionConfiguration
from workbench.sandbox.protocol import (
    Exit,
    ExtensionHandler,
    OutputHandler,
    RuntimePlan,
    Sandbox,
    SandboxProvider,
    SandboxSpec,
)

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
        runtime_plan: RuntimePlan,
        variables: EnvironmentVariables,
        clock: Clock,
        freeze: FreezeMode = "on",
        debugger: EnvironmentDebugger | None = None,
    ) -> None:
        self.provider = provider
        self.debugger = debugger
        self._freeze: FreezeMode = freeze if debugger is None else "off"  # a frozen function does not answer a debugger
        self.freezes = self._freeze != "off"
        self._engine_id = engine_id
        self._environment_id = environment_id
        self._function = function
        self._runtime_plan = runtime_plan
        self._variables = variables
        self._clock = clock
        self._host: RuntimeHost
        self._output: OutputHandler
        self._exited: Callable[[Exit], None]
        self._api: RuntimeApi | None = None
        self._local_apis: LocalApis
        self._sandbox: Sandbox | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._peak_mb = 0.0

    def attach(self, *, host: RuntimeHost, output: OutputHandler, exited: Callable[[Exit], None]) -> None:
        """Say who answers the runtime, hears it, and learns of its end."""
        self._host, self._output, self._exited = host, output, exited

    async def create(self, apis: LocalApis) -> None:
        """Make the listener and the sandbox. Raises SandboxError."""
        self._local_apis = apis
        self._api = RuntimeApi(self._host, self._clock, apis.handle)
        try:
            listening = await self.provider.listen(self._environment_id, self._function)
            await self._api.listen(listening.socket, listening.admits)
        except OSError as error:
            raise SandboxError(f"The Runtime API cannot listen: {error.strerror}.", "Check the network settings.") from error
        runtime_api = listening.runtime_api
        spec = SandboxSpec(
            environment_id=self._environment_id,
            engine_id=self._engine_id,
            function=self._function,
            runtime_plan=self._runtime_plan,
            environment=self._all_variables(runtime_api, apis),
            runtime_api=runtime_api,
            opt_path=self._runtime_plan.opt_path,
            freeze=self._freeze,
            mounts=self.debugger.mounts if self.debugger is not None else {},
        )
        self._sandbox = await self.provider.create(spec, self._output)
        self._know_way_in(self._sandbox)

    def _all_variables(self, runtime_api: str, apis: LocalApis) -> Mapping[str, str]:
        variables = self._variables(runtime_api)
        apis.zone_id = zone_id(variables["AWS_REGION"])
        metadata = {"AWS_LAMBDA_METADATA_API": runtime_api, "AWS_LAMBDA_METADATA_TOKEN": apis.metadata_token}
        complete = {**variables, **metadata}
        return complete if self.debugger is None else self.debugger.variables(complete)

    @property
    def extension_names(self) -> tuple[str, ...]:
        """The external extensions of the sandbox."""
        return self._sandbox.extensions if self._sandbox is not None else ()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the sandbox could not be given, a sentence each."""
        return self._sandbox.notices if self._sandbox is not None else ()

    @property
    def started_ns(self) -> int:
        """When the runtime was started, monotonic; 0 before."""
        return self._sandbox.started_ns if self._sandbox is not None else 0

    async def make_ready(self) -> None:
        """Do what can be done ahead of `start`. Raises SandboxError."""
        if self._sandbox is not None:
            await self._sandbox.make_ready()

    async def release(self) -> None:
        """Release what outlives the sandboxes of the environment, such as its /tmp."""
        await self.provider.release(self._environment_id)

    async def start_extensions(self, handler: ExtensionHandler) -> Mapping[str, str]:
        """Start them; the names of those that did not start, and why."""
        assert self._sandbox is not None
        failed = await self._sandbox.start_extensions(handler)
        self._know_peer(self._sandbox)
        return failed

    def kill_extension(self, name: str) -> None:
        """End one at once."""
        if self._sandbox is not None:
            self._sandbox.kill_extension(name)

    async def start(self) -> None:
        """Start the runtime and watch for its end."""
        assert self._sandbox is not None
        if self.debugger is not None:
            self.debugger.starting()
        self._watcher = begin("The watch of a runtime", self._watch(self._sandbox))
        await self._sandbox.start()
        self._know_peer(self._sandbox)
        if self.debugger is not None:
            self.debugger.started(self._sandbox.connect)

    def _know_peer(self, sandbox: Sandbox) -> None:
        """Nobody else may speak to the listener; and it is where subscribers of telemetry listen."""
        assert self._api is not None
        if sandbox.peer_address:
            self._api.allowed_peers = frozenset({sandbox.peer_address})
            self._know_way_in(sandbox)

    def _know_way_in(self, sandbox: Sandbox) -> None:
        """A sandbox that has no address (yet) cannot be reached from here."""
        if sandbox.peer_address:
            self._local_apis.connect = sandbox.connect
            self._local_apis.local_host_allowed = sandbox.shares_network

    def initialized(self) -> None:
        """INIT is over."""
        if self.debugger is not None:
            self.debugger.initialized()

    async def ended(self, limit_s: float) -> None:
        """Give a runtime that is about to end the time to do so (its last words are log lines); one that never ran has ended."""
        if self._watcher is not None and self.started_ns:
            await asyncio.wait([self._watcher], timeout=limit_s)

    async def end_runtime(self, grace_ms: int) -> None:
        """End the runtime alone: SIGTERM, a grace period, then SIGKILL. Its exit is not reported."""
        if self.debugger is not None:
            self.debugger.ended()
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.cancel()
        if self._sandbox is not None:
            await self._sandbox.end_runtime(grace_ms)

    async def clear(self) -> None:
        """Kill the runtime and remove all that belongs to it. Its exit is not reported."""
        if self.debugger is not None:
            self.debugger.ended()
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
