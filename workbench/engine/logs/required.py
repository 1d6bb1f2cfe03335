"""What stands in the bytes of every entry that meets a filter: rows and blocks that lack it need not be taken apart.

Bytes are compared as journal/folding makes them. Lines have pieces of the text in them as they are. What the platform writes is
made of its events: of these, only words and the signs that no event is written or told with are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from workbench.engine.journal.folding import pieces_of
from workbench.engine.logs.literals import literals_of
from workbench.model.log_queries import LogFilter

_PLATFORM_WORDS = (
    "init_start runtime version arn init_report init duration ms phase restore_start restore_report restore start requestid end "
    "report billed memory size mb max used status error type xray traceid segmentid sampled true extension name state events "
    "telemetry logs types task timed out after seconds latest time record")
"""What the lines of the platform have besides what stands in their events, figures and times."""
_FIGURE = re.compile(r"\d*t?\d*z?")
"""Figures, and parts of a time as Lambda writes it, `2026-11-05T10:11:12.123Z`."""
_MOST_OF_A_TIME = 4
"""How many digits follow each other in one."""
_WORD = re.compile(r"[A-Za-z0-9]+")
_WORD_OR_SIGNS = re.compile(r"[A-Za-z0-9]+|[%#@!=*^~|;?()]+")
"""The signs are those that no line of the platform has but what its event has, and that no encoder of JSON escapes."""

_FATAL = (b"fatal", b"critical")
_ERROR = (b"error", b"traceback", b"timeout", b"failure", *_FATAL)
_WARN = (b"warn", *_ERROR)
_INFO = (b"info", *_WARN)
_DEBUG = (b"debug", *_INFO)
_MARKS = {"fatal": _FATAL, "error": _ERROR, "warn": _WARN, "info": _INFO, "debug": _DEBUG, "trace": (b"trace", *_DEBUG)}
"""Of these, every line and every report of a level has one, see model/log_entries."""

Has = Callable[[bytes], bool]
"""Says whether some bytes have a piece, or may have it."""


class Required:
    """What a filter requires. `is_nothing`: it requires nothing that could be looked for."""

    def __init__(self, wanted: LogFilter) -> None:
        alternatives = literals_of(wanted.text) if wanted.is_regex else [[wanted.text]]
        fields = [part for path, value in wanted.fields for part in (path.rpartition(".")[2], value)]
        self._origin = _found(_WORD, wanted.function_name, wanted.request_id, wanted.environment_id)
        of_fields = _found(_WORD, *fields)
        self._needles = [[*of_fields, *(piece for text in texts for piece in pieces_of(text))] for texts in alternatives]
        self._words = [_told(texts) for texts in alternatives]
        self._marks = _MARKS.get(wanted.level, ())
        self._are_lines = bool(wanted.fields)
        self.is_nothing = not (self._origin or self._marks or all(self._needles))

    def in_lines(self, has: Has) -> bool:
        """Whether bytes may have a line that meets the filter."""
        return self._of_origin(has) and _has_one(self._needles, has) and self._are_marked(has)

    def in_platform(self, has: Has, *, has_failed: bool = False) -> bool:
        """Whether they may have something of the platform that does. `has_failed`: a failure, told in words of another row."""
        if self._are_lines or not self._of_origin(has):
            return False
        return has_failed or (_has_one(self._words, has) and self._are_marked(has))

    def _of_origin(self, has: Has) -> bool:
        return all(map(has, self._origin))

    def _are_marked(self, has: Has) -> bool:
        return not self._marks or any(map(has, self._marks))


def _has_one(alternatives: list[list[bytes]], has: Has) -> bool:
    return any(all(map(has, pieces)) for pieces in alternatives)


def _in_events(piece: str) -> str:
    """Return the part of a piece that an event of the platform has if a line of it has the piece; "" if it need not have any."""
    if piece in _PLATFORM_WORDS or (_FIGURE.fullmatch(piece) and not piece.isdigit()):
        return ""
    if not piece.isdigit():
        return piece
    # Figures are rounded, so that the last digit that is not 0 may be another one. Years and fractions are short.
    return piece.rstrip("0")[:-1] if len(piece) > _MOST_OF_A_TIME else ""


def _told(texts: list[str]) -> list[bytes]:
    return [told for piece in _found(_WORD_OR_SIGNS, *texts) if (told := _in_events(piece.decode()).encode())]


def _found(pattern: re.Pattern[str], *parts: str) -> list[bytes]:
    return list(dict.fromkeys(piece.lower().encode() for part in parts for piece in pattern.findall(part)))
