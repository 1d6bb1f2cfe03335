"""Finds the Docker (or Podman) engine of this machine and learns what it can do.

The Docker SDK is imported on first use, in a thread: the import takes 0.15 s, which would delay the start of our engine.
"""

from __future__ import annotations

import asyncio
import platform
import socket
import struct
import sys
from pathlib import Path
from typing import Any

import msgspec
import psutil

from workbench.model.failures import SandboxBusy, SandboxUnavailable
from workbench.model.function import Architecture
from workbench.sandbox.docker.endpoints import Endpoint, endpoints
from workbench.sandbox.protocol import Progress, ProgressHandler

PROBE_TIMEOUT_S = 2.0
"""How long one endpoint may take to answer before the next is tried."""

CHOSEN_TIMEOUT_S = 10.0
"""The same if no other endpoint is left to try: on a busy machine, Podman takes seconds to describe itself."""

MOST_PROCESSES = 32_768
"""Linux's default for the highest process ID; Podman's service limits itself to the same number."""

_BUSY_HINT = "Wait until it has less to do and try again; restart it if it does not recover."
_WAITING = f"Waiting for the container engine to answer; it seems busy (up to {CHOSEN_TIMEOUT_S:g} s)"
_CREDENTIALS = struct.Struct("=3i")
_START_HINT = "Start Docker (or Podman) and try again."
_INSTALL_HINT = "Install Docker Desktop, Docker Engine or Podman (https://docs.docker.com/get-docker/)."
_QUICK_S = 1.0
"""An idle engine has answered by then; after that, the person is told that we wait."""


class EngineBusy(SandboxBusy):
    """An engine is running but took too long to answer."""


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


async def probe() -> EngineInfo | str:
    """Return the engine that will be used, or a sentence on why there is none and what to do. Does not block the loop."""
    try:
        return await asyncio.to_thread(find_engine)
    except SandboxUnavailable as error:
        return str(error)


async def find_patiently(progress: ProgressHandler) -> EngineInfo:
    """Return the engine that will be used; `progress` is told if it is slow to answer. Raises SandboxUnavailable."""
    timer = asyncio.get_running_loop().call_later(_QUICK_S, progress, Progress(stage="engine", text=_WAITING))
    try:
        return await asyncio.to_thread(find_engine)
    finally:
        timer.cancel()


def find_engine() -> EngineInfo:
    """Return the engine that will be used. Blocking, for a thread. Raises SandboxUnavailable with what to do about it."""
    failures: list[SandboxUnavailable] = []
    busy: list[Endpoint] = []
    for endpoint in endpoints():
        try:
            return _examine(endpoint, CHOSEN_TIMEOUT_S if endpoint.chosen else PROBE_TIMEOUT_S)
        except EngineBusy as error:
            # A busy engine is reported rather than the empty sockets beside it: "start Docker" would be the wrong advice.
            failures.insert(0, error)
            busy += [] if endpoint.chosen else [endpoint]
        except SandboxUnavailable as error:
            failures.append(error)
        if endpoint.chosen:
            break
    return _patiently(busy, failures)


def _patiently(busy: list[Endpoint], failures: list[SandboxUnavailable]) -> EngineInfo:
    """Give more time to engines that are running but busy, as no other has answered. Raises SandboxUnavailable."""
    for endpoint in busy:
        try:
            return _examine(endpoint, CHOSEN_TIMEOUT_S)
        except SandboxUnavailable as error:
            failures.insert(0, error)
    if failures:
        raise failures[0]
    raise SandboxUnavailable("No Docker engine was found on this machine.", _INSTALL_HINT)


def connect(endpoint: Endpoint, timeout_s: float = 60.0) -> Any:
    """Return a Docker SDK client (`docker.APIClient`) for the endpoint. Blocking; raises the SDK's and requests' exceptions."""
    import docker

    tls: Any = False
    if endpoint.tls_folder:
        folder = Path(endpoint.tls_folder)
        tls = docker.tls.TLSConfig(client_cert=(str(folder / "cert.pem"), str(folder / "key.pem")),
                                   ca_cert=str(folder / "ca.pem"), verify=True)
    return docker.APIClient(base_url=endpoint.url, version="auto", timeout=timeout_s, tls=tls, max_pool_size=16)


