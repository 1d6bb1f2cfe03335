"""What a container engine can do, and where its containers are: found out from its own answers and from this machine."""

from __future__ import annotations

import platform
import socket
import struct
import sys
from typing import Any

import msgspec
import psutil

from workbench.model.failures import SandboxUnavailable
from workbench.model.function import Architecture
from workbench.sandbox.docker.endpoints import Endpoint

MOST_PROCESSES = 32_768
"""Linux's default for the highest process ID; Podman's service limits itself to the same number."""

_CREDENTIALS = struct.Struct("=3i")
_CONNECT_LIMIT_S = 2.0


class EngineInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An engine that answered.

    `shares_kernel`: its containers are processes of this machine's kernel and see this machine's files, so pipes and
    cgroup files reach into them. `bridge_address`: this machine's own address on the engine's default network, "" if
    containers are not on a network of this machine (Docker Desktop, Podman machine, rootless engines). Podman's bridge
    exists only while a container is on it. `has_init`: the engine can run an init as a container's first process.
    `process_limit`: the RLIMIT_NPROC to set for a container, 0 to leave it to the engine.
    """

    endpoint: Endpoint
    product: str
    version: str
    cgroup_version: int
    cpus: int
    memory_mb: int
    architecture: Architecture
    rootless: bool
    shares_kernel: bool
    bridge_address: str
    has_init: bool
    process_limit: int = 0

    def sentence(self) -> str:
        """For people: "Docker 28.2.2 on this machine (cgroup v2)"."""
        place = "on this machine" if self.shares_kernel else "in a virtual machine"
        return f"{self.product} {self.version} {place} (cgroup v{self.cgroup_version})"


def describe(endpoint: Endpoint, version: dict[str, Any], info: dict[str, Any], bridge: dict[str, Any]) -> EngineInfo:
    """What an engine can do, from its answers about itself and its default network. Blocking, for a thread.

    Raises SandboxUnavailable if it runs Windows containers.
    """
    if info.get("OSType", "linux") != "linux":
        raise SandboxUnavailable("Docker is set to Windows containers, Lambda's images are Linux.",
                                 'Choose "Switch to Linux containers" in the menu of Docker Desktop.')
    # Podman answers Docker's API under Docker's names; only the list of components says who it is.
    components = " ".join(str(component.get("Name", "")) for component in version.get("Components") or ())
    podman = "podman" in components.lower()
    rootless = any("rootless" in option for option in info.get("SecurityOptions") or ())
    same_kernel = sys.platform == "linux" and info.get("KernelVersion") == platform.release()
    bridge_address = _own_bridge_address(bridge) if same_kernel else ""
    # Podman's bridge is down until a container is on it, so no interface has its address. The gateway that Podman names is
    # believed only if its service certainly runs here: a virtual machine may have the same kernel release.
    if podman and same_kernel and not rootless and not bridge_address and _is_this_machines(endpoint, info):
        bridge_address = next(iter(_gateways(bridge)), "")
    shares_kernel = same_kernel and (bool(bridge_address) or rootless)
    return EngineInfo(
        endpoint=endpoint,
        product="Podman" if podman else "Docker",
        version=str(version.get("Version", "?")),
        cgroup_version=2 if str(info.get("CgroupVersion", "1")) == "2" else 1,
        cpus=int(info.get("NCPU") or 1),
        memory_mb=int(info.get("MemTotal") or 0) // 2**20,
        architecture="arm64" if info.get("Architecture") in ("aarch64", "arm64") else "x86_64",
        rootless=rootless,
        # The same kernel without the engine's network is what Docker Desktop looks like from WSL; its files are elsewhere.
        shares_kernel=shares_kernel,
        bridge_address=bridge_address,
        # Podman's init (catatonit) is a separate package that may be missing; Docker says "N/A" if docker-init is missing.
        has_init=not podman and (info.get("InitCommit") or {}).get("ID") != "N/A",
        process_limit=_own_process_limit() if podman and shares_kernel else 0,
    )


def _is_this_machines(endpoint: Endpoint, info: dict[str, Any]) -> bool:
    """Whether the engine at a socket is a process of this machine and not of a virtual machine or another WSL distribution.

    The kernel reports process ID 0 for a peer outside our process namespace. Source: Linux manual, unix(7), SO_PEERCRED.
    """
    if not endpoint.url.startswith("unix://") or info.get("Name") != platform.node() or sys.platform != "linux":
        return False
    with socket.socket(socket.AF_UNIX) as asked:
        asked.settimeout(_CONNECT_LIMIT_S)
        asked.connect(endpoint.url.removeprefix("unix://"))
        credentials = asked.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return bool(_CREDENTIALS.unpack(credentials)[0])


def _own_process_limit() -> int:
    """The RLIMIT_NPROC to request from Podman: by itself it requests the kernel's maximum, which fails if its own limit is lower.

    RLIMIT_NPROC counts all processes of Lambda's user in all containers; the limit of a single container is its cgroup's.
    """
    if sys.platform != "linux":
        return 0
    import resource

    own = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    return MOST_PROCESSES if own == resource.RLIM_INFINITY else min(own, MOST_PROCESSES)


def _own_bridge_address(bridge: dict[str, Any]) -> str:
    """This machine's IPv4 address on the bridge network, "" for none; read from the interface, as not every engine names it."""
    name = (bridge.get("Options") or {}).get("com.docker.network.bridge.name", "")
    gateways = _gateways(bridge)
    for interface, addresses in psutil.net_if_addrs().items():
        for entry in addresses:
            if entry.family == socket.AF_INET and (interface == name or entry.address in gateways):
                return str(entry.address)
    return ""


def _gateways(bridge: dict[str, Any]) -> list[str]:
    """This machine's IPv4 addresses on a network, according to the engine."""
    found = [str(entry.get("Gateway") or "") for entry in (bridge.get("IPAM") or {}).get("Config") or ()]
    return [address for address in found if address and ":" not in address]
