"""Runs environments as processes in their own namespaces: Lambda's world at the speed of a process. Linux with bubblewrap."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from workbench.model.failures import ContainerNeeded, SandboxError, SandboxUnavailable
from workbench.model.function import FunctionConfiguration, SandboxKind
from workbench.model.quotas import PROCESSES_LIMIT
from workbench.sandbox.disks import BIG_TEMPORARY_FILES, Disks
from workbench.sandbox.file_systems import container_notices, mounted_folders
from workbench.sandbox.isolated.bootstraps import Bootstraps
from workbench.sandbox.isolated.command import bubble_command, runtime_program
from workbench.sandbox.isolated.holders import Holders
from workbench.sandbox.isolated.interpreter_files import files_of, outside_of_tmp, prefix_of
from workbench.sandbox.isolated.life import LifePlan
from workbench.sandbox.isolated.limitations import not_enforced
from workbench.sandbox.isolated.networks import Networks
from workbench.sandbox.isolated.place import Place, Places
from workbench.sandbox.isolated.plan import IsolatedPlan
from workbench.sandbox.isolated.sandbox import IsolatedSandbox
from workbench.sandbox.isolated.supervisor import supervisor_script
from workbench.sandbox.isolated.system_calls import SystemCallFilter, system_call_filter
from workbench.sandbox.isolated.variables import isolated_environment
from workbench.sandbox.isolated.world import World, write_etc
from workbench.sandbox.paced_reader import LoopShare
from workbench.sandbox.process.child_registry import ChildRegistry
from workbench.sandbox.process.control_group import ControlGroups
from workbench.sandbox.process.living_sandboxes import LivingSandboxes
from workbench.sandbox.process.provider import RuntimeLauncher
from workbench.sandbox.process.usable_groups import usable_groups
from workbench.sandbox.process.watcher import MemoryWatcher
from workbench.sandbox.protocol import Listening, OutputHandler, Progress, ProgressHandler, RuntimePlan, SandboxSpec

_OWN_PROCESSES = 8
"""The processes of one environment's supervisor and helpers, which count against the same limit."""


