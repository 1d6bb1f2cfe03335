"""Where an environment is in its life, and whose requests it serves."""

from __future__ import annotations

from enum import Enum

from workbench.model.engine_api import EnvironmentState
from workbench.model.function import SandboxKind

PoolKey = tuple[str, SandboxKind]
"""Function name and kind of sandbox: environments of one key serve the same requests."""


class State(Enum):
    """Where an environment is in its life."""

    CREATING = "creating"
    INITIALIZING = "initializing"
    IDLE = "idle"
    BUSY = "busy"
    NEEDS_INIT = "needs init"
    STOPPED = "stopped"

    @property
    def shown(self) -> EnvironmentState:
        """The state as the API names it: one that needs INIT is idle to its callers."""
        return _SHOWN[self]


_SHOWN: dict[State, EnvironmentState] = {
    State.CREATING: "creating",
    State.INITIALIZING: "initializing",
    State.IDLE: "idle",
    State.BUSY: "busy",
    State.NEEDS_INIT: "idle",
    State.STOPPED: "stopping",
}
