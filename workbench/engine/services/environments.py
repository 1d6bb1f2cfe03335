"""The execution environments that exist now, as callers see and stop them."""

from __future__ import annotations

import os
import shlex
import subprocess

from workbench.engine.concurrency.pool import EnvironmentPool
from workbench.engine.environment.environment import Environment
from workbench.model.engine_api import EnvironmentInfo


class EnvironmentService:
    """Describes and stops environments. Use it on the engine's loop."""

    def __init__(self, pool: EnvironmentPool) -> None:
        self._pool = pool

    def all(self) -> list[EnvironmentInfo]:
        """Return the environments that exist now, prepared ones included."""
        return [_described(environment) for environment in self._pool]

    def stop(self, environment_id: str) -> bool:
        """Stop one environment, after its present invocation if it has one. Return False if there is none with this ID."""
        return self._pool.stop_one(environment_id)

    def stop_all(self, function_name: str = "") -> None:
        """Stop the environments of one function, or all for "", each after its present invocation."""
        self._pool.retire(lambda key: function_name in ("", key.function.name), "cold")


def _described(environment: Environment) -> EnvironmentInfo:
    return EnvironmentInfo(
        environment_id=environment.environment_id,
        function_name=environment.function.name,
        sandbox=environment.provider.kind,
        state=environment.state.shown,
        runs_on=environment.runtime_plan.runs_on,
        not_enforced=environment.runtime_plan.not_enforced,
        invocations=environment.invocations,
        memory_peak_mb=environment.memory_peak_mb(),
        initialization_type=environment.initialization_type,
        is_spare=environment.is_spare,
        holds_snapshot=environment.holds_snapshot,
        idle_since_ms=environment.idle_since_ms,
        version=environment.function.version,
        created_ms=environment.context.clock.epoch_ms(environment.made_ns),
        shell_command=_line(environment.shell_command()),
    )


def _line(command: tuple[str, ...]) -> str:
    """A command as it is typed at this system's prompt."""
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)
