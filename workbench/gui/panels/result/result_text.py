"""The text of a result as colored pieces: the payload or the error with its stack trace, then the log. Without widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from pygments.lexers.data import JsonLexer
from pygments.token import Token

from workbench.gui.panels.invocation_words import size
from workbench.state.answers import pretty_json
from workbench.state.invocation import Invocation
from workbench.state.line_kinds import LineKind, text_kind
from workbench.state.log_text import display_lines

VIEW_LIMIT = 16 * 1024
"""Characters of a payload that are written with the log, in colors, within a frame or two; a longer one is shown as rows."""
LOG_LINES = 500
"""The invocation's newest lines that are shown; the log panel has all."""
LINE_LIMIT = 2_000
"""Characters of a log line that are shown; the log panel has all."""
_MOST_FRAMES = 200
_BEGINNING = 4_000
"""Characters of a payload beyond VIEW_LIMIT that are shown until all of it is."""


class Piece(NamedTuple):
    """Text in one color; `token` names a color of the theme."""

    text: str
    token: str
    bold: bool = False


class Prose(Piece):
    """A sentence of ours in the place of a text: in the font of the window, not of code."""


def seen_pieces(pieces: Iterable[Piece], seen: Callable[[str], str]) -> list[Piece]:
    """Return what is to be seen of pieces, which `seen` returns for a text."""
    return [piece._replace(text=seen(piece.text)) for piece in pieces]


def payload_pieces(invocation: Invocation) -> list[Piece]:
    """Return the caller's answer, formatted and colored if it is JSON; [] before there is one."""
    if not invocation.answered:
        return []
    if error := invocation.error():
        return _error_pieces(error, "muted" if invocation.was_cancelled else "error")
    is_short = len(invocation.payload) <= VIEW_LIMIT
    shown = pretty_json(invocation.payload) if is_short else invocation.payload
    # The beginning of a long one is replaced in a moment by all of it: not worth the time that colors take.
    pieces = [*(json_pieces(shown[:VIEW_LIMIT]) if is_short else [Piece(shown[:_BEGINNING], "text")]), Piece("\n", "text")]
    note = _size_note(invocation, len(shown))
    return [*pieces, Piece(f"{note}\n", "muted")] if note else pieces


def json_pieces(text: str) -> Iterator[Piece]:
    """Yield JSON in the editor's colors."""
    # By default, Pygments strips line ends at both ends and adds one: the text would not be the function's answer.
    for kind, value in JsonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        yield Piece(value, next((token for parent, token in _TOKENS if kind in parent), "text"))


def json_row_pieces(row: str, is_begun: bool, goes_on: bool) -> Iterator[Piece]:
    """Yield a row of indented JSON in the editor's colors. What has too much for one row there is always a string.

    `is_begun`: the row goes on with the line of the one before it; `goes_on`: the row after it does so.
    """
    opening, closing = '"' if is_begun else "", _closing(row) if goes_on else ""
    end = len(opening) + len(row)
    at = 0
    for piece in json_pieces(f"{opening}{row}{closing}"):
        seen = piece.text[max(len(opening) - at, 0):max(end - at, 0)]
        at += len(piece.text)
        if seen:
            yield piece._replace(text=seen)


def _closing(row: str) -> str:
    """What ends the string that a row breaks off in, perhaps behind a backslash."""
    return '""' if (len(row) - len(row.rstrip("\\"))) % 2 else '"'


def log_pieces(invocation: Invocation) -> list[Piece]:
    """Return the newest LOG_LINES lines of the invocation's log, platform lines muted."""
    records = invocation.log_lines()
    pieces = [
        Piece(_shortened(line.text) + "\n", _KIND_TOKENS.get(text_kind(record), "text"))
        for record in records[-LOG_LINES:] for line in display_lines(record)
    ]
    earlier = max(len(records) - LOG_LINES, 0) + invocation.lines_left_out
    return [Piece(f"… {earlier:,} earlier lines are in Log\n", "muted"), *pieces] if earlier else pieces


def _shortened(text: str) -> str:
    return text if len(text) <= LINE_LIMIT else f"{text[:LINE_LIMIT]}… {len(text) - LINE_LIMIT:,} more characters are in Log"


def _error_pieces(error: dict[str, Any], token: str) -> list[Piece]:
    pieces = [Piece(str(error.get("errorType", "error")), token, bold=True)]
    pieces.append(Piece(f": {error.get('errorMessage', '')}\n", "text"))
    # `stackTrace` is Python's and Ruby's name for it, `trace` that of Node.js. The payload is the function's and may hold
    # anything under these names.
    trace = error.get("stackTrace") or error.get("trace") or []
    for frame in trace[:_MOST_FRAMES] if isinstance(trace, list) else [str(trace)]:
        pieces.extend(_frame_pieces(frame if isinstance(frame, str) else msgspec.json.encode(frame).decode()))
    return pieces


def _frame_pieces(frame: str) -> Iterator[Piece]:
    place, _, source = frame.rstrip("\n").partition("\n")
    yield Piece(place + "\n", "muted")
    if source:
        yield Piece(source + "\n", "text")


def _size_note(invocation: Invocation, shown: int) -> str:
    kept = len(invocation.payload.encode("utf-8", "surrogatepass"))
    if invocation.payload_bytes > kept:
        known = size(kept if kept <= VIEW_LIMIT else _BEGINNING)
        return f"The first {known} of {size(invocation.payload_bytes)}; the caller got all of it."
    return f"The beginning of {size(kept)}." if shown > VIEW_LIMIT else ""


_TOKENS = (
    (Token.Name.Tag, "syntax_function"),
    (Token.Literal.String, "syntax_string"),
    (Token.Literal.Number, "syntax_number"),
    (Token.Keyword, "syntax_keyword"),
)
_KIND_TOKENS = {LineKind.PLATFORM: "muted", LineKind.ERROR: "error", LineKind.WARNING: "warning"}
