"""The network and the /tmp that all sandboxes of one environment share, one after the other, until it is released.

Usually a holder made ahead has both. An environment that finds none gets a container on the bridge and a volume of its own; a
holder for that volume follows when the engine has time, a few seconds after the start. If the runtime is killed (a timeout) or
crashes before that, its container is paused and kept until the holder is there. Without our pipe in it (`runtime_exit_pipe`), a
container whose runtime crashes takes its /tmp with it.
"""

from __future__ import annotations

import asyncio
import contextlib

from workbench.background import begin
from workbench.model.failures import SandboxError
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.pause_container import Holder
from workbench.sandbox.docker.pause_containers import Holders


class Place:
    """One environment's network and /tmp. `volume` is "" if /tmp is not kept, `address` if the container has its own network.

    `paused` is the container of a killed runtime that still holds the volume, "" for none. `making` serializes everything that
    changes who holds the volume.
    """

    def __init__(self, storage_mb: int) -> None:
        self.storage_mb = storage_mb
        self.holder: Holder | None = None
        self.own_volume = ""
        self.paused = ""
        self.making = asyncio.Lock()

    @property
    def volume(self) -> str:
        """The volume to mount at /tmp."""
        return self.holder.volume if self.holder is not None else self.own_volume

    @property
    def address(self) -> str:
        """The address in the network to join."""
        return self.holder.address if self.holder is not None else ""

    @property
    def network_mode(self) -> str:
        """The value for the engine's API: to join the holder's network, or the bridge."""
        return f"container:{self.holder.container}" if self.holder is not None and self.address else "bridge"


class Places:
    """The places of all environments of one engine. On the loop."""

    def __init__(self, calls: DockerCalls, holders: Holders) -> None:
        self._calls = calls
        self._holders = holders
        self._places: dict[str, Place] = {}
        self._unkept: dict[str, Place] = {}
        self._keeping: asyncio.Task[None] | None = None
        self._is_closing = False

    def __contains__(self, environment_id: str) -> bool:
        return environment_id in self._places

    async def take(self, environment_id: str, storage_mb: int, *, needs_network: bool) -> Place:
        """The environment's place, new the first time and after its holder was lost. Raises SandboxError.

        `needs_network`: extensions must share the network, so a holder is made now if none is idle. It takes the engine 250 ms.
        """
        place = self._places.get(environment_id)
        if place is None:
            place = await self._new(storage_mb, needs_network)
            self._places[environment_id] = place
        elif place.holder is not None and not self._is_held(place):
            await self._renew(place, needs_network)
        if place.paused:  # a reset: the killed runtime's container can go as soon as a holder has the volume
            await self._hold(place)
        if place.own_volume and place.holder is None:
            self._unkept[environment_id] = place
            self._keep_later()
        return place

    def is_unheld(self, environment_id: str) -> bool:
        """Whether only the environment's container holds its /tmp, which must survive a reset."""
        place = self._places.get(environment_id)
        return place is not None and bool(place.own_volume) and not self._is_held(place)

    async def put_off(self, environment_id: str, container: str) -> bool:
        """Pause a container that alone holds its /tmp instead of removing it; False if it may be removed at once.

        Paused and not left running: on Lambda, nothing of a killed runtime goes on.
        """
        place = self._places.get(environment_id)
        if place is None or self._is_closing:
            return False
        async with place.making:
            if self._is_held(place) or not place.own_volume or place.paused:
                return False
            with contextlib.suppress(SandboxError):
                await self._calls.run("pause the container", lambda client: client.pause(container))
                place.paused = container
            return bool(place.paused)

    async def release(self, environment_id: str) -> None:
        """Give up the place of an environment that is gone. Never raises."""
        self._unkept.pop(environment_id, None)
        place = self._places.pop(environment_id, None)
        if place is None:
            return
        async with place.making:  # a holder that is being made just now would otherwise be left over
            if place.holder is not None:
                await self._holders.give_back(place.holder)
            if place.paused or (place.own_volume and place.holder is None):  # paused beside a holder: that one has died
                self._holders.discard(Holder(container=place.paused, volume=place.own_volume))

    async def close(self) -> None:
        """Stop making holders. Containers and volumes are removed with all others of this engine."""
        self._is_closing = True
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    async def _new(self, storage_mb: int, needs_network: bool) -> Place:
        place = Place(storage_mb)
        place.holder = self._holders.take(storage_mb)
        if place.holder is None and needs_network:
            place.holder = await self._holders.make(storage_mb)
        if place.holder is None:
            place.own_volume = await self._holders.make_volume(storage_mb)
        return place

    async def _renew(self, place: Place, needs_network: bool) -> None:
        """Replace a holder that was killed. The environment's own volume still exists (empty unless mounted elsewhere too).

        A volume that the holder had brought along goes with it, so the environment gets a new place.
        """
        assert place.holder is not None
        lost, place.holder = place.holder, None
        if place.own_volume:
            self._holders.discard(Holder(container=lost.container))
            return
        self._holders.discard(lost)
        new = await self._new(place.storage_mb, needs_network)
        place.holder, place.own_volume = new.holder, new.own_volume

    def _keep_later(self) -> None:
        if self._keeping is None or self._keeping.done():
            self._keeping = begin("Keeping /tmp", self._keep_all())

    async def _keep_all(self) -> None:
        while self._unkept:
            await self._holders.quiet()
            for environment_id in tuple(self._unkept)[:1]:  # one per quiet moment, as each holder takes the engine 100 ms or more
                await self._hold(self._unkept.pop(environment_id))

    def _is_held(self, place: Place) -> bool:
        return place.holder is not None and self._holders.is_alive(place.holder)

    async def _hold(self, place: Place) -> None:
        """Make a holder for the place's volume, then let go of a paused container. Never raises.

        If no holder can be made, /tmp stays with the paused container for now, and is lost with it.
        """
        async with place.making:
            with contextlib.suppress(SandboxError):
                if not self._is_held(place):
                    place.holder = await self._holders.make(place.storage_mb, volume=place.own_volume)
                paused, place.paused = place.paused, ""
                if paused:
                    self._holders.discard(Holder(container=paused))
