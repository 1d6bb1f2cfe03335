"""Where a function URL is here, in two forms, and how a request for one is told from all others.

    http://<id>.lambda-url.<region>.localhost:<port>/…     AWS's form; browsers and curl resolve any name below localhost
    http://127.0.0.1:<port>/_url/<id>/…                    for programs whose resolver does not (Python, Node.js)

Source: Lambda guide, "Creating and managing Lambda function URLs"; RFC 6761, 6.3 (names below localhost).
"""

from __future__ import annotations

import ipaddress
import re

import msgspec

from workbench.model.url_addresses import PREFIX
from workbench.model.web_pages import host_name, is_loopback

_LABEL = ".lambda-url."
_HOST = re.compile(r"(?P<id>[a-z0-9_-]{1,63})\.lambda-url\.(?P<region>[a-z0-9-]{1,63})\.(?P<below>[^@/\\]+)")


class NamedUrl(msgspec.Struct, frozen=True):
    """The function URL that a request names, known or not. `region` is "" where the address does not have it.

    `path` is the rest of the path as it was sent; it begins with a slash.
    """

    url_id: str
    region: str
    path: str


def named_url(host: str, path: str) -> NamedUrl | None:
    """Return which function URL a Host header and a path name, None if they name none. The host counts first."""
    found = _HOST.fullmatch(host_name(host))
    if found is not None:
        return NamedUrl(found["id"], found["region"], path if path.startswith("/") else f"/{path}")
    if not path.startswith(PREFIX):
        return None
    url_id, _, rest = path.removeprefix(PREFIX).partition("/")
    return NamedUrl(url_id, "", f"/{rest}")


def may_name_url(host: str, target: str) -> bool:
    """Whether it is worth asking `named_url`: every request comes past here, and nearly none is for a function URL."""
    return target.startswith(PREFIX) or _LABEL in host.lower() or not target.startswith("/")


def host_of_engine(host: str) -> str:
    """Return a Host header without the labels of a function URL: the engine's own name, below which the URL's is."""
    found = _HOST.fullmatch(host_name(host))
    return host if found is None else found["below"]


def domain_name(url_id: str, region: str) -> str:
    """Return the name of a function URL on this machine, without the port."""
    return f"{url_id}.lambda-url.{region}.localhost"


def url_at(address: str, url_id: str, region: str) -> str:
    """Return a function URL for a caller who reaches the engine at `address`, `http://host:port`.

    It has AWS's form, because clients take the id from the first label of its host; the form for programs where the engine is
    reached by an address of another machine's network, which has no names below it.
    """
    scheme, _, host = address.partition("://")
    name, _, port = host.rpartition(":") if host.rpartition(":")[2].isdecimal() else (host, "", "")
    if is_loopback(host):
        return f"{scheme}://{domain_name(url_id, region)}{f':{port}' if port else ''}/"
    if _is_address(name):
        return program_url_at(address, url_id)
    return f"{scheme}://{url_id}.lambda-url.{region}.{name}{f':{port}' if port else ''}/"


def program_url_at(address: str, url_id: str) -> str:
    """Return the form for programs: it needs no name but the engine's."""
    return f"{address}{PREFIX}{url_id}/"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
