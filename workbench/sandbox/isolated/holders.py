"""Holders made ahead: one of each size waits with its network for the next environment."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
from pathlib import Path
from typing import Any

from workbench.background import TaskSet, begin_awaited
from workbench.model.failures import SandboxError
from workbench.sandbox.disks import Disks
from workbench.sandbox.isolated.holder import Holder
from workbench.sandbox.isolated.networks import Networks
from workbench.sandbox.isolated.outside import Way
from workbench.sandbox.process.child_registry import ChildRegistry
from workbench.sandbox.protocol import Admits, Listening

REFILL_DELAY_S = 1.0
"""How long no environment may have taken a holder before the next is made, so that it delays no cold start."""


class Held:
    """A holder and its network, whose way to the outside may still be in the making. `is_alone`: it gets none."""

    def __init__(self, holder: Holder, networks: Networks, *, is_alone: bool = False) -> None:
        self.holder = holder
        self._networks = networks
        self._attaching = begin_awaited("Making a network", _nowhere() if is_alone else networks.attach(holder))
        self._first: asyncio.Task[socket.socket | None] | None = begin_awaited(
            "Making a listener", networks.listener(holder), OSError)

    @property
    def is_usable(self) -> bool:
        """Whether its holder lives and nothing that was begun for its network has failed, as far as is known now."""
        begun = (self._attaching, self._first)
        return self.holder.is_alive and not any(task is not None and _has_failed(task) for task in begun)

    async def connect(self, port: int) -> socket.socket:
        """Connect to a port inside. Raises OSError, SandboxError."""
        return await self._networks.connect(self.holder, port)

    async def ready(self) -> Way | None:
        """Return when the outside can be reached; None if there is no way of its own. Raises SandboxError."""
        return await asyncio.shield(self._attaching)

    async def listen(self, admits: Admits) -> Listening:
        """Listen for the Runtime API of the next sandbox; the first listener is made ahead. Raises OSError, SandboxError."""
        first, self._first = self._first, None  # before any await: the socket can serve only one sandbox
        return await self._networks.listen(self.holder, admits, None if first is None else await _handed_over(first))

    async def close(self) -> None:
        """End network and holder, and delete the files."""
        # What is still being made cannot be interrupted halfway; it has to be there to be closed.
        await asyncio.wait([self._attaching, *([self._first] if self._first else [])])
        if self._first is not None and self._first.exception() is None and (unused := self._first.result()) is not None:
            unused.close()
        way = None if self._attaching.exception() else self._attaching.result()
        if way is not None:
            await self._networks.detach(way)
        await self.holder.close()
        await asyncio.to_thread(shutil.rmtree, self.holder.folder, ignore_errors=True)


async def _nowhere() -> None:
    """Stands for attaching a network that gets no way to the outside."""


async def _handed_over(making: asyncio.Task[socket.socket | None]) -> socket.socket | None:
    """Return what is being made. A caller that is cancelled just as it is there would lose it, so it is closed."""
    try:
        return await making
    except asyncio.CancelledError:
        if making.done() and not _has_failed(making) and (lost := making.result()) is not None:
            lost.close()
        raise


def _has_failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


class Holders:
    """The waiting holders of one provider, by the size of /tmp in MB. On the engine's loop."""

    def __init__(self, networks: Networks, children: ChildRegistry, disks: Disks) -> None:
        self._disks = disks
        self._networks = networks
        self._children = children
        self._spare: dict[int, Held] = {}
        self._refills: dict[int, asyncio.TimerHandle] = {}
        self._filling = TaskSet()

    @property
    def are_in_memory(self) -> bool:
        """Whether files in /tmp take memory."""
        return not self._disks.is_usable

    async def prepare(self, storage_mb: int) -> None:
        """Do what only the first /tmp of a size needs, 50 ms in a thread, so that no cold start has to."""
        if self._disks.is_usable:
            await asyncio.to_thread(self._disks.prepare, storage_mb)

    async def take(self, storage_mb: int, *, network: bool = True) -> Held:
        """Take or make a holder for an environment. `network`: False if it must not reach anything. Raises SandboxError."""
        if not network:  # a spare will not do: its way to the outside is open already
            return await self._make(storage_mb, is_alone=True)
        spare = self._spare.pop(storage_mb, None)
        self._refill_later(storage_mb)
        if spare is not None and spare.is_usable:
            return spare
        if spare is not None:
            await self.discard(spare)
        return await self._make(storage_mb)

    async def discard(self, held: Held) -> None:
        """End a holder whose environment is gone. Never raises."""
        await held.close()
        self._children.released(held.holder.folder)

    async def close(self) -> None:
        """End the waiting holders."""
        for timer in self._refills.values():
            timer.cancel()
        await self._filling.finished()
        await asyncio.gather(*(self.discard(held) for held in self._spare.values()))

    def _refill_later(self, storage_mb: int) -> None:
        timer = self._refills.pop(storage_mb, None)
        if timer is not None:
            timer.cancel()
        self._refills[storage_mb] = asyncio.get_running_loop().call_later(REFILL_DELAY_S, self._refill, storage_mb)

    def _refill(self, storage_mb: int) -> None:
        self._filling.begin("Making a network ahead", self._fill(storage_mb))

    async def _fill(self, storage_mb: int) -> None:
        if storage_mb not in self._spare:
            with contextlib.suppress(SandboxError):  # the next environment tries again, and is told of the failure
                made = await self._make(storage_mb)
                if storage_mb in self._spare:  # another filling, begun meanwhile, was quicker
                    await self.discard(made)
                else:
                    self._spare[storage_mb] = made

    async def _make(self, storage_mb: int, *, is_alone: bool = False) -> Held:
        folder = self._new_folder()
        device = await asyncio.to_thread(self._disks.make, str(folder), storage_mb) if self._disks.is_usable else ""
        shares_network = self._networks.are_shared and not is_alone
        holder = Holder(folder, storage_mb, self._children, shares_network=shares_network, device=device)
        try:
            await holder.start()
        except BaseException as error:
            await self._undo(holder)
            if device and isinstance(error, SandboxError):  # such a disk cannot be mounted here: /tmp is in memory from now on
                self._disks.give_up()
                return await self._make(storage_mb, is_alone=is_alone)
            raise
        finally:
            self._disks.release(str(folder))  # the device stays as long as the holder has it mounted
        return Held(holder, self._networks, is_alone=is_alone)

    async def _undo(self, holder: Holder) -> None:
        await holder.close()
        await asyncio.to_thread(shutil.rmtree, holder.folder, ignore_errors=True)
        self._children.released(holder.folder)

    def _new_folder(self) -> Path:
        try:
            return self._children.new_folder()
        except OSError as error:
            message = f"No temporary folder could be made: {error.strerror}."
            raise SandboxError(message, "Free some space on this disk.") from error
