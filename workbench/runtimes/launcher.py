"""Decide how a function is started outside containers: with which program and arguments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from workbench.model.failures import SandboxUnavailable
from workbench.model.function import FunctionConfiguration
from workbench.runtimes.catalogue import Runtime, find_runtime, needs_docker, runtime_warning
from workbench.runtimes.command_lines import (
    bytecode_folder,
    node_command,
    python_command,
    ruby_command,
    wrapped_python_command,
)
from workbench.runtimes.interpreters import LANGUAGE_NAMES, Interpreter, Interpreters
from workbench.runtimes.node_flags import node_flags
from workbench.runtimes.venv_packages import left_aside_notice, site_packages, virtual_environment
from workbench.runtimes.versions import Version, parse_version

BOOTSTRAPS = Path(__file__).resolve().parent / "bootstraps"
"""The folder of our single-file bootstraps, one per language."""


class LocalRuntime(msgspec.Struct, frozen=True, kw_only=True):
    """What runs a function here.

    `interpreter` is "" for an OS-only runtime, whose program is the code's own `bootstrap`. `runs_on` describes it for people.
    `site_packages` are folders with packages that the function sees besides its own, its layers' and the runtime's.
    """

    interpreter: str
    runs_on: str
    notices: tuple[str, ...] = ()
    site_packages: tuple[str, ...] = ()


class Launcher:
    """Chooses interpreters for functions and makes the command lines of their runtimes. Use it on one event loop.

    `venv_packages()`: whether functions see the packages of the virtual environment that runs them. `uses_own(function)`: whether
    an interpreter that came with the function's code may be run at all.
    """

    def __init__(self, interpreters: Interpreters | None = None, bootstraps: Path = BOOTSTRAPS, *,
                 venv_packages: Callable[[], bool] = lambda: False,
                 uses_own: Callable[[FunctionConfiguration], bool] = lambda _: False) -> None:
        self._interpreters = interpreters or Interpreters()
        self._venv_packages = venv_packages
        self._uses_own = uses_own
        self._versions: dict[str, Version] = {}
        self.bootstraps = bootstraps

    async def find(self, function: FunctionConfiguration) -> LocalRuntime:
        """What runs this function on this machine.

        Raises SandboxUnavailable for an unknown runtime, a runtime that needs Docker, or a missing interpreter.
        """
        runtime = find_runtime(function.runtime)
        if runtime is None:
            raise SandboxUnavailable(f"{function.runtime!r} is not a Lambda runtime.", "Choose one such as python3.13.")
        if runtime.family == "provided":
            return LocalRuntime(interpreter="", runs_on="its own bootstrap", notices=_warnings(runtime))
        if runtime.family not in LANGUAGE_NAMES:
            raise needs_docker(runtime)
        return await self._interpreted(runtime, function)

    async def _interpreted(self, runtime: Runtime, function: FunctionConfiguration) -> LocalRuntime:
        found = await self._interpreters.find(runtime, Path(function.code_path), own=self._uses_own(function))
        self._versions[found.path] = parse_version(found.version)  # `command` needs it later and cannot wait for an answer
        asked_for = "" if found.exact else f" (asked for {runtime.version})"
        environment = virtual_environment(found.path) if runtime.family == "python" else None
        packages = site_packages(environment) if environment and self._venv_packages() else ()
        notices = _left_aside(function, found, environment) if environment and not packages else ()
        return LocalRuntime(
            interpreter=found.path,
            runs_on=f"{LANGUAGE_NAMES[runtime.family]} {found.version}{asked_for}",
            notices=found.notices + notices + _warnings(runtime),
            site_packages=packages,
        )

    def command(self, function: FunctionConfiguration, interpreter: str) -> tuple[str, ...]:
        """The runtime's command line, whose last argument is our bootstrap; () for an OS-only runtime."""
        runtime = find_runtime(function.runtime)
        if runtime is None or not interpreter:
            return ()
        if runtime.family == "python":
            return self._python_command(function, interpreter)
        if runtime.family == "ruby":
            return ruby_command(interpreter, self.bootstraps / "bootstrap.rb", function.environment.get("RUBYOPT", ""))
        return node_command(interpreter, self.bootstraps / "bootstrap.cjs", self._node_flags(function, runtime, interpreter))

    def _node_flags(self, function: FunctionConfiguration, runtime: Runtime, interpreter: str) -> tuple[str, ...]:
        options = function.environment.get("NODE_OPTIONS", "")
        return node_flags(function.memory_mb, parse_version(runtime.version), self._versions.get(interpreter, ()), options)

    def _python_command(self, function: FunctionConfiguration, interpreter: str) -> tuple[str, ...]:
        bootstrap = self.bootstraps / "bootstrap.py"
        if function.environment.get("AWS_LAMBDA_EXEC_WRAPPER"):
            return wrapped_python_command(interpreter, bootstrap)
        return python_command(interpreter, bootstrap, bytecode_folder(bootstrap))


def _left_aside(function: FunctionConfiguration, found: Interpreter, environment: Path) -> tuple[str, ...]:
    """The notice about a virtual environment beside the code whose packages are not used.

    There is none for an environment found on PATH because it is activated: it may be Lambda Workbench's own.
    """
    notice = left_aside_notice(function.name, environment) if found.origin.startswith("virtual environment") else ""
    return (notice,) if notice else ()


def _warnings(runtime: Runtime) -> tuple[str, ...]:
    warning = runtime_warning(runtime, datetime.now(UTC).date())
    return (warning,) if warning else ()
