"""How one execution environment started: sandbox creation, init, imports, and what was logged meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from workbench.model.events import StreamEvent
from workbench.model.log_entries import record_text
from workbench.model.platform_lines import platform_lines


class Phase(msgspec.Struct, frozen=True):
    """A phase in an environment's life. `start_ms` is epoch time."""

    name: str
    start_ms: float
    duration_ms: float

    @property
    def end_ms(self) -> float:
        """The epoch time at which the phase ended."""
        return self.start_ms + self.duration_ms


class ImportTime(msgspec.Struct, frozen=True, rename="camel"):
    """The cost of importing one module: `duration_ms` including what it imports in turn, `self_ms` without.

    `parent` is the index of the importing entry in the same list, or -1. `start_ms` is epoch time.
    """

    module: str
    parent: int = -1
    start_ms: float = 0.0
    duration_ms: float = 0.0
    self_ms: float = 0.0


class RunFolders(msgspec.Struct, frozen=True):
    """The folders of the engine's machine that an environment has as /var/task and /opt; later layers lie over earlier ones."""

    code: str = ""
    layers: tuple[str, ...] = ()


class Startup(msgspec.Struct, kw_only=True):
    """Fold of the events of an environment up to its first request. Times are epoch milliseconds.

    `is_ahead`: its sandbox was created before any request needed it; `ready_ms` is then when it was finished and INIT still to
    come. `is_debugged`: it waited for a debugger, or one was attached, in the meantime.
    """

    environment_id: str = ""
    function_name: str = ""
    runtime: str = ""
    runs_on: str = ""
    memory_mb: int = 0
    not_enforced: tuple[str, ...] = ()
    folders: RunFolders = RunFolders()
    initialization_type: str = "on-demand"
    is_ahead: bool = False
    is_debugged: bool = False
    ready_ms: float | None = None
    began_ms: float | None = None
    init_began_ms: float | None = None
    runtime_done_ms: float | None = None
    init_duration_ms: float | None = None
    restore_duration_ms: float | None = None
    status: str = ""
    error_type: str = ""
    failed_extension: str = ""
    imports: tuple[ImportTime, ...] = ()
    phases: list[Phase] = msgspec.field(default_factory=list)
    lines: list[tuple[int, str]] = msgspec.field(default_factory=list)
    last_seq: int = -1

    def apply(self, event: StreamEvent) -> None:
        """Take in one event of this environment; only `STARTUP_TYPES` and log lines from init have an effect."""
        if event.seq <= self.last_seq:
            return
        self.last_seq = event.seq
        if event.type in LOG_TYPES and not event.request_id:
            self.lines.append((event.seq, record_text(event.record)))
            return
        fold = _FOLDS.get(event.type)
        if fold is not None:
            fold(self, event, event.fields())
            self.lines.extend((event.seq, line) for line in platform_lines(event))

    def phase(self, name: str) -> Phase | None:
        """Return the latest phase with that name, None if it is not over yet."""
        return next((phase for phase in reversed(self.phases) if phase.name == name), None)

    def phases_since(self, received_ms: float) -> list[Phase]:
        """Return the phases that a request arriving at that time had to wait for; what was done ahead is left out."""
        return [phase for phase in self.phases if not self.is_ahead or phase.end_ms > received_ms]

    @property
    def made_ahead_ms(self) -> float | None:
        """How long it took to create the sandbox ahead of any request; None if it was not created ahead."""
        ready_ms = self.ready_ms
        if ready_ms is None:
            return None
        return sum(phase.duration_ms for phase in self.phases if phase.name in _AHEAD_PHASES and phase.start_ms < ready_ms)

    @property
    def is_provisioned(self) -> bool:
        """Whether it was initialized ahead of requests by provisioned concurrency."""
        return self.initialization_type == "provisioned-concurrency"

    @property
    def holds_snapshot(self) -> bool:
        """Whether others are restored from it (SnapStart). It serves no requests."""
        return self.initialization_type == "snap-start" and self.is_ahead

    @property
    def init_ms(self) -> float | None:
        """The duration of init: as reported, else the sum of the runtime's own spans, else None."""
        if self.init_duration_ms is not None:
            return self.init_duration_ms
        spans = [phase.duration_ms for phase in self.phases if phase.name in INIT_PHASES]
        return sum(spans) if spans else None


def _creating(startup: Startup, event: StreamEvent, record: dict[str, Any]) -> None:
    startup.environment_id = event.environment_id
    startup.function_name = event.function_name
    startup.runtime = record.get("runtime", "")
    startup.runs_on = record.get("runsOn", "")
    startup.memory_mb = record.get("memorySizeMB", 0)
    startup.not_enforced = tuple(record.get("notEnforced", ()))
    startup.folders = RunFolders(record.get("codePath", ""), tuple(record.get("layerPaths", ())))
    startup.initialization_type = record.get("initializationType", "on-demand")
    startup.is_ahead = bool(record.get("ahead", False))
    startup.began_ms = event.time_ms


def _created(startup: Startup, event: StreamEvent, record: dict[str, Any]) -> None:
    startup.phases.append(_ended("createSandbox", event, record))


