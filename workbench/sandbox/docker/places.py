"""The network and the /tmp that all sandboxes of one environment share, one after the other, until it is released.

Usually a pause container made ahead has both. An environment that finds none gets a container on the bridge and a volume of its
own; a pause container for that volume follows when the engine has time, a few seconds after the start. If the runtime is killed
(a timeout) or crashes before that, its container lingers, paused, until the pause container is there. Without our pipe in it
(`runtime_exit_pipe`), a container whose runtime crashes takes its /tmp with it.
"""

from __future__ import annotations

import asyncio
import contextlib

from workbench.background import begin
from workbench.model.failures import SandboxError
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.pause_container import PauseContainer
from workbench.sandbox.docker.pause_container_maker import PauseContainerMaker
from workbench.sandbox.docker.pause_containers import PauseContainers


class Place:
    """One environment's network and /tmp. `volume` is "" if /tmp is not kept, `address` if the container has its own network.

    `lingering` is the container of a killed runtime that still holds the volume, "" for none. `making` serializes everything
    that changes who holds the volume.
    """

    def __init__(self, storage_mb: int) -> None:
        self.storage_mb = storage_mb
        self.pause_container: PauseContainer | None = None
        self.own_volume = ""
        self.lingering = ""
        self.making = asyncio.Lock()

    @property
    def volume(self) -> str:
        """The volume to mount at /tmp."""
        return self.pause_container.volume if self.pause_container is not None else self.own_volume

    @property
    def address(self) -> str:
        """The address in the network to join."""
        return self.pause_container.address if self.pause_container is not None else ""

    @property
    def network_mode(self) -> str:
        """The value for the engine's API: to join the pause container's network, or the bridge."""
        return f"container:{self.pause_container.container}" if self.pause_container is not None and self.address else "bridge"


class Places:
    """The places of all environments of one engine. On the loop."""

    def __init__(self, calls: DockerCalls, maker: PauseContainerMaker, pause_containers: PauseContainers) -> None:
        self._calls = calls
        self._maker = maker
        self._pause_containers = pause_containers
        self._places: dict[str, Place] = {}
        self._unkept: dict[str, Place] = {}
        self._keeping: asyncio.Task[None] | None = None
        self._is_closing = False

    def __contains__(self, environment_id: str) -> bool:
        return environment_id in self._places

    async def take(self, environment_id: str, storage_mb: int, *, needs_network: bool) -> Place:
        """The environment's place, new the first time and after its pause container was lost. Raises SandboxError.

        `needs_network`: extensions must share the network, so a pause container is made now if none is idle. It takes the
        engine 250 ms.
        """
        place = self._places.get(environment_id)
        if place is None:
            place = await self._new(storage_mb, needs_network)
            self._places[environment_id] = place
        elif place.pause_container is not None and not self._is_held(place):
            await self._renew(place, needs_network)
        if place.lingering:  # a reset: the killed runtime's container can go as soon as a pause container has the volume
            await self._hold(place)
        if place.own_volume and place.pause_container is None:
            self._unkept[environment_id] = place
            self._keep_later()
        return place

    def is_unheld(self, environment_id: str) -> bool:
        """Whether only the environment's container holds its /tmp, which must survive a reset."""
        place = self._places.get(environment_id)
        return place is not None and bool(place.own_volume) and not self._is_held(place)

    def has_lost_network(self, environment_id: str) -> bool:
        """Whether the pause container whose network the environment joins has ended, as far as the engine's events have told."""
        place = self._places.get(environment_id)
        return place is not None and bool(place.address) and not self._is_held(place)

    async def look_after(self, environment_id: str) -> None:
        """Ask the engine whether the environment's pause container still runs: events may come late. Never raises."""
        place = self._places.get(environment_id)
        if place is not None and place.pause_container is not None:
            await self._maker.ask(place.pause_container)

    async def put_off(self, environment_id: str, container: str) -> bool:
        """Pause a container that alone holds its /tmp instead of removing it; False if it may be removed at once.

        Paused and not left running: on Lambda, nothing of a killed runtime goes on.
        """
        place = self._places.get(environment_id)
        if place is None or self._is_closing:
            return False
        async with place.making:
            if self._is_held(place) or not place.own_volume or place.lingering:
                return False
            with contextlib.suppress(SandboxError):
                await self._calls.run("pause the container", lambda client: client.pause(container))
                place.lingering = container
            return bool(place.lingering)

    async def release(self, environment_id: str) -> None:
        """Give up the place of an environment that is gone. Never raises."""
        self._unkept.pop(environment_id, None)
        place = self._places.pop(environment_id, None)
        if place is None:
            return
        async with place.making:  # a pause container that is being made just now would otherwise be left over
            if place.pause_container is not None:
                await self._pause_containers.give_back(place.pause_container)
            # It lingers beside a pause container only if that one has died.
            if place.lingering or (place.own_volume and place.pause_container is None):
                self._maker.remove(PauseContainer(container=place.lingering, volume=place.own_volume))

    async def close(self) -> None:
        """Stop making pause containers. Containers and volumes are removed with all others of this engine."""
        self._is_closing = True
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    async def _new(self, storage_mb: int, needs_network: bool) -> Place:
        place = Place(storage_mb)
        place.pause_container = self._pause_containers.take(storage_mb)
        if place.pause_container is None and needs_network:
            place.pause_container = await self._maker.make(storage_mb)
        if place.pause_container is None:
            place.own_volume = await self._maker.make_volume(storage_mb)
        return place

    async def _renew(self, place: Place, needs_network: bool) -> None:
        """Replace a pause container that was killed. The environment's own volume still exists (empty unless mounted elsewhere).

        A volume that the pause container had brought along goes with it, so the environment gets a new place.
        """
        assert place.pause_container is not None
        lost, place.pause_container = place.pause_container, None
        if place.own_volume:
            self._maker.remove(PauseContainer(container=lost.container))
            return
        self._maker.remove(lost)
        new = await self._new(place.storage_mb, needs_network)
        place.pause_container, place.own_volume = new.pause_container, new.own_volume

    def _keep_later(self) -> None:
        if self._keeping is None or self._keeping.done():
            self._keeping = begin("Keeping /tmp", self._keep_all())

    async def _keep_all(self) -> None:
        while self._unkept:
            await self._pause_containers.quiet()
            for environment_id in tuple(self._unkept)[:1]:  # one per quiet moment, as each takes the engine 100 ms or more
                await self._hold(self._unkept.pop(environment_id))

    def _is_held(self, place: Place) -> bool:
        return place.pause_container is not None and self._maker.is_alive(place.pause_container)

    async def _hold(self, place: Place) -> None:
        """Make a pause container for the place's volume, then let go of a lingering container. Never raises.

        If no pause container can be made, /tmp stays with the lingering container for now, and is lost with it.
        """
        async with place.making:
            with contextlib.suppress(SandboxError):
                if not self._is_held(place):
                    place.pause_container = await self._maker.make(place.storage_mb, volume=place.own_volume)
                lingering, place.lingering = place.lingering, ""
                if lingering:
                    self._maker.remove(PauseContainer(container=lingering))
