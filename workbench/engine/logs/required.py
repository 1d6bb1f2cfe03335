"""What stands in the bytes of every entry that meets a filter: rows and blocks that lack it need not be taken apart.

Bytes are compared as journal/folding makes them. Lines have pieces of the text in them as they are. What the platform writes is
made of its events: of these, only words and the signs that no event is written or told with are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from workbench.engine.journal.folding import pieces_of
from workbench.engine.journal.line_kinds import decoded_kinds
from workbench.engine.logs.line_shapes import ANY, shapes_of
from workbench.engine.logs.literals import literals_of
from workbench.model.line_levels import LEVELS, STEP, SYSLOG, WORDS
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

_FAILURES = [[b"error"], [b"timeout"], [b"failure"]]
"""Of these, reports of failures have one. They are all of the platform that has a level, which is that of errors."""
_SYSLOG_DIGITS = {level: [b"%d" % number for number, named in enumerate(SYSLOG) if named == level] for level in LEVELS}


def _marks_of(level: str) -> list[list[bytes]]:
    """Return of what every line of a level has one, see model/line_levels."""
    number = b"%d" % (STEP * (LEVELS.index(level) + 1))
    words = [[word.encode()] for word in WORDS[level]]
    return [*words, *([digit, _NUMBERED] for digit in (number, *_SYSLOG_DIGITS[level]))]


_NUMBERED = b"level"
_OF_LEVELS = {level: _marks_of(level) for level in LEVELS}
_OF_LEVELS["error"] += [[b"traceback"]]
_OF_LEVELS["warn"] += [[b"lambda_warning"]]
_OF_LEVELS["debug"] += [[b"http"]]

Has = Callable[[bytes], bool]
"""Says whether some bytes have a piece, or may have it."""


class Required:
    """What a filter requires. `is_nothing`: it requires nothing that could be looked for in bytes. `tells_nothing`: nor a kind of
    lines.
    """

    def __init__(self, wanted: LogFilter) -> None:
        alternatives = literals_of(wanted.text) if wanted.is_regex else [[wanted.text]]
        fields = [part for path, value in wanted.fields for part in (_key_of(path), value)]
        self._origin = _found(_WORD, wanted.function_name, wanted.request_id, wanted.environment_id)
        of_fields = _found(_WORD, *fields)
        self._needles = [[*of_fields, *(piece for text in texts for piece in pieces_of(text))] for texts in alternatives]
        self._words = [_told(texts) for texts in alternatives]
        at = LEVELS.index(wanted.level) if wanted.level in LEVELS else len(LEVELS)
        self._marks = [marks for level in LEVELS[at:] for marks in _OF_LEVELS[level]]
        self._has_errors = at <= LEVELS.index("error")
        self._levels = sum(1 << number for number in range(at, len(LEVELS)))
        shapes = shapes_of(wanted.text, is_regex=wanted.is_regex) if wanted.text else [ANY]
        self._shapes = shapes if ANY not in shapes else []
        self._are_lines = bool(wanted.fields)
        self.is_nothing = not (self._origin or self._marks or all(self._needles))
        self.tells_nothing = self.is_nothing and not self._shapes

    def in_lines(self, has: Has) -> bool:
        """Whether bytes may have a line that meets the filter."""
        return self._of_origin(has) and _has_one(self._needles, has) and (not self._marks or _has_one(self._marks, has))

    def in_platform(self, has: Has, *, has_failed: bool = False) -> bool:
        """Whether they may have something of the platform that does. `has_failed`: a failure, told in words of another row."""
        if self._are_lines or not self._of_origin(has) or not self._may_be_platforms:
            return False
        is_marked = not self._levels or (self._has_errors and _has_one(_FAILURES, has))
        return is_marked and (has_failed or _has_one(self._words, has))

    def in_kinds(self, encoded: object) -> bool:
        """Whether lines of these kinds may meet the filter. `encoded`: see journal/line_kinds."""
        block = decoded_kinds(encoded) if self._shapes or self._levels else None
        if block is None:
            return True
        return bool(not self._levels or block.levels & self._levels) and (
            not self._shapes or any(shape.may_be_in(block) for shape in self._shapes))

    @property
    def _may_be_platforms(self) -> bool:
        return not self._shapes or any(shape.may_be_platforms for shape in self._shapes)

    def _of_origin(self, has: Has) -> bool:
        return all(map(has, self._origin))


def _key_of(path: str) -> str:
    """Return the last key of a path, which stands in the line unless it is a place in a list."""
    key = path.rpartition(".")[2]
    return "" if key.isdecimal() else key


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
