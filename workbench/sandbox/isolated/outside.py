"""The way from an environment's network to the outside: slirp4netns, else pasta, one process per environment.

Neither leads to this machine: nothing is mapped to or from its loopback interface, and before the way opens, all addresses of
this machine are blocked in the environment (`own_addresses`); addresses that the machine gets later are blocked when the kernel
reports them. As on Lambda outside a VPC, there is only IPv4. Measured on 2 cores, parallel to the rest of a sandbox's start:
slirp4netns 1.2 takes 18 ms and 1 MB, pasta (2023) 48 ms and 18 MB, which matters with a hundred environments. On the engine's
loop.

Sources: pasta(1), slirp4netns(1); Lambda guide, "Giving Lambda functions access to resources in an Amazon VPC", "IPv6 support".
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable

import msgspec

from workbench.background import TaskSet, begin
from workbench.model.failures import SandboxError
from workbench.sandbox.isolated.namespace_sockets import NamespaceSockets
from workbench.sandbox.isolated.network_namespace import NetworkNamespace
from workbench.sandbox.isolated.own_addresses import closed_networks
from workbench.sandbox.isolated.ready_process import READY, started
from workbench.sandbox.process.exit import watch_exit
from workbench.sandbox.process.guardian import Guardian

logger = logging.getLogger(__name__)

NAME_SERVER = "169.254.78.3"
"""The name server's address inside, where both tools answer in place of the servers in this machine's `/etc/resolv.conf`."""
_NETWORK = "169.254.78.0/24"
"""slirp4netns has its name server at the third address of its network."""
TUNNEL = "/dev/net/tun"
_MOUNTS_APART = ("unshare", "--mount", "--propagation", "slave")
"""For root: slirp4netns shuts itself off from all files by unmounting them in its own mount namespace, of which only the root is
private. So what it unmounts below a shared mount is unmounted here too, such as file systems of Docker's containers."""
_MOST_OPENINGS = 5
_ADDRESS_CHANGES = 0x10 | 0x100
"""RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR. Source: linux/rtnetlink.h."""
_NO_TOOL = "slirp4netns or pasta is needed for a network apart from this machine's."
_NO_WAY = ("The function reaches nothing outside of this machine, as {} says: {}. Look whether this machine has a network, or "
           "run the function in Docker or as a process.")
_INSTALL = "Install slirp4netns or passt, which brings pasta (on Debian and Ubuntu: apt install slirp4netns)."


class Tool(msgspec.Struct, frozen=True):
    """A program that provides the way; `name` is pasta or slirp4netns."""

    name: str
    path: str

    def command(self, owner: int) -> list[str]:
        """The command line; the network namespace is expected at standard input.

        `owner` is a descriptor of the user namespace that owns it, which is also expected at standard output; -1 for root, who
        needs none. Namespaces are passed as descriptors, because a tool that gives up rights may not look them up in another
        process's /proc. slirp4netns can shut itself off from all files only as root; for others it fails to.
        """
        if self.name == "pasta":
            # Once it is ready, pasta writes its process ID to the --pid file, here standard error, where a number means ready
            # (`ready_process`). As root it would become nobody without --runas. Source: pasta(1).
            return [self.path, "--foreground", "--quiet", "--pid", "/proc/self/fd/2", "--ipv4-only", "--config-net",
                    "--no-map-gw", "-t", "none", "-u", "none", "-T", "none", "-U", "none", "--dns-forward", NAME_SERVER,
                    *(("--userns", "/proc/self/fd/1") if owner >= 0 else ("--runas", "0")), "--netns", "/proc/self/fd/0"]
        apart = () if owner >= 0 else _MOUNTS_APART
        as_whom = [f"--userns-path=/proc/self/fd/{owner}"] if owner >= 0 else ["--enable-sandbox"]
        return [*apart, self.path, "--configure", "--mtu=65520", f"--cidr={_NETWORK}", "--disable-host-loopback",
                "--enable-seccomp", *as_whom, f"--ready-fd={READY}", "--netns-type=path", "/proc/self/fd/0", "tap0"]


def tools_here() -> tuple[Tool, ...]:
    """The installed tools, the preferred one first; none if this user may not make tunnels."""
    if sys.platform != "linux" or not os.access(TUNNEL, os.R_OK | os.W_OK):
        return ()
    found = ((name, shutil.which(name)) for name in ("slirp4netns", "pasta"))
    return tuple(Tool(name, path) for name, path in found if path)


def resolv_conf() -> str:
    """The environment's `/etc/resolv.conf`."""
    return f"nameserver {NAME_SERVER}\n"


