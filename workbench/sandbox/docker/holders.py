"""Networks made ahead: idle containers whose only duty is to hold a network that an environment joins.

Half of a container's start is setting up its network (180 ms of 195 with an own one, 85 of 100 when it joins one). So a few
holders wait on the bridge, and an environment takes one for its lifetime: it has that network and its address to itself.
Afterwards the holder serves the next. A holder is a shell that waits for input that never comes, with no rights at all.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec

from workbench.model.failures import SandboxError
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.container import USER, address_of, ulimits
from workbench.sandbox.docker.events import ContainerEnd, EndWatch

FIRST_SPARES = 2
"""Holders made ahead at first; one more for every environment that found none, up to MOST_SPARES."""

MOST_SPARES = 8
"""Most idle holders; each costs the machine some 10 MB."""

REFILL_DELAY_S = 1.0
"""Making a holder takes the engine 250 ms of work: not while environments are starting."""

LONGEST_DELAY_S = 3.0
"""Where environments start all the time it is made nevertheless: one without a holder takes 100 ms longer."""

HOST_NAME = "sandbox.localdomain"
"""The environment's own name, which subscribers of telemetry listen at. Source: Lambda guide, "Telemetry API"."""
_MEMORY_BYTES = 32 * 2**20


class Holder(msgspec.Struct, frozen=True):
    """A container that holds a network, and its address there."""

    container: str
    address: str


class NetworkHolders:
    """The idle holders of one engine. All methods run on the loop."""

    def __init__(self, calls: DockerCalls, ends: EndWatch, labels: dict[str, str]) -> None:
        self._calls = calls
        self._ends = ends
        self._labels = {**labels, "workbench.holder": "yes"}
        self._idle: dict[Holder, asyncio.Future[ContainerEnd]] = {}
        self._filling: asyncio.Task[None] | None = None
        self._wanted = FIRST_SPARES
        self._taken_s = 0.0
        self._image = ""
        self._hosts: dict[str, str] = {}

    async def warm_up(self, image: str, hosts: dict[str, str]) -> None:
        """Have one holder, made from an image that has a shell; returns when it is there or can not be made."""
        self._image, self._hosts = image, hosts
        if not self._idle and self._filling is None:
            await self._fill(1)

    def take(self) -> Holder | None:
        """A holder for one environment, None when none is idle: then the container gets a network of its own."""
        self._forget_dead()
        holder = next(iter(self._idle), None)
        if holder is not None:
            del self._idle[holder]
        else:
            self._wanted = min(MOST_SPARES, self._wanted + 1)
        self._taken_s = time.monotonic()
        self._fill_later()
        return holder

    async def take_or_make(self) -> Holder | None:
        """A holder also where none is idle, which takes the engine 250 ms then; None where there are none at all.

        For environments whose extensions must share their network. Raises SandboxError.
        """
        holder = self.take()
        if holder is None and self._image:
            holder = await self._calls.run_or_undo("make a network", self._make, _discard)
            await self._ends.watch(holder.container)
        return holder

    def give_back(self, holder: Holder) -> None:
        """The environment is gone; the next may have its network."""
        end = self._ends.known(holder.container)
        if end is not None and not end.done() and len(self._idle) < MOST_SPARES:
            self._idle[holder] = end
        else:
            self._spawn_removal(holder)

    async def close(self) -> None:
        """Stop making holders. The containers go with all others of this engine."""
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.gather(self._filling, return_exceptions=True)

    def _forget_dead(self) -> None:
        for holder, end in tuple(self._idle.items()):
            if end.done():
                del self._idle[holder]
                self._ends.forget(holder.container)

    def _fill_later(self) -> None:
        if self._filling is None and self._image and len(self._idle) < self._wanted:
            self._filling = asyncio.get_running_loop().create_task(self._refill(), name="docker-holders")

    async def _refill(self) -> None:
        latest_s = time.monotonic() + LONGEST_DELAY_S
        try:
            # It goes round again when another environment took a holder meanwhile.
            while (left_s := min(self._taken_s + REFILL_DELAY_S, latest_s) - time.monotonic()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(left_s)
            await self._fill(self._wanted)
        finally:
            self._filling = None

    async def _fill(self, count: int) -> None:
        try:
            while len(self._idle) < count:
                holder = await self._calls.run_or_undo("make a network", self._make, _discard)
                self._idle[holder] = await self._ends.watch(holder.container)
        except SandboxError:
            return  # containers get networks of their own then, and say themselves if the engine is gone

    def _make(self, client: Any) -> Holder:
        """Blocking."""
        from docker.types import LogConfig

        host_config = client.create_host_config(
            network_mode="bridge", extra_hosts=self._hosts or None, read_only=True, cap_drop=["ALL"], pids_limit=4,
            mem_limit=_MEMORY_BYTES, memswap_limit=_MEMORY_BYTES, security_opt=["no-new-privileges"],
            log_config=LogConfig(type="none"), ulimits=ulimits(self._calls.engine.process_limit))
        container = client.create_container(image=self._image, entrypoint=["/bin/sh", "-c", "read _"], command=[], user=USER,
                                            stdin_open=True, labels=self._labels, host_config=host_config,
                                            hostname=HOST_NAME)["Id"]
        client.start(container)
        return Holder(container, address_of(client.inspect_container(container)))

    def _spawn_removal(self, holder: Holder) -> None:
        self._ends.forget(holder.container)
        self._calls.start(lambda client: _discard(client, holder))


def _discard(client: Any, holder: Holder) -> None:
    client.remove_container(holder.container, v=True, force=True)
