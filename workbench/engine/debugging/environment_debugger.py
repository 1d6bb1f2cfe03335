"""The debugger of one environment: how it gets in, where it listens, and how long the environment's limits stand still."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Protocol

import msgspec

from workbench.debugging.launch import DebuggerPlan
from workbench.engine.debugging.time_limits import TimeLimits
from workbench.engine.inward import Connect
from workbench.model.function import FunctionConfiguration
from workbench.model.quotas import MB_PER_VCPU


class DebugOwner(Protocol):
    """Learns which environment of a function the debugger is led to. `is_over`: debugging has ended."""

    is_over: bool

    def environment_started(self, debugger: EnvironmentDebugger) -> None:
        """Its runtime was started: debuggers are led to it from now on."""

    def environment_ended(self, debugger: EnvironmentDebugger) -> None:
        """Nothing is left to debug."""


class EnvironmentDebugger:
    """Told of the life of each of the environment's runtimes, whose `limits` it holds. All on the engine's loop."""

    def __init__(self, owner: DebugOwner, plan: DebuggerPlan, environment_id: str, limits: TimeLimits) -> None:
        self._owner = owner
        self.environment_id = environment_id
        self.plan = plan
        self.limits = limits
        self.port = 0
        self.connect: Connect = _nowhere
        self.is_waiting = False
        """The runtime stands before the function's module until a debugger is attached."""
        self._is_stopped = False

    @property
    def mounts(self) -> Mapping[str, str]:
        """Folders that a container needs."""
        return self.plan.mounts()

    def variables(self, given: Mapping[str, str]) -> dict[str, str]:
        """All variables of a runtime that is about to be made: each gets a port of its own."""
        if self._owner.is_over:
            self.port = 0
            return dict(given)
        address = self.plan.listens_at(0 if self.plan.sandbox == "docker" else _free_port())
        self.port = address[1]
        return self.plan.variables(given, address)

    def starting(self) -> None:
        """The runtime will wait for a debugger: until then no time counts."""
        self.is_waiting = self.port != 0
        self._apply()

    def started(self, connect: Connect) -> None:
        """It runs; debuggers may come, `connect` leads them in."""
        self.connect = connect
        if self.port:
            self._owner.environment_started(self)

    def tell(self, *, attached: bool, stopped: bool) -> None:
        """What its debuggers do."""
        self.is_waiting = self.is_waiting and not attached
        self._is_stopped = stopped
        self._apply()

    def initialized(self) -> None:
        """INIT is over: if nothing was attached the debugger did not start, or the function was let go."""
        self.is_waiting = False
        self._apply()

    def ended(self) -> None:
        """The runtime is about to go, or gone."""
        self.is_waiting = self._is_stopped = False
        self._apply()
        self._owner.environment_ended(self)

    def _apply(self) -> None:
        if self.is_waiting or self._is_stopped:
            self.limits.hold()
        elif self.limits.are_held:
            self.limits.go_on()


def with_room(function: FunctionConfiguration) -> FunctionConfiguration:
    """The function as its sandbox shall hold it while it is debugged: with memory and a vCPU for the debugger beside its own."""
    return msgspec.structs.replace(function, memory_mb=function.memory_mb + MB_PER_VCPU)


async def _nowhere(_: int) -> socket.socket:
    raise OSError("The runtime was not started yet.")


def _free_port() -> int:
    """A port that is free now; nobody else looks for one at this moment."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
