"""A Docker daemon of the tests' own beside the machine's, to be stopped and started: its restart disturbs nobody else.

    with DockerDaemon() as daemon: ...      # DOCKER_HOST=daemon.url

It has a bridge, storage and containerd of its own and leaves the packet filter alone: its containers reach this machine,
nothing beyond.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

START_LIMIT_S = 30.0
STOP_LIMIT_S = 40.0
_BRIDGE_ADDRESS = "172.29.77.1/24"


def daemon_or_reason() -> str | None:
    """None where such a daemon can run, else a sentence on why not."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a Docker daemon of the tests' own needs Linux and root"
    missing = [program for program in ("dockerd", "docker", "containerd", "ip") if shutil.which(program) is None]
    return f"{', '.join(missing)} not installed" if missing else None


class DockerDaemon:
    """Started by `with`; at its end the daemon, its containers, its storage and its bridge are gone."""

    def __init__(self) -> None:
        # Short, because the names of sockets are: a test's own folder is not.
        self._folder = Path(tempfile.mkdtemp(prefix="wb-dockerd-"))
        self._bridge = f"wbtest{os.getpid() % 1_000_000}"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._folder}/docker.sock"

    def __enter__(self) -> DockerDaemon:
        try:
            _ip("link", "add", self._bridge, "type", "bridge")
            _ip("address", "add", _BRIDGE_ADDRESS, "dev", self._bridge)
            _ip("link", "set", self._bridge, "up")
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if self._process is not None and self.answers():
            self.command("rm", "-f", "-v", *self.command("ps", "-aq").split())
            self.stop()
        with contextlib.suppress(subprocess.CalledProcessError):
            _ip("link", "delete", self._bridge)
        _unmount_below(self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Return when it answers. Raises TimeoutError with the end of its log."""
        command = ["dockerd", f"--data-root={self._folder}/data", f"--exec-root={self._folder}/run", f"--host={self.url}",
                   f"--pidfile={self._folder}/pid", f"--bridge={self._bridge}", "--iptables=false", "--ip6tables=false",
                   "--ip-forward=false", "--ip-masq=false"]
        # After a crash it waits for the containerd of this number, also where nobody has reaped that.
        (self._folder / "run/containerd/containerd.pid").unlink(missing_ok=True)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        deadline_s = time.monotonic() + START_LIMIT_S
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise TimeoutError(f"dockerd does not start: {self.log()[-1000:]}")
            time.sleep(0.05)

    def stop(self, signal_: signal.Signals = signal.SIGTERM) -> None:
        """As a system's service manager does it; SIGKILL is a crash. Returns when it has ended. Raises TimeoutExpired."""
        assert self._process is not None
        self._process.send_signal(signal_)
        self._process.wait(STOP_LIMIT_S)
        self._process = None

    def answers(self) -> bool:
        """Whether it is there."""
        return subprocess.run(["docker", "-H", self.url, "version"], capture_output=True).returncode == 0

    def command(self, *arguments: str) -> str:
        """What the docker command says, "" when it fails."""
        return subprocess.run(["docker", "-H", self.url, *arguments], capture_output=True, text=True).stdout.strip()

    def log(self) -> str:
        """Its own messages."""
        return (self._folder / "log").read_text(errors="replace")

    def copy_image(self, name: str) -> None:
        """From the machine's daemon. Raises CalledProcessError."""
        with subprocess.Popen(["docker", "save", name], stdout=subprocess.PIPE) as save:
            subprocess.run(["docker", "-H", self.url, "load", "-q"], stdin=save.stdout, check=True, capture_output=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _unmount_below(folder: Path) -> None:
    """A daemon that crashed leaves its mounts; the last first, as one lies on another."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in reversed([each for each in mounts if each.startswith(f"{folder}/")]):
        subprocess.run(["umount", "-l", mount], capture_output=True)
