"""The state of an execution environment in the window's words."""

from __future__ import annotations

from workbench.state.environments import Environment, Environments, State


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


_OF_SNAPSHOTS: dict[State, str] = {"initializing": "init before a snapshot", "idle": "holds a snapshot (SnapStart)"}
_WORDS: dict[State, str] = {
    "creating": "sandbox is being created", "prepared": "prepared, init to come", "initializing": "init",
    "idle": "idle", "busy": "busy", "reset": "reset, next invocation initializes again",
    "stopping": "stopping", "stopped": "stopped",
}
