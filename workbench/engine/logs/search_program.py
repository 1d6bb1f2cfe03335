"""The program that looks through parts of the journal: an order, then parts, on standard input; answers on standard output.

It is a process of its own, because an expression may take forever on some line, and Python cannot end it otherwise: whoever waits
for it ends the process. The engine's loop and its threads do not share the work either. A message is its length in 4 bytes and
msgpack.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import BinaryIO, Literal

import msgspec

from workbench.engine.journal.blocks import unpack
from workbench.engine.journal.inherited import sound_row
from workbench.engine.journal.rows import Row
from workbench.engine.logs.matching import Matcher
from workbench.engine.logs.metric_lines import samples_of
from workbench.model.events import iso_time
from workbench.model.log_entries import LogEntry
from workbench.model.log_queries import LogFilter, Sample
from workbench.model.text_patterns import pattern_problem

Form = Literal["found", "samples", "text", "ndjson"]
LENGTH_BYTES = 4
MOST_ENTRIES = 300
"""How many entries are handed over as they are found; the others are numbers, to be asked for when they are looked at."""


class Order(msgspec.Struct, frozen=True):
    """What is to be found. `inherited_seq`: events up to this number were in the file before this engine opened it."""

    wanted: LogFilter
    form: Form
    inherited_seq: int


class Answer(msgspec.Struct, frozen=True):
    """What some parts have. `problem`: why the order cannot be followed."""

    found: list[int] = []
    entries: list[LogEntry] = []
    samples: list[Sample] = []
    data: bytes = b""
    problem: str = ""


class Finder:
    """Follows one order."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._matcher = Matcher(order.wanted)
        self._left = MOST_ENTRIES
        self._forms: dict[Form, Callable[[list[LogEntry]], Answer]] = {
            "found": self._found, "samples": _samples, "text": _text, "ndjson": _ndjson}

    def answer(self, parts: Iterable[tuple[int, int, bytes]]) -> Answer:
        """Return what parts have, their entries in the order of the parts."""
        matching = [entry for part in parts for entry in self._matcher.matching(self._rows(*part), self._sound)]
        return self._forms[self._order.form](matching)

    def _rows(self, first: int, last: int, data: bytes) -> list[Row]:
        rows = unpack(data, first, last)
        return rows if self._matcher.may_have(rows) else []

    def _sound(self, row: Row) -> Row:
        return row if row[0] > self._order.inherited_seq else sound_row(row)

    def _found(self, matching: list[LogEntry]) -> Answer:
        handed = sorted(matching, key=_number, reverse=True)[:self._left]
        self._left -= len(handed)
        return Answer(found=sorted(map(_number, matching)), entries=handed)


def _number(entry: LogEntry) -> int:
    return entry.seq


def _samples(matching: list[LogEntry]) -> Answer:
    return Answer(samples=[sample for entry in matching for sample in samples_of(entry)])


def _text(matching: list[LogEntry]) -> Answer:
    lines = [f"{iso_time(entry.time_ms)} {entry.text.replace(chr(13), chr(10))}\n" for entry in matching]
    return Answer(data="".join(lines).encode(errors="replace"))


def _ndjson(matching: list[LogEntry]) -> Answer:
    return Answer(data=b"".join(msgspec.json.encode(entry) + b"\n" for entry in matching))


def main() -> None:
    """Follow the order on standard input until it ends."""
    given, answers = sys.stdin.buffer, sys.stdout.buffer
    order = msgspec.msgpack.decode(_read(given), type=Order)
    problem = pattern_problem(order.wanted.text) if order.wanted.is_regex else ""
    _write(answers, Answer(problem=problem))
    if problem:
        return
    finder = Finder(order)
    decode = msgspec.msgpack.Decoder(list[tuple[int, int, bytes]]).decode
    while message := _read(given):
        _write(answers, finder.answer(decode(message)))


def _read(given: BinaryIO) -> bytes:
    length = given.read(LENGTH_BYTES)
    return given.read(int.from_bytes(length, "little")) if len(length) == LENGTH_BYTES else b""


def _write(answers: BinaryIO, answer: Answer) -> None:
    data = msgspec.msgpack.encode(answer)
    answers.write(len(data).to_bytes(LENGTH_BYTES, "little") + data)
    answers.flush()


if __name__ == "__main__":
    main()
