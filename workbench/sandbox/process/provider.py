"""Environments as plain processes of this machine: the sandbox that needs nothing installed beside an interpreter."""

from __future__ import annotations

import asyncio
import os
import platform
import tempfile
from pathlib import Path
from typing import Protocol

from workbench.model.failures import SandboxError, SandboxUnavailable
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.sandbox.process.custody import Custody
from workbench.sandbox.process.environment import process_environment
from workbench.sandbox.process.extensions import extension_names
from workbench.sandbox.process.orphans import TEMP_PREFIX
from workbench.sandbox.process.sandbox import ProcessPlan, ProcessSandbox
from workbench.sandbox.process.signals import CAN_FREEZE
from workbench.sandbox.process.watcher import MemoryWatcher
from workbench.sandbox.protocol import Address, OutputHandler, Preparation, Progress, ProgressHandler, SandboxSpec

_NOT_ENFORCED = (
    "The CPU share that follows from the memory size is not enforced: the function gets whole cores of this machine.",
    "The size of /tmp is not enforced. TMPDIR is a fresh folder for each environment; /tmp itself is this machine's.",
    "The file system is not read-only: the function can write wherever you can.",
    "The function runs as your user and can read your files, AWS profiles included; Lambda's user is a restricted one.",
    "The network is this machine's, with everything it can reach.",
)
_NOT_FROZEN = "Environments are not frozen between invocations: this system has no means for it."
_MACHINES = {"x86_64": ("x86_64", "amd64"), "arm64": ("arm64", "aarch64")}


class LocalRuntimeFound(Protocol):
    """What runs a function here; `interpreter` is "" for an OS-only runtime."""

    @property
    def interpreter(self) -> str: ...  # noqa: D102 - said above
    @property
    def runs_on(self) -> str: ...  # noqa: D102 - a sentence part for people
    @property
    def notices(self) -> tuple[str, ...]: ...  # noqa: D102 - sentences to say aloud


class RuntimeLauncher(Protocol):
    """Knows interpreters and bootstraps; `workbench.runtimes.launcher.Launcher` is it."""

    bootstraps: Path

    async def find(self, function: FunctionConfiguration) -> LocalRuntimeFound:
        """What can run the function. Raises SandboxUnavailable."""

    def command(self, function: FunctionConfiguration, interpreter: str) -> tuple[str, ...]:
        """The runtime's command line, () for an OS-only runtime."""


class ProcessSandboxProvider:
    """Makes process sandboxes. `orphans_file` is where this engine notes its runtimes; each engine needs one of its own.

    The first `prepare` or `create` ends what an engine killed earlier left behind according to the same file.
    """

    kind: SandboxKind = "process"

    def __init__(self, launcher: RuntimeLauncher, *, orphans_file: Path) -> None:
        self._launcher = launcher
        self._watcher = MemoryWatcher()
        self._custody = Custody(orphans_file)
        self._sandboxes: set[ProcessSandbox] = set()
        self._reaping: asyncio.Task[int] | None = None

    async def prepare(self, function: FunctionConfiguration, progress: ProgressHandler) -> Preparation:
        """Find the interpreter; some 20 ms for the first function, less after it. Raises SandboxUnavailable."""
        await self.reap_orphans()
        if function.image is not None:
            raise SandboxUnavailable(f"{function.name} is a container image, and those run in Docker only.",
                                     "Start Docker (or Podman) and choose it as the sandbox.")
        if not os.path.exists(function.code_path):
            raise SandboxUnavailable(f"The code {function.code_path} is not there.", "Correct CodeUri in template.yaml.")
        progress(Progress(stage="prepare", text=f"Looking for what runs {function.runtime}"))
        found = await self._launcher.find(function)
        return Preparation(
            runs_on=found.runs_on, notices=found.notices, not_enforced=_not_enforced(function),
            opaque={"interpreter": found.interpreter}, opt_path=_only_layer(function),
        )

    def address(self) -> Address:
        """Both ends are on this machine's loopback interface."""
        return Address("127.0.0.1", "127.0.0.1")

    async def create(self, spec: SandboxSpec, output: OutputHandler) -> ProcessSandbox:
        """Make the environment's temporary folder and variables; nothing is started yet. Raises SandboxError."""
        await self.reap_orphans()
        plan = self._plan(spec, _new_temp_folder())
        sandbox = ProcessSandbox(plan, output, watcher=self._watcher, custody=self._custody, gone=self._sandboxes.discard)
        self._sandboxes.add(sandbox)
        return sandbox

    def _plan(self, spec: SandboxSpec, temp_folder: Path) -> ProcessPlan:
        function, interpreter = spec.function, spec.preparation.opaque["interpreter"]
        environment = process_environment(
            spec.environment, function.environment, code_folder=function.code_path, temp_folder=temp_folder,
            interpreter=interpreter, runtime_folder=self._launcher.bootstraps, opt_path=spec.opt_path,
        )
        return ProcessPlan(
            command=self._launcher.command(function, interpreter), code_folder=function.code_path, temp_folder=temp_folder,
            environment=environment, memory_mb=function.memory_mb, opt_path=spec.opt_path,
        )

    async def release(self, environment_id: str) -> None:
        """Nothing outlives a sandbox yet."""

    async def reap_orphans(self) -> int:
        """End what an engine that was killed left behind (once; later calls do nothing). Returns how many runtimes that were."""
        if self._reaping is None:
            self._reaping = asyncio.get_running_loop().create_task(self._custody.reap_orphans())
        return await asyncio.shield(self._reaping)

    async def close(self) -> None:
        """End all environments, then the guardian and the watcher."""
        await asyncio.gather(*(sandbox.terminate() for sandbox in tuple(self._sandboxes)))
        self._watcher.close()
        self._custody.close()


def _new_temp_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=TEMP_PREFIX))
    except OSError as error:
        raise SandboxError(f"No temporary folder could be made: {error.strerror}.", "Free some space on this disk.") from error


def _not_enforced(function: FunctionConfiguration) -> tuple[str, ...]:
    """Sentences on what Lambda holds a function to and a plain process does not."""
    sentences = list(_NOT_ENFORCED)
    if not CAN_FREEZE:
        sentences.append(_NOT_FROZEN)
    if platform.machine().lower() not in _MACHINES[function.architecture]:
        sentences.append(f"The function asks for {function.architecture} and runs on this machine's {platform.machine()}.")
    if function.layers:
        sentences.append(
            "Layers are not at /opt: variables and extensions that name /opt are led to the layers' own folder; "
            "absolute paths inside their files are not."
        )
    if extension_names(_only_layer(function)):
        sentences.append(
            "sandbox.localdomain is no name of this machine: an extension that receives telemetry must listen at 0.0.0.0 "
            "or localhost."
        )
    return tuple(sentences)


def _only_layer(function: FunctionConfiguration) -> str:
    """The folder of a function's one layer, which needs no merging with others; "" for none or several."""
    layers = [layer for layer in function.layers if os.path.isabs(layer) and os.path.isdir(layer)]
    return layers[0] if len(layers) == 1 else ""
