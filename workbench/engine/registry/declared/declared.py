"""What the template declares beside functions, brought into the registry, and what it publishes, when it is needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from workbench.background import TaskSet
from workbench.engine.functions import FunctionStore
from workbench.engine.registry.declared.deploying import Deploying
from workbench.engine.registry.declared.layers import DeclaredLayers
from workbench.engine.registry.declared.versions import DeclaredVersions, numbers
from workbench.engine.registry.records import AliasRecord, FunctionRecord, VersionRecord
from workbench.engine.registry.registry import Registry
from workbench.model.declarations import Declaration
from workbench.model.failures import WorkbenchError
from workbench.model.function_version import LATEST

_log = logging.getLogger(__name__)
_ORDER = ("PublishLayerVersion", "PublishVersion", "CreateAlias", "PutFunctionConcurrency", "PutProvisionedConcurrencyConfig",
          "PutFunctionEventInvokeConfig", "AddPermission", "CreateEventSourceMapping")
"""What others need comes first."""


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
        self._followed: tuple[object, ...] = ()
        self._turn = asyncio.Lock()
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
        async with self._turn:
            await self._follow()

    async def ready(self, name: str | None = "", *, with_layers: bool = False) -> None:
        """Have published what declarations publish of a function (None: of all); `with_layers`: and all layers.

        At once if there is nothing to do. What cannot be published is told by `warnings`.
        """
        if self._is_followed() and not self._versions.due(name) and not with_layers:
            return
        async with self._turn:
            await self._follow()
            for each in self._versions.due(name):
                await self._publish(each)
            if with_layers:
                await self._layers.publish(self._templates.scope)
            await self._follow()

    async def before_invocation(self, name: str, qualifier: str) -> None:
        """Have published what an invocation of a function may run; AutoPublishAlias moves its alias if the function changed.

        Raises WorkbenchError if the version that the qualifier leads to cannot be published.
        """
        if self._is_followed() and not self._versions.due(name, invoked=True):
            return
        async with self._turn:
            await self._follow()
            failed = [await self._publish(each) for each in self._versions.due(name, invoked=True)]
            await self._follow()
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
        return self._followed == self._state()

    def _state(self) -> tuple[object, ...]:
        """Return all that decides what declarations become."""
        scope, declarations = self._templates.scope, self._templates.declarations
        others = {each.function for each in declarations.all if each.function and self._templates.written(each.function) is None}
        made = tuple(sorted(name for name in others if self._registry.get(FunctionRecord, scope, name) is not None))
        return declarations, self._registry.decisions, self._versions.refused(), scope, made

    async def _follow(self) -> None:
        if self._is_followed():
            return
        declarations = self._templates.declarations
        self._versions.declare(declarations.all)
        self._layers.declare(declarations.all)
        staging, known = self._deploying.staging(), numbers(self._versions, declarations.all)
        refused = [await self._deploying.deploy(staging, each, known, self._versions) for each in _ordered(declarations.all)]
        self._refused = tuple(filter(None, refused))
        await self._registry.declare(staging.records(declarations.modified_ms))
        self._followed = self._state()


def _ordered(declarations: Iterable[Declaration]) -> list[Declaration]:
    return sorted(declarations, key=lambda each: _ORDER.index(each.operation) if each.operation in _ORDER else len(_ORDER))
