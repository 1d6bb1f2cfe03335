"""Starts a created container, and finds out where it is: its address and its control group."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from workbench.sandbox.docker.bridge import steady_bridge
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.cgroup import ContainerCgroup, cgroup_named, cgroup_of
from workbench.sandbox.docker.container import address_of
from workbench.sandbox.docker.created_container import CreatedContainer
from workbench.sandbox.docker.engine_info import EngineInfo


class ContainerLocation(msgspec.Struct, frozen=True):
    """Where a running container is. `address` is "" if it has none of its own, `cgroup` None if it is out of reach."""

    address: str
    cgroup: ContainerCgroup | None


async def start_container(calls: DockerCalls, created: CreatedContainer) -> int:
    """Start it; returns when that was done, in monotonic ns. Raises SandboxError."""
    # One with an address joins a pause container's network, whose bridge was seen to when that one started.
    on_bridge_of = None if created.peer_address else calls.engine
    return await calls.run("start the container", lambda client: _started(client, created.identifier, on_bridge_of))


async def locate_container(calls: DockerCalls, created: CreatedContainer) -> ContainerLocation:
    """Find a container that was just started. Raises SandboxError."""
    engine, container = calls.engine, created.identifier
    # By its usual name first: an inspect is one more request to the engine in every cold start.
    cgroup = cgroup_named(container, engine.cgroup_version) if engine.shares_kernel else None
    if cgroup is not None and created.peer_address:
        return ContainerLocation(created.peer_address, cgroup)
    inspected = await calls.run("inspect the container", lambda client: client.inspect_container(container))
    pid = int(inspected["State"].get("Pid") or 0)
    if cgroup is None and pid and engine.shares_kernel:
        cgroup = cgroup_of(pid, engine.cgroup_version)
    return ContainerLocation(created.peer_address or address_of(inspected), cgroup)


def _started(client: Any, container: str, on_bridge_of: EngineInfo | None) -> int:
    """Start it and return when that was done, in monotonic ns. Blocking: read in this thread, as a busy loop reads it later."""
    client.start(container)
    started_ns = time.monotonic_ns()
    if on_bridge_of is not None:
        steady_bridge(on_bridge_of)
    return started_ns
