"""A Podman service of the tests' own, where Debian's podman is installed: the suite runs on it instead of on Docker.

    with podman_service() as url: ...       # DOCKER_HOST=url

It uses Podman's ordinary storage; the test images are copied into it from Docker, those that are missing.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.image_building import REPOSITORY

_START_S = 20.0
_MOST_PROCESSES = 32_768


def podman_or_reason() -> str | None:
    """None where Podman can be used, else a sentence on why not."""
    if shutil.which("podman") is None:
        return "podman is not installed (Debian: apt-get install podman netavark aardvark-dns)"
    if os.geteuid() != 0:
        return "these tests use Podman as root"
    return None


@contextlib.contextmanager
def podman_service() -> Iterator[str]:
    """Run the service until the block ends; yields its address as for DOCKER_HOST. Raises TimeoutError, CalledProcessError."""
    with tempfile.TemporaryDirectory(prefix="workbench-podman-") as folder:
        # Its working directory is a folder of its own: conmon leaves a file named oom there.
        socket, settings = Path(folder, "podman.sock"), Path(folder, "containers.conf")
        settings.write_text(_settings())
        environment = {**os.environ, "CONTAINERS_CONF": str(settings)}
        command = ["podman", "system", "service", "--time=0", f"unix://{socket}"]
        with Path(folder, "log").open("wb") as log, subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True) as service:
            try:
                _wait_for(socket, service)
                copy_images(environment)
                yield f"unix://{socket}"
            finally:
                service.terminate()


def copy_images(environment: dict[str, str]) -> list[str]:
    """Copy the test images that Podman does not have as Docker has them; returns their names. Raises CalledProcessError."""
    missing = [name for name, identifier in _docker_images().items() if _podman_image(name, environment) != identifier]
    if missing:
        with subprocess.Popen(["docker", "save", *missing], env=_docker_environment(), stdout=subprocess.PIPE) as save:
            subprocess.run(["podman", "load", "-q"], env=environment, stdin=save.stdout, check=True, stdout=subprocess.DEVNULL)
    for name in missing:
        # Podman calls them localhost/…; under the registry that Docker means, the docker command shows the short name.
        subprocess.run(["podman", "tag", f"localhost/{name}", f"docker.io/{name}"], env=environment, check=True)
        subprocess.run(["podman", "untag", f"localhost/{name}", f"localhost/{name}"], env=environment, check=True)
    return missing


def _settings() -> str:
    """As the machine's kernel wants it: crun refuses control groups of version 1; limits may not be raised in a container."""
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    limit = _MOST_PROCESSES if hard == resource.RLIM_INFINITY else min(hard, _MOST_PROCESSES)
    version_2 = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    runtime = "" if version_2 else '[engine]\nruntime = "runc"\n'
    return f'[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc={limit}:{limit}"]\n{runtime}'


def _wait_for(socket: Path, service: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + _START_S
    while not socket.exists():
        if service.poll() is not None or time.monotonic() > deadline_s:
            raise TimeoutError("podman's service does not start")
        time.sleep(0.05)


def _docker_images() -> dict[str, str]:
    """Name -> id of the test images that Docker has."""
    command = ["docker", "images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}", f"{REPOSITORY}/*"]
    listed = subprocess.run(command, env=_docker_environment(), check=True, capture_output=True, text=True).stdout
    return dict(line.removesuffix("\n").split(" ") for line in listed.splitlines())


def _podman_image(name: str, environment: dict[str, str]) -> str:
    command = ["podman", "image", "inspect", "--format", "{{.Id}}", f"docker.io/{name}"]
    found = subprocess.run(command, env=environment, capture_output=True, text=True)
    return f"sha256:{found.stdout.strip()}" if found.returncode == 0 else ""


def _docker_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DOCKER_HOST"}
