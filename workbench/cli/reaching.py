"""From where the engine of `workbench serve --host` can be reached, and what its person should know of that."""

from __future__ import annotations

import ipaddress
import socket

from workbench.gateway.reach import LOOPBACK, BeyondLoopback, LoopbackOnly, Reach
from workbench.gateway.signatures.access_keys import AccessKeys
from workbench.gateway.signatures.verification import Verification
from workbench.model.failures import EngineError

_LOOPBACK = (LOOPBACK, "localhost")


def reach_of(host: str) -> Reach:
    """Return the reach that an address gives. Raises EngineError beyond loopback if there is no key yet: nobody could call.

    Blocks while a name is looked up.
    """
    if host.lower() in _LOOPBACK:
        return LoopbackOnly()
    if _is_name_of_loopback(host):
        raise EngineError(f"{host} leads to this machine's loopback address: no other machine would reach the engine.",
                          "Name an address of this machine in its network, or 0.0.0.0 for all of them.")
    keys = AccessKeys()
    if not keys.all():
        raise EngineError(f"At {host}, only requests that are signed with an issued key are answered, and there is none.",
                          "workbench keys add makes one.")
    return BeyondLoopback(host, Verification(keys.secret))


def _is_name_of_loopback(host: str) -> bool:
    """Whether a name stands for 127.0.0.1 alone, as a machine's own name often does in its file of hosts."""
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, None)}
    except OSError:
        return False  # listening there says why
    return all(ipaddress.ip_address(each.partition("%")[0]).is_loopback for each in found) and host not in found


def warning(host: str, url: str) -> str:
    """Say what an engine beyond loopback means, "" for one on loopback. `url` is its address there."""
    if host.lower() in _LOOPBACK:
        return ""
    port, name = url.rpartition(":")[2], f"[{host}]" if ":" in host else host
    where = f"at all addresses of this machine, port {port}" if host in ("0.0.0.0", "::") else f"at http://{name}:{port}"  # noqa: S104
    return (f"Warning: other machines can call this engine {where}, and run and change functions with your rights, if they sign "
            "with a key of \"workbench keys\"; function URLs with AuthType NONE need none. There is no TLS: secret keys are "
            "never sent, but events, code and answers can be read on the way. Use it only in a network that you trust.\n")
