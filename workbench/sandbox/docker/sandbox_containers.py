"""Creates the containers of one sandbox with everything on this machine that they need, and makes sandboxes of them."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from workbench.model.failures import SandboxError
from workbench.sandbox.docker.code import lay_out
from workbench.sandbox.docker.connection import Connection, Owner
from workbench.sandbox.docker.container import cpu_quota_us, create_container, remove_container
from workbench.sandbox.docker.created_container import CreatedContainer
from workbench.sandbox.docker.extensions import DockerExtensions, extensions_folder
from workbench.sandbox.docker.first_process import OUTPUT_PIPE
from workbench.sandbox.docker.images import ImageFacts
from workbench.sandbox.docker.init_trace import InitTrace
from workbench.sandbox.docker.output import AttachedOutput, ContainerOutput, PipeOutput, has_pipe, make_run_folder
from workbench.sandbox.docker.places import Place
from workbench.sandbox.docker.plans import container_plan, extension_plan
from workbench.sandbox.docker.sandbox import DockerSandbox
from workbench.sandbox.protocol import OutputHandler, SandboxSpec


class SandboxContainers:
    """The runtime's container and those of its extensions, all in one `place`. On the loop."""

    def __init__(self, connection: Connection, spec: SandboxSpec, place: Place, hosts: Mapping[str, str]) -> None:
        """`hosts`: names to add to a container that gets a network of its own."""
        self._connection = connection
        self._spec = spec
        self._place = place
        self._hosts = dict(hosts)
        self._image = msgspec.json.decode(spec.runtime_plan.opaque["image"], type=ImageFacts)

    async def runtime(self, output: OutputHandler) -> DockerSandbox:
        """Create the runtime's container and its sandbox. Raises SandboxError or EntrypointInvalid, and leaves nothing behind."""
        extensions_at = extensions_folder(self._spec.function, self._spec.opt_path) if self._place.address else None
        # An environment that is reset gets a second container while the first may still be on its way out.
        folder = self._connection.folder / f"{self._spec.environment_id}-{secrets.token_hex(3)}"
        return await self._created(folder, output, DockerExtensions(extensions_at, partial(self._extension, folder)))

    async def _extension(self, runtime_folder: Path, name: str, output: OutputHandler) -> DockerSandbox:
        """Create the container of one extension, in the network namespace of its runtime. Raises SandboxError."""
        folder = runtime_folder.with_name(f"{runtime_folder.name}-{secrets.token_hex(3)}")
        return await self._created(folder, output, None, name)

    async def _created(
        self, folder: Path, output: OutputHandler, extensions: DockerExtensions | None, name: str = ""
    ) -> DockerSandbox:
        try:
            made = await self._connection.calls.run_or_undo(
                "create the extension's container" if name else "create the container", partial(self._make, folder, name),
                lambda client, made: remove_container(client, made.identifier))
            return await self._sandbox(made, output, extensions)
        except BaseException:  # a cancelled creation leaves nothing behind either
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _make(self, folder: Path, extension: str, client: Any) -> _Made:
        """Create a container and everything on this disk that it needs. Blocking; one call, as changing threads costs time."""
        connection, spec, place = self._connection, self._spec, self._place
        engine = connection.calls.engine
        try:
            folder.mkdir(parents=True, exist_ok=True)
            shared = make_run_folder(folder / "run") if has_pipe(engine, self._image) else None
        except OSError as error:
            raise unwritable(folder, error) from error
        trace = connection.traces.make(spec, self._image, folder) if shared and not extension else None
        plan = container_plan(
            spec, self._image, engine, name=f"workbench-{folder.name}", labels=connection.labels, place=place,
            is_tmp_memory=not connection.maker.disks.has(place.volume), hosts=self._hosts, run_folder=shared, trace=trace)
        plan = extension_plan(plan, extension) if extension else plan
        identifier = create_container(client, plan, lay_out(spec.function, spec.opt_path))
        # Attached before the start, or the output of a fast program is lost.
        stream = None if shared else client.attach_socket(identifier, {"stdout": 1, "stderr": 1, "stream": 1})
        return _Made(identifier=identifier, folder=folder, run_folder=shared, stream=stream, trace=trace,
                     is_tmp_memory=plan.is_tmp_memory)

    async def _sandbox(self, made: _Made, output: OutputHandler, extensions: DockerExtensions | None) -> DockerSandbox:
        connection, function = self._connection, self._spec.function
        watched: ContainerOutput
        if made.run_folder is not None:
            watched = PipeOutput(made.run_folder / OUTPUT_PIPE, output, connection.share)
        else:
            watched = AttachedOutput(made.stream, output, connection.share)
        try:
            end = await connection.ends.watch(made.identifier)
        except BaseException:
            watched.close()
            connection.calls.start(lambda client: remove_container(client, made.identifier))
            raise
        container = CreatedContainer(
            identifier=made.identifier, memory_mb=function.memory_mb, folder=made.folder,
            cpu_quota_us=cpu_quota_us(function.memory_mb, connection.calls.engine.cpus), is_tmp_memory=made.is_tmp_memory,
            peer_address=self._place.address, run_folder=made.run_folder, trace=made.trace, freeze=self._spec.freeze,
            has_shell=self._image.has_shell)
        owner = Owner(connection, self._spec.environment_id, made.identifier, end)
        sandbox = owner.sandbox = DockerSandbox(connection.calls, container, watched, owner, extensions)
        connection.ends.when_killed(made.identifier, sandbox.control.let_end)
        connection.ends.when_out_of_memory(made.identifier, sandbox.control.memory.suspect)
        connection.sandboxes.add(sandbox)
        if extensions is not None and self._place.address:  # the end of an extension's container is not the environment's
            connection.depends(made.identifier, self._place)
        return sandbox


class _Made(msgspec.Struct, frozen=True, kw_only=True):
    """A container that was just created. Its output comes through the pipe in `run_folder`, or else through `stream`."""

    identifier: str
    folder: Path
    run_folder: Path | None
    stream: Any
    trace: InitTrace | None
    is_tmp_memory: bool


def unwritable(folder: Path, error: OSError) -> SandboxError:
    """The error for a folder of ours that could not be made."""
    return SandboxError(f"{folder} could not be made: {error.strerror}.", "Free some space on this disk.")
