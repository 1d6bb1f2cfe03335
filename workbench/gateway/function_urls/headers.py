"""Which headers a function may set, and what becomes of the others.

Source: Lambda guide, "Invoking Lambda function URLs"; answers seen of function URLs (`x-amzn-Remapped-www-authenticate`,
`x-amzn-Remapped-server`, `x-amzn-Remapped-date`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

CONTENT_TYPE = "Content-Type"
_DROPPED = frozenset({"keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"})
_REMAPPED = frozenset({
    "connection", "content-length", "date", "server", "www-authenticate", "x-amzn-requestid", "x-amzn-trace-id"})
"""What Lambda sets itself, or what would have a meaning on the way to the caller."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Malformed(Exception):
    """A function's answer that Lambda does not understand, why in a sentence. Callers get 502."""


def answer_headers(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the headers that are sent for those that a function set. Raises Malformed."""
    for name, value in headers:
        if not _NAME.fullmatch(name) or _CONTROLS.search(value):
            raise Malformed(f"The header {name[:50]!r} has a name or a value that HTTP does not allow.")
        lower = name.lower()
        if lower in _REMAPPED:
            yield f"x-amzn-Remapped-{lower}", value
        elif lower not in _DROPPED:
            yield name, value
