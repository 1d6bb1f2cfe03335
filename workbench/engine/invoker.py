"""Runs invocations: checks a request as Lambda does, gives it an environment, returns the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec

from workbench.engine.admission.admission import Admission
from workbench.engine.admission.admitted import Admitted
from workbench.engine.concurrency.machine_gate import ROOM
from workbench.engine.deployments.notes import DeploymentNotes
from workbench.engine.durable.execution import DurableExecution
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.state import State
from workbench.engine.invocation.invocation import Invocation
from workbench.engine.invocation.request import InvokeOutcome, InvokeRequest
from workbench.engine.invocation.tenants import check_tenant
from workbench.engine.leasing import Leasing
from workbench.engine.registry.resources import InvocationTarget, Resources
from workbench.engine.sandboxes import ResolvedFunction, SandboxSelector
from workbench.model.failures import CANCELED_BEFORE, SandboxError
from workbench.model.function import FunctionConfiguration
from workbench.model.function_failures import canceled
from workbench.model.limits import check_event
from workbench.model.random_ids import new_uuid
from workbench.sandbox.protocol import Progress


class Invoker:
    """All invocations of an engine. Use it on the engine's loop."""

    def __init__(
        self, resources: Resources, sandboxes: SandboxSelector, admission: Admission, leasing: Leasing, notes: DeploymentNotes
    ) -> None:
        self._notes = notes
        self._resources = resources
        self._sandboxes = sandboxes
        self._admission = admission
        self._leasing = leasing
        self._stream = stream = leasing.stream
        self._clock = stream.clock
        self._running: dict[str, asyncio.Task[InvokeOutcome]] = {}
        self._cancelled: set[str] = set()
        self._environments: dict[str, Environment] = {}
        self._reports: dict[str, asyncio.Future[None]] = {}

    async def invoke(self, request: InvokeRequest, invoked: Callable[[ResolvedFunction], object]) -> InvokeOutcome:
        """Run one invocation of what is ready; `invoked` receives what ran the function, once it has run.

        Raises ServiceError for what Lambda refuses (Throttled for what it would run later), SandboxError if this machine lacks
        something, or if the invocation was cancelled before its handler began.
        """
        target = self._checked(request)
        if not request.request_id:
            request = msgspec.structs.replace(request, request_id=new_uuid())
        request_id = request.request_id
        task = asyncio.current_task()
        assert task is not None
        self.follow_clock()
        self._running[request_id] = task
        try:
            admitted = await self._admission.admit(
                request.scope or self._resources.home, target.function.identity, is_synchronous=request.is_synchronous)
            return await self._admitted(request, admitted, target, invoked)
        except asyncio.CancelledError:
            if request_id not in self._cancelled:
                raise  # the engine ends
            task.uncancel()  # it was `cancel` that did it: the caller gets an error to show, and the task may go on
            raise SandboxError(CANCELED_BEFORE, "Invoke it again to start over.") from None
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
            environment.cancel(canceled(request_id))
        elif task is not None:
            self._cancelled.add(request_id)
            task.cancel()
        return task is not None

    def _checked(self, request: InvokeRequest) -> InvocationTarget:
        target = self._resources.target(request.function_name, request.qualifier, request.scope, request.version)
        check_tenant(target.function, request.tenant_id)
        refused = check_event(request.payload)
        if refused is not None:
            raise refused
        self._resources.recursion.check(request.scope or self._resources.home, target.function.name, request.trace_id)
        return target

    async def _admitted(
        self, request: InvokeRequest, admitted: Admitted, target: InvocationTarget, invoked: Callable[[ResolvedFunction], object],
    ) -> InvokeOutcome:
        try:
            if not self._leasing.debugging.is_on(target.function.name):  # nearly always
                return await self._run(request, admitted, target, invoked)
            return await self._leasing.debugging.in_turn(
                target.function.name, lambda: self._run(request, admitted, target, invoked),
                lambda: self._reports.get(request.request_id))
        except BaseException:
            admitted.leave()  # otherwise it leaves with its REPORT
            raise

    async def _run(
        self, request: InvokeRequest, admitted: Admitted, target: InvocationTarget, invoked: Callable[[ResolvedFunction], object],
    ) -> InvokeOutcome:
        function, request_id = target.function, request.request_id
        prepared = self._sandboxes.at_hand(function, request.sandbox)
        if prepared is None:
            prepared = await self._sandboxes.prepare(function, request.sandbox, self._progress(function, request_id), request_id)
        deployment = self._notes.name(prepared, function)
        if request.tenant_id:
            prepared = msgspec.structs.replace(prepared, tenant_id=request.tenant_id)
        durable = self._durable(target, request)
        invocation = Invocation(request, function, target.arn, self._clock.now_ns(), durable)
        invocation.deployment = deployment
        environment, is_new = await self._leasing.lease(
            prepared, admitted, lambda told: self._progress(function, request_id)(_wait(told)), cold=request.cold)
        self._reports[request_id] = invocation.reported
        invocation.when_reported = partial(self._over, request_id, admitted)
        self._environments[request_id] = environment
        environment.events.assigned(invocation, "cold" if is_new else "warm", prepared.kind, debugged=environment.is_debugged,
                                    concurrency=admitted.concurrency)
        result = await self._leasing.run(environment, invocation, is_new=is_new)
        admitted.answered()
        self._notes.note()
        if not request.tenant_id:  # nobody knows which tenant comes next
            invoked(prepared)  # only now: a sandbox made ahead meanwhile would have slowed the invocation down
        return InvokeOutcome(request_id=request_id, executed_version=function.version, trace_id=invocation.trace_id,
                             result=result, durable_arn=durable.arn if durable is not None else "")

    def _over(self, request_id: str, admitted: Admitted) -> None:
        self._reports.pop(request_id, None)
        admitted.leave()

    def _durable(self, target: InvocationTarget, request: InvokeRequest) -> DurableExecution | None:
        """Return the execution that an invocation of a durable function starts, None for other functions."""
        if target.function.durable is None:
            return None
        payload = request.payload or b"{}"
        return DurableExecution(target.arn, payload, self._clock, request.durable_name)

    def _progress(self, function: FunctionConfiguration, request_id: str) -> Callable[[Progress], None]:
        def publish(progress: Progress) -> None:
            record = msgspec.to_builtins(progress)
            self._stream.publish("sandbox.progress", record, function_name=function.name, request_id=request_id)

        return publish


def _wait(told: str) -> Progress:
    return Progress(stage="wait", text=told, fraction=1.0 if told == ROOM else None)
