"""The resources of Lambda that a workspace has: what the engine offers of them to the gateway and the command line."""

from __future__ import annotations

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.functions import FunctionStore, require_invocable
from workbench.engine.registry.account import AccountUsage
from workbench.engine.registry.archives import Archives
from workbench.engine.registry.behavior import Recursion, RuntimeManagement
from workbench.engine.registry.comparisons import Comparisons
from workbench.engine.registry.concurrency import ReservedConcurrency
from workbench.engine.registry.declared.declared import Declared
from workbench.engine.registry.declared.deploying import Deploying
from workbench.engine.registry.declared.layers import DeclaredLayers
from workbench.engine.registry.declared.places import DeclaredPlaces
from workbench.engine.registry.declared.staging import Staging
from workbench.engine.registry.declared.versions import DeclaredVersions
from workbench.engine.registry.deliveries import Deliveries
from workbench.engine.registry.event_invoke import EventInvokeConfigurations
from workbench.engine.registry.event_sources.mappings import EventSourceMappings
from workbench.engine.registry.function_changes import FunctionChanges
from workbench.engine.registry.function_urls import FunctionUrls
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.layer_policies import LayerPolicies
from workbench.engine.registry.layers import Layers
from workbench.engine.registry.overrides import TemplateOverrides
from workbench.engine.registry.overriding import Overriding
from workbench.engine.registry.policies import Policies
from workbench.engine.registry.provisioned import ProvisionedConfigurations
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.saving.plans import SavingPlans
from workbench.engine.registry.saving.saving import Saving
from workbench.engine.registry.saving.taking import Taking
from workbench.engine.registry.saving.template_packages import TemplatePackages
from workbench.engine.registry.saving.unfinished import finish_moves
from workbench.engine.registry.settling import ChangeListener, Settling
from workbench.engine.registry.snap_start import applies, not_ready
from workbench.engine.registry.snapshots import SnapshotStates
from workbench.engine.registry.store import RegistryStore
from workbench.engine.registry.tags import Tags
from workbench.engine.registry.template_functions import TemplateFunctions
from workbench.engine.registry.template_versions import Resolve, TemplateVersions
from workbench.engine.registry.transfer.api_state import ApiState
from workbench.engine.registry.versions import Aliases, Versions
from workbench.engine.registry.views import FunctionView
from workbench.engine.served_workspace import ServedWorkspace
from workbench.engine.services_endpoint.dead_letter_targets import DeadLetterTargets
from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.engine.services_endpoint.s3_objects import S3Objects
from workbench.model.failures import ServiceError
from workbench.model.function import FunctionConfiguration
from workbench.model.function_version import LATEST, FunctionVersion
from workbench.model.lambda_names import Scope

FOLDER = "lambda"
"""The folder in the workspace's state folder that holds everything the API made."""


class InvocationTarget(msgspec.Struct, frozen=True):
    """What one request runs: the function in the version that was drawn, and the ARN by which the caller named it."""

    function: FunctionConfiguration
    arn: str


