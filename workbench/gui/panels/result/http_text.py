"""An HTTP request and its response as colored pieces of text. Without widgets."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.gui.panels.invocation_words import duration, size
from workbench.gui.panels.result.result_text import Piece, json_pieces
from workbench.model.url_exchanges import BodyInfo, ChunkInfo, End, Headers, UrlExchangeInfo, UrlResponseInfo
from workbench.state.answers import pretty_json

MOST_CHUNKS_SHOWN = 200

ENDS: dict[End, str] = {
    "sending": "The response is still being sent.",
    "whole": "",
    "broken": "The function failed in the middle: the connection ended without its last chunk, which HTTP clients report.",
    "left": "The caller left before the end. The invocation went on without it, as on Lambda.",
}


def request_pieces(exchange: UrlExchangeInfo) -> Iterator[Piece]:
    """Yield the request as it came."""
    query = f"?{exchange.query}" if exchange.query else ""
    yield Piece("REQUEST\n", "muted", bold=True)
    yield Piece(f"{exchange.method} ", "syntax_keyword", bold=True)
    yield Piece(f"{exchange.path}{query} ", "text")
    yield Piece(f"{exchange.protocol}\n", "muted")
    yield from _headers(exchange.headers)
    yield from _body(exchange.body)


def response_pieces(exchange: UrlExchangeInfo) -> Iterator[Piece]:
    """Yield the response as far as it has come."""
    response = exchange.response
    yield Piece("\nRESPONSE\n", "muted", bold=True)
    if response is None:
        yield Piece("There is none yet.\n", "muted")
        return
    yield Piece(f"{response.status}", _status_token(response.status), bold=True)
    yield Piece(f"  after {duration(response.after_ms)}{_ended(response)}\n", "muted")
    yield from _headers(response.headers)
    yield from _body(response.body)
    if response.is_streamed:
        yield from _chunks(response)
    if ENDS[response.end]:
        yield Piece(f"\n{ENDS[response.end]}\n", "error" if response.end == "broken" else "warning")


def _ended(response: UrlResponseInfo) -> str:
    return f", ended after {duration(response.ended_ms)}" if response.is_streamed and response.ended_ms is not None else ""


def _status_token(status: int) -> str:
    return "error" if status >= 500 else "warning" if status >= 400 else "success"


def _headers(headers: Headers) -> Iterator[Piece]:
    for name, value in headers:
        yield Piece(f"{name}: ", "syntax_function")
        yield Piece(f"{value}\n", "text")


def _body(body: BodyInfo) -> Iterator[Piece]:
    if not body.size_bytes:
        return
    yield Piece("\n", "text")
    if body.is_base64:
        yield Piece(f"No text; as base64, {size(body.size_bytes)}:\n", "muted")
        yield Piece(f"{body.text}\n", "text")
    else:
        yield from json_pieces(pretty_json(body.text))
        yield Piece("\n", "text")
    if not body.is_whole:
        yield Piece(f"The first {size(body.kept_bytes)} of {size(body.size_bytes)}.\n", "muted")


def _chunks(response: UrlResponseInfo) -> Iterator[Piece]:
    total = len(response.chunks) + response.chunks_left_out
    yield Piece(f"\nSTREAMED in {total:,} {'part' if total == 1 else 'parts'}\n", "muted", bold=True)
    before_ms = response.after_ms
    for chunk in response.chunks[:MOST_CHUNKS_SHOWN]:
        yield from _chunk(chunk, before_ms)
        before_ms = chunk.at_ms
    left_out = total - min(len(response.chunks), MOST_CHUNKS_SHOWN)
    if left_out:
        yield Piece(f"… and {left_out:,} more\n", "muted")


def _chunk(chunk: ChunkInfo, before_ms: float) -> Iterator[Piece]:
    yield Piece(f"{duration(chunk.at_ms):>10}", "text")
    yield Piece(f"  +{duration(max(chunk.at_ms - before_ms, 0.0))}  {size(chunk.size_bytes)}\n", "muted")
