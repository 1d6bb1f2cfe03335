"""What all sandboxes of one environment share, one after the other: their network and their /tmp, until it is released.

Mostly a holder made ahead has both. An environment that found none has a container on the bridge and a volume of its own, and
gets a holder that keeps this volume when the engine has time, a second or some after its start. The container of a runtime that
is killed (a timeout) or crashes before stays, paused, until the holder is there; without our pipe in it
(`runtime_exit_pipe`), one that crashes takes its /tmp with it.
"""

from __future__ import annotations

import asyncio
import contextlib

from workbench.background import begin
from workbench.model.failures import SandboxError
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.holder_container import Holder
from workbench.sandbox.docker.holders import Holders


class Place:
    """One environment's. `volume` is "" where /tmp is not kept, `address` where the container has a network of its own.

    `paused`: the container of a runtime that was killed, which still holds the volume, "" for none.
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
        """As the engine's API names it."""
        return f"container:{self.holder.container}" if self.holder is not None and self.address else "bridge"


class Places:
    """Those of all environments of one engine. On the loop."""

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
        """The environment's place; a new one at first, and when what held it was lost. Raises SandboxError.

        `needs_network`: its extensions must share it, so a holder is made where none is idle, which takes the engine 250 ms.
        """
        place = self._places.get(environment_id)
        if place is None:
            place = await self._new(storage_mb, needs_network)
            self._places[environment_id] = place
        elif place.holder is not None and not self._is_held(place):
            await self._renew(place, needs_network)
        if place.paused:
            await self._hold(place)
        if place.own_volume and place.holder is None:
            self._unkept[environment_id] = place
            self._keep_later()
        return place

    def is_unheld(self, environment_id: str) -> bool:
        """Whether its /tmp must stay and has nothing that holds it but its container."""
        place = self._places.get(environment_id)
        return place is not None and bool(place.own_volume) and not self._is_held(place)

    async def put_off(self, environment_id: str, container: str) -> bool:
        """Stop a running container that alone holds its /tmp instead of removing it; False when it may be removed at once."""
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
        """The environment is gone. Never raises."""
        self._unkept.pop(environment_id, None)
        place = self._places.pop(environment_id, None)
        if place is None:
            return
        async with place.making:
            if place.holder is not None:
                await self._holders.give_back(place.holder)
            if place.paused or (place.own_volume and place.holder is None):  # its holder may be there, and dead
                self._holders.discard(Holder(container=place.paused, volume=place.own_volume))

    async def close(self) -> None:
        """Stop. Containers and volumes go with all others of this engine."""
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
        """Its holder was killed: an own volume is still there (empty, if nothing else had it mounted), all else is lost."""
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
            for environment_id in tuple(self._unkept)[:1]:
                await self._hold(self._unkept.pop(environment_id))

    def _is_held(self, place: Place) -> bool:
        return place.holder is not None and self._holders.is_alive(place.holder)

    async def _hold(self, place: Place) -> None:
        """Never raises: what could not be held is lost with the container."""
        async with place.making:
            with contextlib.suppress(SandboxError):
                if not self._is_held(place):
                    place.holder = await self._holders.make(place.storage_mb, volume=place.own_volume)
                paused, place.paused = place.paused, ""
                if paused:
                    self._holders.discard(Holder(container=paused))