class IsolatedSandboxProvider:
    """Makes isolated sandboxes. `launcher` must be this provider's alone: it is redirected to the bootstraps that sandboxes see.

    Each engine needs its own `orphans_file`. The first `prepare` or `create` ends what a killed engine left behind according to
    the same file.
    """

    kind: SandboxKind = "isolated"
    restores_by_fork = False
    reaches_inside = True

    def __init__(
        self, launcher: RuntimeLauncher, *, cache: Path, orphans_file: Path, groups: ControlGroups | None = None
    ) -> None:
        """`cache`: a folder for what all sandboxes of all engines share."""
        self._launcher = launcher
        self._cache = cache
        self._bootstraps = Bootstraps(launcher.bootstraps, cache / "bootstraps")
        self._watcher = MemoryWatcher()
        self._share = LoopShare()
        self._groups = usable_groups() if groups is None else groups
        self._children = ChildRegistry(orphans_file, self._groups.marks)
        self._networks = Networks()
        self._holders = Holders(self._networks, self._children, Disks((cache, BIG_TEMPORARY_FILES)))
        self._places = Places(self._groups, self._holders, self._networks)
        self._filter = SystemCallFilter()
        self._living = LivingSandboxes(self._children)
        self._files: dict[str, tuple[str, ...]] = {}
        self._etc = cache
        """The folder with our files for /etc, known after `prepare`."""

    async def prepare(self, function: FunctionConfiguration, progress: ProgressHandler) -> RuntimePlan:
        """Find the interpreter and everything it needs. Raises SandboxUnavailable."""
        await self.reap_orphans()
        if function.image is not None:
            raise ContainerNeeded(f"{function.name} is a container image, and those run in Docker only.",
                                  "Start Docker (or Podman) and choose it as the sandbox.")
        if not os.path.exists(function.code_path):
            raise SandboxUnavailable(f"The code {function.code_path} is not there.", "Correct CodeUri in the template.")
        progress(Progress(stage="prepare", text=f"Looking for what runs {function.runtime}"))
        found, self._filter, _ = await asyncio.gather(
            self._launcher.find(function), asyncio.to_thread(system_call_filter),
            self._holders.prepare(function.ephemeral_storage_mb))
        interpreter = outside_of_tmp(found.interpreter) if found.interpreter else ""
        await self._provide(function, interpreter)
        same, in_memory = self._files[interpreter], self._holders.are_in_memory
        return RuntimePlan(
            runs_on=found.runs_on, notices=(*found.notices, *container_notices(function, checks_owner=os.geteuid() == 0)),
            not_enforced=(*self._networks.not_enforced(), *self._unfiltered(),
                          *not_enforced(function, self._groups, is_tmp_memory=in_memory)),
            is_tmp_memory=in_memory,
            opaque={"interpreter": interpreter, "language": prefix_of(interpreter) if interpreter else "",
                    "same": "\0".join((*same, *found.site_packages)),
                    "site_packages": os.pathsep.join(found.site_packages)},
        )

    async def _provide(self, function: FunctionConfiguration, interpreter: str) -> None:
        """Make what all sandboxes with this interpreter share. Raises SandboxUnavailable."""
        compiled_by = interpreter if function.runtime.startswith("python") else ""
        try:
            _, _, self._etc = await asyncio.gather(
                self._bootstraps.ensure(compiled_by), self._look_at(interpreter),
                asyncio.to_thread(lambda: write_etc(self._cache / "etc", self._networks.name_servers())))
        except OSError as error:
            message = f"{self._cache} cannot be written: {error.strerror}."
            raise SandboxUnavailable(message, "Free some space on this disk.") from error
        self._launcher.bootstraps = self._bootstraps.folder

    async def _look_at(self, interpreter: str) -> None:
        if interpreter not in self._files:
            self._files[interpreter] = await asyncio.to_thread(files_of, interpreter)

    def _unfiltered(self) -> tuple[str, ...]:
        return tuple(filter(None, [" ".join(filter(None, (self._filter.not_enforced, self._filter.cure)))]))

    async def listen(self, environment_id: str, function: FunctionConfiguration) -> Listening:
        """Listen in the environment's network, at Lambda's address. Raises OSError, SandboxError."""
        place = await self._places.of(environment_id, function)
        return await place.held.listen(place.has)

    async def create(self, spec: SandboxSpec, output: OutputHandler) -> IsolatedSandbox:
        """Start making the namespaces; nothing of the function runs yet. Raises SandboxError."""
        await self.reap_orphans()
        place = await self._places.of(spec.environment_id, spec.function)
        place.group.renew()
        try:
            sandbox = IsolatedSandbox(self._plan(spec, place), output, self._watcher, self._living, self._share)
        except OSError as error:
            raise SandboxError(f"The sandbox could not be started: {error.strerror}.", "See workbench doctor.") from error
        self._living.add(sandbox)
        return sandbox

    def _plan(self, spec: SandboxSpec, place: Place) -> IsolatedPlan:
        function, opaque = spec.function, spec.runtime_plan.opaque
        environment = isolated_environment({**spec.environment, "WORKBENCH_SITE_PACKAGES": opaque["site_packages"]},
                                           function.environment)
        program = runtime_program(self._launcher.command(function, opaque["interpreter"]), self._launcher.bootstraps, function,
                                  spec.opt_path, environment)
        command, info_option = bubble_command(place.holder, self._world(spec, place), program.argv, spec.opt_path)
        counts = "pids" in self._groups.enforced
        life = LifePlan(command=command, script=supervisor_script(environment), group=place.group, info_option=info_option,
                        filter=self._filter, process_limit=0 if counts else PROCESSES_LIMIT + _OWN_PROCESSES)
        return IsolatedPlan(place=place, life=life, memory_mb=function.memory_mb, bootstrap=program.bootstrap,
                            failure=program.failure, opt_path=spec.opt_path, freezes=spec.freeze != "off")

    def _world(self, spec: SandboxSpec, place: Place) -> World:
        opaque, holder = spec.runtime_plan.opaque, place.holder
        return World(
            code=spec.function.code_path, layers=spec.opt_path, runtime=spec.runtime_plan.runtime_path,
            bootstraps=str(self._bootstraps.folder), tmp=str(holder.tmp), outputs=str(holder.outputs), etc=str(self._etc),
            language=opaque["language"],
            allowed=spec.function.allowed.folders, same=tuple(filter(None, opaque["same"].split("\0"))), mounts=spec.mounts,
            file_systems=mounted_folders(spec.function),
        )

    def holds_snapshot(self, environment_id: str) -> bool:  # noqa: ARG002 - the protocol's
        """False: a process cannot be moved into the namespaces of another environment, so INIT is run again."""
        return False

    async def release(self, environment_id: str) -> None:
        """Remove the environment's network, /tmp and control group. Never raises."""
        await self._places.release(environment_id)

    async def reap_orphans(self) -> int:
        """End what a killed engine left behind, once; returns the number of sandboxes."""
        return await self._children.reap_orphans()

    async def close(self) -> None:
        """End all environments, then what served them. The guardian comes last, in case we are killed before all is done."""
        await self._living.terminate()
        await self._places.close()
        await self._holders.close()
        await self._networks.close()
        await asyncio.to_thread(self._groups.close)
        self._watcher.close()
        self._children.close()


