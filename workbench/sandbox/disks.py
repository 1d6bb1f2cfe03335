"""Puts a function's /tmp on this machine's disk: file systems of an exact size on loop devices, so that files take no memory.

Unlike Lambda's /tmp, a tmpfs is charged to the memory of the process that writes to it. Attaching a loop device takes root, and
for containers an engine on this machine; everywhere else /tmp is in memory. Nothing is left behind, however an engine ends: the
file has no name, and the kernel detaches a device that is no longer open or mounted. Source: Linux manual, loop(4),
LO_FLAGS_AUTOCLEAR.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import psutil

from workbench.sandbox.file_system_image import can_make, empty_file_system

MOUNT_OPTIONS = "noinit_itable,discard,nosuid,nodev"
"""Mount options: do not initialize inode tables in the background; deleting files frees space on this machine's disk."""

FILE_SYSTEM = "ext4"

_CONTROL = Path("/dev/loop-control")
_GET_FREE, _CONFIGURE = 0x4C82, 0x4C0A
_AUTOCLEAR, _DIRECT_IO = 4, 16
# struct loop_config: the file, a block size, struct loop_info64 (we set only its flags), eight reserved words.
_CONFIGURATION = struct.Struct("=II 52x I 176x 64x")
_MOST_TRIES = 20
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})


BIG_TEMPORARY_FILES = Path("/var/tmp")  # noqa: S108, files without a name
"""Where the files go if our own folders are in memory. Source: Filesystem Hierarchy Standard, 5.15."""


class Disks:
    """The loop devices of one provider, by the volumes that are on them. Any thread.

    `folders`: where their files may be; the first one on a disk is used. `can_mount`: whether whoever mounts them sees this
    machine's devices.
    """

    def __init__(self, folders: Sequence[Path], *, can_mount: bool = True) -> None:
        self._folders = folders
        self._devices: dict[str, int] = {}
        self._lock = threading.Lock()
        self.is_usable = can_mount and _is_possible()

    def prepare(self, storage_mb: int) -> None:
        """Do what only the first file system of a size needs. Blocking, 50 ms."""
        with contextlib.suppress(OSError, subprocess.SubprocessError):  # `make` will fail in the same way, and handle it
            empty_file_system(storage_mb)

    def make(self, volume: str, storage_mb: int) -> str:
        """Make the device for a new volume; "" if that is impossible, and then for all later ones. Blocking, 1 ms."""
        if not self.is_usable:
            return ""
        try:
            folder = next(folder for folder in self._folders if _is_on_disk(folder))
            with tempfile.TemporaryFile(dir=folder) as file:
                empty_file_system(storage_mb).write(file)
                path, device = _attached(file)
        except (OSError, StopIteration, subprocess.SubprocessError):
            self.is_usable = False
            return ""
        with self._lock:
            self._devices[volume] = device
        return path

    def has(self, volume: str) -> bool:
        """Whether the volume is on a disk."""
        return volume in self._devices

    def give_up(self) -> None:
        """Use no more devices, because they cannot be mounted."""
        self.is_usable = False

    def release(self, volume: str) -> None:
        """Close the device of a volume that is or will be removed; the kernel detaches it when nothing has it mounted."""
        with self._lock:
            device = self._devices.pop(volume, None)
        if device is not None:
            os.close(device)

    def close(self) -> None:
        """Release all devices."""
        for volume in tuple(self._devices):
            self.release(volume)


def _is_possible() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0 and _CONTROL.exists() and can_make()


def _is_on_disk(folder: Path) -> bool:
    """Whether it exists and is not in memory, where its files would be charged just like a tmpfs's."""
    if not folder.is_dir():
        return False
    resolved = folder.resolve()
    mounts = [mount for mount in psutil.disk_partitions(all=True) if resolved.is_relative_to(mount.mountpoint)]
    return bool(mounts) and max(mounts, key=lambda mount: len(mount.mountpoint)).fstype not in _IN_MEMORY


def _attached(file: IO[bytes]) -> tuple[str, int]:
    """Attach the file to a loop device; returns its path, and a descriptor that keeps it attached. Raises OSError."""
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "there are no loop devices")
    import fcntl

    # Direct I/O keeps pages from being cached twice, for the device and for the file below it. Source: loop(4).
    configuration = _CONFIGURATION.pack(file.fileno(), 0, _AUTOCLEAR | _DIRECT_IO)
    with _CONTROL.open("rb") as control:
        for _ in range(_MOST_TRIES):
            path = f"/dev/loop{fcntl.ioctl(control, _GET_FREE)}"
            device = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.ioctl(device, _CONFIGURE, configuration)
            except OSError as error:
                os.close(device)
                if error.errno != errno.EBUSY:  # else somebody took the free device first: try the next
                    raise
                continue
            return path, device
    raise OSError(errno.EBUSY, "all loop devices are taken")
