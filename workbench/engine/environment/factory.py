"""How an environment is put together: its variables, its sandbox's provider, its voice in the stream."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from workbench.engine.clock import Clock
from workbench.engine.debugging.debugged_functions import DebugService
from workbench.engine.debugging.environment_debugger import with_room
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.variables import log_stream_name, reserved_environment
from workbench.engine.events.shown_paths import PathPair, ShownPaths
from workbench.engine.events.stream import Stream
from workbench.engine.lifecycle.runtime_process import EnvironmentVariables, RuntimeProcess
from workbench.engine.sandboxes import ResolvedFunction, SandboxSelector
from workbench.model.function import InitializationType
from workbench.model.lambda_folders import LAYER_ROOT, RUNTIME_ROOT, TASK_ROOT
from workbench.packages.search_paths import container_paths, layer_paths


class EnvironmentFactory:
    """Makes the environments of an engine. `on_free` is called whenever one may take a request (again).

    `on_made` is told of each.
    """

    def __init__(
        self, *, engine_id: str, sandboxes: SandboxSelector, stream: Stream, clock: Clock, debugging: DebugService,
        on_free: Callable[[Environment], None], on_made: Callable[[Environment], None],
    ) -> None:
        self._engine_id = engine_id
        self._sandboxes = sandboxes
        self._stream = stream
        self._clock = clock
        self.debugging = debugging
        self._on_free = on_free
        self._on_made = on_made

    def make(self, prepared: ResolvedFunction, initialization_type: InitializationType = "on-demand") -> Environment:
        """A new environment, of which nothing exists yet but this object."""
        environment_id = uuid.uuid4().hex
        settings = self._sandboxes.settings
        debugger = self.debugging.debugger_for(prepared, environment_id)
        process = RuntimeProcess(
            provider=self._sandboxes.provider(prepared.kind),
            engine_id=self._engine_id,
            environment_id=environment_id,
            function=prepared.function if debugger is None else with_room(prepared.function),
            runtime_plan=prepared.runtime_plan,
            variables=self._variables(prepared, initialization_type),
            clock=self._clock,
            freeze=settings.freeze,
            debugger=debugger,
        )
        environment = Environment(
            environment_id=environment_id,
            function=prepared.function,
            runtime_plan=prepared.runtime_plan,
            process=process,
            stream=self._stream,
            clock=self._clock,
            on_free=self._on_free,
            initialization_type=initialization_type,
            failure_log=settings.failure_log,
            shown=ShownPaths(_paths(prepared)),
        )
        if debugger is not None:
            debugger.limits = environment.limits
        self._on_made(environment)
        return environment

    def _variables(self, prepared: ResolvedFunction, initialization_type: InitializationType) -> EnvironmentVariables:
        function, kind = prepared.function, prepared.kind
        log_stream, region = log_stream_name(function), self._sandboxes.settings.region

        def variables(runtime_api: str) -> dict[str, str]:
            reserved = reserved_environment(
                function, sandbox=kind, region=region, runtime_api=runtime_api, log_stream=log_stream,
                initialization_type=initialization_type)
            opt = LAYER_ROOT if kind == "isolated" else next(iter(function.layers), "") if kind == "process" else ""
            paths = container_paths(function.runtime) if kind == "docker" else layer_paths(function.runtime, opt)
            return {**paths, **reserved}

        return variables


def _paths(prepared: ResolvedFunction) -> list[PathPair]:
    """The folders of a process that are not the person's own; a container has Lambda's paths."""
    if prepared.kind != "process":
        return []
    function, plan = prepared.function, prepared.runtime_plan
    code = PathPair(function.code_path, TASK_ROOT, prepared.source_folder)
    others = [PathPair(plan.opt_path, LAYER_ROOT, prepared.layer_folder), PathPair(plan.runtime_path, RUNTIME_ROOT)]
    return [pair for pair in (code, *others) if pair.folder and pair.folder != pair.source]
