"""Find a Docker engine for the tests, or install and start one on a bare Debian.

Standard library only, so that the set-up script can call it before there is a virtual environment:

    python tests/support/docker_engine.py       # prints why there is none and exits 1, or exits 0
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

if __name__ == "__main__":  # run by path, before the project is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.one_at_a_time import one_at_a_time

DAEMON_LOG = Path("/var/log/workbench-test-dockerd.log")
_PACKAGES = ("docker.io", "iptables", "debootstrap")
_START_SECONDS = 60
_STORAGE_DRIVERS = ("", "overlay2", "vfs")
"""The daemon's own choice first; vfs works on any file system."""


def engine_or_reason() -> str | None:
    """`ensure_engine` in a process of its own, so that a daemon it starts is no child of the caller's.

    Returns None, or a sentence on why there is no engine.
    """
    done = subprocess.run([sys.executable, __file__], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return None if done.returncode == 0 else done.stderr.strip().rpartition("\n")[2]


def ensure_engine() -> str | None:
    """Use the engine that runs, or install Debian's and start it. Returns None, or a sentence on why there is none."""
    with one_at_a_time("docker-engine"):
        return None if engine_answers() else _make_engine()


def _make_engine() -> str | None:
    if not _is_debian():
        return "No Docker engine answers and only Debian's packages can be installed by this script; start Docker first."
    if os.geteuid() != 0:
        return "No Docker engine answers and installing one needs root; start Docker first."
    return _install() or _start_daemon()


def engine_answers() -> bool:
    """Whether `docker info` gets an answer from an engine."""
    if shutil.which("docker") is None:
        return False
    try:
        done = subprocess.run(["docker", "info", "--format", "{{.ServerVersion}}"], capture_output=True, text=True, timeout=20)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0 and bool(done.stdout.strip())


def _is_debian() -> bool:
    return Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def _install() -> str | None:
    """Install what is missing. Returns a sentence when apt could not."""
    if all(shutil.which(program) for program in ("dockerd", "docker", "iptables", "debootstrap")):
        return None
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, stdout=sys.stderr)
    packages = [*_PACKAGES, *_client_package()]
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    done = subprocess.run(command, env=quiet, stdout=sys.stderr)
    if done.returncode == 0:
        return None
    return f"apt-get could not install {' '.join(packages)} (exit {done.returncode})."


def _client_package() -> list[str]:
    """Since Debian 13 the `docker` command is a package of its own."""
    known = subprocess.run(["apt-cache", "show", "docker-cli"], capture_output=True).returncode == 0
    return ["docker-cli"] if known else []


def _start_daemon() -> str | None:
    """Start dockerd for good (it outlives this script). Returns a sentence when it does not come up."""
    for driver in _STORAGE_DRIVERS:
        daemon = _spawn(["dockerd", *([f"--storage-driver={driver}"] if driver else [])])
        if _wait_until_it_answers(daemon):
            return None
    return f"dockerd was installed and does not start; its log is {DAEMON_LOG}."


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    with DAEMON_LOG.open("ab") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def _wait_until_it_answers(daemon: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and daemon.poll() is None:
        if engine_answers():
            return True
        time.sleep(0.2)
    if daemon.poll() is None:
        daemon.terminate()
        daemon.wait()
    return False


if __name__ == "__main__":
    reason = ensure_engine()
    if reason is not None:
        sys.exit(reason)