class Way:
    """One environment's way to the outside. `notice` is a sentence if there is none and nothing can be reached, else ""."""

    def __init__(self, namespace: NetworkNamespace, guardian: Guardian) -> None:
        self.namespace = namespace
        self.notice = ""
        self.opened = 0
        """How often a tool has been started for it."""
        self._guardian = guardian
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The tool's process, which leads its own process group; None if none runs."""
        return None if self._process is None else self._process.pid

    def leads_through(self, process: subprocess.Popen[bytes], lost: Callable[[Way], None]) -> None:
        """Use a tool that is ready; `lost` is called if it ends by itself."""
        self._process, self._ended, self.notice = process, asyncio.Event(), ""
        self.opened += 1
        watch_exit(process, lambda: self._over(process, lost))

    def _over(self, process: subprocess.Popen[bytes], lost: Callable[[Way], None]) -> None:
        self._guardian.forget(process.pid)  # before it is reaped, because its ID may be reused after that
        process.wait()
        self._ended.set()
        if self._process is process:
            self._process = None
            lost(self)

    async def close(self) -> None:
        """End the tool. Idempotent."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await self._ended.wait()
        self.namespace.close()


class Outside:
    """Makes the ways of one engine. `guardian` ends the tools if the engine is killed."""

    def __init__(self, sockets: NamespaceSockets, guardian: Guardian, tools: tuple[Tool, ...] | None = None) -> None:
        self._sockets = sockets
        self._guardian = guardian
        self.tools = tools_here() if tools is None else tools
        self._ways: set[Way] = set()
        self._changes: socket.socket | None = None
        self._closing: asyncio.Task[None] | None = None
        self._openings = TaskSet()

    @property
    def missing(self) -> str:
        """Why environments cannot have both their own network and a way to the outside; "" if they can."""
        if self.tools:
            return ""
        if sys.platform == "linux" and not os.access(TUNNEL, os.R_OK | os.W_OK):
            return f"This user may not open {TUNNEL}, which a network apart from this machine's needs."
        return _NO_TOOL

    @property
    def cure(self) -> str:
        """What to do about `missing`."""
        return f"Let this user read and write {TUNNEL} (mode 0666, as udev makes it)." if "may not" in self.missing else _INSTALL

    async def attach(self, pid: int) -> Way:
        """Open the way for the network namespace of a process, trying each tool. Close it with the environment.

        A machine without a network has no outside, which the way's `notice` says. Raises SandboxError if this machine's
        addresses cannot be blocked.
        """
        namespace = NetworkNamespace.of(pid)
        try:
            # In this order: no address that this machine gets meanwhile is missed, and the way is open to none of them.
            self._hear_changes()
            await self._sockets.prohibit(namespace, closed_networks())
            way = Way(namespace, self._guardian)
            await self._open(way)
        except BaseException:
            namespace.close()
            raise
        self._ways.add(way)
        return way

    async def detach(self, way: Way) -> None:
        """Close a way. Idempotent."""
        self._ways.discard(way)
        await way.close()

    async def close(self) -> None:
        """Close all ways."""
        if self._changes is not None:
            asyncio.get_running_loop().remove_reader(self._changes.fileno())
            self._changes.close()
            self._changes = None
        if self._closing is not None:
            await asyncio.gather(self._closing, return_exceptions=True)
        await self._openings.cancel()
        await asyncio.gather(*(self.detach(way) for way in tuple(self._ways)))

    async def _open(self, way: Way) -> None:
        owner = way.namespace.owner() if os.geteuid() != 0 else -1
        try:
            await self._by_a_tool(way, owner)
        finally:
            if owner >= 0:
                os.close(owner)

    async def _by_a_tool(self, way: Way, owner: int) -> None:
        way.notice = _NO_TOOL
        others = [owner] if owner >= 0 else []
        for tool in self.tools:
            try:
                process = await started(tool.command(owner), way.namespace.descriptor, others, self._guardian)
            except (OSError, TimeoutError) as error:
                way.notice = _NO_WAY.format(tool.name, error)
            else:
                way.leads_through(process, self._lost)
                return

    def _lost(self, way: Way) -> None:
        """Start another tool in place of one that was killed or failed; connections through it are lost."""
        if way not in self._ways:
            return
        if way.opened >= _MOST_OPENINGS:
            way.notice = "There is no way to the outside any more: what makes it ended again and again."
            logger.warning("%s", way.notice)
            return
        logger.warning("What makes an environment's way to the outside has ended; it is started again.")
        self._openings.begin("Opening the way to the outside again", self._open(way))

    def _hear_changes(self) -> None:
        """From the first way on, block addresses that this machine gets later, too."""
        if self._changes is None:
            self._changes = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE)
            self._changes.bind((0, _ADDRESS_CHANGES))
            asyncio.get_running_loop().add_reader(self._changes.fileno(), self._changed)

    def _changed(self) -> None:
        # Ends with EAGAIN, or with ENOBUFS if there were too many changes to report. All addresses are listed anew anyway.
        with contextlib.suppress(OSError):
            while self._changes is not None:
                self._changes.recv(1 << 16)
        if self._closing is None or self._closing.done():
            self._closing = begin("Closing this machine's new addresses", self._close_new())

    async def _close_new(self) -> None:
        closed = None
        # Until nothing has changed: what is reported while this runs starts no second task.
        while closed != (closed := closed_networks()):
            for way in tuple(self._ways):
                with contextlib.suppress(SandboxError):  # its environment is just ending
                    await self._sockets.prohibit(way.namespace, closed)
