"""The operations of the API without HTTP, over a registry on disk and a workspace with one function, under a held clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tests.support.held_clock import HeldClock
from tests.support.registry_in_test import PSEUDO, NobodyListens, as_it_is
from tests.support.registry_model.matching import Refused
from workbench.engine.functions import FunctionStore
from workbench.engine.registry.resources import Resources
from workbench.engine.served_workspace import ServedWorkspace
from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.gateway.operations.call import Call, Handler
from workbench.gateway.operations.concurrency import ConcurrencyOperations
from workbench.gateway.operations.event_invoke import EventInvokeOperations
from workbench.gateway.operations.event_source_mappings import EventSourceMappingOperations
from workbench.gateway.operations.functions import FunctionOperations
from workbench.gateway.operations.layers import LayerOperations
from workbench.gateway.operations.permissions import PermissionOperations
from workbench.gateway.operations.provisioned import ProvisionedOperations
from workbench.gateway.operations.tags import TagOperations
from workbench.gateway.operations.versions import AliasOperations, VersionOperations
from workbench.gateway.wire.answers import answer_of
from workbench.gateway.wire.constraints import check
from workbench.gateway.wire.documents import declared
from workbench.gateway.wire.service_model import service_model
from workbench.model.engine_api import ProvisionedConcurrency
from workbench.model.failures import ServiceError
from workbench.model.function import FunctionConfiguration
from workbench.model.function_version import FunctionVersion
from workbench.model.lambda_names import Scope

T = TypeVar("T")
LOCATION = "where the package is"


class _NothingProvisioned:
    """In the place of an engine: what is configured is the registry's, and no environment exists."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self.provisioned = self

    def status(self, version: FunctionVersion) -> ProvisionedConcurrency:
        return ProvisionedConcurrency(
            function_name=version.name, requested=0, allocated=0, available=0, status="IN_PROGRESS")


class Service:
    """Begins, is called, passes time, begins again. Everything is on a loop of its own, which stands still in between."""

    def __init__(self, workspace: Path, state: Path) -> None:
        self._workspace, self._state = workspace, state
        self._loop = asyncio.new_event_loop()
        self.clock = HeldClock()
        self.resources = self._run(self._begun())

    def restart(self) -> None:
        """End as an engine ends, and read what is on disk."""
        self._run(self.resources.close())
        self.resources = self._run(self._begun())

    def close(self) -> None:
        self._run(self.resources.close())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def forward(self, duration_s: float) -> None:
        """Let time pass."""
        self._run(self.clock.forward(duration_s))

    def drop(self, name: str, member: str | None) -> None:
        """Drop overrides. Raises Refused."""
        self._run(self._told(self.resources.overrides.drop(name, member)))

    def runs(self, name: str, qualifier: str, scope: Scope) -> FunctionConfiguration:
        """What a request would run. Raises Refused."""
        async def asked() -> FunctionConfiguration:
            return self.resources.target(name, qualifier, scope).function

        return self._run(self._told(asked()))

    def call(self, name: str, scope: Scope, parameters: dict[str, Any]) -> dict[str, Any]:
        """Make a call and return the document of its answer. Raises Refused."""
        return self._run(self._told(self._answered(name, scope, parameters)))

    def read(self, calls: Sequence[tuple[str, Scope, dict[str, Any]]]) -> list[Any]:
        """Make calls that change nothing: return what `call` returns of each, or the Refused that it raises."""
        async def asked() -> list[Any]:
            return [await self._outcome(self._answered(*call)) for call in calls]

        return self._run(asked())

    async def _outcome(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await self._told(work)
        except Refused as error:
            return error

    async def _answered(self, name: str, scope: Scope, parameters: dict[str, Any]) -> dict[str, Any]:
        model = service_model()
        operation = model.operations[name]
        check(model, operation, parameters)
        call = Call(operation, scope, parameters, "request", "http://localhost")
        found = await self._handlers[operation.method_name](call)
        response = answer_of(model, operation, found, "request")  # type: ignore[arg-type]
        document: dict[str, Any] = msgspec.json.decode(response.body or b"{}")  # type: ignore[arg-type]
        return document

    @staticmethod
    async def _told(work: Coroutine[Any, Any, T]) -> T:
        try:
            return await work
        except ServiceError as error:
            raise Refused(error.code, error.status, error.message, typed=bool(error.fault)) from error

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        async def then_quiet() -> T:
            try:
                return await work
            finally:
                # What goes on in threads is waited for: then every task that is left waits for the clock.
                while len(asyncio.all_tasks()) - 1 > self.clock.waiting:  # noqa: ASYNC110 (nothing tells that all are at rest)
                    await asyncio.sleep(0)

        return self._loop.run_until_complete(then_quiet())

    async def _begun(self) -> Resources:
        functions = FunctionStore(self._workspace, lambda: PSEUDO, in_force=lambda written: resources.in_force(written))
        workspace = ServedWorkspace(self._state, self._state, checked=declared)
        resources = Resources(workspace, functions, as_it_is, self.clock, ServicesEndpoint(self._state))
        await functions.refresh()
        await resources.load(NobodyListens())
        rooms = (
            FunctionOperations(resources, lambda call, view: {"Location": LOCATION}), VersionOperations(resources),
            AliasOperations(resources), TagOperations(resources), PermissionOperations(resources),
            ConcurrencyOperations(resources), EventInvokeOperations(resources), EventSourceMappingOperations(resources),
            LayerOperations(resources, lambda call, code: LOCATION),
            ProvisionedOperations(_NothingProvisioned(resources)),  # type: ignore[arg-type]
        )
        self._handlers: dict[str, Handler] = {
            name: getattr(room, name) for room in rooms for name in dir(room) if not name.startswith("_")}
        return resources


with contextlib.suppress(ImportError):  # read once, before any test is timed
    service_model()
