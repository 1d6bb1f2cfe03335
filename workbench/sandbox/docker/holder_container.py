"""The container that holds what outlives an environment's sandboxes: a network of its own, and the volume that is its /tmp.

A volume lives as long as some container has it mounted. So a holder keeps the files in /tmp when the runtime's
container is killed and made anew. It is a shell with no rights at all that waits for input; at every line it empties /tmp, as
the same user who wrote there, and says whether it could.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import Any

import msgspec

from workbench.sandbox.disks import FILE_SYSTEM, MOUNT_OPTIONS, Disks
from workbench.sandbox.docker.bridge import steady_bridge
from workbench.sandbox.docker.container import HOST_NAME, NO_SHARED_MEMORY, TMP, address_of, tmp_mount, ulimits, volume_prefix
from workbench.sandbox.docker.engine import EngineInfo
from workbench.sandbox.docker.output import FrameDecoder
from workbench.sandbox.docker.user import USER

_MEMORY_BYTES = 32 * 2**20
_KILLED_AT_START = "cannot start a stopped process"
"""runc's word for a first process that was killed before its program began, as on a machine that is short of memory."""

_CLEAN = b"clean\n"
_CLEANING_LIMIT_S = 10.0
_SCRIPT = f"""\
while read _; do
  chmod -R u+rwx {TMP}; rm -rf {TMP}/* {TMP}/.[!.]* {TMP}/..?*
  if [ -z "$(ls -A {TMP})" ]; then echo clean; else echo not clean; fi
done 2>/dev/null
"""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A container that holds a volume of `storage_mb` ("" and 0: none) and a network in which it has an `address` ("": none)."""

    container: str
    address: str = ""
    volume: str = ""
    storage_mb: int = 0


class HolderPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for all holders of an engine."""

    image: str
    hosts: dict[str, str]
    labels: dict[str, str]
    engine: EngineInfo
    disks: Disks


def make_volume(client: Any, plan: HolderPlan, storage_mb: int) -> str:
    """A volume that ends at `storage_mb`, on a disk or else in memory; returns its name. Blocking; raises the SDK's errors."""
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
    """Blocking; what is gone already is no error; raises the SDK's others."""
    from docker.errors import NotFound

    disks.release(volume)
    with contextlib.suppress(NotFound):
        client.remove_volume(volume)


def _size_option(engine: EngineInfo, storage_mb: int) -> str:
    """Podman takes `size` for a disk quota; the kernel also takes the number of pages."""
    if engine.product == "Podman" and engine.shares_kernel:
        return f"nr_blocks={storage_mb * 2**20 // os.sysconf('SC_PAGE_SIZE')}"
    return f"size={storage_mb}m"


def make_holder(client: Any, plan: HolderPlan, storage_mb: int, *, volume: str = "", network: bool = True) -> Holder:
    """Start a holder, with a new volume unless one is given (or `storage_mb` is 0). Blocking; raises the SDK's errors."""
    own = volume or (make_volume(client, plan, storage_mb) if storage_mb else "")
    container = ""
    try:
        container = _create(client, plan, own, network)
        _start(client, container)
        if network:
            steady_bridge(plan.engine)
        address = address_of(client.inspect_container(container)) if network else ""
    except BaseException:
        discard_holder(client, Holder(container=container, volume="" if volume else own), plan.disks)
        raise
    return Holder(container=container, address=address, volume=own, storage_mb=storage_mb)


def _start(client: Any, container: str) -> None:
    from docker.errors import APIError

    try:
        client.start(container)
    except APIError as error:
        if _KILLED_AT_START not in str(error):
            raise
        client.start(container)


def discard_holder(client: Any, holder: Holder, disks: Disks) -> None:
    """Remove it and its volume; what is gone already is no error. Blocking; raises the SDK's other errors."""
    from docker.errors import NotFound

    with contextlib.suppress(NotFound):
        if holder.container:
            client.remove_container(holder.container, v=True, force=True)
    if holder.volume:
        remove_volume(client, holder.volume, disks)


def empty_tmp(client: Any, holder: Holder) -> bool:
    """Have it delete all files in /tmp; False when it could not. Blocking, some milliseconds. Raises OSError, the SDK's."""
    stream = client.attach_socket(holder.container, {"stdin": 1, "stdout": 1, "stream": 1})
    connection = getattr(stream, "_sock", stream)  # a named pipe of Windows is no socket
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


def _create(client: Any, plan: HolderPlan, volume: str, network: bool) -> str:
    from docker.types import LogConfig

    host_config = client.create_host_config(
        network_mode="bridge" if network else "none", ipc_mode=NO_SHARED_MEMORY, read_only=True,
        extra_hosts=plan.hosts or None if network else None,
        cap_drop=["ALL"], pids_limit=4, mem_limit=_MEMORY_BYTES, memswap_limit=_MEMORY_BYTES,
        security_opt=["no-new-privileges"], log_config=LogConfig(type="none"), ulimits=ulimits(plan.engine.process_limit),
        mounts=[tmp_mount(volume)] if volume else [])
    config = client.create_container_config(
        image=plan.image, entrypoint=["/bin/sh", "-c", _SCRIPT], command=[], user=USER, stdin_open=True, labels=plan.labels,
        # A first process does not hear SIGTERM unless it asks for it: Docker would wait 10 s for it when it stops itself.
        stop_signal="SIGKILL", host_config=host_config, hostname=HOST_NAME)
    config["StdinOnce"] = False  # the SDK's choice would end the shell when we hang up
    return str(client.create_container_from_config(config)["Id"])
