"""Runs environments as plain processes of this machine: the sandbox that needs nothing but an interpreter."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Protocol

from workbench.model.failures import ContainerNeeded, SandboxUnavailable
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.sandbox.file_systems import process_notices
from workbench.sandbox.paced_reader import LoopShare
from workbench.sandbox.process.child_registry import ChildRegistry
from workbench.sandbox.process.control_group import ControlGroups
from workbench.sandbox.process.extensions import extension_names
from workbench.sandbox.process.fork_server import CAN_FORK, ForkServer
from workbench.sandbox.process.limitations import not_enforced
from workbench.sandbox.process.living_sandboxes import LivingSandboxes
from workbench.sandbox.process.place import Place, Places
from workbench.sandbox.process.runtime_start import ProcessPlan
from workbench.sandbox.process.sandbox import ProcessSandbox
from workbench.sandbox.process.usable_groups import usable_groups
from workbench.sandbox.process.variables import process_environment
from workbench.sandbox.process.watcher import MemoryWatcher
from workbench.sandbox.protocol import (
    Address,
    Listening,
    OutputHandler,
    Progress,
    ProgressHandler,
    RuntimePlan,
    SandboxSpec,
)
from workbench.sandbox.sockets import listen_at


class LocalRuntimeFound(Protocol):
    """What runs a function here; `interpreter` is "" for an OS-only runtime."""

    @property
    def interpreter(self) -> str: ...  # noqa: D102 - said above
    @property
    def runs_on(self) -> str: ...  # noqa: D102 - a sentence part for people
    @property
    def notices(self) -> tuple[str, ...]: ...  # noqa: D102 - sentences to say aloud
    @property
    def site_packages(self) -> tuple[str, ...]: ...  # noqa: D102 - folders with packages that Lambda would not have


class RuntimeLauncher(Protocol):
    """Knows interpreters and bootstraps. Implemented by `workbench.runtimes.launcher.Launcher`."""

    bootstraps: Path

    async def find(self, function: FunctionConfiguration) -> LocalRuntimeFound:
        """Find what can run the function. Raises SandboxUnavailable."""

    def command(self, function: FunctionConfiguration, interpreter: str) -> tuple[str, ...]:
        """The runtime's command line, () for an OS-only runtime."""


class ProcessSandboxProvider:
    """Makes process sandboxes. `orphans_file` is where this engine records its runtimes; each engine needs its own file.

    The first `prepare` or `create` ends what a killed engine left behind according to the same file. `groups` enforce the limits
    of environments; None for the best groups that this machine offers.
    """

    kind: SandboxKind = "process"
    reaches_inside = True
    restores_by_fork = CAN_FORK

    def __init__(self, launcher: RuntimeLauncher, *, orphans_file: Path, groups: ControlGroups | None = None) -> None:
        self._launcher = launcher
        self._watcher = MemoryWatcher()
        self._share = LoopShare()
        self._groups = usable_groups() if groups is None else groups
        self._children = ChildRegistry(orphans_file, self._groups.marks)
        self._places = Places(self._groups, self._children.released)
        self._living = LivingSandboxes(self._children)
        self._fork_servers: dict[str, ForkServer] = {}

    async def prepare(self, function: FunctionConfiguration, progress: ProgressHandler) -> RuntimePlan:
        """Find the interpreter. Takes some 20 ms for the first function, less for others. Raises SandboxUnavailable."""
        await self.reap_orphans()
        if function.image is not None:
            raise ContainerNeeded(f"{function.name} is a container image, and those run in Docker only.",
                                  "Start Docker (or Podman) and choose it as the sandbox.")
        if not os.path.exists(function.code_path):
            raise SandboxUnavailable(f"The code {function.code_path} is not there.", "Correct CodeUri in the template.")
        progress(Progress(stage="prepare", text=f"Looking for what runs {function.runtime}"))
        found = await self._launcher.find(function)
        return RuntimePlan(
            runs_on=found.runs_on, notices=(*found.notices, *process_notices(function)),
            not_enforced=not_enforced(function, self._groups), is_tmp_memory=self._places.lie_in_memory,
            opaque={"interpreter": found.interpreter, "site_packages": os.pathsep.join(found.site_packages)},
        )

    async def listen(self, environment_id: str, function: FunctionConfiguration) -> Listening:  # noqa: ARG002 - the protocol's
        """Listen on this machine's loopback interface, where both ends are."""
        return listen_at(Address("127.0.0.1", "127.0.0.1"))

    async def create(self, spec: SandboxSpec, output: OutputHandler) -> ProcessSandbox:
        """Make the environment's place (the first time) and variables, but start nothing. Raises SandboxError."""
        await self.reap_orphans()
        is_new = not self._places.has(spec.environment_id)
        place = self._places.of(spec.environment_id, spec.function)
        server = self._fork_servers.get(spec.restored_from)
        if server is not None and is_new:
            await asyncio.to_thread(server.copy_files, place.temp_folder)
        plan = self._plan(spec, place, server if server is not None and server.holds else None)
        if plan.holds is not None:
            self._fork_servers[spec.environment_id] = plan.holds
        sandbox = ProcessSandbox(plan, output, self._watcher, self._living, self._share)
        self._living.add(sandbox)
        return sandbox

    def holds_snapshot(self, environment_id: str) -> bool:
        """Whether the environment's runtime waits at its snapshot, and can be forked."""
        server = self._fork_servers.get(environment_id)
        return server is not None and server.holds

    def _plan(self, spec: SandboxSpec, place: Place, server: ForkServer | None) -> ProcessPlan:
        function, interpreter = spec.function, spec.runtime_plan.opaque["interpreter"]
        environment = process_environment(
            {**spec.environment, "WORKBENCH_SITE_PACKAGES": spec.runtime_plan.opaque["site_packages"]}, function.environment,
            code_folder=function.code_path, temp_folder=place.temp_folder,
            interpreter=interpreter, runtime_folder=self._launcher.bootstraps, opt_path=spec.opt_path,
            runtime_path=spec.runtime_plan.runtime_path,
        )
        return ProcessPlan(
            command=self._launcher.command(function, interpreter), code_folder=function.code_path, place=place,
            environment=environment, memory_mb=function.memory_mb, opt_path=spec.opt_path, freezes=spec.freeze != "off",
            obeys_modes=spec.runtime_plan.denies_files,
            holds=ForkServer(place.temp_folder) if _is_to_hold(spec) else None, restored_from=server,
        )

    async def release(self, environment_id: str) -> None:
        """Remove the environment's temporary folder and control group, and end what still uses them. Never raises."""
        server = self._fork_servers.pop(environment_id, None)
        if server is not None:
            server.close()
        await self._places.release(environment_id)

    async def reap_orphans(self) -> int:
        """End what a killed engine left behind, once; returns the number of runtimes."""
        return await self._children.reap_orphans()

    async def close(self) -> None:
        """End all environments, then watcher and guardian. The guardian comes last, in case we are killed before all is done."""
        await self._living.terminate()
        await self._places.close()
        await asyncio.to_thread(self._groups.close)
        self._watcher.close()
        self._children.close()


def _is_to_hold(spec: SandboxSpec) -> bool:
    """Whether others are to be forked from its runtime. Extensions are other programs, so that a fork would lack them."""
    return spec.holds_snapshot and CAN_FORK and not extension_names(spec.opt_path)
