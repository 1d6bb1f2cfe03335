"""From where an engine can be reached: loopback alone, or other addresses too, for requests that are signed.

Beyond loopback there is no TLS: secrets are never sent, but who listens on the network can read what is, and can send a request
again for as long as its signature's time is accepted.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Middleware

from workbench.gateway.function_urls.addresses import host_of_engine
from workbench.gateway.guard import is_from_loopback, mark_own
from workbench.gateway.signatures.verification import Verification
from workbench.gateway.signed_requests import signed_requests
from workbench.model.web_pages import host_name, is_below_localhost, is_loopback

LOOPBACK = "127.0.0.1"
OWN_API = "/_workbench/"


class Reach(Protocol):
    """Where to listen, and what a request has to bring. `asks_for_keys`: it has to be signed with an issued key."""

    asks_for_keys: bool

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses to listen at. Loopback is always reached at 127.0.0.1, whether that is in the list or meant by it."""

    def refusal(self, request: web.Request) -> str:
        """Why a request is refused for where it came from or what it calls us, as a sentence; "" when it may pass."""

    def middlewares(self, token: str) -> list[Middleware]:
        """What decides about a request after it has been admitted."""


class LoopbackOnly:
    """This machine's programs only, without signatures: the engine's user is the one who is called."""

    addresses: tuple[str, ...] = (LOOPBACK,)
    asks_for_keys = False

    def refusal(self, request: web.Request) -> str:
        """Refuse any host but loopback: after DNS rebinding, a page's requests carry the page's own host name."""
        return _unless_loopback(request)

    def middlewares(self, token: str) -> list[Middleware]:  # noqa: ARG002
        """Whoever gets here is a program of this machine."""
        return [mark_own]


class BeyondLoopback:
    """Other machines too. `/_workbench/` stays on loopback; all else must be signed with an issued key.

    `host` is an address or name of this machine, or 0.0.0.0 for all its addresses.
    """

    asks_for_keys = True

    def __init__(self, host: str, verification: Verification) -> None:
        self._host = host
        self._verification = verification

    @property
    def addresses(self) -> tuple[str, ...]:
        """The address asked for, and loopback where that does not include it: the window and the commands call there."""
        return (self._host,) if self._host == "0.0.0.0" else (LOOPBACK, self._host)  # noqa: S104

    def refusal(self, request: web.Request) -> str:
        """Refuse a host name that is not ours. An address cannot be rebound: a browser that has it connects to no other."""
        if request.path.startswith(OWN_API):
            return _unless_loopback(request) if is_from_loopback(request) else f"{OWN_API} is answered on loopback only."
        host = request.headers.get("Host", "")
        address = _address(host)
        # 0.0.0.0 is no address of an interface, and browsers let pages reach it without saying so.
        if not address.is_unspecified if address is not None else self._is_own_name(host_name(host_of_engine(host))):
            return ""
        return f"The engine does not answer as {host!r}. Use an address of this machine, or the name given with --host."

    def _is_own_name(self, name: str) -> bool:
        return is_loopback(name) or is_below_localhost(name) or name in (self._host.lower(), socket.gethostname().lower())

    def middlewares(self, token: str) -> list[Middleware]:
        """Every request must be signed, except those of the window and the commands, which have the token, on loopback."""
        return [signed_requests(self._verification, token)]


def _unless_loopback(request: web.Request) -> str:
    host = request.headers.get("Host", "")
    # Names below localhost are its own too; Amazon S3's clients put the bucket there.
    return "" if is_loopback(host) or is_below_localhost(host) else f"The engine answers on loopback only, not as {host!r}."


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host_name(host).strip("[]").partition("%")[0])
    except ValueError:
        return None
