"""The pause container: it holds what outlives an environment's sandboxes, its network and the volume mounted at /tmp.

A volume keeps its content only while some container has it mounted. So a pause container preserves the files in /tmp when the
runtime's container is killed and replaced. It runs a shell without any privileges that waits for input. For each line it empties
/tmp, as the user who wrote there, and answers whether that worked. Everything here blocks and is for threads.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import Any

import msgspec

from workbench.model.failures import SandboxError
from workbench.sandbox.disks import FILE_SYSTEM, MOUNT_OPTIONS, Disks
from workbench.sandbox.docker.bridge import steady_bridge
from workbench.sandbox.docker.container import FEW_PROCESSES, HOST_NAME, NO_SHARED_MEMORY, TMP, address_of, tmp_mount, ulimits
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.labels import volume_prefix
from workbench.sandbox.docker.output import FrameDecoder
from workbench.sandbox.docker.user import USER

_MEMORY_BYTES = 32 * 2**20
_KILLED_AT_START = "cannot start a stopped process"
"""runc's message if the first process ended before its program began, as happens on a machine short of memory."""
_TRIES = 2
"""How many are made if their first processes end as they start."""

_CLEAN = b"clean\n"
_CLEANING_LIMIT_S = 10.0
# chmod first: a function may have left folders that not even their owner can empty. The three patterns match visible names,
# hidden ones, and those that begin with two dots. Only what `ls` finds afterwards decides, as all errors are discarded.
_SCRIPT = f"""\
while read _; do
  chmod -R u+rwx {TMP}; rm -rf {TMP}/* {TMP}/.[!.]* {TMP}/..?*
  if [ -z "$(ls -A {TMP})" ]; then echo clean; else echo not clean; fi
done 2>/dev/null
"""


class PauseContainer(msgspec.Struct, frozen=True, kw_only=True):
    """A container that holds a volume of `storage_mb` ("" and 0 for none) and a network with an `address` ("" for none)."""

    container: str
    address: str = ""
    volume: str = ""
    storage_mb: int = 0


class PauseContainerPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What all pause containers of an engine have in common."""

    image: str
    hosts: dict[str, str]
    labels: dict[str, str]
    engine: EngineInfo
    disks: Disks


def make_volume(client: Any, plan: PauseContainerPlan, storage_mb: int) -> str:
    """Create a volume of `storage_mb`, on a disk or else in memory; returns its name. Raises the SDK's errors."""
    name = volume_prefix(plan.labels["workbench.engine"]) + secrets.token_hex(8)
    device = plan.disks.make(name, storage_mb)
    options = {"type": FILE_SYSTEM, "device": device, "o": MOUNT_OPTIONS} if device else {
        "type": "tmpfs", "device": "tmpfs", "o": f"{_size_option(plan.engine, storage_mb)},mode=1777,nosuid,nodev"}
    try:
        client.create_volume(name, driver="local", driver_opts=options, labels=plan.labels)
    except BaseException:
        plan.disks.release(name)
        raise
    return name


def remove_volume(client: Any, volume: str, disks: Disks) -> None:
    """Remove a volume, which may be gone already. Raises the SDK's other errors."""
    from docker.errors import NotFound

    disks.release(volume)
    with contextlib.suppress(NotFound):
        client.remove_volume(volume)


def _size_option(engine: EngineInfo, storage_mb: int) -> str:
    """The mount option that limits a tmpfs. Podman takes `size` for a disk quota, so it gets the number of pages instead."""
    if engine.product == "Podman" and engine.shares_kernel:
        return f"nr_blocks={storage_mb * 2**20 // os.sysconf('SC_PAGE_SIZE')}"
    return f"size={storage_mb}m"


