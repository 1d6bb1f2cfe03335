"""The state of an execution environment in the window's words."""

from __future__ import annotations

from workbench.state.environments import Environment, Environments, State
from workbench.state.queue_words import span_text


def state_text(environment: Environment, now_ms: float, idle_limit_s: float | None) -> str:
    """Describe an environment's state: "idle, reclaimed in 14:32", "prepared, init to come", "provisioned, busy".

    `now_ms` is the engine's epoch time; `idle_limit_s` is the workspace's setting, None while it is unknown.
    """
    if environment.startup.holds_snapshot:
        return _OF_SNAPSHOTS.get(environment.state, _WORDS[environment.state])
    if environment.state == "creating" and environment.startup.is_ahead:
        return "being created ahead"
    if environment.startup.is_provisioned:
        return f"provisioned, {_WORDS[environment.state]}"
    left_s = seconds_left(environment, now_ms, idle_limit_s)
    return _WORDS[environment.state] if left_s is None else f"idle, {_reclaim_text(left_s)}"


def age_text(environment: Environment, now_ms: float) -> str:
    """Say how long it has existed: "2 min 5 s"; "–" if that is not known."""
    return span_text(round(now_ms - environment.created_ms)) if environment.created_ms else "–"


def place_text(environment: Environment) -> str:
    """Say where it lives and what runs it: "isolated · Python 3.11.7"."""
    return " · ".join(filter(None, (_PLACES.get(environment.sandbox, ""), environment.startup.runs_on)))


def shell_hint(environment: Environment) -> str:
    """Say what the command does that opens a shell in an environment, and what may be in its way."""
    if not environment.shell_command:
        return "No shell can be opened in it: there is no sandbox now, or its image has no /bin/sh."
    if environment.sandbox == "process":
        return f"A plain process has no place of its own: this goes to its code. {environment.shell_command}"
    frozen = _FROZEN if environment.sandbox == "docker" and environment.state != "busy" else ""
    return f"Paste this into a terminal: {environment.shell_command}{frozen}"


def seconds_left(environment: Environment, now_ms: float, idle_limit_s: float | None) -> float | None:
    """Return the seconds until an environment is reclaimed; None if it is not idle or is kept."""
    at_ms = None if idle_limit_s is None else environment.reclaimed_at_ms(idle_limit_s)
    return None if at_ms is None else max((at_ms - now_ms) / 1_000, 0.0)


def living(environments: Environments) -> list[Environment]:
    """Return the environments that still exist, in the order of their creation."""
    return [environment for environment in environments.by_id.values() if environment.state != "stopped"]


def _reclaim_text(left_s: float) -> str:
    minutes, seconds = divmod(round(left_s), 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    return f"reclaimed in {clock}" if hours or minutes or seconds else "about to be reclaimed"


_FROZEN = (" It is frozen between two invocations and lets nobody in: invoke it, or turn off freezing in the workspace settings.")
_PLACES = {"isolated": "isolated", "docker": "container", "process": "process"}
_OF_SNAPSHOTS: dict[State, str] = {"initializing": "initializing before a snapshot", "idle": "holds a snapshot (SnapStart)"}
_WORDS: dict[State, str] = {
    "creating": "sandbox is being created", "prepared": "prepared, init to come", "initializing": "initializing",
    "idle": "idle", "busy": "busy", "reset": "reset, next invocation initializes again",
    "stopping": "stopping", "stopped": "stopped",
}
