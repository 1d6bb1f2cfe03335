"""What was sent to function URLs and what they answered: the latest exchanges, in memory, so that a person can look at them."""

from __future__ import annotations

import base64
import time
from collections import OrderedDict
from collections.abc import Iterable
from urllib.parse import unquote_plus

from workbench.gateway.function_urls.event import UrlRequest
from workbench.model.overrides import MASK
from workbench.model.secret_names import looks_secret
from workbench.model.url_exchanges import BodyInfo, ChunkInfo, End, Headers, UrlExchangeInfo, UrlResponseInfo

MOST_EXCHANGES = 200
MOST_KEPT_BYTES = 8 << 20
"""Of all bodies together. The oldest exchanges go first."""
BODY_KEPT_BYTES = 65_536
"""How much of a body is kept."""
MOST_CHUNKS = 1_000
_SECRET_PARAMETERS = frozenset({"x-amz-signature", "x-amz-credential"})


class _Body:
    """The beginning of a body, and the size of all of it."""

    def __init__(self, data: bytes = b"") -> None:
        self.kept = bytearray(data[:BODY_KEPT_BYTES])
        self.size_bytes = len(data)

    def add(self, data: bytes) -> int:
        """Take one more part; return how much of it is kept."""
        room = max(BODY_KEPT_BYTES - len(self.kept), 0)
        self.kept += data[:room]
        self.size_bytes += len(data)
        return min(room, len(data))

    def info(self) -> BodyInfo:
        """Describe it: text where it is text."""
        text = _text_of(bytes(self.kept), is_cut=len(self.kept) < self.size_bytes)
        return BodyInfo(
            text=base64.b64encode(self.kept).decode() if text is None else text, is_base64=text is None,
            size_bytes=self.size_bytes, kept_bytes=len(self.kept))


class Recording:
    """One exchange as it goes. Use it on the server's loop."""

    def __init__(self, request: UrlRequest, url: str, function: str, alias: str) -> None:
        self._request, self._url, self._function, self._alias = request, url, function, alias
        self._began_s = time.perf_counter()
        self._asked, self._answer = _Body(request.body), _Body()
        self._status = 0
        self._headers: Headers = ()
        self._after_ms = 0.0
        self._ended_ms: float | None = None
        self._end: End = "sending"
        self._is_streamed = False
        self._chunks: list[ChunkInfo] = []
        self._left_out = 0

    @property
    def request_id(self) -> str:
        """The invocation's."""
        return self._request.request_id

    @property
    def kept_bytes(self) -> int:
        """How much of its bodies is kept."""
        return len(self._asked.kept) + len(self._answer.kept)

    def begun(self, status: int, headers: Iterable[tuple[str, str]], *, is_streamed: bool) -> None:
        """Note status and headers."""
        self._status, self._headers, self._is_streamed = status, tuple(headers), is_streamed
        self._after_ms = self._now_ms()

    def sent(self, part: bytes) -> None:
        """Note a part of the body."""
        self._answer.add(part)
        if not self._is_streamed:
            return
        if len(self._chunks) < MOST_CHUNKS:
            self._chunks.append(ChunkInfo(round(self._now_ms(), 3), len(part)))
        else:
            self._left_out += 1

    def ended(self, end: End) -> None:
        """Note how the response ended; what is said first counts."""
        if self._end == "sending":
            self._end, self._ended_ms = end, self._now_ms()

    def info(self) -> UrlExchangeInfo:
        """Describe it, with cookies and secrets masked."""
        request = self._request
        response = UrlResponseInfo(
            status=self._status, headers=masked(self._headers), body=self._answer.info(), after_ms=self._after_ms,
            end=self._end, ended_ms=self._ended_ms, is_streamed=self._is_streamed, chunks=tuple(self._chunks),
            chunks_left_out=self._left_out) if self._status else None
        path, query = _shown(request.path), _masked_query(_shown(request.query))
        return UrlExchangeInfo(
            request_id=request.request_id, function=self._function, alias=self._alias, method=request.method,
            url=f"{self._url}{path}{f'?{query}' if query else ''}", path=path, query=query, protocol=request.protocol,
            headers=masked(request.headers), body=self._asked.info(), received_ms=request.time_ms, source_ip=request.source_ip,
            response=response)

    def _now_ms(self) -> float:
        return (time.perf_counter() - self._began_s) * 1000


class Recordings:
    """The latest exchanges of one engine, by request ID. Use it on the server's loop."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Recording] = OrderedDict()

    def begin(self, recording: Recording) -> Recording:
        """Keep an exchange from now on; the oldest ones go."""
        self._kept[recording.request_id] = recording
        while len(self._kept) > 1 and (
                len(self._kept) > MOST_EXCHANGES or sum(each.kept_bytes for each in self._kept.values()) > MOST_KEPT_BYTES):
            self._kept.popitem(last=False)
        return recording

    def get(self, request_id: str) -> Recording | None:
        """Return an exchange, None if it is not kept."""
        return self._kept.get(request_id)


def masked(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return headers with the values of cookies, authorization and other secrets masked."""
    return tuple((_shown(name), _masked_value(name.lower(), _shown(value))) for name, value in headers)


def _masked_value(name: str, value: str) -> str:
    if name == "cookie":
        return "; ".join(_masked_cookie(each.strip()) for each in value.split(";"))
    if name == "set-cookie":
        cookie, semicolon, attributes = value.partition(";")
        return f"{_masked_cookie(cookie)}{semicolon}{attributes}"
    if name == "authorization":
        scheme, space, _ = value.partition(" ")
        return f"{scheme} {MASK}" if space else MASK
    is_secret = looks_secret(name.replace("-", "_")) and "authenticate" not in name
    return MASK if is_secret else value


def _masked_cookie(cookie: str) -> str:
    name, equals, _ = cookie.partition("=")
    return f"{name}={MASK}" if equals else MASK


def _masked_query(query: str) -> str:
    return "&".join(_masked_parameter(each) for each in query.split("&"))


def _masked_parameter(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    plain = unquote_plus(name).lower()
    is_secret = plain in _SECRET_PARAMETERS or looks_secret(plain.replace("-", "_"))
    return f"{name}={MASK}" if equals and is_secret else parameter


def _text_of(data: bytes, *, is_cut: bool) -> str | None:
    """Return a body as text, None for what is none. One that was cut may end within a character."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if not is_cut or error.start < len(data) - 3:
            return None
        text = data[:error.start].decode()
    return text if all(character.isprintable() or character in "\r\n\t" for character in text[:1_000]) else None


def _shown(text: str) -> str:
    """Return what JSON can carry of bytes that need not be valid UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