def _examine(endpoint: Endpoint, timeout_s: float) -> EngineInfo:
    """Ask one endpoint. Raises SandboxUnavailable if nothing answers there or the engine cannot serve this machine."""
    # Both before the import of the SDK: on a machine without an engine, nobody waits for it.
    _refuse_remote(endpoint)
    _knock(endpoint)
    from docker.errors import DockerException
    from requests import RequestException

    try:
        client = connect(endpoint, timeout_s)
        try:
            return _describe(endpoint, client.version(), client.info(), client.inspect_network("bridge"))
        finally:
            client.close()
    except (DockerException, RequestException, OSError, ValueError) as error:
        if is_late(error):
            raise _busy(endpoint, timeout_s) from error
        message = f"The engine at {endpoint.url} ({endpoint.origin}) does not answer ({_root_cause(error)})."
        raise SandboxUnavailable(message, _START_HINT) from error


def _busy(endpoint: Endpoint, timeout_s: float) -> EngineBusy:
    return EngineBusy(f"The engine at {endpoint.url} ({endpoint.origin}) is there and has not answered within {timeout_s:g} s: "
                      "it is busy, or hangs.", _BUSY_HINT)


def is_late(error: BaseException) -> bool:
    """Whether a timeout is the cause of an error, beneath the layers of the HTTP library."""
    from requests import Timeout
    from urllib3.exceptions import NewConnectionError
    from urllib3.exceptions import TimeoutError as LateAnswer

    seen: BaseException | None = error
    while seen is not None:
        # urllib3's error for a refused connection is a subclass of its timeout.
        if isinstance(seen, (TimeoutError, Timeout, LateAnswer)) and not isinstance(seen, NewConnectionError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _root_cause(error: BaseException) -> str:
    """The system's own message ("Connection refused") beneath the layers of the HTTP library, else the error's class name."""
    seen: BaseException | None = error
    reason = type(error).__name__
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            reason = seen.strerror
        seen = seen.__cause__ or seen.__context__
    return reason


def _refuse_remote(endpoint: Endpoint) -> None:
    """Refuse an engine on another machine: code folders are mounted, so it must see this machine's files."""
    scheme, _, rest = endpoint.url.partition("://")
    local_tcp = rest.startswith(("localhost", "127.", "[::1]"))
    if scheme in ("unix", "npipe") or local_tcp:
        return
    raise SandboxUnavailable(
        f"The engine of {endpoint.origin} ({endpoint.url}) is on another machine, where this machine's code is not.",
        "Choose a local context (docker context use default, unset DOCKER_HOST), or start the workbench's engine there.",
    )


def _knock(endpoint: Endpoint) -> None:
    """Connect to a socket file once, which is quick and tells "not allowed" from "not running". Raises SandboxUnavailable."""
    if not endpoint.url.startswith("unix://"):
        return
    path = endpoint.url.removeprefix("unix://")
    try:
        with socket.socket(socket.AF_UNIX) as probe_socket:
            probe_socket.settimeout(PROBE_TIMEOUT_S)
            probe_socket.connect(path)
    except PermissionError as error:
        raise SandboxUnavailable(f"This user may not use Docker's socket {path}.", _permission_hint(path)) from error
    except (TimeoutError, BlockingIOError) as error:  # somebody listens, but the queue of connections is full
        raise _busy(endpoint, PROBE_TIMEOUT_S) from error
    except OSError as error:
        message = f"Nothing answers at Docker's socket {path} ({error.strerror or error})."
        raise SandboxUnavailable(message, _START_HINT) from error


def _permission_hint(path: str) -> str:
    if "podman" in path:
        return "Use this user's own Podman: systemctl --user enable --now podman.socket"
    return "Add the user to the group docker (sudo usermod -aG docker $USER) and log in again."


def _describe(endpoint: Endpoint, version: dict[str, Any], info: dict[str, Any], bridge: dict[str, Any]) -> EngineInfo:
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
        asked.settimeout(PROBE_TIMEOUT_S)
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