def make_pause_container(
    client: Any, plan: PauseContainerPlan, storage_mb: int, *, volume: str = "", network: bool = True
) -> PauseContainer:
    """Start one with a new volume, unless one is given or `storage_mb` is 0.

    Raises SandboxError if its process ends as it starts, and the SDK's errors.
    """
    own = volume or (make_volume(client, plan, storage_mb) if storage_mb else "")
    try:
        running = _running(client, plan, own, network)
    except BaseException:
        if not volume:  # one that was given stays: the files in it are an environment's
            remove_pause_container(client, PauseContainer(container="", volume=own), plan.disks)
        raise
    address = address_of(running) if network else ""
    return PauseContainer(container=running["Id"], address=address, volume=own, storage_mb=storage_mb)


def _running(client: Any, plan: PauseContainerPlan, volume: str, network: bool) -> dict[str, Any]:
    """The inspection of a container that runs. One that ends as it starts is replaced, not started again.

    The engine tells of its end, and it would be taken for dead. It has no address either: who took it would be on the bridge.
    """
    for _ in range(_TRIES):
        container = _create(client, plan, volume, network)
        try:
            if _is_started(client, container):
                if network:
                    steady_bridge(plan.engine)
                inspected: dict[str, Any] = client.inspect_container(container)
                if inspected["State"]["Running"]:
                    return inspected
        except BaseException:
            remove_pause_container(client, PauseContainer(container=container), plan.disks)
            raise
        remove_pause_container(client, PauseContainer(container=container), plan.disks)
    raise SandboxError("The container that holds a network ended as it started.", "This machine may be short of memory.")


def _is_started(client: Any, container: str) -> bool:
    from docker.errors import APIError

    try:
        client.start(container)
    except APIError as error:
        if _KILLED_AT_START not in str(error):
            raise
        return False
    return True


def remove_pause_container(client: Any, pause: PauseContainer, disks: Disks) -> None:
    """Remove one and its volume, either of which may be gone already. Raises the SDK's other errors."""
    from docker.errors import NotFound

    with contextlib.suppress(NotFound):
        if pause.container:
            client.remove_container(pause.container, v=True, force=True)
    if pause.volume:
        remove_volume(client, pause.volume, disks)


def empty_tmp(client: Any, pause: PauseContainer) -> bool:
    """Have one empty its /tmp; False if it could not. Takes some milliseconds. Raises OSError and the SDK's errors."""
    stream = client.attach_socket(pause.container, {"stdin": 1, "stdout": 1, "stream": 1})
    connection = getattr(stream, "_sock", stream)  # on Windows it is a named pipe, which has no socket inside
    try:
        connection.settimeout(_CLEANING_LIMIT_S)
        connection.sendall(b"\n")
        return _answer(connection) == _CLEAN
    finally:
        stream.close()
        connection.close()


def _answer(connection: Any) -> bytes:
    decoder, answer = FrameDecoder(), b""
    while not answer.endswith(b"\n"):
        data = connection.recv(4096)
        if not data:
            break
        answer += decoder.feed(data)
    return answer


def _create(client: Any, plan: PauseContainerPlan, volume: str, network: bool) -> str:
    from docker.types import LogConfig

    host_config = client.create_host_config(
        network_mode="bridge" if network else "none", ipc_mode=NO_SHARED_MEMORY, read_only=True,
        extra_hosts=plan.hosts or None if network else None,
        cap_drop=["ALL"], pids_limit=FEW_PROCESSES, mem_limit=_MEMORY_BYTES, memswap_limit=_MEMORY_BYTES,
        security_opt=["no-new-privileges"], log_config=LogConfig(type="none"), ulimits=ulimits(plan.engine.process_limit),
        mounts=[tmp_mount(volume)] if volume else [])
    config = client.create_container_config(
        image=plan.image, entrypoint=["/bin/sh", "-c", _SCRIPT], command=[], user=USER, stdin_open=True, labels=plan.labels,
        # A first process ignores SIGTERM unless it has a handler for it: a Docker that shuts down would wait 10 s for each.
        stop_signal="SIGKILL", host_config=host_config, hostname=HOST_NAME)
    config["StdinOnce"] = False  # the SDK sets it with stdin_open, which would end the shell when the first caller hangs up
    return str(client.create_container_from_config(config)["Id"])
