"""Cross-origin requests: a preflight is answered without the function, and the function's answers get their headers.

Source: Lambda guide, "Cross-origin resource sharing (CORS)" of function URLs; API reference, Cors; the Fetch standard, "CORS
protocol". What a function says itself about CORS is replaced: two values of one header are refused by browsers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PREFIX = "access-control-"


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser asks what it may send. Names of headers in any case, if the mapping ignores it."""
    return method == "OPTIONS" and "Origin" in headers and "Access-Control-Request-Method" in headers


def preflight_headers(cors: Mapping[str, Any], origin: str) -> dict[str, str]:
    """Return what a preflight from an origin is answered; nothing of CORS for an origin that is not allowed."""
    allowed = _for_origin(cors, origin)
    if not allowed:
        return {}
    lists = {"Access-Control-Allow-Methods": "AllowMethods", "Access-Control-Allow-Headers": "AllowHeaders"}
    given = {name: ",".join(cors[member]) for name, member in lists.items() if cors.get(member)}
    age = {"Access-Control-Max-Age": str(cors["MaxAge"])} if cors.get("MaxAge") else {}
    return {**allowed, **given, **age}


def shared_headers(cors: Mapping[str, Any], origin: str) -> dict[str, str]:
    """Return what is added to an answer for an origin, "" for a request that has none."""
    allowed = _for_origin(cors, origin)
    exposed = cors.get("ExposeHeaders")
    return {**allowed, **({"Access-Control-Expose-Headers": ",".join(exposed)} if allowed and exposed else {})}


def is_about_cors(name: str) -> bool:
    """Whether a header of an answer is one of those that the configuration decides."""
    return name.lower().startswith(_PREFIX)


def _for_origin(cors: Mapping[str, Any], origin: str) -> dict[str, str]:
    origins, with_credentials = cors.get("AllowOrigins", ()), bool(cors.get("AllowCredentials"))
    if not origin or (origin not in origins and "*" not in origins):
        return {}
    # With credentials, browsers do not take a star for an origin.
    named = origin in origins or with_credentials
    credentials = {"Access-Control-Allow-Credentials": "true"} if with_credentials else {}
    return {"Access-Control-Allow-Origin": origin if named else "*", **credentials, **({"Vary": "Origin"} if named else {})}
