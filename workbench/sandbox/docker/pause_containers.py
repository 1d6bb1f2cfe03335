"""Networks and /tmp volumes made ahead, held by idle pause containers until an environment needs them.

Most of a container's start is setting up its network (180 ms of 195 with its own, 85 of 100 when it joins another's). So a few
pause containers wait on the bridge, and each environment takes one for its lifetime: the network, its address and a /tmp of
exactly its size are its alone. Afterwards /tmp is emptied and the pause container serves the next environment. Where this machine
cannot see containers' addresses, pause containers are made for their /tmp alone.
"""

from __future__ import annotations

import asyncio
import logging
import time

from workbench.background import begin, begin_awaited
from workbench.model.failures import SandboxError
from workbench.sandbox.docker.events import ContainerEnd
from workbench.sandbox.docker.pause_container import PauseContainer
from workbench.sandbox.docker.pause_container_maker import PauseContainerMaker

FIRST_SPARES = 2
"""How many pause containers of one size are made ahead at first; each environment that finds none adds one, up to MOST_SPARES."""

MOST_SPARES = 8
"""Most idle pause containers of all sizes together; each takes some 10 MB of memory."""

REFILL_DELAY_S = 1.0
"""How long no environment may have started before pause containers are made: each takes the engine 250 ms of work."""

LONGEST_DELAY_S = 3.0
"""Longest wait for such a pause: if environments start all the time, each one that finds none takes 100 ms longer."""

_log = logging.getLogger(__name__)


class PauseContainers:
    """The idle pause containers of one engine. All methods run on the loop. Sizes are those of /tmp, in MB."""

    def __init__(self, maker: PauseContainerMaker) -> None:
        self._maker = maker
        self._idle: dict[PauseContainer, asyncio.Future[ContainerEnd]] = {}
        self._wanted: dict[int, int] = {}
        self._latest_mb = 0
        self._started_s = 0.0
        self._filling: asyncio.Task[None] | None = None
        self._warming: dict[int, asyncio.Task[bool]] = {}
        self._counting = asyncio.Lock()
        """Held from counting the idle ones until another is added: two fillings at once would make one too many."""

    async def warm_up(self, storage_mb: int) -> None:
        """Make the first one of this size; returns when it is there or cannot be made."""
        filling = self._warming.get(storage_mb)
        if filling is None:  # only the first time: from then on, `take` has the next ones made
            filling = begin_awaited("Making the first network", self._fill(storage_mb, 1))
            self._warming[storage_mb] = filling
        await asyncio.shield(filling)

    def take(self, storage_mb: int) -> PauseContainer | None:
        """Take an idle one of this size for one environment, None if there is none."""
        self._forget_dead()
        self._latest_mb = storage_mb
        self.note_start()
        taken = next(iter(self._idle_of(storage_mb)), None)
        if taken is not None:
            del self._idle[taken]
        else:
            self._wanted[storage_mb] = min(MOST_SPARES, self._wanted_of(storage_mb) + 1)
        self._fill_later()
        return taken

    def note_start(self) -> None:
        """Note that an environment is starting now, which defers the making of pause containers."""
        self._started_s = time.monotonic()

    async def give_back(self, pause: PauseContainer) -> None:
        """Empty the /tmp of an environment that is gone and keep its pause container for the next, or remove it. Never raises."""
        # One made for an existing volume has no network, so it is useless to environments where networks are what is held.
        is_whole = bool(pause.address) == self._maker.has_networks
        reusable = is_whole and self._maker.is_alive(pause) and len(self._idle) < MOST_SPARES
        emptied = reusable and await self._maker.is_emptied(pause)
        end = self._maker.end_of(pause)
        if emptied and end is not None and not end.done():  # asked again: it may have ended while its /tmp was emptied
            self._idle[pause] = end
        else:
            self._maker.remove(pause)

    async def quiet(self) -> None:
        """Return when no environment has started for REFILL_DELAY_S, or after LONGEST_DELAY_S."""
        latest_s = time.monotonic() + LONGEST_DELAY_S
        # Not one sleep: each environment that starts meanwhile moves the goal.
        while (left_s := min(self._started_s + REFILL_DELAY_S, latest_s) - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left_s)

    async def close(self) -> None:
        """Stop making them. Their containers are removed with all others of this engine."""
        tasks = [*self._warming.values(), *([self._filling] if self._filling is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _idle_of(self, storage_mb: int) -> list[PauseContainer]:
        wanted_mb = storage_mb if self._maker.has_volumes else 0
        return [pause for pause in self._idle if pause.storage_mb == wanted_mb]

    def _wanted_of(self, storage_mb: int) -> int:
        return self._wanted.get(storage_mb, FIRST_SPARES)

    def _forget_dead(self) -> None:
        for pause, end in tuple(self._idle.items()):
            if end.done():
                _log.info("The container %s, which held a network, has ended: %s", pause.container[:12], end.result())
                del self._idle[pause]
                self._maker.remove(pause)  # its volume may still be there

    def _fill_later(self) -> None:
        is_short = len(self._idle_of(self._latest_mb)) < self._wanted_of(self._latest_mb)
        if self._filling is None and self._maker.has_image and is_short:
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
        """Have `count` of this size idle; False if one cannot be made or would have nothing to hold."""
        if not self._maker.has_networks and not self._maker.has_volumes:
            return False
        try:
            async with self._counting:
                while len(self._idle_of(storage_mb)) < count:
                    self._make_room(storage_mb)
                    if not await self._add(storage_mb):
                        return False
        except SandboxError as error:  # then containers get networks of their own; if the engine is gone, their creation says so
            _log.info("No network is made ahead: %s", error)
            return False
        return True

    async def _add(self, storage_mb: int) -> bool:
        made = await self._maker.make(storage_mb)
        end = self._maker.end_of(made) if made is not None else None
        if made is None or end is None:
            return False
        self._idle[made] = end
        return True

    def _make_room(self, storage_mb: int) -> None:
        others = [pause for pause in self._idle if pause not in self._idle_of(storage_mb)]
        if others and len(self._idle) >= MOST_SPARES:
            del self._idle[others[0]]
            self._maker.remove(others[0])
