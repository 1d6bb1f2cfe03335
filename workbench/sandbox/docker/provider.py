"""Execution environments in containers of AWS's base images, on Docker or Podman."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from workbench.model.failures import SandboxError, SandboxUnavailable
from workbench.model.function import Architecture, FunctionConfiguration, SandboxKind
from workbench.sandbox.docker.code import only_layer
from workbench.sandbox.docker.connection import Connection
from workbench.sandbox.docker.connector import Connector
from workbench.sandbox.docker.extensions import extensions_folder
from workbench.sandbox.docker.images import ImageFacts
from workbench.sandbox.docker.network import extra_hosts, listener_address
from workbench.sandbox.docker.notices import not_enforced, notices_of
from workbench.sandbox.docker.output import has_pipe
from workbench.sandbox.docker.sandbox import DockerSandbox
from workbench.sandbox.docker.sandbox_containers import SandboxContainers, unwritable
from workbench.sandbox.docker.start_checks import refuse
from workbench.sandbox.docker.start_flaw import StartFlaw
from workbench.sandbox.docker.user import write_users
from workbench.sandbox.protocol import Address, Listening, OutputHandler, ProgressHandler, RuntimePlan, SandboxSpec
from workbench.sandbox.sockets import listen_at

ImageFor = Callable[[str, Architecture], str | None]
"""Gives the image for a runtime identifier and an architecture, None if AWS publishes none."""


_FOUND_OUT = Address("", "")


class DockerSandboxProvider:
    """Implements SandboxProvider. `images` (runtime identifier -> image) wins over `image_for`.

    The parts of `address` that are not "" override what is found out about the network. Pipes live in `state_folder`.
    """

    kind: SandboxKind = "docker"
    restores_by_fork = False

    def __init__(self, *, engine_id: str, state_folder: Path, image_for: ImageFor, images: Mapping[str, str] | None = None,
                 address: Address = _FOUND_OUT) -> None:
        root = state_folder / "docker"
        self._folder = root / engine_id
        self._connector = Connector(engine_id, root)
        self._image_for = image_for
        self._overrides = dict(images or {})
        self._address = address

    async def prepare(self, function: FunctionConfiguration, progress: ProgressHandler) -> RuntimePlan:
        """Find the engine and the image, which is pulled if it is not here. Raises SandboxUnavailable with what to do.

        The first call also starts to remove what dead engines left behind.
        """
        opt_path = only_layer(function)
        connection, image = await self._image(function, progress)
        if image.has_shell:  # a pause container runs a shell from this image
            connection.maker.use_image(image.identifier, extra_hosts(self.address()))
            await connection.pause_containers.warm_up(function.ephemeral_storage_mb)
        if has_pipe(connection.calls.engine, image) and function.runtime.startswith("python"):
            await connection.traces.compile(image)
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
        connection = await self._connector.connected(progress)
        if build is not None:
            return connection, await connection.builds.ensure(build, function.architecture, progress)
        return connection, await connection.images.ensure(name, function.architecture, progress)

    def _users_file(self, image: ImageFacts) -> str:
        """The path of the /etc/passwd that containers of the image get. Blocking; raises SandboxError."""
        try:
            return str(write_users(self._folder, image.users))
        except OSError as error:
            raise unwritable(self._folder, error) from error

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
        connection = self._connector.connection
        if connection is None:
            raise SandboxUnavailable("No Docker engine is connected yet.", "Prepare a function first.")
        return listener_address(connection.calls.engine, self._address.bind_host, self._address.advertised_host)

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
        connection = await self._connector.connected()
        is_first = spec.environment_id not in connection.places
        try:
            return await self._created(connection, spec, output)
        except BaseException:  # a cancelled creation leaves nothing behind either
            if is_first:  # after a reset the place has files in /tmp, and the environment may try again
                await connection.places.release(spec.environment_id)
            raise

    async def _created(self, connection: Connection, spec: SandboxSpec, output: OutputHandler) -> DockerSandbox:
        """Create it; once more, in another place, if its pause container has ended since it was taken: nothing can join that."""
        try:
            created = await self._in_place(connection, spec, output)
        except SandboxError:
            await connection.places.look_after(spec.environment_id)
            if not connection.places.has_lost_network(spec.environment_id):
                raise
        else:
            if not connection.places.has_lost_network(spec.environment_id):
                return created
            await created.terminate()
        return await self._in_place(connection, spec, output)

    async def _in_place(self, connection: Connection, spec: SandboxSpec, output: OutputHandler) -> DockerSandbox:
        needs_network = extensions_folder(spec.function, spec.opt_path) is not None
        place = await connection.places.take(
            spec.environment_id, spec.function.ephemeral_storage_mb, needs_network=needs_network)
        return await SandboxContainers(connection, spec, place, extra_hosts(self.address())).runtime(output)

    def holds_snapshot(self, environment_id: str) -> bool:  # noqa: ARG002 - the protocol's
        """False: a process cannot be moved into the namespaces of another environment, so INIT is run again."""
        return False

    async def release(self, environment_id: str) -> None:
        """Free the environment's network for the next one and delete its /tmp. Never raises."""
        if self._connector.connection is not None:
            await self._connector.connection.places.release(environment_id)

    async def reap_orphans(self) -> int:
        """Remove what dead engines left behind; returns the number of containers. Never raises: 0 without Docker.

        Cheap enough for the engine's start: Docker is not even looked for unless an engine of this workspace has died.
        """
        return await self._connector.reap_orphans()

    async def close(self) -> None:
        """Remove this engine's containers and close the connection."""
        await self._connector.close()
