"""Holds what outlives the sandboxes of an environment, its network and its /tmp, in a process that only waits.

Linux keeps a network namespace as long as a process is in it, and a file system as long as it is mounted somewhere. So one shell
that waits for the end of its input holds both, with this machine's files around it; the environment's sandboxes are made from
within. For a user other than root, it is also in a user namespace, in which that user may do what otherwise takes root.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from workbench.model.failures import SandboxError
from workbench.sandbox.disks import FILE_SYSTEM, MOUNT_OPTIONS
from workbench.sandbox.isolated.pipes import LineReader
from workbench.sandbox.isolated.supervisor import found_shell
from workbench.sandbox.process.child_registry import ChildRegistry
from workbench.sandbox.process.exit import watch_exit
from workbench.sandbox.process.memory import family
from workbench.sandbox.process.signals import kill_each

_READY_LIMIT_S = 10.0
_READY = "@ready"
# -n and -i: the mount only, without /etc/mtab and without helper programs. Source: mount(8). `read` returns when we close its
# input, or are gone.
_SCRIPT = f'mount -n -i -t "$1" -o "$2" "$3" "$4" || exit; echo "{_READY}" >&2; read -r _'
_FILES_PER_MB = 64
"""As many as a disk of this size has. Without a limit, even empty files would use up memory, a kilobyte per file.

Source: mke2fs.conf(5).
"""
_TMP = "tmp"
_OUTPUTS = "outputs"


class Holder:
    """One holder, from `start` to `close`. `folder` on this machine belongs to it alone. On the loop.

    `device`: the disk to mount at /tmp, needed until `start` returns; "" for a /tmp in memory.
    """

    def __init__(self, folder: Path, storage_mb: int, children: ChildRegistry, *, shares_network: bool = False,
                 device: str = "") -> None:
        self.folder = folder
        self.storage_mb = storage_mb
        self.shares_network = shares_network
        self._device = device
        self._children = children
        self.pid = 0
        """The holding process by its ID on this machine, 0 until `start` returns."""
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = asyncio.Event()
        self._said: list[str] = []

    @property
    def is_tmp_memory(self) -> bool:
        """Whether files in its /tmp take memory."""
        return not self._device

    @property
    def tmp(self) -> Path:
        """Where its /tmp is mounted, in its own mount namespace."""
        return self.folder / _TMP

    @property
    def outputs(self) -> Path:
        """The folder for the pipes with the output of extensions."""
        return self.folder / _OUTPUTS

    @property
    def is_alive(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and not self._ended.is_set()

    async def start(self) -> None:
        """Make the namespaces and the file system; 5 to 10 ms. Raises SandboxError."""
        for place in (self.tmp, self.outputs):
            place.mkdir()
            place.chmod(0o711)  # whatever the umask: Lambda's user has to pass
        ready = asyncio.Event()
        read_end, write_end = os.pipe()

        def told(line: str) -> None:
            self._said.append(line)
            if line == _READY:
                ready.set()

        reader = LineReader(read_end, told, ready.set)
        try:
            self._process = _started(self._command(write_end), write_end)
            self._children.started(self._process.pid, self.folder)
        finally:
            os.close(write_end)  # with our copy open, an early end of bwrap would be no end of file
        watch_exit(self._process, self._ended.set)
        try:
            async with asyncio.timeout(_READY_LIMIT_S):
                await ready.wait()
            self.pid = child_pid(self._said)
            if _READY not in self._said:  # the pipe ended without it: something failed
                _none("\n".join(self._said))
        except (TimeoutError, ValueError) as error:
            await self.close()
            raise SandboxError(f"No namespaces could be made: {last_words(self._said)}", "See workbench doctor.") from error
        finally:
            reader.close()

    def enter(self) -> tuple[str, ...]:
        """The beginning of a command line that runs a program in its namespaces."""
        own = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
        network = () if self.shares_network else ("--net",)
        return (found("nsenter"), "--target", str(self.pid), "--mount", *network, *own)

    async def close(self) -> None:
        """End the process, and with it network and /tmp. Idempotent."""
        process, self._process = self._process, None
        if process is None:
            return
        # The child too: one that was just started still waits for a word from bwrap, its parent, and would outlive it.
        kill_each([self.pid] if self.pid else family(process.pid)[1:])
        process.kill()
        # The guardian forgets it before it is reaped, because its ID may be reused after that.
        await self._ended.wait()
        self._children.ended(process.pid)
        process.wait()
        self._children.gone(process.pid)
        if process.stdin is not None:
            process.stdin.close()

    def _command(self, info: int) -> list[str]:
        user = ["--cap-drop", "ALL"] if os.geteuid() == 0 else ["--unshare-user", "--uid", "0", "--gid", "0"]
        network = [] if self.shares_network else ["--unshare-net"]
        return [found("bwrap"), "--dev-bind", "/", "/", *network, *user, "--die-with-parent", "--info-fd", str(info),
                "--cap-add", "CAP_SYS_ADMIN", "--", found_shell(), "-c", _SCRIPT, "holder", *self._mounted(), str(self.tmp)]

    def _mounted(self) -> tuple[str, str, str]:
        """Type, options and device for mounting /tmp. The holder mounts it, so it is in no other namespace and ends with it."""
        if not self.is_tmp_memory:
            return FILE_SYSTEM, MOUNT_OPTIONS, self._device
        files = self.storage_mb * _FILES_PER_MB
        return "tmpfs", f"size={self.storage_mb}m,nr_inodes={files},mode=1777,nosuid,nodev", "tmpfs"


def _started(command: list[str], told: int) -> subprocess.Popen[bytes]:
    """Start it without the engine's variables."""
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=told, pass_fds=[told],
                            env={"PATH": os.defpath}, cwd="/", start_new_session=True)


def child_pid(said: list[str]) -> int:
    """The process inside, from what bwrap wrote to its --info-fd. Raises ValueError if bwrap failed before that."""
    text = "\n".join(said)
    begin, end = text.find("{"), text.find("}")
    return int(json.loads(text[begin : end + 1])["child-pid"]) if 0 <= begin < end else _none(text)


def _none(text: str) -> int:
    raise ValueError(text)


def last_words(said: list[str]) -> str:
    """The last line from bwrap, or from a program before it, as a sentence."""
    words = [line for line in said if line and line[0] not in '@{}" ']
    return (words[-1] if words else "bwrap ended without a word").rstrip(".") + "."


@cache
def found(name: str) -> str:
    """The path of a system program. Raises SandboxError if it is missing, which is not cached: it may be installed later."""
    path = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
    if path is None:
        raise SandboxError(f"{name} is not installed.", "See workbench doctor.")
    return path


