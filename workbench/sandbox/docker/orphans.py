"""Containers that nobody owns any more: of engines that died, and of this one when it closes."""

from __future__ import annotations

from typing import Any

from workbench.sandbox.docker.cgroup import cgroup_of
from workbench.sandbox.docker.container import owner_is_dead
from workbench.sandbox.docker.engine import EngineInfo


def remove_orphans(client: Any, engine: EngineInfo) -> int:
    """Remove the containers of dead engines of this machine; returns how many. Blocking; raises the SDK's errors."""
    listed = client.containers(all=True, filters={"label": "workbench.engine"})
    return _remove(client, engine, [container["Id"] for container in listed if owner_is_dead(container["Labels"])])


def remove_containers(client: Any, engine: EngineInfo, engine_id: str) -> int:
    """Remove all containers of the engine with this id; returns how many. Blocking; raises the SDK's errors."""
    listed = client.containers(all=True, filters={"label": f"workbench.engine={engine_id}"})
    return _remove(client, engine, [container["Id"] for container in listed])


def _remove(client: Any, engine: EngineInfo, containers: list[str]) -> int:
    from docker.errors import APIError, NotFound

    for container in containers:
        try:
            _thaw(client, engine, container)
            client.remove_container(container, v=True, force=True)
        except NotFound:
            continue
        except APIError as error:
            if error.status_code != 409:  # its removal is under way already
                raise
    return len(containers)


def _thaw(client: Any, engine: EngineInfo, container: str) -> None:
    """A dead engine may have left it frozen behind Docker's back; SIGKILL does not reach it then (cgroup v1)."""
    pid = client.inspect_container(container)["State"].get("Pid")
    if not pid or not engine.shares_kernel:
        return
    cgroup = cgroup_of(pid, engine.cgroup_version)
    cgroup.thaw()
    cgroup.close()
