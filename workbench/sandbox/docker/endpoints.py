"""Lists where a container engine of this machine may listen; the first that answers wins.

    1. DOCKER_HOST                     (then nothing else is tried: the person has chosen)
    2. the current Docker context      (DOCKER_CONTEXT, or `currentContext` in ~/.docker/config.json; also a choice)
    3. the usual sockets               (system, rootless, Docker Desktop, Colima, Rancher, OrbStack, Podman, Podman machine)
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where an engine may listen: `url` as in DOCKER_HOST. If the person has `chosen` it, nothing else is tried after it."""

    url: str
    origin: str
    chosen: bool = False
    tls_folder: str = ""


def endpoints() -> Iterator[Endpoint]:
    """Yield where to look, in order. Sockets that do not exist are left out unless the person chose them."""
    host = os.environ.get("DOCKER_HOST", "")
    if host:
        verify = os.environ.get("DOCKER_TLS_VERIFY", "")
        folder = os.environ.get("DOCKER_CERT_PATH", str(Path.home() / ".docker")) if verify else ""
        yield Endpoint(url=host, origin="DOCKER_HOST", chosen=True, tls_folder=folder)
        return
    context = _context_endpoint()
    if context is not None:
        yield context
    yield from (Endpoint(url=url, origin="usual place") for url in _usual_urls())


def _context_endpoint() -> Endpoint | None:
    """The endpoint of the current Docker context; None for the default context, which means the usual socket."""
    if _context_name() in ("", "default"):
        return None  # most machines end here, and are spared the import of the SDK
    from docker.context import ContextAPI

    context = ContextAPI.get_context(os.environ.get("DOCKER_CONTEXT") or None)
    if context is None or context.Name == "default" or not context.Host:
        return None
    authority = context.TLSConfig.ca_cert if context.TLSConfig else None
    tls_folder = str(Path(authority).parent) if authority else ""
    return Endpoint(url=context.Host, origin=f"Docker context {context.Name}", chosen=True, tls_folder=tls_folder)


def _context_name() -> str:
    """The name of the context that the docker command would choose. Source: Docker's manual, "Docker contexts"."""
    if os.environ.get("DOCKER_CONTEXT"):
        return os.environ["DOCKER_CONTEXT"]
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        settings = msgspec.json.decode((folder / "config.json").read_bytes())
    except (OSError, ValueError):
        return ""
    return str(settings.get("currentContext") or "") if isinstance(settings, dict) else ""


def _usual_urls() -> Iterator[str]:
    if sys.platform == "win32":
        yield from ("npipe:////./pipe/docker_engine", "npipe:////./pipe/podman-machine-default")
        return
    yield from (f"unix://{path}" for path in _usual_sockets() if path.exists())


def _usual_sockets() -> Iterator[Path]:
    home = Path.home()
    run = Path(os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}"))
    machines = home / ".local/share/containers/podman/machine"
    yield Path("/var/run/docker.sock")
    yield run / "docker.sock"
    yield home / ".docker/run/docker.sock"
    yield home / ".docker/desktop/docker.sock"
    yield home / ".colima/default/docker.sock"
    yield home / ".rd/docker.sock"
    yield home / ".orbstack/run/docker.sock"
    yield run / "podman/podman.sock"
    yield Path("/run/podman/podman.sock")
    yield machines / "podman.sock"
    yield machines / "podman-machine-default/podman.sock"
    with contextlib.suppress(FileNotFoundError):  # a disk on which nothing can be written has no folder for temporary files
        yield Path(tempfile.gettempdir()) / "podman/podman-machine-default-api.sock"
