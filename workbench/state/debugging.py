"""Which functions are debugged, where debuggers attach, and the stage each function is at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from workbench.model.engine_api import DebuggedFunction, DebuggerState
from workbench.model.events import StreamEvent

HOST = "127.0.0.1"

Stage = Literal["switching", "listening", "waiting", "attached", "stopped", "running"]
"""`switching`: debugging is being turned on. `running`: resumed after a stop, until its invocation is over."""

_STAGES: dict[DebuggerState, Stage] = {
    "listening": "listening", "detached": "listening", "waiting": "waiting", "attached": "attached", "stopped": "stopped",
    "running": "running",
}
_GONE = frozenset({"sandbox.stopped", "sandbox.reset"})
_DEBUGGERS = {"python": "Python, debugpy", "nodejs": "Node.js, inspector"}


class Debugged(msgspec.Struct, frozen=True):
    """One debugged function and its port (0 while unknown). `environment_id` is the one that waits, "" for any.

    `progress`: the current step while debugging is being turned on.
    """

    function_name: str
    stage: Stage
    port: int = 0
    environment_id: str = ""
    progress: str = ""

    @property
    def address(self) -> str:
        """The `host:port` to which debuggers attach."""
        return f"{HOST}:{self.port}"


class Debugging:
    """Fold of `sandbox.debugger`, starting from what the engine reports when the window connects to it.

    The journal also holds debugging events of earlier engines, so the stream is ignored until `begin`.
    """

    def __init__(self) -> None:
        self.by_name: dict[str, Debugged] = {}
        self._at_work: set[str] = set()
        self._since: int | None = None

    def begin(self, debugged: Iterable[DebuggedFunction], seq: int) -> None:
        """Start from the engine's list of debugged functions; events up to `seq` are older than that list and ignored."""
        self.by_name = {each.function_name: _described(each) for each in debugged}
        self._since = seq

    def end(self) -> None:
        """Forget everything: the engine is gone, and all debugging with it."""
        self.by_name = {}
        self._since = None

    def switching(self, function_name: str) -> None:
        """Note that the person asked to debug a function and the engine has not answered yet."""
        self.by_name.setdefault(function_name, Debugged(function_name, "switching"))

    def answered(self, debugged: DebuggedFunction) -> None:
        """Take over the engine's answer that debugging is on, unless the stream has already said more."""
        if self.stage_of(debugged.function_name) == "switching":
            self.by_name[debugged.function_name] = _described(debugged)

    def refused(self, function_name: str) -> None:
        """Note that the engine refused, or the request failed."""
        if self.stage_of(function_name) == "switching":
            del self.by_name[function_name]

    def stage_of(self, function_name: str) -> Stage | None:
        """Return the stage of a function, None if it is not debugged."""
        debugged = self.by_name.get(function_name)
        return debugged.stage if debugged is not None else None

    def apply(self, event: StreamEvent) -> bool:
        """Take in one event; True when something changed."""
        if self._since is None or event.seq <= self._since:  # older than the engine's own answer in `begin`
            return False
        before = self.by_name.get(event.function_name)
        self._follow_work(event)
        if event.type == "sandbox.debugger":
            self._told(event)
        elif before is not None:
            self.by_name[event.function_name] = _after(before, event)
        return self.by_name.get(event.function_name) != before

    def _follow_work(self, event: StreamEvent) -> None:
        if event.type == "sandbox.assigned":
            self._at_work.add(event.function_name)
        elif event.type == "platform.report" or event.type in _GONE:
            self._at_work.discard(event.function_name)

    def _told(self, event: StreamEvent) -> None:
        record, name = event.fields(), event.function_name
        stage = _STAGES.get(record["state"])
        if stage == "running" and name not in self._at_work:
            stage = "attached"  # debuggers report late: the invocation is already over
        if stage is None:
            self.by_name.pop(name, None)
        else:
            self.by_name[name] = Debugged(name, stage, int(record["port"]), event.environment_id)


def debugger_of(runtime: str) -> str:
    """Return the debugger for a runtime, such as "Python, debugpy"; "" if there is none."""
    return next((words for language, words in _DEBUGGERS.items() if runtime.startswith(language)), "")


def debugging_text(debugged: Debugged, debugger: str) -> str:
    """Return the window's sentence on a debugged function. `debugger` comes from `debugger_of`."""
    name, place = debugged.function_name, f"{debugged.address} ({debugger})" if debugger else debugged.address
    texts: dict[Stage, str] = {
        "switching": f"{name}: {debugged.progress or 'turning on debugging'}…",
        "listening": f"{name} can be debugged: attach to {place}.",
        "waiting": f"{name} is waiting for a debugger at {place}.",
        "attached": f"{name}: a debugger is attached to {place}.",
        "stopped": f"{name} is stopped in its debugger: its time limits are suspended.",
        "running": f"{name} is running, with a debugger attached to {place}.",
    }
    return texts[debugged.stage]


def _described(debugged: DebuggedFunction) -> Debugged:
    return Debugged(debugged.function_name, _stage(debugged), debugged.port)


def _stage(debugged: DebuggedFunction) -> Stage:
    if debugged.stopped:
        return "stopped"
    if debugged.attached:
        return "attached"
    return "waiting" if debugged.waiting else "listening"


def _after(debugged: Debugged, event: StreamEvent) -> Debugged:
    """A waiting stage ends with its sandbox; a running one is back to attached after the report."""
    is_own = debugged.environment_id in ("", event.environment_id)
    if event.type in _GONE and debugged.stage == "waiting" and is_own:
        return msgspec.structs.replace(debugged, stage="listening", environment_id="")
    if event.type == "sandbox.progress" and debugged.stage == "switching" and event.fields().get("stage") != "notice":
        return msgspec.structs.replace(debugged, progress=str(event.fields().get("text", "")))
    if (event.type == "platform.report" or event.type in _GONE) and debugged.stage == "running":
        return msgspec.structs.replace(debugged, stage="attached")
    return debugged
