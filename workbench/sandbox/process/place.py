"""What an environment keeps from one sandbox to the next: its temporary folder and its control group.

On Lambda, a reset ends all processes but keeps `/tmp` until the environment is gone. Source: Lambda guide, "Lambda execution
environment", "Failures during the invoke phase".
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import psutil

from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.process.control_group import ControlGroup, ControlGroups, limits_for
from workbench.sandbox.process.orphans import TEMP_PREFIX
from workbench.sandbox.process.signals import kill_each, users_of
from workbench.sandbox.removals import Removals

_IN_MEMORY = ("tmpfs", "ramfs")


class Place:
    """A temporary folder and a control group. `clear` and `remove` block: call them in a thread."""

    def __init__(self, temp_folder: Path, group: ControlGroup) -> None:
        self.temp_folder = temp_folder
        self.group = group

    def renew(self) -> None:
        """Prepare the place for a new sandbox. Raises SandboxError."""
        self.group.renew()
        try:
            self.temp_folder.mkdir(mode=0o700, exist_ok=True)  # a function may have removed it
        except OSError as error:
            raise _no_folder(error) from error

    def clear(self) -> None:
        """End all processes, including those that had left the process tree; files stay."""
        if not self.group.kill():  # without a group, a process that left the tree is only known by its TMPDIR
            kill_each(users_of(self.temp_folder))

    def remove(self) -> None:
        """End all processes and remove folder and group: the environment is gone for good."""
        self.clear()
        shutil.rmtree(self.temp_folder, ignore_errors=True)
        self.group.remove()


class Places:
    """The places of one provider, by environment. On the engine's loop."""

    def __init__(self, groups: ControlGroups, released: Callable[[Path], None]) -> None:
        """`released` is called with each temporary folder that has been removed."""
        self._groups = groups
        self._released = released
        self._places: dict[str, Place] = {}
        self._removals = Removals()

    def of(self, environment_id: str, function: FunctionConfiguration) -> Place:
        """The environment's place, prepared for the next sandbox; made with the function's limits if there is none yet.

        Raises SandboxError.
        """
        if environment_id not in self._places:
            self._places[environment_id] = self._make(function)
        place = self._places[environment_id]
        place.renew()
        return place

    def has(self, environment_id: str) -> bool:
        """Whether there is a place already, with the files of earlier sandboxes."""
        return environment_id in self._places

    async def release(self, environment_id: str) -> None:
        """Remove the environment's place. Never raises; continues even if its caller is cancelled."""
        place = self._places.pop(environment_id, None)
        if place is not None:
            await self._removals.remove(self._remove(place))

    async def close(self) -> None:
        """Remove all places, and wait for removals that are under way."""
        await asyncio.gather(*(self.release(environment_id) for environment_id in tuple(self._places)))
        await self._removals.finished()

    async def _remove(self, place: Place) -> None:
        await asyncio.to_thread(place.remove)
        self._released(place.temp_folder)

    def _make(self, function: FunctionConfiguration) -> Place:
        """Make a place. Files in a folder in memory are charged to the group, unlike Lambda's `/tmp`, so its limit is raised."""
        try:
            folder = Path(tempfile.mkdtemp(prefix=TEMP_PREFIX))
        except OSError as error:
            raise _no_folder(error) from error
        in_memory_mb = function.ephemeral_storage_mb if self.lie_in_memory else 0
        try:
            return Place(folder, self._groups.make(limits_for(function.memory_mb, in_memory_mb)))
        except OSError as error:
            folder.rmdir()
            raise SandboxError(f"No control group could be made: {error.strerror}.", "Start the engine anew.") from error

    @cached_property
    def lie_in_memory(self) -> bool:
        """Whether the folders take memory instead of disk space. Cached, as it takes a millisecond and every prepare asks."""
        try:
            return lies_in_memory(Path(tempfile.gettempdir()))
        except FileNotFoundError:  # there is no writable temporary folder; making one will report that
            return False


def _no_folder(error: OSError) -> SandboxError:
    return SandboxError(f"No temporary folder could be made: {error.strerror}.", "Free some space on this disk.")


def lies_in_memory(folder: Path) -> bool:
    """Whether files there take memory instead of disk space, as in /tmp on some systems. About a millisecond."""
    mounts = [each for each in psutil.disk_partitions(all=True) if folder.is_relative_to(each.mountpoint)]
    return bool(mounts) and max(mounts, key=lambda each: len(each.mountpoint)).fstype in _IN_MEMORY
