"""Decides what to start for a function, and reports what cannot be started in Lambda's words."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path

from workbench.model.failures import SandboxError
from workbench.model.lambda_folders import TASK_ROOT
from workbench.sandbox.process.go_errors import system_words
from workbench.sandbox.protocol import EntrypointInvalid

WRAPPER_VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
_BOOTSTRAP = f"{TASK_ROOT}/bootstrap"
_HINTS = {
    errno.EACCES: "Make the file executable: chmod +x bootstrap.",
    errno.ENOEXEC: "It must be a program for this machine's system and CPU, or a script that begins with #!. Docker runs others.",
    errno.ENOENT: "The interpreter in its first line (#!) is not on this machine.",
}


def runtime_command(command: tuple[str, ...], code_folder: str, environment: Mapping[str, str],
                    opt_path: str = "") -> tuple[str, ...]:
    """The command line: the interpreter's, preceded by AWS_LAMBDA_EXEC_WRAPPER if that is set, or the code's own bootstrap.

    Raises EntrypointInvalid if an OS-only function has no bootstrap. A wrapper is started by the shell's `exec`, as in Lambda's
    own bootstraps, so that a missing wrapper ends with exit status 127 here too. OS-only runtimes ignore the variable.
    """
    if not command:
        return (str(_own_bootstrap(code_folder, opt_path)),)
    wrapper = environment.get(WRAPPER_VARIABLE, "")
    return ("/bin/sh", "-c", 'exec "$0" "$@"', wrapper, *command) if wrapper else command


def _own_bootstrap(code_folder: str, opt_path: str) -> Path:
    places = [Path(folder) / "bootstrap" for folder in (code_folder, opt_path) if folder]
    bootstrap = next((place for place in places if place.is_file()), None)
    if bootstrap is None:
        raise EntrypointInvalid(
            f"Couldn't find valid bootstrap(s): [{_BOOTSTRAP} /opt/bootstrap]",
            f'Put an executable file named "bootstrap" into {code_folder}.',
        )
    return bootstrap


def start_failure(error: OSError, program: str, code_folder: str) -> SandboxError:
    """The error for a runtime that the system refused to start, in Lambda's words if it is the function's own program."""
    # Popen reports a missing working directory like a missing program, so the folder is checked first.
    if not os.path.isdir(code_folder):
        return SandboxError(f"The code folder {code_folder} is not there.", "Correct CodeUri in the template.")
    if program == str(Path(code_folder) / "bootstrap"):
        return EntrypointInvalid(f"fork/exec {_BOOTSTRAP}: {system_words(error)}", _HINTS.get(error.errno or 0, ""))
    return SandboxError(f"{program} could not be started: {error.strerror}.", "Check that it is installed and may be executed.")
