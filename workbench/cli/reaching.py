"""From where the engine of `workbench serve --host` can be reached, and what its person should know of that."""

from __future__ import annotations

from workbench.gateway.reach import LOOPBACK, BeyondLoopback, LoopbackOnly, Reach
from workbench.gateway.signatures.access_keys import AccessKeys
from workbench.gateway.signatures.verification import Verification
from workbench.model.failures import EngineError

_LOOPBACK = (LOOPBACK, "localhost")


def reach_of(host: str) -> Reach:
    """Return the reach that an address gives. Raises EngineError beyond loopback if there is no key yet: nobody could call."""
    if host.lower() in _LOOPBACK:
        return LoopbackOnly()
    keys = AccessKeys()
    if not keys.all():
        raise EngineError(f"At {host}, only requests that are signed with an issued key are answered, and there is none.",
                          "workbench keys add makes one.")
    return BeyondLoopback(host, Verification(keys.secret))


def warning(host: str, url: str) -> str:
    """Say what an engine beyond loopback means, "" for one on loopback. `url` is its address there."""
    if host.lower() in _LOOPBACK:
        return ""
    port, name = url.rpartition(":")[2], f"[{host}]" if ":" in host else host
    where = f"at all addresses of this machine, port {port}" if host in ("0.0.0.0", "::") else f"at http://{name}:{port}"  # noqa: S104
    return (f"Warning: other machines can call this engine {where}, and run and change functions with your rights, if they sign "
            "with a key of \"workbench keys\". There is no TLS: secret keys are never sent, but events, code and answers can be "
            "read on the way. Use it only in a network that you trust.\n")
