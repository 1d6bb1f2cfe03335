"""Networks and /tmp volumes made ahead, held by idle containers until an environment needs them.

Most of a container's start is setting up its network (180 ms of 195 with its own, 85 of 100 when it joins another's). So a few
holders wait on the bridge, and each environment takes one for its lifetime: the network, its address and a /tmp of exactly
its size are its alone. Afterwards /tmp is emptied and the holder serves the next environment. Where this machine cannot see
containers' addresses, holders are made for their /tmp alone.
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
from workbench.sandbox.docker.pause_container import (
    Holder,
    HolderPlan,
    discard_holder,
    empty_tmp,
    make_holder,
    make_volume,
    remove_volume,
)

FIRST_SPARES = 2
"""How many holders of one size are made ahead at first; each environment that finds none adds one, up to MOST_SPARES."""

MOST_SPARES = 8
"""Most idle holders of all sizes together; each takes some 10 MB of memory."""

REFILL_DELAY_S = 1.0
"""How long no environment may have started before holders are made: each takes the engine 250 ms of work."""

LONGEST_DELAY_S = 3.0
"""Longest wait for such a pause: if environments start all the time, each one without a holder takes 100 ms longer."""

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
        self._making = asyncio.Lock()  # one at a time: the first shows which volumes work (`_made`) before another is tried
        self._plan: HolderPlan | None = None
        self._has_volumes = True
        self._is_proven = False

    @property
    def keeps_tmp(self) -> bool:
        """Whether /tmp survives a reset: an image with a shell is known, and the engine has volumes."""
        return self._plan is not None and self._has_volumes

    async def warm_up(self, image: str, hosts: dict[str, str], storage_mb: int) -> None:
        """Make the first holder of this size from an image with a shell; returns when it is there or cannot be made."""
        self._plan = HolderPlan(image=image, hosts=hosts, labels=self._labels, engine=self._calls.engine, disks=self.disks)
        filling = self._warming.get(storage_mb)
        if filling is None:  # only the first time: from then on, `take` has the next ones made
            filling = begin_awaited("Making the first network", self._fill(storage_mb, 1))
            self._warming[storage_mb] = filling
        await asyncio.shield(filling)

    def take(self, storage_mb: int) -> Holder | None:
        """Take an idle holder of this size for one environment, None if there is none."""
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
        """Note that an environment is starting now, which defers the making of holders."""
        self._started_s = time.monotonic()

    async def make(self, storage_mb: int, *, volume: str = "") -> Holder | None:
        """Make a holder for an environment that found none idle. A `volume` that it already has gets a holder without network.

        None if no image with a shell is known. Takes the engine 100 to 250 ms. Raises SandboxError.
        """
        if self._plan is None:
            return None
        async with self._making:
            return await self._made(storage_mb, volume)

    @property
    def has_disks(self) -> bool:
        """Whether files in /tmp are on a disk and therefore do not count as memory."""
        return self.keeps_tmp and self.disks.is_usable

    async def make_volume(self, storage_mb: int) -> str:
        """Make a volume for /tmp (on disk or in memory) without a holder; "" if the engine has none. Raises SandboxError."""
        if self._plan is None or not self._has_volumes:
            return ""
        plan = self._plan
        return await self._calls.run_or_undo(
            "make a volume", lambda client: make_volume(client, plan, storage_mb),
            lambda client, volume: remove_volume(client, volume, plan.disks))

    async def give_back(self, holder: Holder) -> None:
        """Empty the /tmp of an environment that is gone and keep the holder for the next, or discard it. Never raises."""
        # One made for an existing volume has no network, so it is useless to environments where networks are what is held.
        reusable = self.is_alive(holder) and len(self._idle) < MOST_SPARES and bool(holder.address) == self._has_networks
        emptied = reusable and await self._is_emptied(holder)
        end = self._ends.known(holder.container)
        if emptied and end is not None and not end.done():  # asked again: it may have ended while its /tmp was emptied
            self._idle[holder] = end
        else:
            self.discard(holder)

    def is_alive(self, holder: Holder) -> bool:
        """Whether its container still runs, as far as the engine's events have told."""
        end = self._ends.known(holder.container)
        return end is not None and not end.done()

    def discard(self, holder: Holder) -> None:
        """Remove a holder in the background."""
        self._ends.forget(holder.container)
        self._calls.start(lambda client: discard_holder(client, holder, self.disks))

    async def quiet(self) -> None:
        """Return when no environment has started for REFILL_DELAY_S, or after LONGEST_DELAY_S."""
        latest_s = time.monotonic() + LONGEST_DELAY_S
        # Not one sleep: each environment that starts meanwhile moves the goal.
        while (left_s := min(self._started_s + REFILL_DELAY_S, latest_s) - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left_s)

    async def close(self) -> None:
        """Stop making holders. Their containers are removed with all others of this engine."""
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
                # One per round: meanwhile another size may be wanted, or another environment be starting.
                if not await self._fill(self._latest_mb, self._wanted_of(self._latest_mb) - missing + 1):
                    return
        finally:
            self._filling = None

    async def _fill(self, storage_mb: int, count: int) -> bool:
        """Make holders until `count` of this size are idle; False if one cannot be made or would have nothing to hold."""
        if not self._has_networks and not self._has_volumes:
            return False
        try:
            async with self._making:
                while len(self._idle_of(storage_mb)) < count:
                    self._make_room(storage_mb)
                    holder = await self._made(storage_mb)
                    self._idle[holder] = await self._ends.watch(holder.container)
        except SandboxError as error:  # then containers get networks of their own; if the engine is gone, their creation says so
            _log.info("No network is made ahead: %s", error)
            return False
        return True

    def _make_room(self, storage_mb: int) -> None:
        others = [holder for holder in self._idle if holder not in self._idle_of(storage_mb)]
        if others and len(self._idle) >= MOST_SPARES:
            del self._idle[others[0]]
            self.discard(others[0])

    async def _made(self, storage_mb: int, volume: str = "") -> Holder:
        """Make a holder. The first one shows what volumes this engine has: on a disk, in memory, or none (Podman without root).

        No API tells that beforehand, so each kind is tried in turn until one is not refused.
        """
        if not self._has_volumes:
            return await self._run(0)
        try:
            holder = await self._run(storage_mb, volume)
        except DockerRefused:
            if self._is_proven or volume:  # this kind of volume has worked here before: the refusal has another cause
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
        try:
            await self._ends.watch(holder.container)
        except SandboxError:
            self.discard(holder)
            raise
        return holder

    async def _is_emptied(self, holder: Holder) -> bool:
        if not holder.volume:
            return True
        if self._calls.engine.product == "Podman":
            return False  # Podman closes the container's input when we hang up, which ends the holder's shell
        try:
            return await self._calls.run("empty /tmp", lambda client: empty_tmp(client, holder))
        except SandboxError:
            return False


def _make(client: Any, plan: HolderPlan, storage_mb: int, volume: str, network: bool) -> Holder:
    return make_holder(client, plan, storage_mb, volume=volume, network=network)
