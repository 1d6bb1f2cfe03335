"""Runs invocations: checks a request as Lambda does, gives it an environment, returns the answer."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable

import msgspec

from workbench.engine.concurrency.pool import EnvironmentPool
from workbench.engine.durable.execution import DurableExecution
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.factory import EnvironmentFactory
from workbench.engine.environment.state import State
from workbench.engine.events.stream import Stream
from workbench.engine.invocation.invocation import Invocation
from workbench.engine.invocation.request import InvokeOutcome, InvokeRequest
from workbench.engine.pool_key import PoolKey
from workbench.engine.registry.resources import InvocationTarget, Resources
from workbench.engine.sandboxes import ResolvedFunction, SandboxSelector
from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration
from workbench.model.limits import check_event
from workbench.sandbox.protocol import Progress


class Invoker:
    """All invocations of an engine. Use it on the engine's loop."""

    def __init__(
        self, resources: Resources, sandboxes: SandboxSelector, pool: EnvironmentPool, factory: EnvironmentFactory,
        stream: Stream,
    ) -> None:
        self._resources = resources
        self._pool = pool
        self._sandboxes = sandboxes
        self._stream = stream
        self._clock = stream.clock
        self._factory = factory
        self._running: dict[str, asyncio.Task[InvokeOutcome]] = {}
        self._cancelled: set[str] = set()
        self._environments: dict[str, Environment] = {}
        self._reports: dict[str, asyncio.Future[None]] = {}

    async def invoke(self, request: InvokeRequest, invoked: Callable[[ResolvedFunction], object]) -> InvokeOutcome:
        """Run one invocation; `invoked` receives what ran the function, once it has run.

        Raises ServiceError for what Lambda refuses, SandboxError if this machine lacks something, or if the invocation was
        cancelled before its handler began.
        """
        await self._resources.declared.before_invocation(request.function_name, request.qualifier)
        target = self._checked(request)
        request_id = request.request_id or str(uuid.uuid4())
        request = msgspec.structs.replace(request, request_id=request_id)
        task = asyncio.current_task()
        assert task is not None
        self.follow_clock()
        self._running[request_id] = task
        try:
            return await self._factory.debugging.in_turn(
                target.function.name, lambda: self._run(request, request_id, target, invoked),
                lambda: self._reports.get(request_id))
        except asyncio.CancelledError:
            if request_id not in self._cancelled:
                raise  # the engine ends
            task.uncancel()  # it was `cancel` that did it: the caller gets an error to show, and the task may go on
            raise SandboxError("The invocation was cancelled before it began.", "Invoke it again to start over.") from None
        finally:
            self._running.pop(request_id, None)
            self._environments.pop(request_id, None)
            self._cancelled.discard(request_id)

    def follow_clock(self) -> None:
        """Let times of day follow a clock that was set, unless an invocation runs: its times must stay consistent."""
        if not self._running and not self._reports:
            self._clock.follow()

    async def reported(self, request_id: str) -> None:
        """Return when the REPORT of an invocation is in the stream, at once for past ones."""
        report = self._reports.get(request_id)
        if report is not None:
            await asyncio.wait([report])  # not `await report`, which a caller that is cancelled would cancel for the others

    def cancel(self, request_id: str) -> bool:
        """Break off an invocation. Return False if there is none with this ID."""
        environment = self._environments.get(request_id)
        task = self._running.get(request_id)
        # While the function runs its environment has to end it; before that, the task waits for something that can be cancelled.
        if environment is not None and environment.state is State.BUSY:
            environment.cancel("The invocation was cancelled.")
        elif task is not None:
            self._cancelled.add(request_id)
            task.cancel()
        return task is not None

    def _checked(self, request: InvokeRequest) -> InvocationTarget:
        target = self._resources.target(request.function_name, request.qualifier, request.scope, request.version)
        refused = check_event(request.payload)
        if refused is not None:
            raise refused
        scope = request.scope or self._resources.home
        self._resources.recursion.check(scope, target.function.name, request.trace_id)
        self._resources.concurrency.admit(scope, target.function.name)
        return target

    async def _run(
        self, request: InvokeRequest, request_id: str, target: InvocationTarget,
        invoked: Callable[[ResolvedFunction], object],
    ) -> InvokeOutcome:
        function = target.function
        prepared = await self._sandboxes.prepare(function, request.sandbox, self._progress(function, request_id))
        kind = prepared.kind
        durable = self._durable(target, request)
        invocation = Invocation(request, function, target.arn, self._clock.now_ns(), durable)
        key = prepared.key
        environment, is_new = await self._lease(key, request.cold, prepared)
        self._reports[request_id] = invocation.reported
        invocation.reported.add_done_callback(lambda _: self._reports.pop(request_id, None))
        self._environments[request_id] = environment
        # No await between the lease and `invoke` on the warm path: a cancellation in between would lose the environment.
        environment.events.assigned(invocation, "cold" if is_new else "warm", kind, debugged=environment.is_debugged)
        with self._pool.undisturbed() if is_new else contextlib.nullcontext():
            if is_new:
                await self._initialize(key, environment, invocation)
            result = await environment.invoke(invocation)
        invoked(prepared)  # only now: a sandbox made ahead meanwhile would have slowed the invocation down
        return InvokeOutcome(request_id=request_id, executed_version=function.version, trace_id=invocation.trace_id,
                             result=result, durable_arn=durable.arn if durable is not None else "")

    def _durable(self, target: InvocationTarget, request: InvokeRequest) -> DurableExecution | None:
        """Return the execution that an invocation of a durable function starts, None for other functions."""
        if target.function.durable is None:
            return None
        payload = request.payload or b"{}"
        return DurableExecution(target.arn, payload, self._clock, request.durable_name)

    async def _lease(self, key: PoolKey, cold: bool, prepared: ResolvedFunction) -> tuple[Environment, bool]:
        def make() -> Environment:
            return self._pool.prepared.take(key) or self._factory.make(prepared)

        if cold:
            # Prepared sandboxes are kept: INIT has not run in them, so a start in one of them is cold.
            self._pool.retire(lambda other: other == key, "cold", spare_ahead=True)
            return self._pool.add(key, make), True
        return await self._pool.lease(key, make)

    async def _initialize(self, key: PoolKey, environment: Environment, invocation: Invocation) -> None:
        try:
            async with self._pool.starting:
                await environment.initialize()
        except SandboxError as error:
            environment.events.request_id = invocation.request_id  # `sandbox.stopped` then belongs to this invocation's events
            self._pool.discard(key, environment, "failure", str(error))
            invocation.reported.set_result(None)
            raise
        except asyncio.CancelledError:
            environment.events.request_id = invocation.request_id
            self._pool.discard(key, environment, "cancelled")
            invocation.reported.set_result(None)
            raise

    def _progress(self, function: FunctionConfiguration, request_id: str) -> Callable[[Progress], None]:
        def publish(progress: Progress) -> None:
            record = msgspec.to_builtins(progress)
            self._stream.publish("sandbox.progress", record, function_name=function.name, request_id=request_id)

        return publish
