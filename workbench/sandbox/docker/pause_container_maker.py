"""Makes, empties and removes the pause containers of one engine, and learns meanwhile which volumes the container engine has."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

from workbench.model.failures import SandboxError
from workbench.sandbox.disks import Disks
from workbench.sandbox.docker.calls import DockerCalls, DockerRefused
from workbench.sandbox.docker.events import ContainerEnd, EndWatch
from workbench.sandbox.docker.labels import PAUSE_LABEL
from workbench.sandbox.docker.pause_container import (
    PauseContainer,
    PauseContainerPlan,
    empty_tmp,
    make_pause_container,
    make_volume,
    remove_pause_container,
    remove_volume,
)

_log = logging.getLogger(__name__)


class PauseContainerMaker:
    """The pause containers of one engine, each from its start to its end. On the loop. Sizes are those of /tmp, in MB."""

    def __init__(self, calls: DockerCalls, ends: EndWatch, labels: dict[str, str], disks: Disks) -> None:
        self.disks = disks
        self._calls = calls
        self._ends = ends
        self._labels = {**labels, PAUSE_LABEL: "yes"}
        self._making = asyncio.Lock()  # one at a time: the first shows which volumes work (`_made`) before another is tried
        self._plan: PauseContainerPlan | None = None
        self._is_proven = False
        self.has_volumes = True
        """Whether the engine has volumes of a fixed size, as far as is known."""

    def use_image(self, image: str, hosts: dict[str, str]) -> None:
        """Make them from this image, which has a shell. `hosts`: names for all containers that join one."""
        self._plan = PauseContainerPlan(
            image=image, hosts=hosts, labels=self._labels, engine=self._calls.engine, disks=self.disks)

    @property
    def has_image(self) -> bool:
        """Whether an image with a shell is known."""
        return self._plan is not None

    @property
    def has_networks(self) -> bool:
        """Whether this machine sees the addresses of containers, so that a network made ahead can be used."""
        return bool(self._calls.engine.bridge_address)

    @property
    def keeps_tmp(self) -> bool:
        """Whether /tmp survives a reset: an image with a shell is known, and the engine has volumes."""
        return self.has_image and self.has_volumes

    @property
    def has_disks(self) -> bool:
        """Whether files in /tmp are on a disk and therefore do not count as memory."""
        return self.keeps_tmp and self.disks.is_usable

    async def make(self, storage_mb: int, *, volume: str = "") -> PauseContainer | None:
        """Make one. With a `volume` that an environment already has, it gets no network.

        None if no image with a shell is known. Takes the engine 100 to 250 ms. Raises SandboxError.
        """
        if self._plan is None:
            return None
        async with self._making:
            return await self._made(self._plan, storage_mb, volume)

    async def make_volume(self, storage_mb: int) -> str:
        """Make a volume for /tmp (on disk or in memory) that nothing holds; "" if the engine has none. Raises SandboxError."""
        if self._plan is None or not self.has_volumes:
            return ""
        plan = self._plan
        return await self._calls.run_or_undo(
            "make a volume", lambda client: make_volume(client, plan, storage_mb),
            lambda client, volume: remove_volume(client, volume, plan.disks))

    async def is_emptied(self, pause: PauseContainer) -> bool:
        """Empty its /tmp; returns whether that worked."""
        if not pause.volume:
            return True
        if self._calls.engine.product == "Podman":
            return False  # Podman closes the container's input when we hang up, which ends its shell
        try:
            return await self._calls.run("empty /tmp", lambda client: empty_tmp(client, pause))
        except SandboxError:
            return False

    def end_of(self, pause: PauseContainer) -> asyncio.Future[ContainerEnd] | None:
        """The future for its end, None after `remove`."""
        return self._ends.known(pause.container)

    def is_alive(self, pause: PauseContainer) -> bool:
        """Whether its container still runs, as far as the engine's events have told."""
        end = self.end_of(pause)
        return end is not None and not end.done()

    async def ask(self, pause: PauseContainer) -> None:
        """Ask the engine itself whether it runs, and report its end if it does not: events may come late. Never raises."""
        if not await self._ends.may_run(pause.container):
            self._ends.lose(pause.container, "It was found ended.")

    def remove(self, pause: PauseContainer) -> None:
        """Remove it in the background."""
        self._ends.forget(pause.container)
        self._calls.start(lambda client: remove_pause_container(client, pause, self.disks))

    async def _made(self, plan: PauseContainerPlan, storage_mb: int, volume: str = "") -> PauseContainer:
        """Make one. The first shows what volumes this engine has: on a disk, in memory, or none (Podman without root).

        No API tells that beforehand, so each kind is tried in turn until one is not refused.
        """
        if not self.has_volumes:
            return await self._run(plan, 0)
        try:
            made = await self._run(plan, storage_mb, volume)
        except DockerRefused as refused:
            if self._is_proven or volume:  # this kind of volume has worked here before: the refusal has another cause
                raise
            _log.info("This container engine is taken to lack a kind of volume: %s", refused)
            if self.disks.is_usable:
                self.disks.give_up()
                return await self._made(plan, storage_mb)
            made = await self._run(plan, 0)
            self.has_volumes = False
        self._is_proven = True
        return made

    async def _run(self, plan: PauseContainerPlan, storage_mb: int, volume: str = "") -> PauseContainer:
        # Before the start: if the events were followed only afterwards, one that has died by then would be taken for alive.
        await self._ends.follow()
        network = self.has_networks and not volume
        make = partial(_make, plan=plan, storage_mb=storage_mb, volume=volume, network=network)
        made = await self._calls.run_or_undo(
            "make a network", make, lambda client, made: remove_pause_container(client, made, self.disks))
        try:
            await self._ends.watch(made.container)
        except BaseException:  # canceled too: nobody else knows of it yet
            self.remove(made)
            raise
        return made


def _make(client: Any, plan: PauseContainerPlan, storage_mb: int, volume: str, network: bool) -> PauseContainer:
    return make_pause_container(client, plan, storage_mb, volume=volume, network=network)
