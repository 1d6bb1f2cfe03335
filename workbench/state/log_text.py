"""Makes log text fit to show: ANSI colors become spans, control characters are removed, very long lines are cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

LINE_LIMIT_BYTES = 16 * 1024
"""The longest line kept for the view, in bytes of UTF-8; the journal has all of it."""

JSON_KEY, JSON_TEXT, JSON_NUMBER, JSON_WORD = range(16, 20)
"""The colors of JSON's parts, beside the 16 of ANSI."""

_ANSI = re.compile(r"\x1b\[([0-9;]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")
_CONTROL = dict.fromkeys((*range(9), *range(10, 32), *range(127, 160)))
_CUT_MARK = " … (line cut at 16 KiB)"


class StyleSpan(NamedTuple):
    """How to draw characters `start` to `end` of a line: ANSI color 0-15 (-1: the default), or one of JSON's, and weight."""

    start: int
    end: int
    color: int
    bold: bool


class StyledText(NamedTuple):
    """One line ready to draw: plain text and, rarely, colored spans."""

    text: str
    spans: tuple[StyleSpan, ...]


def display_lines(text: str) -> list[StyledText]:
    """Split one record into lines as a terminal would show them. Python's runtime client joins tracebacks with CR."""
    # Nearly all lines take this short way: no control characters, and short enough even with 4 bytes per character.
    if text.isprintable() and len(text) <= LINE_LIMIT_BYTES // 4:
        return [StyledText(text, ())]
    return [_styled(_cut(line)) for line in re.split(r"\r\n|\r|\n", text)]


def _cut(line: str) -> str:
    raw = line.encode("utf-8", "replace")
    if len(raw) <= LINE_LIMIT_BYTES:
        return line
    return raw[:LINE_LIMIT_BYTES].decode("utf-8", "ignore") + _CUT_MARK  # "ignore": the cut may be within a character


def _styled(line: str) -> StyledText:
    if "\x1b" not in line:
        return StyledText(line.translate(_CONTROL).expandtabs(4), ())
    pieces: list[str] = []
    spans: list[StyleSpan] = []
    length, position, style = 0, 0, (-1, False)
    for match in _ANSI.finditer(line):
        length = _append(pieces, spans, line[position:match.start()], length, style)
        position = match.end()
        if match.group(1) is not None:
            style = _next_style(style, match.group(1))
    _append(pieces, spans, line[position:], length, style)
    return StyledText("".join(pieces), tuple(spans))


def _append(pieces: list[str], spans: list[StyleSpan], raw: str, length: int, style: tuple[int, bool]) -> int:
    text = raw.translate(_CONTROL).expandtabs(4)
    end = length + len(text)
    if text and style != (-1, False):
        spans.append(StyleSpan(length, end, *style))
    pieces.append(text)
    return end


def _next_style(style: tuple[int, bool], codes: str) -> tuple[int, bool]:
    """Apply Select Graphic Rendition codes: foreground colors, bold and reset. Other codes leave the style unchanged."""
    color, bold = style
    rest = (int(part[:_MOST_DIGITS] or 0) for part in codes.split(";"))
    for code in rest:
        if code == 0:
            color, bold = -1, False
        elif code in (1, 22):
            bold = code == 1
        elif code == 39:
            color = -1
        elif 30 <= code <= 37 or 90 <= code <= 97:
            color = code - 30 if code < 90 else code - 82
        elif code in (38, 48):
            extended = _extended(rest)
            color = extended if code == 38 and extended is not None else color
    return color, bold


def _extended(codes: Iterator[int]) -> int | None:
    """Take the parameters of a color out of 256, or of red, green and blue; return the one of the 16 that is like it.

    Source: ITU-T T.416, 13.1.8, and xterm's color cube (ctlseqs, "SGR").
    """
    kind = next(codes, 0)
    if kind == 2:
        return _like(*(next(codes, 0) for _ in range(3)))
    if kind != 5:
        return None
    number = min(next(codes, 0), 255)
    if number < 16:
        return number
    if number >= _GRAYS:
        return _like(*[8 + 10 * (number - _GRAYS)] * 3)
    return _like(*(_CUBE[(number - 16) // step % 6] for step in (36, 6, 1)))


def _like(*rgb: int) -> int:
    most = max(rgb)
    if most - min(rgb) < _COLORLESS:
        return next(color for least, color in ((224, 15), (144, 7), (64, 8), (0, 0)) if most >= least)
    hue = sum(1 << bit for bit, part in enumerate(rgb) if part * 3 > most * 2)
    return hue + 8 if most >= _BRIGHT else hue


_MOST_DIGITS = 4
_GRAYS, _CUBE = 232, (0, 95, 135, 175, 215, 255)
_COLORLESS, _BRIGHT = 32, 192
