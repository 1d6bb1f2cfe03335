"""Learns how a runtime ended from its container's shell, which stays as long as only this container holds the files in /tmp.

Otherwise a runtime that crashes in its first second would take them along: a container that ends releases its volumes at once,
and the pause container that keeps them is made only when the engine has time (`places`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from workbench.model.failures import SandboxError
from workbench.sandbox.docker.first_process import END_PIPE, MEMORY_WORD, OUT_OF_MEMORY_CODE, STAY_PIPE
from workbench.sandbox.docker.output import PipeOutput, make_pipe

_LONGEST_WORD = 64


class RuntimeExitPipe:
    """Create it on the loop before the container starts: the shell stays only if it finds the pipe.

    `ended` is called with the runtime's exit code, as the shell sees it, when the runtime has exited on its own
    (`out_of_memory`: because the kernel killed it). From then on `is_said` is true: only the shell still runs in the container.
    """

    def __init__(self, run_folder: Path, ended: Callable[[int], None]) -> None:
        """Raises SandboxError."""
        self.is_said = False
        self.out_of_memory = False
        self._ended = ended
        self._text = b""
        try:
            os.mkfifo(run_folder / STAY_PIPE, 0o644)
            (run_folder / STAY_PIPE).chmod(0o644)  # whatever the umask: the container's user reads it, and nobody ever writes
            self._pipe = PipeOutput(make_pipe(run_folder / END_PIPE), self._hear)
        except OSError as error:
            raise SandboxError(f"{run_folder} could not be filled: {error.strerror}.", "Free some space on this disk.") from error

    def say_memory(self) -> None:
        """Report an end for lack of memory, whatever still runs in the container."""
        self.is_said = self.out_of_memory = True
        self._ended(OUT_OF_MEMORY_CODE)

    def close(self) -> None:
        """Stop listening. Idempotent."""
        self.is_said = True
        self._pipe.close()

    def _hear(self, data: bytes) -> None:
        *lines, self._text = (self._text + data).split(b"\n")
        self._text = self._text[-_LONGEST_WORD:]  # the function can write here too, without ever ending a line
        for line in lines:
            self.out_of_memory = self.out_of_memory or (line == MEMORY_WORD.encode() and not self.is_said)
            if (_is_code(line) or self.out_of_memory) and not self.is_said:  # else the function wrote it
                self.is_said = True
                self._ended(OUT_OF_MEMORY_CODE if self.out_of_memory else int(line))


def _is_code(line: bytes) -> bool:
    """Whether this is an exit code as a shell writes it."""
    return line.isdigit() and len(line) <= 3
