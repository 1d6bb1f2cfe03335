"""What callers send, read within bounds: a body, a number. Whatever is wrong with it is the caller's to hear, in one sentence."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from aiohttp import web

from workbench.gateway.bodies_in_memory import BodiesInMemory
from workbench.model.failures import ServiceError

T = TypeVar("T")
BODIES = web.AppKey("bodies", BodiesInMemory)
"""Where an application has the bodies that come in."""
MOST_DIGITS = 18
"""A number of the journal and of SQLite has no more."""


async def body_of(request: web.Request) -> bytes:
    """The whole body, see `BodiesInMemory.read`."""
    return await request.app[BODIES].read(request, request.client_max_size)


async def decoded_body(request: web.Request, kind: type[T], what: str) -> T:
    """A body in JSON. Raises ServiceError 400 for one that is of another form: "`what` not valid: …"."""
    return decoded(await body_of(request), kind, what)


def decoded(body: bytes, kind: type[T], what: str) -> T:
    """The value in a JSON text. Raises ServiceError 400 for one of another form, too deep or with numbers that are too long."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ServiceError("InvalidParameterValueException", 400, f"{what} not valid: {error}") from error


def number_in(request: web.Request, name: str, default: int, *, least: int = 0, most: int = 10**MOST_DIGITS) -> int:
    """A whole number of the query. Raises ServiceError 400."""
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS and least <= int(text) <= most):
        allowed = f"a whole number from {least:,}" + (f" to {most:,}" if most < 10**MOST_DIGITS else "")
        raise ServiceError("InvalidParameterValueException", 400, f"{name} is {allowed}, not {shortened(text)!r}.")
    return int(text)


def shortened(text: str) -> str:
    """A caller's text, for a message."""
    return text if len(text) <= 100 else text[:100] + "…"
