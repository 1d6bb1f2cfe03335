"""The text of a result as colored pieces: the payload or the error with its stack trace, then the log. Without widgets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from pygments.lexers.data import JsonLexer
from pygments.token import Token

from workbench.gui.panels.invocation_words import size
from workbench.state.invocation import Invocation
from workbench.state.line_kinds import LineKind, text_kind
from workbench.state.log_text import display_lines

VIEW_LIMIT = 128 * 1024
"""Characters of a payload that are shown; copying takes all."""
LOG_LINES = 500
"""The invocation's newest lines that are shown; the log panel has all."""


class Piece(NamedTuple):
    """Text in one color; `token` names a color of the theme."""

    text: str
    token: str
    bold: bool = False


def payload_pieces(invocation: Invocation) -> list[Piece]:
    """Return the caller's answer, formatted and colored if it is JSON; [] before there is one."""
    text = invocation.payload
    if not invocation.answered:
        return []
    shown = pretty_json(text)[:VIEW_LIMIT]
    pieces = _error_pieces(invocation) if invocation.error() else [*json_pieces(shown), Piece("\n", "text")]
    note = _size_note(invocation)
    return [*pieces, Piece(f"{note}\n", "muted")] if note else pieces


def pretty_json(text: str) -> str:
    """Return JSON with an indent of two; other text is returned unchanged.

    Numbers and escapes stay as they were written, because msgspec formats the text without decoding it: `json` would turn
    1.0e5 into 100000.0 and lose digits of long numbers.
    """
    try:
        return msgspec.json.format(text, indent=2)
    except (msgspec.DecodeError, UnicodeError):
        return text


def json_pieces(text: str) -> Iterator[Piece]:
    """Yield JSON in the editor's colors."""
    # By default, Pygments strips line ends at both ends and adds one: the text would not be the function's answer.
    for kind, value in JsonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        yield Piece(value, next((token for parent, token in _TOKENS if kind in parent), "text"))


def log_pieces(invocation: Invocation) -> list[Piece]:
    """Return the newest LOG_LINES lines of the invocation's log, platform lines muted."""
    records = invocation.log_lines()
    pieces = [
        Piece(line.text + "\n", _KIND_TOKENS.get(text_kind(record), "text"))
        for record in records[-LOG_LINES:] for line in display_lines(record)
    ]
    earlier = max(len(records) - LOG_LINES, 0) + invocation.lines_left_out
    return [Piece(f"… {earlier:,} earlier lines are in Logs\n", "muted"), *pieces] if earlier else pieces


def _error_pieces(invocation: Invocation) -> list[Piece]:
    error = invocation.error()
    pieces = [Piece(str(error.get("errorType", "error")), "error", bold=True)]
    pieces.append(Piece(f": {error.get('errorMessage', '')}\n", "text"))
    # `stackTrace` is Python's and Ruby's name for it, `trace` that of Node.js. The payload is the function's and may hold
    # anything under these names.
    trace = error.get("stackTrace") or error.get("trace") or []
    for frame in trace if isinstance(trace, list) else [str(trace)]:
        pieces.extend(_frame_pieces(frame if isinstance(frame, str) else msgspec.json.encode(frame).decode()))
    return pieces


def _frame_pieces(frame: str) -> Iterator[Piece]:
    place, _, source = frame.rstrip("\n").partition("\n")
    yield Piece(place + "\n", "muted")
    if source:
        yield Piece(source + "\n", "text")


def _size_note(invocation: Invocation) -> str:
    kept = len(invocation.payload.encode())
    if invocation.payload_bytes > kept:
        return f"The first {size(kept)} of {size(invocation.payload_bytes)}; the caller got all of it."
    if len(pretty_json(invocation.payload)) > VIEW_LIMIT:
        return f"The first {size(VIEW_LIMIT)} are shown; copying takes all {size(invocation.payload_bytes)}."
    return ""


_TOKENS = (
    (Token.Name.Tag, "syntax_function"),
    (Token.Literal.String, "syntax_string"),
    (Token.Literal.Number, "syntax_number"),
    (Token.Keyword, "syntax_keyword"),
)
_KIND_TOKENS = {LineKind.PLATFORM: "muted", LineKind.ERROR: "error", LineKind.WARNING: "warning"}
