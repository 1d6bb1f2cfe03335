"""The debugger of one environment: how it gets in, where it listens, and when the environment's time limits are held."""

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
    """Hears which environment of a function debuggers are to be led to. `is_over`: debugging has ended."""

    is_over: bool

    def environment_started(self, debugger: EnvironmentDebugger) -> None:
        """The environment's runtime was started: lead debuggers to it from now on."""

    def environment_ended(self, debugger: EnvironmentDebugger) -> None:
        """The environment's runtime has ended: nothing is left to debug."""


class EnvironmentDebugger:
    """The debugger of an environment, which holds its time `limits` while a person looks. Use it on the engine's loop.

    The session calls `variables`, `starting`, `started`, `initialized` and `ended` for each runtime, in this order.
    """

    def __init__(self, owner: DebugOwner, plan: DebuggerPlan, environment_id: str, limits: TimeLimits) -> None:
        self._owner = owner
        self.environment_id = environment_id
        self.plan = plan
        self.limits = limits
        self.port = 0
        self.connect: Connect = _nowhere
        self.is_waiting = False
        """Whether the runtime waits for a debugger before it loads the function's module."""
        self._is_stopped = False

    @property
    def mounts(self) -> Mapping[str, str]:
        """The folders that a container needs, by their places in it."""
        return self.plan.mounts()

    def variables(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return all variables of a runtime that is about to be made. Each runtime gets its own port."""
        if self._owner.is_over:  # debugging was switched off since the environment was made: this runtime starts without
            self.port = 0
            return dict(given)
        # A container has its own network, where any fixed port is free; a process may share this machine's.
        address = self.plan.listens_at(0 if self.plan.sandbox == "docker" else _free_port())
        self.port = address[1]
        return self.plan.variables(given, address)

    def starting(self) -> None:
        """Hold the limits because the runtime is about to wait for a debugger."""
        self.is_waiting = self.port != 0
        self._apply()

    def started(self, connect: Connect) -> None:
        """The runtime runs: debuggers may come, and `connect` leads them in."""
        self.connect = connect
        if self.port:
            self._owner.environment_started(self)

    def tell(self, *, attached: bool, stopped: bool) -> None:
        """Take over what its debuggers do now: whether any is attached, and whether the function stands at a breakpoint."""
        self.is_waiting = self.is_waiting and not attached  # once it has gone on, it does not wait again when all detach
        self._is_stopped = stopped
        self._apply()

    def initialized(self) -> None:
        """INIT is over: stop waiting. If nothing was attached, the debugger did not start or the function was let go."""
        self.is_waiting = False
        self._apply()

    def ended(self) -> None:
        """The runtime is about to end or has ended: hold nothing any longer."""
        self.is_waiting = self._is_stopped = False
        self._apply()
        self._owner.environment_ended(self)

    def _apply(self) -> None:
        if self.is_waiting or self._is_stopped:
            self.limits.hold()
        elif self.limits.are_held:
            self.limits.go_on()


def with_room(function: FunctionConfiguration) -> FunctionConfiguration:
    """Return the function with room for a debugger beside it: more memory, and with that the share of one more vCPU."""
    return msgspec.structs.replace(function, memory_mb=function.memory_mb + MB_PER_VCPU)


async def _nowhere(_: int) -> socket.socket:
    raise OSError("The runtime was not started yet.")


def _free_port() -> int:
    """Return a port that is free now. Another program could still take it before the debugger does."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
