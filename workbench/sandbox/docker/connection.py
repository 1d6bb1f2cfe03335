"""Everything that belongs to the connection to one container engine, and what its sandboxes ask of it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path

from workbench.model.failures import SandboxError
from workbench.sandbox.disks import BIG_TEMPORARY_FILES, Disks
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.container import remove_container
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.events import ContainerEnd, EndWatch
from workbench.sandbox.docker.image_builds import ImageBuilds
from workbench.sandbox.docker.images import ImageStore
from workbench.sandbox.docker.labels import engine_labels
from workbench.sandbox.docker.orphans import remove_containers
from workbench.sandbox.docker.pause_container_maker import PauseContainerMaker
from workbench.sandbox.docker.pause_containers import PauseContainers
from workbench.sandbox.docker.places import Place, Places
from workbench.sandbox.docker.sandbox import DockerSandbox
from workbench.sandbox.docker.start_checks import StartChecks
from workbench.sandbox.docker.traces import InitTraces
from workbench.sandbox.paced_reader import LoopShare


def disks_for(engine: EngineInfo, folder: Path) -> Disks:
    """The loop devices that this container engine can mount, with their files in `folder` if that is on a disk."""
    return Disks((folder, BIG_TEMPORARY_FILES), can_mount=engine.shares_kernel and not engine.rootless)


class Connection:
    """A connection to one container engine. On the loop."""

    def __init__(self, calls: DockerCalls, engine_id: str, root: Path) -> None:
        """`root`: the folder with those of all engines of the workspace; `folder` in it belongs to our engine alone."""
        self.calls = calls
        self.engine_id = engine_id
        self.folder = root / engine_id
        self.labels = engine_labels(engine_id)
        self.share = LoopShare()
        self.sandboxes: set[DockerSandbox] = set()
        self.images = ImageStore(calls, self.labels)
        self.builds = ImageBuilds(calls, self.images)
        self.starts = StartChecks(calls, self.labels)
        self.traces = InitTraces(calls, root / "import_trace", self.labels)
        self.ends = EndWatch(calls, engine_id)
        self.maker = PauseContainerMaker(calls, self.ends, self.labels, disks_for(calls.engine, self.folder))
        self.pause_containers = PauseContainers(self.maker)
        self.places = Places(calls, self.maker, self.pause_containers)

    def depends(self, container: str, place: Place) -> None:
        """Report a container as lost if its pause container dies: without a network it would hang until its timeout."""
        held = self.ends.known(place.pause_container.container) if place.pause_container is not None else None
        if held is not None:
            held.add_done_callback(lambda end: self.ends.lose(container, _lost_network(end.result())))

    async def close(self) -> None:
        """Remove our engine's containers, and end the connection.

        The order matters: first everything that makes containers stops, then the containers go, then what they were watched,
        called and mounted with (a loop device is released when no volume uses it any longer).
        """
        engine, engine_id = self.calls.engine, self.engine_id
        await self.places.close()
        await self.traces.close()
        await asyncio.gather(*(sandbox.terminate() for sandbox in tuple(self.sandboxes)))
        with contextlib.suppress(SandboxError):  # without the container engine, nothing runs
            await self.pause_containers.close()
            await self.calls.made()  # what is being made just now must be there to be removed
            await self.calls.run("remove its containers", lambda client: remove_containers(client, engine, engine_id))
        await self.ends.close()
        self.calls.close()
        self.maker.disks.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _lost_network(end: ContainerEnd) -> str:
    how = f" (it ended with {end.exit_code})" if end.exit_code is not None else ""
    return f"The container that held its network is gone{how}."


class Owner:
    """Implements SandboxOwner for one container: connects its sandbox with pause containers, places and events."""

    def __init__(self, connection: Connection, environment_id: str, container: str, end: asyncio.Future[ContainerEnd]) -> None:
        self.end = end
        self.sandbox: DockerSandbox | None = None
        self._connection = connection
        self._environment_id = environment_id
        self._container = container

    def started(self) -> None:
        """Its container has started."""
        self._connection.pause_containers.note_start()

    def holds_tmp_alone(self) -> bool:
        """Whether this container is the only thing that keeps the files in /tmp, which must survive a reset."""
        return self._connection.places.is_unheld(self._environment_id)

    async def remove(self, *, is_running: bool) -> None:
        """Kill and remove the container: now, or as soon as a pause container has the files in its /tmp. Raises SandboxError."""
        if is_running and await self._connection.places.put_off(self._environment_id, self._container):
            return
        await self._connection.calls.run("remove the container", lambda client: remove_container(client, self._container))

    def gone(self) -> None:
        """Forget the sandbox: its container and its files have been removed."""
        if self.sandbox is not None:
            self._connection.sandboxes.discard(self.sandbox)
        self._connection.ends.forget(self._container)
