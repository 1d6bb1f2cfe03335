"""What an environment keeps from one sandbox to the next: its network, its /tmp and its control group."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.isolated.holder import Holder
from workbench.sandbox.process.control_group import ControlGroup, ControlGroups, limits_for
from workbench.sandbox.process.orphans import TEMP_PREFIX


class Place:
    """A holder and a group."""

    def __init__(self, holder: Holder, group: ControlGroup) -> None:
        self.holder = holder
        self.group = group


class Places:
    """The places of one provider, by environment. On the engine's loop."""

    def __init__(self, groups: ControlGroups, made: Callable[[Path], None], released: Callable[[Path], None]) -> None:
        """`made` and `released` are told each folder that is there and gone."""
        self._groups = groups
        self._made = made
        self._released = released
        self._places: dict[str, asyncio.Task[Place]] = {}
        self._removals: set[asyncio.Task[None]] = set()

    async def of(self, environment_id: str, function: FunctionConfiguration) -> Place:
        """The environment's place, made with the function's limits if there is none yet or its holder was lost.

        Raises SandboxError.
        """
        making = self._places.get(environment_id)
        if making is not None and making.done() and not _is_usable(making):
            await self.release(environment_id)
            making = None
        if making is None:
            making = asyncio.get_running_loop().create_task(self._make(function))
            self._places[environment_id] = making
        return await asyncio.shield(making)

    async def release(self, environment_id: str) -> None:
        """Remove it. Never raises; goes on when the one who asked for it is cancelled."""
        making = self._places.pop(environment_id, None)
        if making is not None:
            removal = asyncio.get_running_loop().create_task(self._remove(making))
            self._removals.add(removal)
            removal.add_done_callback(self._removals.discard)
            await asyncio.shield(removal)

    async def close(self) -> None:
        """Remove all, and wait for removals that others asked for."""
        await asyncio.gather(*(self.release(environment_id) for environment_id in tuple(self._places)))
        await asyncio.gather(*self._removals)

    async def _make(self, function: FunctionConfiguration) -> Place:
        """Its /tmp lies in memory and is charged to the group, as Lambda's is not: the group may use that more."""
        limits = limits_for(function.memory_mb, function.ephemeral_storage_mb)
        holder = Holder(_new_folder(), function.ephemeral_storage_mb)
        try:
            group = self._groups.make(limits)
        except OSError as error:
            holder.folder.rmdir()
            raise SandboxError(f"No control group could be made: {error.strerror}.", "Start the engine anew.") from error
        self._made(holder.folder)
        place = Place(holder, group)
        try:
            await holder.start()
        except BaseException:
            await self._clear_away(place)
            raise
        return place

    async def _remove(self, making: asyncio.Task[Place]) -> None:
        await asyncio.wait([making])
        if not making.cancelled() and making.exception() is None:
            await self._clear_away(making.result())

    async def _clear_away(self, place: Place) -> None:
        await place.holder.close()
        await asyncio.to_thread(_removed, place)
        self._released(place.holder.folder)


def _is_usable(making: asyncio.Task[Place]) -> bool:
    return not making.cancelled() and making.exception() is None and making.result().holder.is_alive


def _removed(place: Place) -> None:
    place.group.kill()
    shutil.rmtree(place.holder.folder, ignore_errors=True)
    place.group.remove()


def _new_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=TEMP_PREFIX))
    except OSError as error:
        raise SandboxError(f"No temporary folder could be made: {error.strerror}.", "Free some space on this disk.") from error