def _ready(startup: Startup, event: StreamEvent, record: dict[str, Any]) -> None:
    startup.phases.append(_ended("prepareSandbox", event, record))
    startup.ready_ms = event.time_ms


def _started(startup: Startup, event: StreamEvent, record: dict[str, Any]) -> None:
    startup.phases.append(_ended("startSandbox", event, record))


def _ended(name: str, event: StreamEvent, record: dict[str, Any]) -> Phase:
    duration_ms = float(record.get("durationMs", 0.0))
    return Phase(name, event.time_ms - duration_ms, duration_ms)


def _init_start(startup: Startup, event: StreamEvent, record: dict[str, Any]) -> None:
    del record
    startup.init_began_ms = event.time_ms


def _spans(startup: Startup, event: StreamEvent, record: dict[str, Any]) -> None:
    del event
    spans = record.get("spans", ())
    phases = [Phase(span["name"], float(span["startMs"]), float(span["durationMs"])) for span in spans]
    if phases and startup.init_began_ms is not None and phases[0].start_ms - startup.init_began_ms > SHORTEST_WAIT_MS:
        # Lambda starts the runtime only once all external extensions have registered.
        startup.phases.append(Phase(EXTENSION_INIT, startup.init_began_ms, phases[0].start_ms - startup.init_began_ms))
    startup.phases.extend(phases)
    startup.imports = tuple(msgspec.convert(item, ImportTime) for item in record.get("imports", ()))


def _init_runtime_done(startup: Startup, event: StreamEvent, record: dict[str, Any]) -> None:
    startup.runtime_done_ms = event.time_ms
    startup.status = record.get("status", "")
    startup.error_type = record.get("errorType", "")


def _init_report(startup: Startup, event: StreamEvent, record: dict[str, Any]) -> None:
    startup.status = record.get("status", startup.status)
    startup.error_type = record.get("errorType", startup.error_type)
    duration_ms = float(record["metrics"]["durationMs"])
    startup.init_duration_ms = duration_ms
    if not any(phase.name in INIT_PHASES for phase in startup.phases):
        # The runtime did not report its own spans, so only the whole init was measured.
        startup.phases.append(Phase("init", event.time_ms - duration_ms, duration_ms))
    elif startup.runtime_done_ms is not None and event.time_ms - startup.runtime_done_ms > SHORTEST_WAIT_MS:
        # The runtime was ready, but INIT ends only once all extensions are ready too.
        startup.phases.append(Phase(EXTENSION_INIT, startup.runtime_done_ms, event.time_ms - startup.runtime_done_ms))


def _restore_start(startup: Startup, event: StreamEvent, record: dict[str, Any]) -> None:
    """Take in that a snapshot is restored, on which the end of INIT before it says nothing more."""
    del event, record
    startup.status = startup.error_type = ""


def _restore_report(startup: Startup, event: StreamEvent, record: dict[str, Any]) -> None:
    startup.status = record.get("status", "success")
    startup.error_type = record.get("errorType", "")
    duration_ms = float(record["metrics"]["durationMs"])
    startup.restore_duration_ms = duration_ms
    startup.phases.append(Phase(RESTORE, event.time_ms - duration_ms, duration_ms))


def _debugger(startup: Startup, event: StreamEvent, record: dict[str, Any]) -> None:
    del event, record
    startup.is_debugged = True


def _extension(startup: Startup, event: StreamEvent, record: dict[str, Any]) -> None:
    del event
    if record.get("errorType"):
        startup.failed_extension = record.get("name", "")


def _told(startup: Startup, event: StreamEvent, record: dict[str, Any]) -> None:
    """Extensions' subscriptions only appear in the log."""
    del startup, event, record


SANDBOX_PHASES = frozenset({"createSandbox", "prepareSandbox", "startSandbox"})
_AHEAD_PHASES = frozenset({"createSandbox", "prepareSandbox"})
EXTENSION_INIT = "extensionInit"
"""The part of INIT that waits for extensions: to register before the runtime starts, or to be ready after the runtime is."""
RESTORE = "restore"
"""The restore of a snapshot (SnapStart), with the hooks that run after it."""
SHORTEST_WAIT_MS = 0.01
"""A shorter difference comes from rounding epoch times and is not a wait."""
INIT_PHASES = frozenset({EXTENSION_INIT, "runtimeInit", "functionInit", "init"})
LOG_TYPES = frozenset({"function", "extension"})

_FOLDS: dict[str, Callable[[Startup, StreamEvent, dict[str, Any]], None]] = {
    "sandbox.creating": _creating,
    "sandbox.created": _created,
    "sandbox.ready": _ready,
    "sandbox.started": _started,
    "sandbox.spans": _spans,
    "sandbox.debugger": _debugger,
    "platform.initStart": _init_start,
    "platform.initRuntimeDone": _init_runtime_done,
    "platform.initReport": _init_report,
    "platform.restoreStart": _restore_start,
    "platform.restoreReport": _restore_report,
    "platform.extension": _extension,
    "platform.telemetrySubscription": _told,
    "platform.logsSubscription": _told,
}

STARTUP_TYPES = frozenset(_FOLDS)
"""Event types that concern an environment's start."""
