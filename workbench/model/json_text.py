"""JSON that callers and functions write, read as widely as its grammar has it, and what programs give, written no wider.

msgspec, which reads everything else here, refuses two things that are JSON and that Lambda passes on: half of a surrogate pair
as an escape (`"\\ud83d"`, what JavaScript writes of an emoji that was cut in two), and numbers that no double holds (`1e400`).
And it writes what is not JSON as something else: NaN as null, sets as lists, dates and bytes as texts.
Source: RFC 8259, sections 6 and 8.2.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

import msgspec


def decoded(text: bytes) -> Any:
    """Decode a document in UTF-8. Raises ValueError if it is no JSON, RecursionError if it is nested too deeply."""
    try:
        return msgspec.json.decode(text)
    except msgspec.ValidationError:  # a number out of range
        return _read(text)
    except msgspec.DecodeError as error:
        if b"\\u" not in text:  # most of what is no JSON: reading it again would find nothing else
            raise ValueError(str(error)) from error
        return _read(text)


def encoded(value: object) -> bytes:
    """Encode a value as a document in UTF-8; half a surrogate pair becomes an escape.

    Raises TypeError and ValueError for what JSON does not have, as a program would find out that encodes it for an SDK;
    RecursionError if it is nested too deeply.
    """
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def on_one_line(text: bytes) -> bytes:
    """Return a document without white space, its numbers and escapes as they are. Raises what `decoded` raises."""
    decoded(text)
    try:
        return msgspec.json.format(text, indent=-1)
    except msgspec.DecodeError:
        return text.strip()


def whole(text: str) -> str:
    """Return a text with question marks in place of half characters, which UTF-8 does not have."""
    return text.encode("utf-8", "replace").decode()


def _read(text: bytes) -> Any:
    return json.loads(text.decode(), parse_constant=_refuse, parse_int=_number)


def _number(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:  # thousands of digits, see sys.set_int_max_str_digits
        return float(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
