"""What an environment keeps from one sandbox to the next: its network, its /tmp and its control group.

On Lambda, a reset ends all processes but keeps `/tmp` until the environment is gone. Source: Lambda guide, "Lambda execution
environment", "Failures during the invoke phase".
"""

from __future__ import annotations

import asyncio

from workbench.background import begin_awaited
from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.isolated.callers import is_called_by
from workbench.sandbox.isolated.forwarding import Forwarding
from workbench.sandbox.isolated.holder import Holder
from workbench.sandbox.isolated.holders import Held, Holders
from workbench.sandbox.isolated.networks import Networks
from workbench.sandbox.process.control_group import ControlGroup, ControlGroups, limits_for
from workbench.sandbox.process.memory import family
from workbench.sandbox.removals import Removals


class Place:
    """A holder with its network, and a control group."""

    def __init__(self, held: Held, group: ControlGroup, forwarding: Forwarding | None, notices: tuple[str, ...] = ()) -> None:
        """`notices`: a sentence for each service of this machine that could not be forwarded into its network."""
        self.held = held
        self._notices = notices
        self.group = group
        self.forwarding = forwarding
        self.first_pid = 0
        """The first process of the current sandbox, 0 if there is none."""

    def has(self, caller: tuple[str, int], called: tuple[str, int]) -> bool:
        """Whether a process of this environment holds the calling end of a connection. Blocking, some milliseconds."""
        return bool(self.first_pid) and is_called_by(family(self.first_pid), caller, called)

    async def ready(self) -> tuple[str, ...]:
        """Return when its network is there: sentences on what cannot be reached through it. Raises SandboxError."""
        way = await self.held.ready()
        return (*self._notices, *((way.notice,) if way is not None and way.notice else ()))

    @property
    def holder(self) -> Holder:
        """The process that holds network and /tmp."""
        return self.held.holder


class Places:
    """The places of one provider, by environment. On the engine's loop."""

    def __init__(self, groups: ControlGroups, holders: Holders, networks: Networks) -> None:
        self._groups = groups
        self._holders = holders
        self._networks = networks
        self._places: dict[str, asyncio.Task[Place]] = {}
        self._removals = Removals()

    async def of(self, environment_id: str, function: FunctionConfiguration) -> Place:
        """The environment's place, made with the function's limits if there is none yet, or its holder or network was lost.

        Callers share one task, which a cancelled caller does not cancel. Raises SandboxError.
        """
        making = self._places.get(environment_id)
        if making is not None and making.done() and not _is_usable(making):
            await self.release(environment_id)
            making = None
        if making is None:
            making = begin_awaited("Making an environment's place", self._make(function))
            self._places[environment_id] = making
        return await asyncio.shield(making)

    async def release(self, environment_id: str) -> None:
        """Remove the environment's place. Never raises; continues even if its caller is cancelled."""
        making = self._places.pop(environment_id, None)
        if making is not None:
            await self._removals.remove(self._remove(making))

    async def close(self) -> None:
        """Remove all places, and wait for removals that are under way."""
        await asyncio.gather(*(self.release(environment_id) for environment_id in tuple(self._places)))
        await self._removals.finished()

    async def _make(self, function: FunctionConfiguration) -> Place:
        """Make a place. A /tmp in memory is charged to the group, unlike Lambda's, so the group's limit is raised by its size."""
        held = await self._holders.take(function.ephemeral_storage_mb, network=function.allowed.network)
        try:
            in_memory_mb = function.ephemeral_storage_mb if held.holder.is_tmp_memory else 0
            group = self._groups.make(limits_for(function.memory_mb, in_memory_mb))
        except OSError as error:
            await self._holders.discard(held)
            raise SandboxError(f"No control group could be made: {error.strerror}.", "Start the engine anew.") from error
        try:
            return Place(held, group, *await self._networks.forward(held.holder, function.allowed.addresses))
        except BaseException as error:
            await self._discard(held, group)
            if isinstance(error, OSError):  # such as too many open files
                message = f"This machine's services could not be made reachable: {error.strerror}."
                raise SandboxError(message, "Start the engine anew.") from error
            raise

    async def _remove(self, making: asyncio.Task[Place]) -> None:
        await asyncio.wait([making])
        if making.cancelled() or making.exception() is not None:
            return
        place = making.result()
        if place.forwarding is not None:
            await place.forwarding.close()
        await self._discard(place.held, place.group)

    async def _discard(self, held: Held, group: ControlGroup) -> None:
        await asyncio.to_thread(group.kill)  # first: a process left over would keep network and /tmp from ending
        await self._holders.discard(held)
        await asyncio.to_thread(group.remove)


def _is_usable(making: asyncio.Task[Place]) -> bool:
    return not making.cancelled() and making.exception() is None and making.result().held.is_usable
