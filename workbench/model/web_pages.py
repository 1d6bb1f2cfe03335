"""Recognizes requests that a browser sends for a web page, because any open page can reach every port on this machine.

Source: the Fetch standard ("Origin" is sent with all but simple GET and HEAD requests) and W3C, Fetch Metadata Request Headers
(`Sec-Fetch-Site` is "none" for what the person asked for). A page whose name was rebound to this machine sends neither with a
GET, but its own name as the host.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Mapping

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
_LONGEST_KNOWN = 64
"""Longer names are not remembered, which would take their memory."""
_BELOW_LOCALHOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+localhost")
_PRIVATE_ENDS = (".internal", ".localdomain", ".localhost")
"""Endings that no public name has. Source: ICANN and RFC 6761; containers call this machine `host.docker.internal`."""


def is_of_a_page(headers: Mapping[str, str]) -> bool:
    """Whether a web page sent the request. Header names must be in lower case."""
    return "origin" in headers or headers.get("sec-fetch-site", "none") != "none"


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine's loopback interface, with or without a port."""
    return host_name(host) in _LOOPBACK


def is_below_localhost(host: str) -> bool:
    """Whether a Host header has a name below localhost, such as `bucket.localhost:9001`.

    It is loopback's as well, and nobody can rebind it: no name server may answer such names. Source: RFC 6761, 6.3.
    """
    return _BELOW_LOCALHOST.fullmatch(_name(host).lower()) is not None


def is_public_name(host: str) -> bool:
    """Whether a Host header has a public name, which anyone can rebind to this machine; not an address or private name."""
    return _known_public(host) if len(host) <= _LONGEST_KNOWN else _is_public(host)


def _is_public(host: str) -> bool:
    name = host_name(host).strip("[]")
    if name in _LOOPBACK:
        return False
    if "." not in name.strip(".") or name.endswith(_PRIVATE_ENDS):
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return True
    return False


def host_name(host: str) -> str:
    """Return a Host header without its port, in lower case."""
    return _known_name(host) if len(host) <= _LONGEST_KNOWN else _name(host).lower()


_known_public = functools.lru_cache(256)(_is_public)


@functools.lru_cache(256)  # every request asks several times
def _known_name(host: str) -> str:
    return _name(host).lower()


def _name(host: str) -> str:
    return host.rsplit(":", 1)[0] if not host.endswith("]") else host
