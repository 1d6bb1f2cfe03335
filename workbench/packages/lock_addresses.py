"""Tell a registry's addresses in the locks of npm and yarn from other addresses.

An address in a registry has the form `https://HOST/…/NAME/-/FILE.tgz`. In an untrusted folder its host does not matter: such
addresses are removed from the copy that npm works on, so that npm asks the registry that the person has set up for the version
and compares the answer with the lock's checksum. Source: npm's manual, package-lock.json (`resolved` may be missing:
omit-lockfile-registry-resolved).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from workbench.packages.node_projects import LOCKS, read_document

_IN_A_REGISTRY = re.compile(
    r"https://(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/(?:[\w.~%-]+/)*(?:@[\w.~-]+/|@[\w.~-]+%2[fF])?[\w.~-]+/-/[\w.~@/+-]+\.tgz"
    r"(?:#[0-9a-f]*)?", re.ASCII)
_YARN_PLACE = re.compile(r'^[ \t]+"?resolved"?:? "?([^"\s]+)"?[^\n]*\n?', re.MULTILINE)
_YARN_LOCK = "yarn.lock"
_UV_LOCK = "uv.lock"
_ANY_HOST = re.compile(rb'"([A-Za-z+]+://[^/"\s]+)')


def unusual_addresses(name: str, content: bytes) -> list[str]:
    """The addresses in a lock that are neither in a registry, nor local paths, nor aliases; [] for any other file."""
    if name == _YARN_LOCK:
        found = [match[1] for match in _YARN_PLACE.finditer(content.decode("utf-8", errors="replace"))]
        return [place for place in found if not _is_plain(place)]
    return list(_unusual_in(read_document(content))) if name in LOCKS else []


def registries(name: str, content: bytes) -> frozenset[str]:
    """The hosts of the registries that a lock names: with other ones, other people decide what is installed."""
    if name == _UV_LOCK:
        return frozenset(match.decode(errors="replace") for match in _ANY_HOST.findall(content))
    if name == _YARN_LOCK:
        found = [match[1] for match in _YARN_PLACE.finditer(content.decode("utf-8", errors="replace"))]
    else:
        found = list(_addresses_in(read_document(content))) if name in LOCKS else []
    return frozenset(place.split("/")[2] for place in found if _is_in_a_registry(place))


def without_registries(name: str, content: bytes) -> bytes:
    """A lock without its registry addresses; any other file unchanged."""
    if name == _YARN_LOCK:
        text = content.decode("utf-8", errors="replace")
        return _YARN_PLACE.sub(lambda match: "" if _is_in_a_registry(match[1]) else match[0], text).encode()
    return json.dumps(_left(read_document(content))).encode() if name in LOCKS else content


def _is_plain(place: str) -> bool:
    return place.startswith(("file:", "npm:")) or _is_in_a_registry(place)


def _is_in_a_registry(place: Any) -> bool:
    return isinstance(place, str) and _IN_A_REGISTRY.fullmatch(place) is not None


def _unusual_in(entry: Any) -> Iterator[str]:
    """Yield the unusual addresses at every depth, including versions that are addresses."""
    for name, value in entry.items() if isinstance(entry, dict) else ():
        if isinstance(value, dict):
            yield from _unusual_in(value)
        elif isinstance(value, str) and ":" in value and _is_unusual(name, value):
            yield value


def _is_unusual(name: str, value: str) -> bool:
    return not _is_plain(value) if name == "resolved" else name == "version" and not value.startswith(("file:", "npm:"))


def _addresses_in(entry: Any) -> Iterator[str]:
    for name, value in entry.items() if isinstance(entry, dict) else ():
        if isinstance(value, dict):
            yield from _addresses_in(value)
        elif name == "resolved" and isinstance(value, str):
            yield value


def _left(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    return {name: _left(value) for name, value in entry.items() if not (name == "resolved" and _is_in_a_registry(value))}
