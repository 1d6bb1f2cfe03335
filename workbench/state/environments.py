"""The execution environments of a session: which are warm, which are busy, and how each one started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from workbench.model.engine_api import EnvironmentInfo
from workbench.model.events import StreamEvent
from workbench.model.function_version import LATEST
from workbench.state.startup import LOG_TYPES, STARTUP_TYPES, RunFolders, Startup

State = Literal["creating", "prepared", "initializing", "idle", "busy", "reset", "stopping", "stopped"]
"""`prepared`: its sandbox was created ahead and INIT waits for the first request. `reset`: its processes are gone after a timeout
or a crash, so the next invocation initializes again. `stopping`: it serves nobody any more, and is being shut down."""

STOPPED_KEPT = 500
"""The number of stopped environments that are remembered."""


class Environment(msgspec.Struct, kw_only=True):
    """One environment. `request_id` is the request running in it, "" if there is none; `stop_reason` is set once it is gone.

    `version` is the function's; `last_request_id` the request that ran in it last, or runs. `created_ms` is epoch time, 0 if it
    is not known; `sandbox` its kind; `shell_command` opens a shell in it, "" until the engine has told one.

    `idle_since_ms` is epoch time, None while it is busy; `memory_peak_mb` is the maximum of its REPORTs, 0 before the first.
    """

    environment_id: str
    function_name: str = ""
    version: str = LATEST
    state: State = "creating"
    startup: Startup = msgspec.field(default_factory=Startup)
    request_id: str = ""
    last_request_id: str = ""
    invocations: int = 0
    idle_since_ms: float | None = None
    memory_peak_mb: int = 0
    stop_reason: str = ""
    created_ms: float = 0.0
    sandbox: str = ""
    shell_command: str = ""

    def apply(self, event: StreamEvent) -> None:
        """Take in one event of this environment."""
        # Only until the first invocation: INIT repeated later belongs to the invocation in which it happens.
        if not self.invocations and not event.request_id and event.type in STARTUP_TYPES | LOG_TYPES:
            self.startup.apply(event)
        if event.type in _STATES and self.state != "stopped" and not self._keeps_state(event):
            self.state = _state_after(event)
            self.idle_since_ms = event.time_ms if self.state == "idle" else None
        if event.type == "sandbox.creating":
            self.created_ms, self.sandbox = event.time_ms, str(event.fields().get("sandbox", ""))
        if event.type == "platform.start":
            self.request_id = self.last_request_id = event.request_id
            self.invocations += 1
            self.version = event.fields().get("version", self.version)
        elif event.type in _NAMES_VERSION:
            self.version = event.fields().get(_NAMES_VERSION[event.type], self.version)
        elif event.type == "platform.report":
            self.request_id = ""
            self.memory_peak_mb = max(self.memory_peak_mb, int(event.fields()["metrics"]["maxMemoryUsedMB"]))
        elif event.type == "sandbox.stopped":
            self.request_id = ""
            self.stop_reason = str(event.fields().get("reason", ""))

    def take(self, info: EnvironmentInfo) -> None:
        """Take in what the engine says of it. Its state is the stream's, which is newer, unless the stream never told of it."""
        if not self.function_name:
            self._take_whole(info)
        self.created_ms, self.sandbox, self.shell_command = info.created_ms, info.sandbox, info.shell_command

    def _take_whole(self, info: EnvironmentInfo) -> None:
        self.function_name, self.version = info.function_name, info.version
        self.state = "prepared" if info.is_spare else info.state
        self.invocations, self.memory_peak_mb = info.invocations, round(info.memory_peak_mb)
        self.idle_since_ms = info.idle_since_ms if self.state == "idle" else None
        self.startup.runs_on, self.startup.initialization_type = info.runs_on, info.initialization_type

    def reclaimed_at_ms(self, idle_limit_s: float) -> float | None:
        """Return when it will be reclaimed unless it is used before (epoch ms); None if it is not idle or is kept."""
        if self.state != "idle" or self.idle_since_ms is None or self.startup.is_provisioned or self.startup.holds_snapshot:
            return None
        return self.idle_since_ms + idle_limit_s * 1_000

    def _keeps_state(self, event: StreamEvent) -> bool:
        """Whether an event leaves the state alone: a failed init does, and so does a request, unless the state is `prepared`."""
        if self.state == "stopping":
            return event.type != "sandbox.stopped"
        if event.type == "sandbox.assigned":
            return self.state != "prepared"
        if event.type not in ("platform.initStart", "platform.initReport", "platform.restoreReport"):
            return False
        record = event.fields()
        return record.get("phase") != "invoke" and record.get("status", "success") != "success"


