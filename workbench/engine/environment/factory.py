"""Puts an environment together: its variables, the provider of its sandboxes, its events in the stream."""

from __future__ import annotations

import uuid
from typing import Protocol

import msgspec

from workbench.engine.credentials.of_environment import CredentialsGiver, EnvironmentCredentials, MadeUpCredentials
from workbench.engine.debugging.debugged_functions import DebugService
from workbench.engine.debugging.environment_debugger import EnvironmentDebugger, with_room
from workbench.engine.debugging.time_limits import TimeLimits
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.variables import log_stream_name, reserved_environment
from workbench.engine.events.environment_events import EnvironmentEvents
from workbench.engine.events.shown_paths import PathPair, ShownPaths
from workbench.engine.events.stream import Stream
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.sandbox_maker import EnvironmentVariables, Leading, SandboxMaker
from workbench.engine.sandboxes import ResolvedFunction, SandboxSelector
from workbench.model.function import InitializationType
from workbench.model.lambda_folders import LAYER_ROOT, RUNTIME_ROOT, TASK_ROOT
from workbench.packages.search_paths import container_paths, layer_paths
from workbench.sandbox.protocol import SandboxSpec


class EnvironmentOwner(Protocol):
    """Keeps the environments that are made, and gives them requests."""

    def made(self, environment: Environment) -> None:
        """Take note of a new environment, whose sandbox does not exist yet."""

    def free(self, environment: Environment) -> None:
        """Take back an environment that may take a request again."""


class SnapshotUse(msgspec.Struct, frozen=True):
    """What an environment has to do with a snapshot: it `holds` one, or is restored from the environment that does."""

    holds: bool = False
    restored_from: str = ""


NO_SNAPSHOT = SnapshotUse()


class EnvironmentFactory:
    """Makes the environments of an engine. `credentials` gives them theirs, made-up ones unless told otherwise.

    `stream` is where they publish.
    """

    def __init__(
        self, engine_id: str, sandboxes: SandboxSelector, stream: Stream, debugging: DebugService, owner: EnvironmentOwner
    ) -> None:
        self._engine_id = engine_id
        self._sandboxes = sandboxes
        self.stream = stream
        self.debugging = debugging
        self._owner = owner
        self.credentials: CredentialsGiver = MadeUpCredentials()

    def make(
        self, prepared: ResolvedFunction, initialization_type: InitializationType = "on-demand",
        snapshot: SnapshotUse = NO_SNAPSHOT,
    ) -> Environment:
        """Return a new environment. Its sandbox is made later, by `prepare` or `initialize`."""
        environment_id, limits = uuid.uuid4().hex, TimeLimits(self.stream.clock)
        debugger = self.debugging.debugger_for(prepared, environment_id, limits)
        settings = self._sandboxes.settings
        events = EnvironmentEvents(
            self.stream, prepared.function, environment_id, ShownPaths(_paths(prepared)), settings.failure_log)
        context = EnvironmentContext(
            environment_id=environment_id, function=prepared.function, region=prepared.function.region or settings.region,
            runtime_plan=prepared.runtime_plan, initialization_type=initialization_type, clock=self.stream.clock,
            events=events, limits=limits, tenant_id=prepared.tenant_id, holds_snapshot=snapshot.holds,
            credentials=EnvironmentCredentials(self.credentials, prepared.function, events.shown.hide))
        environment = Environment(context, self._maker(prepared, context, debugger, snapshot), self._owner.free)
        self._owner.made(environment)
        return environment

    def _maker(
        self, prepared: ResolvedFunction, context: EnvironmentContext, debugger: EnvironmentDebugger | None, snapshot: SnapshotUse
    ) -> SandboxMaker:
        plan = prepared.runtime_plan
        spec = SandboxSpec(
            environment_id=context.environment_id, engine_id=self._engine_id,
            function=prepared.function if debugger is None else with_room(prepared.function), runtime_plan=plan,
            environment={}, runtime_api="", opt_path=plan.opt_path,
            freeze=self._sandboxes.settings.freeze if debugger is None else "off",  # a frozen function does not answer a debugger
            mounts=debugger.mounts if debugger is not None else {},
            holds_snapshot=snapshot.holds, restored_from=snapshot.restored_from)
        variables = self._variables(prepared, context)
        return SandboxMaker(self._sandboxes.provider(prepared.kind), spec, variables, debugger, self._sandboxes.endpoint)

    @staticmethod
    def _variables(prepared: ResolvedFunction, context: EnvironmentContext) -> EnvironmentVariables:
        function, kind = prepared.function, prepared.kind
        # Fixed here and not with each sandbox: on Lambda an environment keeps its log stream over a reset.
        log_stream = log_stream_name(function)

        async def variables(runtime_api: str, leading: Leading) -> dict[str, str]:
            credentials = await context.credentials.variables()
            reserved = reserved_environment(
                function, sandbox=kind, region=context.region, runtime_api=runtime_api, log_stream=log_stream,
                credentials=credentials, initialization_type=context.initialization_type,
                endpoint=await leading(credentials, is_real=context.credentials.held is not None))
            # `layers` is at most one folder by now: all of them, merged. A container has its own paths from its image.
            opt = LAYER_ROOT if kind == "isolated" else next(iter(function.layers), "") if kind == "process" else ""
            paths = container_paths(function.runtime) if kind == "docker" else layer_paths(function.runtime, opt)
            return {**paths, **reserved}

        return variables


def _paths(prepared: ResolvedFunction) -> list[PathPair]:
    """Return the folders that a process runs from and that are not the person's own. Other sandboxes have Lambda's paths."""
    if prepared.kind != "process":
        return []
    function, plan = prepared.function, prepared.runtime_plan
    code = PathPair(function.code_path, TASK_ROOT, prepared.source_folder)
    others = [PathPair(plan.opt_path, LAYER_ROOT, prepared.layer_folder), PathPair(plan.runtime_path, RUNTIME_ROOT)]
    return [pair for pair in (code, *others) if pair.folder and pair.folder != pair.source]
