"""`workbench urls --request`: the HTTP request behind an invocation that came through a function URL, and its response."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from workbench.cli.loop import run
from workbench.cli.output import write_json
from workbench.client.engine_process import attach
from workbench.model.failures import EngineError, InvalidInput
from workbench.model.shown import shown
from workbench.model.url_exchanges import BodyInfo, Headers, UrlExchangeInfo, UrlResponseInfo
from workbench.workspace.state_directory import state_directory

_ENDS = {
    "sending": "It is still being sent.", "whole": "", "left": "Its caller left before the end.",
    "broken": "The function failed in the middle: the connection ended without its last chunk.",
}


def show_exchange(workspace: Path, request_id: str, *, as_json: bool) -> int:
    """Print it. Returns exit status 0. Raises EngineError without an engine, InvalidInput if it does not have the request."""
    exchange = run(_exchange(workspace, request_id))
    if as_json:
        write_json(msgspec.json.encode(exchange))
    else:
        sys.stdout.write(shown(words(exchange)))
    return 0


async def _exchange(workspace: Path, request_id: str) -> UrlExchangeInfo:
    client = await attach(state_directory(workspace))
    if client is None:
        raise EngineError("No engine serves this workspace, and so it has no requests.", "It keeps them until it ends.")
    async with client:
        exchange = await client.versions.url_exchange(request_id)
    if exchange is None:
        raise InvalidInput(f"The engine has no HTTP request {request_id}.",
                           "It keeps the latest 200 requests for function URLs, by the x-amzn-RequestId of their answers.")
    return exchange


def words(exchange: UrlExchangeInfo) -> str:
    """Return request and response as text."""
    target = f"{exchange.path}?{exchange.query}" if exchange.query else exchange.path
    request = [f"{exchange.method} {target} {exchange.protocol}", *_headers(exchange.headers), *_body(exchange.body)]
    return "\n".join([*request, "", *_response(exchange.response)]) + "\n"


def _response(response: UrlResponseInfo | None) -> list[str]:
    if response is None:
        return ["There is no response yet."]
    parts = [f"{chunk.at_ms:10.1f} ms  {chunk.size_bytes:,} bytes" for chunk in response.chunks]
    left_out = [f"and {response.chunks_left_out:,} more parts"] if response.chunks_left_out else []
    end = [_ENDS[response.end]] if _ENDS[response.end] else []
    return [f"{response.status} after {response.after_ms:.1f} ms", *_headers(response.headers), *_body(response.body),
            *(["", "Streamed:", *parts, *left_out] if response.is_streamed else ()), *(["", *end] if end else ())]


def _headers(headers: Headers) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]


def _body(body: BodyInfo) -> list[str]:
    if not body.size_bytes:
        return []
    cut = [] if body.is_whole else [f"(the first {body.kept_bytes:,} of {body.size_bytes:,} bytes)"]
    return ["", *(["(base64)"] if body.is_base64 else ()), body.text, *cut]
