"""What the template declares beside functions, brought into the registry, and what it publishes, when it is needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import msgspec

from workbench.background import TaskSet
from workbench.engine.functions import FunctionStore
from workbench.engine.registry.declared.deploying import Deploying
from workbench.engine.registry.declared.layers import DeclaredLayers
from workbench.engine.registry.declared.versions import DeclaredVersions, numbers
from workbench.engine.registry.records import AliasRecord, FunctionRecord, VersionRecord
from workbench.engine.registry.registry import Registry
from workbench.model.declarations import Declaration, Declarations
from workbench.model.failures import WorkbenchError
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope

_log = logging.getLogger(__name__)
_ORDER = ("PublishLayerVersion", "PublishVersion", "CreateAlias", "PutFunctionConcurrency", "PutProvisionedConcurrencyConfig",
          "PutFunctionEventInvokeConfig", "AddPermission", "CreateEventSourceMapping")
"""What others need comes first."""


class _Decisions(msgspec.Struct, frozen=True):
    """What decides what declarations become, besides the template.

    `made`: the functions of the API that declarations are about; `refused`: versions that are not published.
    """

    changes: int = 0
    refused: frozenset[str] = frozenset()
    scope: Scope | None = None
    made: frozenset[str] = frozenset()


_NOTHING = Declarations(), _Decisions()


class Declared:
    """Follows the template. Use it on the engine's loop."""

    def __init__(
        self, registry: Registry, templates: FunctionStore, versions: DeclaredVersions, layers: DeclaredLayers,
        deploying: Deploying,
    ) -> None:
        self._registry = registry
        self._templates = templates
        self._versions = versions
        self._layers = layers
        self._deploying = deploying
        self._followed = _NOTHING
        self._others: frozenset[str] = frozenset()
        self._following, self._one_at_a_time = asyncio.Lock(), asyncio.Lock()
        self._refused: tuple[str, ...] = ()
        self._publishing = TaskSet()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences on declarations that are wrong, each with Lambda's own."""
        return (*self._templates.declarations.warnings, *self._refused, *self._versions.failures(), *self._layers.failures())

    async def close(self) -> None:
        """End what is being published ahead."""
        await self._publishing.cancel()

    async def follow(self) -> None:
        """Take in what the template declares now, if it is different."""
        async with self._following:
            await self._follow()

    async def ready(self, name: str | None = "", *, with_layers: bool = False) -> None:
        """Have published what declarations publish of a function (None: of all); `with_layers`: and all layers.

        At once if there is nothing to do. What cannot be published is told by `warnings`.
        """
        if self._is_followed() and not self._versions.due(name) and not with_layers:
            return
        await self.follow()
        async with self._one_at_a_time:
            for each in self._versions.due(name):
                await self._publish(each)
            if with_layers:
                await self._layers.publish(self._templates.scope)
        await self.follow()

    def has_published(self, name: str) -> bool:
        """Whether `before_invocation` would find nothing to do."""
        return self._is_followed() and not self._versions.due(name, invoked=True)

    async def before_invocation(self, name: str, qualifier: str) -> None:
        """Have published what an invocation of a function may run; AutoPublishAlias moves its alias if the function changed.

        Raises WorkbenchError if the version that the qualifier leads to cannot be published.
        """
        if self.has_published(name):
            return
        await self.follow()
        async with self._one_at_a_time:
            failed = [await self._publish(each) for each in self._versions.due(name, invoked=True)]
        await self.follow()
        error = next(filter(None, failed), None)
        if error is not None and qualifier and self._leads_nowhere(name, qualifier):
            raise error

    def _leads_nowhere(self, name: str, qualifier: str) -> bool:
        """Whether a qualifier names a version that is not published, or an alias that points to one."""
        written, scope = self._templates.written(name), self._templates.scope
        function = name if written is None else written.configuration.name
        alias = self._registry.get(AliasRecord, scope, function, qualifier)
        version = qualifier if alias is None else alias.version
        return version != LATEST and self._registry.get(VersionRecord, scope, function, version) is None

    def publish_ahead(self) -> None:
        """Begin to publish the versions for which provisioned concurrency is declared: environments of them are to be made."""
        if self._registry.why_read_only:
            return
        for each in self._templates.declarations.all:
            if each.operation == "PutProvisionedConcurrencyConfig" and self._versions.due(each.function):
                self._publishing.begin("Publishing a version ahead", self.ready(each.function))

    async def _publish(self, declaration: Declaration) -> WorkbenchError | None:
        try:
            await self._versions.publish(declaration)
        except WorkbenchError as error:
            _log.info("%s was not published: %s", declaration.logical_id, error.message)
            return error
        return None

    def _is_followed(self) -> bool:
        declarations, decisions = self._followed
        if declarations is not self._templates.declarations:
            return False
        return not declarations.all or decisions == self._decisions()  # most templates declare nothing of this

    def _decisions(self) -> _Decisions:
        made = (name for name in self._others if self._registry.get(FunctionRecord, self._templates.scope, name) is not None)
        return _Decisions(self._registry.decisions, self._versions.refused(), self._templates.scope, frozenset(made))

    async def _follow(self) -> None:
        declarations, (before, decided) = self._templates.declarations, self._followed
        self._others = frozenset(
            each.function for each in declarations.all if each.function and self._templates.written(each.function) is None)
        decisions = self._decisions()
        if decided != decisions or (declarations is not before and declarations != before):
            await self._deploy(declarations)
        # What was read meanwhile may have taken functions away from under what was just deployed.
        is_current = self._templates.declarations is declarations
        self._followed = (declarations, decisions) if is_current else _NOTHING

    async def _deploy(self, declarations: Declarations) -> None:
        self._versions.declare(declarations.all)
        self._layers.declare(declarations.all)
        staging, known = self._deploying.staging(), numbers(self._versions, declarations.all)
        refused = [await self._deploying.deploy(staging, each, known, self._versions) for each in _ordered(declarations.all)]
        self._refused = tuple(filter(None, refused))
        await self._registry.declare(staging.records(declarations.modified_ms))


def _ordered(declarations: Iterable[Declaration]) -> list[Declaration]:
    return sorted(declarations, key=lambda each: _ORDER.index(each.operation) if each.operation in _ORDER else len(_ORDER))
