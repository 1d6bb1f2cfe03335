"""Write to a terminal, file or pipe of any encoding: characters it cannot express are replaced, never an error."""

from __future__ import annotations

import codecs
import io
import sys

_STAND_INS = {"█": "#", "✓": "+", "✗": "x", "·": "-", "…": "...", "“": '"', "”": '"', "’": "'", "–": "-", "→": "->", "−": "-"}
"""ASCII stand-ins for the symbols in our own texts."""
_FOR_PEOPLE = "workbench.people"
_AS_JSON = "workbench.json"


def accept_any_encoding() -> None:
    """Make standard output and error accept any text: our own symbols in ASCII, all other characters escaped."""
    codecs.register_error(_FOR_PEOPLE, _for_people)
    codecs.register_error(_AS_JSON, _as_json)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_FOR_PEOPLE)


def write_json(document: bytes) -> None:
    """Write a JSON document (UTF-8) as one line in standard output's encoding; missing characters become JSON escapes."""
    text = document.decode() + "\n"
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.flush()  # what was written as text comes first; the buffer beneath it is written directly
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding, _AS_JSON))
        sys.stdout.buffer.flush()
    else:
        sys.stdout.write(text)
    sys.stdout.flush()


def _for_people(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(_STAND_INS.get(character) or _escaped(character) for character in characters), error.end


def _escaped(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode("ascii")


def _as_json(error: UnicodeError) -> tuple[str, int]:
    """Encode as UTF-16 escapes: in JSON, non-ASCII characters occur only inside strings. Source: RFC 8259, section 7."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)), error.end