def _state_after(event: StreamEvent) -> State:
    """Return the state after an event; init repeated inside an invocation is part of it, so the environment stays busy."""
    is_repeated = event.type in ("platform.initStart", "platform.initReport") and event.fields().get("phase") == "invoke"
    return "busy" if is_repeated else _STATES[event.type]


def _is_warm(environment: Environment) -> bool:
    return environment.state in ("idle", "busy") and not environment.startup.holds_snapshot


_STATES: dict[str, State] = {
    "sandbox.creating": "creating",
    "sandbox.ready": "prepared",
    "sandbox.assigned": "initializing",
    "platform.initStart": "initializing",
    "platform.initReport": "idle",
    "platform.restoreStart": "initializing",
    "platform.restoreReport": "idle",
    "platform.start": "busy",
    "platform.report": "idle",
    "sandbox.reset": "reset",
    "sandbox.stopping": "stopping",
    "sandbox.stopped": "stopped",
}
_NAMES_VERSION = {
    "sandbox.assigned": "version", "sandbox.creating": "version", "platform.initStart": "functionVersion"}
"""Which events before the first invocation name the function's version, and where. `sandbox.assigned` does so if it is cold."""


class Environments:
    """All environments by ID, in the order of their creation. Of the stopped ones, the last `STOPPED_KEPT` are kept."""

    def __init__(self) -> None:
        self.by_id: dict[str, Environment] = {}
        self._stopped: list[str] = []

    def apply(self, event: StreamEvent) -> Environment | None:
        """Take in one event and return its environment, None if it belongs to none."""
        if not event.environment_id:
            return None
        environment = self.by_id.get(event.environment_id)
        if environment is None:
            startup = Startup(environment_id=event.environment_id)
            environment = Environment(environment_id=event.environment_id, startup=startup)
            self.by_id[event.environment_id] = environment
        environment.function_name = event.function_name or environment.function_name  # not every event carries the name
        environment.apply(event)
        if event.type == "sandbox.stopped":
            self._forget_oldest(event.environment_id)
        return environment

    def take_list(self, infos: Sequence[EnvironmentInfo], known_before: frozenset[str]) -> None:
        """Take in the engine's list. The stream begins in the middle: it never told of environments that have long been idle.

        `known_before`: those known when the engine was asked. Any that it did not name has ended, perhaps with another engine.
        """
        for info in infos:
            environment = self.by_id.get(info.environment_id)
            if environment is None:
                startup = Startup(environment_id=info.environment_id)
                environment = self.by_id[info.environment_id] = Environment(environment_id=info.environment_id, startup=startup)
            environment.take(info)
        for environment_id in known_before - {info.environment_id for info in infos}:
            gone = self.by_id.get(environment_id)
            if gone is not None and gone.state != "stopped":
                gone.state, gone.request_id, gone.idle_since_ms = "stopped", "", None
                self._forget_oldest(environment_id)

    def count(self, *states: State) -> int:
        """Return the number of environments in any of these states."""
        return sum(environment.state in states for environment in self.by_id.values())

    @property
    def warm(self) -> int:
        """The number of environments whose init is done; stopped and reset ones do not count, nor those that hold a snapshot."""
        return sum(map(_is_warm, self.by_id.values()))

    def warm_of(self, function_name: str) -> int:
        """Return the number of warm environments of one function."""
        return sum(_is_warm(each) and each.function_name == function_name for each in self.by_id.values())

    def folders_of(self, function_name: str) -> RunFolders:
        """Return the folders that a function's newest environment runs from; empty if they are not known."""
        return next((each.startup.folders for each in reversed(self.by_id.values())
                     if each.function_name == function_name and each.startup.folders.code), RunFolders())

    def _forget_oldest(self, environment_id: str) -> None:
        self._stopped.append(environment_id)
        if len(self._stopped) > STOPPED_KEPT:
            self.by_id.pop(self._stopped.pop(0), None)
