"""Values of JSON documents and their places, in a few words. No I/O."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from workbench.model.failures import InvalidInput

_MOST_CHARACTERS = 80
_STEP = re.compile(r'\.([\w-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')


class InvalidCondition(InvalidInput):
    """What is expected is JSON, and no expectation. `name` is the member's that is to be changed."""

    def __init__(self, name: str, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.name = name



def read(text: str | bytes, otherwise: Any) -> Any:
    """Return the document in a text, as API Gateway's `body` has it; `otherwise` if it is none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return otherwise


def member(path: str, name: str) -> str:
    """Return the place of an object's member: `$.body`, `$["x-id"]`."""
    return f"{path}.{name}" if name.isidentifier() else f"{path}[{shown(name)}]"


def steps_of(path: str) -> list[str | int] | None:
    """Return the names and numbers that lead to a place as it is shown, `$.body.items[0]["x-id"]`; None if it is none."""
    steps: list[str | int] = []
    place = 1
    while place < len(path):
        step = _STEP.match(path, place)
        name = None if step is None else step[1] or (int(step[2]) if step[2] else read(step[3], None))
        if step is None or name is None:
            return None
        steps.append(name)
        place = step.end()
    return steps if path.startswith("$") and steps else None


def line_of(text: str, name: str) -> int:
    """Return the line of a document, from 1, in which a member has this name; 0 if there is none, or several have it."""
    written = msgspec.json.encode(name).decode()
    return text.count("\n", 0, text.index(written)) + 1 if text.count(written) == 1 else 0


def shown(value: Any) -> str:
    """Return a value as JSON, cut to a few words."""
    try:
        return cut(msgspec.json.encode(value).decode())
    except RecursionError:
        return "a deeply nested document"


def cut(text: str, most: int = _MOST_CHARACTERS) -> str:
    """Return the beginning of a text that is long."""
    return text if len(text) <= most else f"{text[:most - 1]}…"
