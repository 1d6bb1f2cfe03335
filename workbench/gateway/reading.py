"""Read what callers send, within bounds: bodies and numbers. Whatever is wrong with it is reported to the caller in one line."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from aiohttp import web

from workbench.gateway.bodies_in_memory import BodiesInMemory, TooLarge, read_at_once, too_large_body
from workbench.gateway.body_encodings import is_packed, unpacked
from workbench.model.failures import ServiceError
from workbench.model.quotas import REQUEST_LIMIT_BYTES

T = TypeVar("T")
BODIES = web.AppKey("bodies", BodiesInMemory)
"""Where an application has the bodies that come in."""
_KEPT = web.RequestKey("body", bytes)
MOST_DIGITS = 18
"""As many digits as always fit into SQLite's 64-bit integers, which number the journal's events."""


def body_at_once(request: web.Request, limit_bytes: int) -> bytes | None:
    """The whole body if it came with its head, small and not packed, as nearly all do; None where `body_of` has to be asked."""
    return None if _KEPT in request or is_packed(request.headers) else read_at_once(request, limit_bytes)


async def body_of(request: web.Request, limit_bytes: int = REQUEST_LIMIT_BYTES, too_large: TooLarge = too_large_body) -> bytes:
    """The whole body, without what it was packed in. Raises what `wire_body_of` and `unpacked` raise."""
    body = await wire_body_of(request, limit_bytes, too_large)
    if is_packed(request.headers):
        body = await unpacked(body, request.headers, limit_bytes)
    request.app[BODIES].settle(request, len(body))
    return body


async def wire_body_of(request: web.Request, limit_bytes: int, too_large: TooLarge = too_large_body) -> bytes:
    """The whole body as it came, see `BodiesInMemory.read`; the one that was kept, to whoever reads it first."""
    body = kept_body(request)
    if body is None:
        here = read_at_once(request, limit_bytes)
        return here if here is not None else await request.app[BODIES].read(request, limit_bytes, too_large)
    if len(body) > limit_bytes:
        raise too_large(body)
    return body


def kept_body(request: web.Request) -> bytes | None:
    """Take the body that was kept, None if it is still to be read."""
    body = request.get(_KEPT)
    if body is not None:
        del request[_KEPT]
    return body


def keep_body(request: web.Request, body: bytes) -> None:
    """Keep a body that was read before the handler needs it."""
    request[_KEPT] = body


async def decoded_body(request: web.Request, kind: type[T], what: str) -> T:
    """Decode a JSON body as a value of type `kind`. Raises ServiceError 400, "`what` not valid: …", when it is not one."""
    return decoded(await body_of(request), kind, what)


def decoded(body: bytes, kind: type[T], what: str) -> T:
    """Decode JSON as a value of type `kind`. Raises ServiceError 400, also for text nested too deeply or numbers too long."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ServiceError("InvalidParameterValueException", 400, f"{what} not valid: {error}") from error


def number_in(request: web.Request, name: str, default: int, *, least: int = 0, most: int = 10**MOST_DIGITS) -> int:
    """A whole number from the query, `default` if it is not given. Raises ServiceError 400 outside `least` to `most`."""
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS and least <= int(text) <= most):
        allowed = f"a whole number from {least:,}" + (f" to {most:,}" if most < 10**MOST_DIGITS else "")
        raise ServiceError("InvalidParameterValueException", 400, f"{name} is {allowed}, not {shortened(text)!r}.")
    return int(text)


def shortened(text: str) -> str:
    """A caller's text, cut to 100 characters for use in a message."""
    return text if len(text) <= 100 else text[:100] + "…"


def header_text(value: str) -> str:
    """A caller's text as the value of a header of our own, in printable ASCII, at most 1,024 characters.

    A trace ID goes into a header of the Runtime API: a line break in it would add headers of the caller's choice there.
    """
    return "".join(character for character in value if " " <= character <= "~")[:1024] if value else ""  # nearly always
