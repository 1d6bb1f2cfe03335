"""An answer in JSON."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web


def json_answer(document: Any) -> web.Response:
    """Return status 200 with a document: builtins, or anything else that msgspec encodes."""
    return encoded_answer(msgspec.json.encode(document))


def encoded_answer(body: bytes) -> web.Response:
    """The same with a document that is JSON already."""
    return web.Response(body=body, content_type="application/json")
