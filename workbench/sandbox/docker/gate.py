"""Where a container that was started ahead waits before it becomes the runtime: a named pipe that it reads one line from."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.model.failures import SandboxError
from workbench.sandbox.docker.first_process import GO_PIPE


class StartGate:
    """To be made before the container starts, whose shell waits only if it finds it. Closed without `open`, the shell ends."""

    def __init__(self, run_folder: Path) -> None:
        """Raises SandboxError."""
        path = run_folder / GO_PIPE
        try:
            os.mkfifo(path, 0o644)
            path.chmod(0o644)  # past the umask: the container's user reads it
            # For both directions: what is written stays until the shell has come to read it.
            self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise SandboxError(f"{path} could not be made: {error.strerror}.", "Free some space on this disk.") from error

    def open(self) -> None:
        """Let the runtime start."""
        if self._fd >= 0:
            os.write(self._fd, b"\n")

    def close(self) -> None:
        """Idempotent."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1
