"""Networks and /tmp made ahead: idle containers whose only duty is to hold what an environment needs before it starts.

Half of a container's start is setting up its network (180 ms of 195 with an own one, 85 of 100 when it joins one). So a few
holders wait on the bridge, and an environment takes one for its lifetime: it has that network, its address and the /tmp of
exactly its size to itself. Afterwards /tmp is emptied and the holder serves the next. Where containers have no address that this
machine could see, holders are made for their /tmp alone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import Any

from workbench.background import begin, begin_awaited
from workbench.model.failures import SandboxError
from workbench.sandbox.disks import Disks
from workbench.sandbox.docker.calls import DockerCalls, DockerRefused
from workbench.sandbox.docker.container import HOLDER_LABEL
from workbench.sandbox.docker.events import ContainerEnd, EndWatch
from workbench.sandbox.docker.holder_container import (
    Holder,
    HolderPlan,
    discard_holder,
    empty_tmp,
    make_holder,
    make_volume,
    remove_volume,
)

FIRST_SPARES = 2
"""Holders of one size made ahead at first; one more for every environment that found none, up to MOST_SPARES."""

MOST_SPARES = 8
"""Most idle holders of all sizes; each costs the machine some 10 MB."""

REFILL_DELAY_S = 1.0
"""Making a holder takes the engine 250 ms of work: not while environments are starting."""

LONGEST_DELAY_S = 3.0
"""Where environments start all the time it is made nevertheless: one without a holder takes 100 ms longer."""

_log = logging.getLogger(__name__)


class Holders:
    """The holders of one engine. All methods run on the loop. Sizes are those of /tmp, in MB."""

    def __init__(self, calls: DockerCalls, ends: EndWatch, labels: dict[str, str], disks: Disks) -> None:
        self.disks = disks
        self._calls = calls
        self._ends = ends
        self._labels = {**labels, HOLDER_LABEL: "yes"}
        self._idle: dict[Holder, asyncio.Future[ContainerEnd]] = {}
        self._wanted: dict[int, int] = {}
        self._latest_mb = 0
        self._started_s = 0.0
        self._filling: asyncio.Task[None] | None = None
        self._warming: dict[int, asyncio.Task[bool]] = {}
        self._making = asyncio.Lock()
        self._plan: HolderPlan | None = None
        self._has_volumes = True
        self._is_proven = False

    @property
    def keeps_tmp(self) -> bool:
        """Whether /tmp can be kept over a reset: there is an image with a shell, and the engine has volumes."""
        return self._plan is not None and self._has_volumes

    async def warm_up(self, image: str, hosts: dict[str, str], storage_mb: int) -> None:
        """Have a first one of this size, made from an image with a shell; returns when it is there or cannot be made."""
        self._plan = HolderPlan(image=image, hosts=hosts, labels=self._labels, engine=self._calls.engine, disks=self.disks)
        filling = self._warming.get(storage_mb)
        if filling is None:  # from the second time on, those who take one see to the next
            filling = begin_awaited("Making the first network", self._fill(storage_mb, 1))
            self._warming[storage_mb] = filling
        await asyncio.shield(filling)

    def take(self, storage_mb: int) -> Holder | None:
        """A holder for one environment, None when none of this size is idle."""
        self._forget_dead()
        self._latest_mb = storage_mb
        self.note_start()
        holder = next(iter(self._idle_of(storage_mb)), None)
        if holder is not None:
            del self._idle[holder]
        else:
            self._wanted[storage_mb] = min(MOST_SPARES, self._wanted_of(storage_mb) + 1)
        self._fill_later()
        return holder

    def note_start(self) -> None:
        """An environment is being started just now: holders are made later."""
        self._started_s = time.monotonic()

    async def make(self, storage_mb: int, *, volume: str = "") -> Holder | None:
        """A holder for an environment that found none; with a `volume` that it has already: one without a network.

        None where there are none at all. Takes the engine 100 to 250 ms. Raises SandboxError.
        """
        if self._plan is None:
            return None
        async with self._making:
            return await self._made(storage_mb, volume)

    @property
    def has_disks(self) -> bool:
        """Whether files in /tmp are on a disk, and so no memory."""
        return self.keeps_tmp and self.disks.is_usable

    async def make_volume(self, storage_mb: int) -> str:
        """A /tmp (on a disk or in memory) that nobody holds yet, "" where there are none. Raises SandboxError."""
        if self._plan is None or not self._has_volumes:
            return ""
        plan = self._plan
        return await self._calls.run_or_undo(
            "make a volume", lambda client: make_volume(client, plan, storage_mb),
            lambda client, volume: remove_volume(client, volume, plan.disks))

    async def give_back(self, holder: Holder) -> None:
        """The environment is gone; the next may have its network, and its /tmp emptied. Never raises."""
        reusable = self.is_alive(holder) and len(self._idle) < MOST_SPARES and bool(holder.address) == self._has_networks
        emptied = reusable and await self._is_emptied(holder)
        end = self._ends.known(holder.container)
        if emptied and end is not None and not end.done():
            self._idle[holder] = end
        else:
            self.discard(holder)

    def is_alive(self, holder: Holder) -> bool:
        """Whether its container runs, as far as is known."""
        end = self._ends.known(holder.container)
        return end is not None and not end.done()

    def discard(self, holder: Holder) -> None:
        """Remove it; nobody waits for that."""
        self._ends.forget(holder.container)
        self._calls.start(lambda client: discard_holder(client, holder, self.disks))

    async def quiet(self) -> None:
        """Return when no environment has started for REFILL_DELAY_S, or after LONGEST_DELAY_S."""
        latest_s = time.monotonic() + LONGEST_DELAY_S
        # It goes round again when another environment was started meanwhile.
        while (left_s := min(self._started_s + REFILL_DELAY_S, latest_s) - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left_s)

    async def close(self) -> None:
        """Stop making holders. The containers go with all others of this engine."""
        tasks = [*self._warming.values(), *([self._filling] if self._filling is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def _has_networks(self) -> bool:
        return bool(self._calls.engine.bridge_address)

    def _idle_of(self, storage_mb: int) -> list[Holder]:
        wanted_mb = storage_mb if self._has_volumes else 0
        return [holder for holder in self._idle if holder.storage_mb == wanted_mb]

    def _wanted_of(self, storage_mb: int) -> int:
        return self._wanted.get(storage_mb, FIRST_SPARES)

    def _forget_dead(self) -> None:
        for holder, end in tuple(self._idle.items()):
            if end.done():
                _log.info("The container %s, which held a network, has ended: %s", holder.container[:12], end.result())
                del self._idle[holder]
                self.discard(holder)  # its volume may still be there

    def _fill_later(self) -> None:
        if self._filling is None and self._plan and len(self._idle_of(self._latest_mb)) < self._wanted_of(self._latest_mb):
            self._filling = begin("Making networks ahead", self._refill())

    async def _refill(self) -> None:
        try:
            while (missing := self._wanted_of(self._latest_mb) - len(self._idle_of(self._latest_mb))) > 0:
                await self.quiet()
                if not await self._fill(self._latest_mb, self._wanted_of(self._latest_mb) - missing + 1):
                    return
        finally:
            self._filling = None

    async def _fill(self, storage_mb: int, count: int) -> bool:
        """Have so many idle; False when one could not be made, or there is nothing that it could hold."""
        if not self._has_networks and not self._has_volumes:
            return False
        try:
            async with self._making:
                while len(self._idle_of(storage_mb)) < count:
                    self._make_room(storage_mb)
                    holder = await self._made(storage_mb)
                    self._idle[holder] = await self._ends.watch(holder.container)
        except SandboxError as error:  # containers get networks of their own then, and say themselves if the engine is gone
            _log.info("No network is made ahead: %s", error)
            return False
        return True

    def _make_room(self, storage_mb: int) -> None:
        others = [holder for holder in self._idle if holder not in self._idle_of(storage_mb)]
        if others and len(self._idle) >= MOST_SPARES:
            del self._idle[others[0]]
            self.discard(others[0])

    async def _made(self, storage_mb: int, volume: str = "") -> Holder:
        """The first one shows what volumes this engine has: on a disk, in memory, or none (Podman without root)."""
        if not self._has_volumes:
            return await self._run(0)
        try:
            holder = await self._run(storage_mb, volume)
        except DockerRefused:
            if self._is_proven or volume:
                raise
            if self.disks.is_usable:
                self.disks.give_up()
                return await self._made(storage_mb)
            holder = await self._run(0)
            self._has_volumes = False
        self._is_proven = True
        return holder

    async def _run(self, storage_mb: int, volume: str = "") -> Holder:
        assert self._plan is not None
        network = self._has_networks and not volume
        make = partial(_make, plan=self._plan, storage_mb=storage_mb, volume=volume, network=network)
        holder = await self._calls.run_or_undo(
            "make a network", make, lambda client, holder: discard_holder(client, holder, self.disks))
        await self._ends.watch(holder.container)
        return holder

    async def _is_emptied(self, holder: Holder) -> bool:
        if not holder.volume:
            return True
        if self._calls.engine.product == "Podman":
            return False  # it ends a container's input when we hang up, and the shell with it
        try:
            return await self._calls.run("empty /tmp", lambda client: empty_tmp(client, holder))
        except SandboxError:
            return False


def _make(client: Any, plan: HolderPlan, storage_mb: int, volume: str, network: bool) -> Holder:
    return make_holder(client, plan, storage_mb, volume=volume, network=network)
