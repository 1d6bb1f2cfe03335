"""The networks of one engine's environments: each has its own if there can be a way to the outside, else this machine's."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence

from workbench.model.allowances import host_and_port
from workbench.sandbox.isolated.forwarding import Forwarding, Service
from workbench.sandbox.isolated.holder import Holder
from workbench.sandbox.isolated.namespace_sockets import NamespaceSockets
from workbench.sandbox.isolated.outside import Outside, Way, resolv_conf
from workbench.sandbox.process.guardian import Guardian
from workbench.sandbox.protocol import Address, Admits, Listening
from workbench.sandbox.sockets import connect_to, listen_at

RUNTIME_API_PORT = 9001
_LOCAL = "127.0.0.1"


class Networks:
    """The networks of one engine. On the engine's loop."""

    def __init__(self) -> None:
        self._sockets = NamespaceSockets()
        self._guardian = Guardian()
        self._outside = Outside(self._sockets, self._guardian)

    @property
    def are_shared(self) -> bool:
        """Whether all environments share this machine's network: functions call services, so they need some way to them."""
        return bool(self._outside.missing)

    def not_enforced(self) -> tuple[str, ...]:
        """The sentence that a person must know about a shared network; () if networks are separate."""
        if not self.are_shared:
            return ()
        return (f"The network is this machine's, with everything it can reach: {self._outside.missing} {self._outside.cure}",)

    def name_servers(self) -> str:
        """The content of an environment's /etc/resolv.conf. Blocking."""
        if not self.are_shared:
            return resolv_conf()
        with contextlib.suppress(OSError), open("/etc/resolv.conf", errors="surrogateescape") as file:
            return file.read()
        return ""  # a machine without name servers still runs functions

    async def attach(self, holder: Holder) -> Way | None:
        """Open a holder's way to the outside; None if it shares this machine's network. Raises SandboxError."""
        return None if self.are_shared else await self._outside.attach(holder.pid)

    async def detach(self, way: Way) -> None:
        """Close a holder's way to the outside."""
        await self._outside.detach(way)

    async def forward(self, holder: Holder, addresses: Sequence[str]) -> tuple[Forwarding | None, tuple[str, ...]]:
        """Forward to the allowed services on this machine's loopback interface; None if that is not needed.

        Also returns a sentence for each service that cannot be reached. The Runtime API's port is never forwarded.
        """
        if holder.shares_network or not addresses:
            return None, ()
        services = [Service(*host_and_port(address)) for address in addresses if not address.endswith(f":{RUNTIME_API_PORT}")]
        return await Forwarding.into(self._sockets, holder.pid, services)

    async def listen(self, holder: Holder, admits: Admits, made: socket.socket | None = None) -> Listening:
        """Listen for a holder's Runtime API, at Lambda's address if the holder has its own network.

        `admits` guards a shared network; `made` is what `listener` returned, if it was called. Raises OSError, SandboxError.
        """
        listener = made or await self.listener(holder)
        if listener is not None:
            return Listening(listener, f"{_LOCAL}:{RUNTIME_API_PORT}")
        listening = listen_at(Address(_LOCAL, _LOCAL))
        return Listening(listening.socket, listening.runtime_api, admits)

    async def listener(self, holder: Holder) -> socket.socket | None:
        """Make the listening socket in a holder's own network; None if the network is shared. Raises SandboxError."""
        return None if holder.shares_network else await self._sockets.listen(holder.pid, _LOCAL, RUNTIME_API_PORT)

    async def connect(self, holder: Holder, port: int) -> socket.socket:
        """Connect to a port inside. Raises OSError, SandboxError."""
        if holder.shares_network:
            return await connect_to(_LOCAL, port)
        return await self._sockets.connect(holder.pid, _LOCAL, port)

    async def close(self) -> None:
        """Close all ways to the outside, and end helper and guardian."""
        await self._outside.close()
        await self._sockets.close()
        self._guardian.close()
