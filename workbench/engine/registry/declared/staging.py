"""Makes the records of declarations as the API would: by the same rules, with the same refusals, and without keeping them."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.registry.archives import Archives
from workbench.engine.registry.behavior import Recursion, RuntimeManagement
from workbench.engine.registry.concurrency import ReservedConcurrency
from workbench.engine.registry.declared.overlay import with_revision
from workbench.engine.registry.declared.properties import settled
from workbench.engine.registry.event_invoke import EventInvokeConfigurations
from workbench.engine.registry.event_sources.mappings import EventSourceMappings
from workbench.engine.registry.function_urls import FunctionUrls
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.policies import Policies
from workbench.engine.registry.provisioned import ProvisionedConfigurations
from workbench.engine.registry.records import (
    FunctionRecord,
    LayerRecord,
    LayerVersionRecord,
    NumberingRecord,
    Record,
    VersionRecord,
)
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.tags import Tags
from workbench.engine.registry.template_functions import TemplateFunctions
from workbench.engine.registry.template_versions import TemplateVersions
from workbench.engine.registry.versions import Aliases
from workbench.model.declarations import Declaration
from workbench.model.lambda_names import Scope

R = TypeVar("R", bound=Record)
_SEEN = (FunctionRecord, VersionRecord, NumberingRecord, LayerRecord, LayerVersionRecord)
"""What declarations may refer to that the API made."""
Parameters: TypeAlias = Mapping[str, Any]


class _NothingKept:
    """A RecordStore that keeps nothing."""

    async def load(self) -> list[Record]:
        return []

    async def commit(self, kept: Iterable[Record], removed: Iterable[Record]) -> None:
        del kept, removed

    async def close(self) -> None:
        return


class StagedRegistry(Registry):
    """Records on their way, beside functions, versions and layers that are really there."""

    def __init__(self, real: Registry) -> None:
        super().__init__(_NothingKept())
        self._real = real
        self.account_concurrency = real.account_concurrency

    def get(self, kind: type[R], scope: Scope, *names: str) -> R | None:
        """Return the record of this kind with these names, or None."""
        return super().get(kind, scope, *names) or (self._real.get(kind, scope, *names) if kind in _SEEN else None)

    def all(self, kind: type[R], scope: Scope | None = None, *names: str) -> Iterator[R]:
        """Return the records of a kind in a scope (None for all scopes) whose key begins with these names."""
        others = self._real.all(kind, scope, *names) if kind in _SEEN else iter(())
        return itertools.chain(super().all(kind, scope, *names), others)

    def made(self) -> list[Record]:
        """Return the records that were made, without versions, which stand in for those that are published later."""
        return [record for record in self.everything() if not isinstance(record, VersionRecord)]


class Staging:
    """Makes records of declarations, one after the other. Use it on the engine's loop, once."""

    def __init__(
        self, registry: Registry, archives: Archives, seen: TemplateFunctions, frozen: TemplateVersions, clock: Clock
    ) -> None:
        self.scope = scope = seen.scope
        self._staged = staged = StagedRegistry(registry)
        self._functions = functions = Functions(staged, archives, seen, frozen, clock)
        aliases, reserved = Aliases(staged, functions), ReservedConcurrency(staged, functions)
        provisioned = ProvisionedConfigurations(staged, functions, reserved)
        mappings = EventSourceMappings(staged, functions, clock)
        invoke, policies = EventInvokeConfigurations(staged, functions), Policies(staged, functions)
        tags = Tags(staged, functions)
        urls = FunctionUrls(staged, functions)
        runtimes, recursion = RuntimeManagement(staged, functions), Recursion(staged, functions)
        self._makers: Mapping[str, Callable[[Declaration, Parameters], Awaitable[object]]] = {
            "CreateAlias": lambda each, given: aliases.create(scope, each.function, given),
            "PutFunctionConcurrency": lambda each, given: reserved.put(
                scope, each.function, given["ReservedConcurrentExecutions"]),
            "PutProvisionedConcurrencyConfig": lambda each, given: provisioned.put(
                scope, each.function, each.qualifier, given["ProvisionedConcurrentExecutions"]),
            "PutFunctionEventInvokeConfig": lambda each, given: invoke.put(scope, each.function, each.qualifier, given),
            "AddPermission": lambda each, given: policies.add(scope, each.function, each.qualifier, given),
            "CreateEventSourceMapping": lambda each, given: mappings.add(scope, given, each.physical_id),
            "CreateFunctionUrlConfig": lambda each, given: urls.add(
                scope, each.function, each.qualifier, given, each.physical_id),
            "TagResource": lambda _, given: tags.add(scope, given["Resource"], given["Tags"]),
            "PutRuntimeManagementConfig": lambda each, given: runtimes.put(
                scope, each.function, each.qualifier, given["UpdateRuntimeOn"], given.get("RuntimeVersionArn", "")),
            "PutFunctionRecursionConfig": lambda each, given: recursion.put(scope, each.function, given["RecursiveLoop"]),
        }

    async def expect(self, function: str, version: str) -> None:
        """Have a version that is published later. Raises ServiceError if there is no such function."""
        view = self._functions.require(self.scope, function)
        async with self._staged.changing() as change:
            change.keep(VersionRecord(
                scope=self.scope, function_name=view.name, version=version, definition=view.definition,
                revision_id=view.revision_id, modified_ms=view.modified_ms))

    async def make(self, declaration: Declaration, parameters: Parameters) -> None:
        """Make what a declaration says; its parameters are checked. Raises ServiceError in Lambda's words."""
        await self._makers[declaration.operation](declaration, parameters)

    def makes(self, operation: str) -> bool:
        """Whether records are made for an operation."""
        return operation in self._makers

    def records(self, modified_ms: int) -> list[Record]:
        """Return the records as they are once everything is done; `modified_ms` is when they were declared."""
        return [_settled(record, modified_ms) for record in self._staged.made()]


def _settled(record: Record, modified_ms: int) -> Record:
    """Return a record that is the same in every engine as long as its declaration is."""
    record = settled(record)
    times: dict[str, Any] = {name: modified_ms for name in ("created_ms", "modified_ms") if name in record.__struct_fields__}
    record = msgspec.structs.replace(record, **times)
    return with_revision(record)
