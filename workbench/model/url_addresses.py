"""The addresses of function URLs in texts that programs are given, and the form in which a program on this machine calls them.

Source: Lambda guide, "Creating and managing Lambda function URLs".
"""

from __future__ import annotations

import re
from collections.abc import Callable

PREFIX = "/_url/"
"""Where the engine serves them by path, for programs: many have resolvers without names below localhost."""
_ADDRESS = re.compile(
    r"https?://(?:(?P<host>[a-z0-9]{1,63})\.lambda-url\.[a-z0-9-]{1,63}\.(?:on\.aws|localhost(?::\d{1,5})?)"
    r"|127\.0\.0\.1:\d{1,5}/_url/(?P<path>[a-z0-9]{1,63}))(?![\w.-])")


def names_url(text: str) -> bool:
    """Whether a text has the address of a function URL, of AWS's or one of ours."""
    return _ADDRESS.search(text) is not None


def for_programs(text: str, base: str, is_here: Callable[[str], bool]) -> str:
    """Return a text with the addresses of the function URLs that are here, by their ids, at the engine's `base` for programs."""
    def replaced(found: re.Match[str]) -> str:
        url_id = found["host"] or found["path"]
        return f"{base}{PREFIX}{url_id}" if is_here(url_id) else found[0]

    return _ADDRESS.sub(replaced, text)
