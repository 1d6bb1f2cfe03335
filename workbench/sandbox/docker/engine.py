"""Finds the Docker (or Podman) engine of this machine.

An engine at a socket is asked without the Docker SDK, which is imported on first use, in a thread: the import takes 0.15 s, which
would delay the start of our engine.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from typing import Any

from workbench.model.failures import SandboxBusy, SandboxUnavailable
from workbench.sandbox.docker.endpoints import Endpoint, endpoints
from workbench.sandbox.docker.engine_info import EngineInfo, describe
from workbench.sandbox.docker.engine_socket import EngineSocket
from workbench.sandbox.protocol import Progress, ProgressHandler

PROBE_TIMEOUT_S = 2.0
"""How long one endpoint may take to answer before the next is tried."""

CHOSEN_TIMEOUT_S = 10.0
"""The same if no other endpoint is left to try: on a busy machine, Podman takes seconds to describe itself."""

_BUSY_HINT = "Wait until it has less to do and try again; restart it if it does not recover."
_WAITING = f"Waiting for the container engine to answer; it seems busy (up to {CHOSEN_TIMEOUT_S:g} s)"
_START_HINT = "Start Docker (or Podman) and try again."
_INSTALL_HINT = "Install Docker Desktop, Docker Engine or Podman (https://docs.docker.com/get-docker/)."
_SOCKET = "unix://"
_QUICK_S = 1.0
"""An idle engine has answered by then; after that, the person is told that we wait."""


class EngineBusy(SandboxBusy):
    """An engine is running but took too long to answer."""


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
    _refuse_remote(endpoint)
    if not endpoint.url.startswith(_SOCKET):
        return _asked_with_sdk(endpoint, timeout_s)
    _knock(endpoint)
    try:
        return _asked_at_socket(endpoint, timeout_s)
    except TimeoutError as error:
        raise _busy(endpoint, timeout_s) from error
    except (OSError, HTTPException, ValueError) as error:
        raise _silent(endpoint, error) from error


def _asked_at_socket(endpoint: Endpoint, timeout_s: float) -> EngineInfo:
    with closing(EngineSocket(endpoint.url.removeprefix(_SOCKET), timeout_s)) as engine:
        return describe(endpoint, engine.ask("/version"), engine.ask("/info"), engine.ask("/networks/bridge"))


def _asked_with_sdk(endpoint: Endpoint, timeout_s: float) -> EngineInfo:
    from docker.errors import DockerException
    from requests import RequestException

    try:
        with closing(connect(endpoint, timeout_s)) as client:
            return describe(endpoint, client.version(), client.info(), client.inspect_network("bridge"))
    except (DockerException, RequestException, OSError, ValueError) as error:
        raise (_busy(endpoint, timeout_s) if is_late(error) else _silent(endpoint, error)) from error


def _silent(endpoint: Endpoint, error: BaseException) -> SandboxUnavailable:
    message = f"The engine at {endpoint.url} ({endpoint.origin}) does not answer ({_root_cause(error)})."
    return SandboxUnavailable(message, _START_HINT)


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
    path = endpoint.url.removeprefix(_SOCKET)
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
