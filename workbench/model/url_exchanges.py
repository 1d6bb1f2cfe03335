"""One HTTP request for a function URL and its response, as `/_workbench/function-urls/exchanges` tells them."""

from __future__ import annotations

import shlex
from typing import Literal

import msgspec

Headers = tuple[tuple[str, str], ...]
"""Names and values in the order in which they were sent; a name may come twice."""
End = Literal["sending", "whole", "broken", "left"]
"""How a response ended: not yet; with all of it; without its last chunk, as the function failed; the caller left before."""


class BodyInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A body: text where it is text, else base64. `size_bytes` is the size of all of it, also of what is not kept in `text`."""

    text: str = ""
    is_base64: bool = False
    size_bytes: int = 0
    kept_bytes: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether all of it is kept."""
        return self.kept_bytes == self.size_bytes


class ChunkInfo(msgspec.Struct, frozen=True, rename="camel"):
    """A part of a streamed response: when it was sent, in ms after the request had arrived, and its size."""

    at_ms: float
    size_bytes: int


class UrlResponseInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The response. `after_ms` and `ended_ms` count from the request's arrival; `ended_ms` is None while it is being sent.

    `chunks` are those of a streamed response, `chunks_left_out` counts those beyond what is kept.
    """

    status: int
    headers: Headers
    body: BodyInfo
    after_ms: float
    end: End = "sending"
    ended_ms: float | None = None
    is_streamed: bool = False
    chunks: tuple[ChunkInfo, ...] = ()
    chunks_left_out: int = 0


class UrlExchangeInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A request that came through a function URL. `url` is the whole address; cookies and secrets are masked.

    `received_ms` is epoch time; `response` is None while there is none.
    """

    request_id: str
    function: str
    method: str
    url: str
    path: str
    query: str
    protocol: str
    headers: Headers
    body: BodyInfo
    received_ms: float
    alias: str = ""
    source_ip: str = ""
    response: UrlResponseInfo | None = None

    def as_curl(self) -> str:
        """Return a command that sends the request again, for a POSIX shell; what is masked has to be filled in."""
        parts = ["curl", "-i", *(() if self.method == "GET" and not self.body.text else ("-X", self.method)), self.url]
        for name, value in self.headers:
            if name.lower() not in _BY_CURL:
                parts += ["-H", f"{name}: {value}"]
        if not self.body.is_base64:
            parts += ["--data-binary", self.body.text] if self.body.text else []
            return shlex.join(parts)
        return f"printf %s {shlex.quote(self.body.text)} | base64 -d | {shlex.join([*parts, '--data-binary', '@-'])}"


_BY_CURL = frozenset({"host", "content-length", "connection", "transfer-encoding", "accept-encoding"})
"""Headers that curl makes itself, or that would make its answer unreadable."""
