"""Execution environments in containers of AWS's base images, on Docker or Podman."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from workbench.background import begin
from workbench.model.failures import SandboxError, SandboxUnavailable
from workbench.model.function import Architecture, FunctionConfiguration, SandboxKind
from workbench.sandbox.docker.byte_code import ensure_byte_code
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.code import lay_out, only_layer
from workbench.sandbox.docker.connection import Connection, Owner
from workbench.sandbox.docker.container import cpu_quota_us, create_container
from workbench.sandbox.docker.engine import find_patiently
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.extensions import DockerExtensions, extensions_folder
from workbench.sandbox.docker.first_process import OUTPUT_PIPE
from workbench.sandbox.docker.images import ImageFacts
from workbench.sandbox.docker.init_trace import InitTrace, make_trace, program_folder
from workbench.sandbox.docker.labels import engine_labels
from workbench.sandbox.docker.network import extra_hosts, listener_address
from workbench.sandbox.docker.notices import not_enforced, notices_of
from workbench.sandbox.docker.orphans import dead_folders, note_owner, remove_containers, remove_orphans
from workbench.sandbox.docker.output import AttachedOutput, ContainerOutput, PipeOutput, make_run_folder
from workbench.sandbox.docker.places import Place
from workbench.sandbox.docker.plans import container_plan, extension_plan
from workbench.sandbox.docker.sandbox import Container, DockerSandbox, remove
from workbench.sandbox.docker.start_checks import refuse
from workbench.sandbox.docker.start_flaw import StartFlaw
from workbench.sandbox.docker.user import write_users
from workbench.sandbox.paced_reader import LoopShare
from workbench.sandbox.protocol import Address, Listening, OutputHandler, ProgressHandler, RuntimePlan, SandboxSpec
from workbench.sandbox.sockets import listen_at

ImageFor = Callable[[str, Architecture], str | None]
"""Gives the image for a runtime identifier and an architecture, None if AWS publishes none."""


class DockerSandboxProvider:
    """Implements SandboxProvider. `images` (runtime identifier -> image) wins over `image_for`.

    `bind_host` and `advertised_host` override what is found out about the network, "" to find out. Pipes live in `state_folder`.
    """

    kind: SandboxKind = "docker"

    def __init__(self, *, engine_id: str, state_folder: Path, image_for: ImageFor, images: Mapping[str, str] | None = None,
                 bind_host: str = "", advertised_host: str = "") -> None:
        self._engine_id = engine_id
        self._folder = state_folder / "docker" / engine_id
        self._traces = state_folder / "docker" / "import_trace"  # shared by all engines of the workspace and kept when one closes
        self._image_for = image_for
        self._overrides = dict(images or {})
        self._bind_host = bind_host
        self._advertised_host = advertised_host
        self._connecting = asyncio.Lock()
        self._share = LoopShare()
        self._connection: Connection | None = None

    async def prepare(self, function: FunctionConfiguration, progress: ProgressHandler) -> RuntimePlan:
        """Find the engine and the image, which is pulled if it is not here. Raises SandboxUnavailable with what to do.

        The first call also starts to remove what dead engines left behind.
        """
        opt_path = only_layer(function)
        connection, image = await self._image(function, progress)
        if image.has_shell:  # a pause container runs a shell from this image
            connection.maker.use_image(image.identifier, extra_hosts(self.address()))
            await connection.pause_containers.warm_up(function.ephemeral_storage_mb)
        if _has_pipe(connection.calls.engine, image) and function.runtime.startswith("python"):
            await self._compile_trace(connection, image)
        return RuntimePlan(
            runs_on=f"{image.name} in {connection.calls.engine.sentence()}",
            notices=notices_of(function, image, connection.calls.engine),
            not_enforced=not_enforced(
                function, connection.calls.engine, keeps_tmp=connection.maker.keeps_tmp,
                is_tmp_memory=not connection.maker.has_disks,
                has_extensions=extensions_folder(function, opt_path) is not None, has_shell=image.has_shell),
            opt_path=opt_path, is_tmp_memory=not connection.maker.has_disks,
            opaque={"image": msgspec.json.encode(image).decode(), "users": await asyncio.to_thread(self._users_file, image),
                    "flaw": msgspec.json.encode(await connection.starts.flaw(function, image)).decode()},
        )

    async def _image(self, function: FunctionConfiguration, progress: ProgressHandler) -> tuple[Connection, ImageFacts]:
        """The function's image: built if it comes with a Dockerfile, otherwise found or pulled by name."""
        build = function.image.build if function.image is not None else None
        name = self._image_name(function) if build is None else ""
        connection = await self._connected(progress)
        if build is not None:
            return connection, await connection.builds.ensure(build, function.architecture, progress)
        return connection, await connection.images.ensure(name, function.architecture, progress)

    def _users_file(self, image: ImageFacts) -> str:
        """The path of the /etc/passwd that containers of the image get. Blocking; raises SandboxError."""
        try:
            return str(write_users(self._folder, image.users))
        except OSError as error:
            raise _unwritable(self._folder, error) from error

    def _image_name(self, function: FunctionConfiguration) -> str:
        if function.image is not None:
            return function.image.uri
        name = self._overrides.get(function.runtime) or self._image_for(function.runtime, function.architecture)
        if not name:
            raise SandboxUnavailable(f"There is no container image for {function.runtime}.",
                                     "Name an image for this runtime in the settings, or choose another runtime.")
        return name

    def address(self) -> Address:
        """Where Runtime API listeners bind. Raises SandboxUnavailable until the first `prepare` has found an engine."""
        if self._connection is None:
            raise SandboxUnavailable("No Docker engine is connected yet.", "Prepare a function first.")
        return listener_address(self._connection.calls.engine, self._bind_host, self._advertised_host)

    @property
    def reaches_inside(self) -> bool:
        """Whether this machine can connect to containers: not those in a virtual machine, whose addresses exist only there."""
        return self.address().bind_host != "127.0.0.1"

    async def listen(self, environment_id: str, function: FunctionConfiguration) -> Listening:  # noqa: ARG002 - the protocol's
        """Listen for one environment, at the bridge if containers can reach it there. Raises OSError, SandboxUnavailable."""
        return listen_at(self.address())

    async def create(self, spec: SandboxSpec, output: OutputHandler) -> DockerSandbox:
        """Create the container with its output attached, but do not start it. Raises SandboxError or EntrypointInvalid."""
        if (flaw := msgspec.json.decode(spec.runtime_plan.opaque["flaw"], type=StartFlaw | None)) is not None:
            raise refuse(flaw)
        connection = await self._connected()
        # An environment that is reset gets a second container while the first may still be on its way out.
        folder = self._folder / f"{spec.environment_id}-{secrets.token_hex(3)}"
        extensions_at = extensions_folder(spec.function, spec.opt_path)
        is_first = spec.environment_id not in connection.places
        place = await connection.places.take(
            spec.environment_id, spec.function.ephemeral_storage_mb, needs_network=extensions_at is not None)
        try:
            made = await connection.calls.run_or_undo(
                "create the container", partial(self._make, connection, spec, folder, place),
                lambda client, made: remove(client, made.identifier))
            start_one = partial(self._extension, connection, spec, made, place)
            extensions = DockerExtensions(extensions_at if place.address else None, start_one)
            sandbox = await self._sandbox(connection, spec, made, output, extensions, place.address)
            if place.address:
                connection.depends(made.identifier, place)
            return sandbox
        except BaseException:  # a cancelled creation leaves nothing behind either
            shutil.rmtree(folder, ignore_errors=True)
            if is_first:  # after a reset the place has files in /tmp, and the environment may try again
                await connection.places.release(spec.environment_id)
            raise

    async def _extension(self, connection: Connection, spec: SandboxSpec, runtime: _Made, place: Place, name: str,
                         output: OutputHandler) -> DockerSandbox:
        """Create the container of one extension, in the network namespace of its runtime. Raises SandboxError."""
        folder = runtime.folder.with_name(f"{runtime.folder.name}-{secrets.token_hex(3)}")
        make = partial(self._make, connection, spec, folder, place, extension=name)
        made = await connection.calls.run_or_undo(
            "create the extension's container", make, lambda client, made: remove(client, made.identifier))
        return await self._sandbox(connection, spec, made, output, None, place.address)

    async def release(self, environment_id: str) -> None:
        """Free the environment's network for the next one and delete its /tmp. Never raises."""
        if self._connection is not None:
            await self._connection.places.release(environment_id)

    async def reap_orphans(self) -> int:
        """Remove what dead engines left behind; returns the number of containers. Never raises: 0 without Docker.

        Cheap enough for the engine's start: Docker is not even looked for unless an engine of this workspace has died.
        """
        folders = await asyncio.to_thread(dead_folders, self._folder.parent)
        if self._connection is None and not folders:
            return 0
        try:
            connection = await self._connected()
            engine = connection.calls.engine
            removed = await connection.calls.run(
                "remove old containers", lambda client: remove_orphans(client, engine), deadline_s=None)
        except SandboxError:
            return 0
        for folder in folders:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return removed

    async def close(self) -> None:
        """Remove this engine's containers and close the connection."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        engine = connection.calls.engine
        # The order matters: first everything that makes containers stops, then the containers go, then what they were
        # watched, called and mounted with (a loop device is released when no volume uses it any longer).
        await connection.places.close()
        for compiling in connection.compiling.values():
            compiling.cancel()
        await asyncio.gather(*connection.compiling.values(), return_exceptions=True)
        await asyncio.gather(*(sandbox.terminate() for sandbox in tuple(connection.sandboxes)))
        with contextlib.suppress(SandboxError):  # without the container engine, nothing runs
            await connection.pause_containers.close()
            await connection.calls.made()  # what is being made just now must be there to be removed
            await connection.calls.run("remove its containers", lambda client: remove_containers(client, engine, self._engine_id))
        await connection.ends.close()
        connection.calls.close()
        connection.maker.disks.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _connected(self, progress: ProgressHandler = lambda _: None) -> Connection:
        """The connection, made on first use; `progress` is told if the engine is slow to answer. Raises SandboxUnavailable."""
        async with self._connecting:
            if self._connection is None:
                calls = DockerCalls(await find_patiently(progress))
                self._connection = Connection(calls, self._engine_id, self._folder)
                with contextlib.suppress(OSError):  # a folder that cannot be written is told when it is needed
                    await asyncio.to_thread(note_owner, self._folder, engine_labels(self._engine_id))
                # Not awaited: the first cold start should not wait until another engine's remains are gone.
                self._connection.calls.start(lambda client: remove_orphans(client, calls.engine))
            return self._connection

    def _make(self, connection: Connection, spec: SandboxSpec, folder: Path, place: Place, client: Any, *,
              extension: str = "") -> _Made:
        """Create the container and everything on this disk that it needs. Blocking; one call, as changing threads costs time."""
        engine, image = connection.calls.engine, msgspec.json.decode(spec.runtime_plan.opaque["image"], type=ImageFacts)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            shared = make_run_folder(folder / "run") if _has_pipe(engine, image) else None
        except OSError as error:
            raise _unwritable(folder, error) from error
        trace = self._trace(spec, image, folder) if shared and not extension else None
        plan = container_plan(
            spec, image, engine, name=f"workbench-{folder.name}", labels=engine_labels(self._engine_id), place=place,
            is_tmp_memory=not connection.maker.disks.has(place.volume), hosts=extra_hosts(self.address()), run_folder=shared,
            trace=trace)
        plan = extension_plan(plan, extension) if extension else plan
        identifier = create_container(client, plan, lay_out(spec.function, spec.opt_path))
        # Attached before the start, or the output of a fast program is lost.
        stream = None if shared else client.attach_socket(identifier, {"stdout": 1, "stderr": 1, "stream": 1})
        return _Made(identifier=identifier, folder=folder, run_folder=shared, stream=stream, trace=trace,
                     is_tmp_memory=plan.is_tmp_memory)

    async def _sandbox(
        self, connection: Connection, spec: SandboxSpec, made: _Made, output: OutputHandler,
        extensions: DockerExtensions | None, peer_address: str,
    ) -> DockerSandbox:
        watched: ContainerOutput
        if made.run_folder is not None:
            watched = PipeOutput(made.run_folder / OUTPUT_PIPE, output, self._share)
        else:
            watched = AttachedOutput(made.stream, output, self._share)
        try:
            end = await connection.ends.watch(made.identifier)
        except BaseException:
            watched.close()
            raise
        container = Container(
            identifier=made.identifier, memory_mb=spec.function.memory_mb, folder=made.folder,
            cpu_quota_us=cpu_quota_us(spec.function.memory_mb, connection.calls.engine.cpus),
            is_tmp_memory=made.is_tmp_memory,
            peer_address=peer_address, run_folder=made.run_folder, trace=made.trace, freeze=spec.freeze)
        owner = Owner(connection, spec.environment_id, made.identifier)
        owner.sandbox = DockerSandbox(connection.calls, container, watched, end, owner, extensions)
        connection.ends.when_killed(made.identifier, owner.sandbox.let_end)
        connection.ends.when_out_of_memory(made.identifier, owner.sandbox.out_of_memory)
        connection.sandboxes.add(owner.sandbox)
        return owner.sandbox

    def _trace(self, spec: SandboxSpec, image: ImageFacts, folder: Path) -> InitTrace | None:
        """The container's trace, None if there is nothing to trace. Only on this machine's kernel, as with a pipe. Blocking."""
        variables = (*spec.environment, *image.own_ways)
        return make_trace(spec.function.runtime, variables, program_folder(self._traces, image.identifier), folder)

    async def _compile_trace(self, connection: Connection, image: ImageFacts) -> None:
        """Compile once per image for all engines of this workspace; otherwise each cold start of the image would compile it.

        Everybody who asks meanwhile waits: else the second of two simultaneous requests would start without the byte code.
        """
        compiling = connection.compiling.get(image.identifier)
        if compiling is None:
            compiling = begin("Compiling the trace of INIT", self._compiled(connection, image))
            connection.compiling[image.identifier] = compiling
        await asyncio.wait([compiling])  # one that `close` cancels does not cancel those who wait

    async def _compiled(self, connection: Connection, image: ImageFacts) -> None:
        folder, labels = program_folder(self._traces, image.identifier), engine_labels(self._engine_id)
        limit = connection.calls.engine.process_limit
        with contextlib.suppress(SandboxError):
            await connection.calls.run(
                "compile the trace", lambda client: ensure_byte_code(client, image.identifier, folder, labels, limit))


class _Made(msgspec.Struct, frozen=True, kw_only=True):
    """A container that was just created. Its output comes through the pipe in `run_folder`, or else through `stream`."""

    identifier: str
    folder: Path
    run_folder: Path | None
    stream: Any
    trace: InitTrace | None
    is_tmp_memory: bool


def _unwritable(folder: Path, error: OSError) -> SandboxError:
    return SandboxError(f"{folder} could not be made: {error.strerror}.", "Free some space on this disk.")


def _has_pipe(engine: EngineInfo, image: ImageFacts) -> bool:
    """Whether output comes through our pipe and a trace through a file, which takes one kernel and a shell to redirect to it."""
    return engine.shares_kernel and image.has_shell
