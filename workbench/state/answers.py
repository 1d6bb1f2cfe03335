"""An invocation's answer, read for being looked at: as text, as a tree, as HTTP, as bytes. No I/O.

Reading takes time in proportion to the answer, so one beyond `AT_ONCE_BYTES` is read on a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from workbench.state.http_answers import Front, HttpAnswer, http_answer
from workbench.state.json_escapes import without_escapes
from workbench.state.json_outline import Node, outline
from workbench.state.text_lines import TextLines

AT_ONCE_BYTES = 32_768
"""An answer up to this size is read in less than a frame."""


class ReadText(NamedTuple):
    """Some bytes as they are looked at. `lines` is None if they are no UTF-8, `root` if they are no JSON document.

    JSON is indented (`pretty_json`); `content` is as it was written.
    """

    content: bytes
    lines: TextLines | None
    root: Node | None


class Answer(NamedTuple):
    """An answer and, if it is an HTTP response, what that says and its body."""

    whole: ReadText
    http: HttpAnswer | None
    body: ReadText | None


def read_answer(content: bytes, front: Front, seen: Callable[[bytes], bytes] = bytes) -> Answer:
    """Read an answer. `front` says what sent the event; `seen` returns what is to be seen of some bytes."""
    content = seen(content)
    whole = read_text(content)
    # Few answers are HTTP. Most of those that are not are told by their first bytes, without being decoded.
    http = http_answer(content, front)
    return Answer(whole, http, read_text(seen(http.body)) if http is not None else None)


def read_text(content: bytes) -> ReadText:
    """Read some bytes."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return ReadText(content, None, None)
    root = outline(content)
    return ReadText(content, TextLines(pretty_json(text) if root is not None else text), root)


def pretty_json(text: str) -> str:
    """Return JSON with an indent of two and with characters in place of their escapes; other text is returned unchanged.

    Numbers stay as they were written, because msgspec formats the text without decoding it: `json` would turn 1.0e5 into
    100000.0 and lose digits of long numbers.
    """
    try:
        formatted = msgspec.json.format(text, indent=2)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return text
    return without_escapes(formatted)
