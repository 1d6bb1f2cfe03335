"""Requests that a browser sends on behalf of a web page: every port on this machine can be reached by all pages that are open.

Source: the Fetch standard ("Origin" is sent with all but simple GET and HEAD requests) and W3C, Fetch Metadata Request Headers
(`Sec-Fetch-Site` is "none" for what the person asked for). A page whose name was rebound to this machine sends neither with a
GET, but its own name as the host.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
_PRIVATE_ENDS = (".internal", ".localdomain", ".localhost")
"""No public name ends so. Source: ICANN and RFC 6761; `host.docker.internal` is how containers call this machine."""


def is_of_a_page(headers: Mapping[str, str]) -> bool:
    """Whether a page sent it. Names of headers are found in small letters."""
    return "origin" in headers or headers.get("sec-fetch-site", "none") != "none"


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine's loopback interface, with a port or without."""
    return _name(host).lower() in _LOOPBACK


def is_public_name(host: str) -> bool:
    """Whether a Host header has a name that somebody on the internet may have made lead here: no address, no private name."""
    name = _name(host).lower().strip("[]")
    if "." not in name.strip(".") or name.endswith(_PRIVATE_ENDS):
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return True
    return False


def _name(host: str) -> str:
    return host.rsplit(":", 1)[0] if not host.endswith("]") else host