class Resources:
    """Functions, what belongs to them and is configured for them, layers, event source mappings. Use it on the engine's loop.

    `folder` holds everything that is kept of them.
    """

    def __init__(
        self, workspace: ServedWorkspace, templates: FunctionStore, resolve: Resolve, clock: Clock, services: ServicesEndpoint,
    ) -> None:
        """`resolve` builds the packages of versions. `templates` asks `in_force` what is overridden. `services` has S3."""
        self.folder = folder = workspace.state_directory / FOLDER
        self._templates = templates
        self._registry = Registry(RegistryStore(folder / "registry.sqlite"))
        archives = Archives(folder / "code")
        deliveries = Deliveries(archives, S3Objects(services), DeadLetterTargets(services))
        frozen = TemplateVersions(self._registry, archives, templates, resolve)
        self.settling = Settling(self._registry, archives, templates, clock)
        seen = TemplateFunctions(self._registry, archives, templates)
        self.in_force = seen.in_force
        self.functions = Functions(self._registry, archives, seen, frozen, clock)
        self.changes = FunctionChanges(
            self._registry, deliveries, self.functions, Overriding(self._registry, seen, frozen), self.settling)
        self.overrides = TemplateOverrides(self._registry, seen, self.settling, DeclaredPlaces(templates, self._registry))
        self.versions = Versions(self._registry, self.functions, frozen, self.settling)
        self.snapshots = SnapshotStates(self._registry, self.functions)
        self.aliases = Aliases(self._registry, self.functions)
        self.comparisons = Comparisons(self.functions, frozen)
        self.layers = Layers(self._registry, deliveries, self.functions, self.settling)
        self.declared = Declared(
            self._registry, templates, DeclaredVersions(self._registry, seen, self.versions),
            DeclaredLayers(self._registry, self.layers, resolve),
            Deploying(lambda: Staging(self._registry, archives, seen, frozen, clock), workspace.checked, seen.is_hidden))
        self.layer_policies = LayerPolicies(self._registry)
        self.event_source_mappings = EventSourceMappings(self._registry, self.functions, clock)
        self.tags = Tags(self._registry, self.functions)
        self.policies = Policies(self._registry, self.functions)
        self.concurrency = ReservedConcurrency(self._registry, self.functions)
        self.provisioned = ProvisionedConfigurations(self._registry, self.functions, self.concurrency)
        self.event_invoke = EventInvokeConfigurations(self._registry, self.functions)
        self.function_urls = FunctionUrls(self._registry, self.functions)
        self.runtime_management = RuntimeManagement(self._registry, self.functions)
        self.recursion = Recursion(self._registry, self.functions)
        self.api_state = ApiState(self._registry, archives, self.settling, self.event_source_mappings, workspace.state_directory)
        self.usage = AccountUsage(self._registry, self.functions)
        self.saving_plans = SavingPlans(self._registry, self.functions, templates)
        self.saving = Saving(self._registry, self.functions, templates, self.settling)
        self.taking = Taking(
            self._registry, self.functions, templates, self.settling, TemplatePackages(self._registry, archives, resolve))

    @property
    def problem(self) -> str:
        """Why what the API made could not be read, "" if it was."""
        return self._registry.problem

    @property
    def home(self) -> Scope:
        """The Region and account of the workspace, where its template's functions live."""
        return self._templates.scope

    async def load(self, listener: ChangeListener, *, read_only: str = "") -> None:
        """Read what is kept; `listener` learns of changes. `read_only`: why nothing may be changed, "" if it may."""
        self.settling.listener = listener
        await self._registry.load()
        if not (read_only or self._registry.why_read_only):
            await finish_moves(self._registry, self._templates)
            await self.settling.settle()
            await self.event_source_mappings.settle()
        await self.declared.follow()
        if not (read_only or self._registry.why_read_only):
            self._registry.after_change = self.settling.tell
            listener.provision()
        if read_only:
            self._registry.why_read_only = read_only

    def refuse_changes(self, why: str) -> None:
        """Change nothing from now on. `why` is what callers are told, as a sentence."""
        self._registry.why_read_only = why

    def check_changeable(self) -> None:
        """Raise ServiceError if nothing may be changed."""
        self._registry.check_changeable()

    async def close(self) -> None:
        """End updates in progress and close the files."""
        await self.declared.close()
        await self.event_source_mappings.close()
        await self.snapshots.close()
        await self.settling.close()
        await self._registry.close()

    def configured(self, version: FunctionVersion) -> FunctionConfiguration | None:
        """Return what runs a version of a function now, None if it is not there. Raises ServiceError for one that cannot run."""
        if not version.region and version.version == LATEST:
            revision = self._templates.get(version.name)
            return None if revision is None else require_invocable(revision)
        scope = Scope(version.region, version.account) if version.region else self.home
        view = self.functions.find(scope, version.name, version.version)
        return None if view is None else self.functions.configuration(view)

    def at_home(self) -> list[FunctionConfiguration]:
        """Return `$LATEST` of the functions in the workspace's Region and account: the template's, then those of the API."""
        return [*self._templates.all(), *map(self.functions.configuration, self.functions.made(self.home))]

    def is_published(self, version: FunctionVersion) -> bool:
        """Whether it is a published version that is still there."""
        return version.version != LATEST and self.configured(version) is not None

    def latest(self, name: str) -> FunctionVersion:
        """Return `$LATEST` of a function of the workspace's Region, by any of its names. Raises ServiceError 404."""
        return self.functions.configuration(self.functions.require(self.home, name)).identity

    def target(self, name: str, qualifier: str = "", scope: Scope | None = None, version: str = "") -> InvocationTarget:
        """Return what a request runs. Raises ServiceError in Lambda's words.

        `scope` None: the workspace's. `version`: the one that was drawn before for an alias with weights, "" to draw one.
        """
        home = self.home
        where = scope or home
        if where == home and qualifier in ("", LATEST):  # nearly always: a function of the template
            revision = self._templates.find(name)
            if revision is not None:
                function = require_invocable(revision)
                return InvocationTarget(function, home.function_arn(function.name, qualifier))
        view = self.functions.find(where, name, version or self.aliases.version_for(where, name, qualifier))
        if view is None:
            raise self.functions.not_found(where, name, qualifier or LATEST)
        if view.state != "Active":
            raise self._unavailable(view)
        return InvocationTarget(self.functions.configuration(view), where.function_arn(view.name, qualifier))

    def _unavailable(self, view: FunctionView) -> ServiceError:
        if view.state == "Inactive":
            self.snapshots.wake(view)
            return not_ready(was_idle=True)
        return not_ready() if view.state == "Pending" and applies(view.settings) else self.functions.not_active(view)
