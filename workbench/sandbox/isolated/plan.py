"""What one isolated sandbox is made from."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from workbench.sandbox.isolated.life import LifePlan
from workbench.sandbox.isolated.place import Place
from workbench.sandbox.isolated.programs import reason_not_to_start
from workbench.sandbox.process.go_errors import system_words
from workbench.sandbox.protocol import EntrypointInvalid

_HINTS = {
    "permission denied": "Make the file executable: chmod 755 bootstrap.",
    "exec format error": "It must be a program for this machine's system and CPU, or a script that begins with #!. Docker runs "
                         "others.",
    "no such file or directory": "The interpreter in its first line (#!) is not among the system's programs.",
}


class IsolatedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything needed to make one sandbox. `opt_path` is the folder of the layers, "" for none.

    `bootstrap`: the code's own program that is the runtime, on this machine and its path inside; None with an interpreter.
    `failure`: why there is no runtime to start; None if there is one.
    """

    place: Place
    life: LifePlan
    memory_mb: int
    bootstrap: tuple[Path, str] | None = None
    failure: EntrypointInvalid | None = None
    opt_path: str = ""
    freezes: bool = True

    def require_runtime(self) -> None:
        """Raise EntrypointInvalid if there is no runtime that can be started."""
        if self.failure is not None:
            raise self.failure
        if self.bootstrap is not None:
            _check(*self.bootstrap)


def _check(program: Path, inside: str) -> None:
    reason = reason_not_to_start(program)
    if reason:
        words = system_words(OSError(reason, os.strerror(reason)))
        raise EntrypointInvalid(f"fork/exec {inside}: {words}", _HINTS.get(words, ""))
