"""The named pipe at which a container that was started ahead waits for one line before it becomes the runtime."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.model.failures import SandboxError
from workbench.sandbox.docker.first_process import GO_PIPE


class StartGate:
    """Create it before the container starts: the shell waits only if it finds it, and ends if it is closed without `open`."""

    def __init__(self, run_folder: Path) -> None:
        """Raises SandboxError."""
        path = run_folder / GO_PIPE
        try:
            os.mkfifo(path, 0o644)
            path.chmod(0o644)  # whatever the umask: the container's user reads it
            # In both directions: we can write before the shell has come to read, and the line stays until it does.
            self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise SandboxError(f"{path} could not be made: {error.strerror}.", "Free some space on this disk.") from error

    def open(self) -> None:
        """Let the runtime start."""
        if self._fd >= 0:
            os.write(self._fd, b"\n")

    def close(self) -> None:
        """Close the pipe; a shell that still waits at it ends. Idempotent."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1
