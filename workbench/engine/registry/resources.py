"""The resources of Lambda that a workspace has: what the engine offers of them to the gateway and the command line."""

from __future__ import annotations

from pathlib import Path

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.functions import FunctionStore, require_invocable
from workbench.engine.registry.archives import Archives
from workbench.engine.registry.event_sources.mappings import EventSourceMappings
from workbench.engine.registry.functions import ChangeListener, Functions
from workbench.engine.registry.layer_policies import LayerPolicies
from workbench.engine.registry.layers import Layers
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.store import RegistryStore
from workbench.engine.registry.template_versions import Resolve, TemplateVersions
from workbench.engine.registry.versions import Aliases, Versions
from workbench.model.function import FunctionConfiguration
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope

FOLDER = "lambda"
"""The folder in the workspace's state folder that holds everything the API made."""


class InvocationTarget(msgspec.Struct, frozen=True):
    """What one request runs: the function in the version that was drawn, and the ARN by which the caller named it."""

    function: FunctionConfiguration
    arn: str


class Resources:
    """Functions, versions, aliases, layers and event source mappings. Use it on the engine's loop."""

    def __init__(self, state_directory: Path, templates: FunctionStore, resolve: Resolve, clock: Clock) -> None:
        """`resolve` builds the packages of versions."""
        folder = state_directory / FOLDER
        self._templates = templates
        self._registry = Registry(RegistryStore(folder / "registry.sqlite"))
        archives = Archives(folder / "code")
        frozen = TemplateVersions(self._registry, archives, templates, resolve)
        self.functions = Functions(self._registry, archives, templates, frozen, clock)
        self.versions = Versions(self._registry, self.functions, frozen)
        self.aliases = Aliases(self._registry, self.functions)
        self.layers = Layers(self._registry, archives, self.functions)
        self.layer_policies = LayerPolicies(self._registry)
        self.event_source_mappings = EventSourceMappings(self._registry, self.functions, clock)

    @property
    def home(self) -> Scope:
        """The Region and account of the workspace, where its template's functions live."""
        return self._templates.scope

    async def load(self, listener: ChangeListener, *, read_only: str = "") -> None:
        """Read what is kept; `listener` learns of changes. `read_only`: why nothing may be changed, "" if it may."""
        self.functions.listener = listener
        await self._registry.load()
        if not read_only:
            await self.functions.settle()
            await self.event_source_mappings.settle()
        self._registry.why_read_only = read_only

    async def close(self) -> None:
        """End updates in progress and close the files."""
        await self.event_source_mappings.close()
        await self.functions.close()
        await self._registry.close()

    def target(self, name: str, qualifier: str = "", scope: Scope | None = None, version: str = "") -> InvocationTarget:
        """Return what a request runs. Raises ServiceError in Lambda's words.

        `scope` None: the workspace's. `version`: the one that was drawn before for an alias with weights, "" to draw one.
        """
        if scope in (None, self.home) and qualifier in ("", LATEST):  # nearly always: a function of the template
            revision = self._templates.find(name)
            if revision is not None:
                function = require_invocable(revision)
                return InvocationTarget(function, self._templates.arn(function.name))
        where = scope or self.home
        view = self.functions.find(where, name, version or self.aliases.version_for(where, name, qualifier))
        if view is None:
            raise self.functions.not_found(where, name, qualifier or LATEST)
        if view.state == "Pending":
            raise self.functions.pending()
        return InvocationTarget(self.functions.configuration(view), where.function_arn(view.name, qualifier))
