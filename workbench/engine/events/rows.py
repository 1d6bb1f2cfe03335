"""What the journal keeps: a row is an event, or a block of log lines that came at once from one place.

A block is the JSON of its events joined by commas, its number that of the last one, and numbers in it have no gaps.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from workbench.model.events import StreamEvent

Row = tuple[int, str, str, bytes]
"""seq (the last one's), request id, environment id, the JSON of the events."""

LINES = (b'"type":"function"', b'"type":"extension"')
ROW_BYTES = 200
"""What a row costs beside its text."""
MOST_READ_BYTES = 4 << 20
"""The answer to a reader, however many rows it asked for."""
HEAD_BYTES = 120
"""The type stands near the beginning of an event's JSON."""


def is_lines(encoded: bytes) -> bool:
    """Whether these are log lines, which may be left out where they come too fast; anything else may not."""
    return any(encoded.find(mark, 0, HEAD_BYTES) >= 0 for mark in LINES)


def rows_after(rows: list[Row], since: int) -> list[Row]:
    """Without what of the first row's block has numbers up to `since`."""
    if not rows or first_of(rows[0]) > since:
        return rows
    return [_part(rows[0], since + 1, rows[0][0]), *rows[1:]]


def at_most(rows: list[Row], limit: int) -> list[Row]:
    """The first `limit` events, and at least one."""
    kept: list[Row] = []
    for row in rows:
        first = first_of(row)
        if row[0] - first + 1 > limit:
            return [*kept, _part(row, first, first + limit - 1)] if limit > 0 else kept
        kept.append(row)
        limit -= row[0] - first + 1
    return kept


def first_of(row: Row) -> int:
    """The number of a row's first event: `{"seq":17,…`; what is not of that form is one event."""
    seq, encoded = row[0], row[3]
    number = encoded[7:encoded.find(b",", 7, 30)]
    return int(number) if encoded.startswith(b'{"seq":') and number.isdigit() else seq


def join_rows(rows: list[Row]) -> bytes:
    """A JSON array of all events."""
    return join_events([row[3] for row in rows])


def join_events(encoded: list[bytes]) -> bytes:
    """A JSON array of already encoded events."""
    return b"[" + b",".join(encoded) + b"]"


def elided(first: int, last: int, request_id: str = "") -> bytes:
    """The event that stands for lines left out."""
    record = {"first": first, "last": last, "count": last - first + 1}
    return msgspec.json.encode(
        StreamEvent(seq=last, time_ms=0, type="sandbox.elided", request_id=request_id, record=record))


def _part(row: Row, first: int, last: int) -> Row:
    begin = first_of(row)
    events = msgspec.json.decode(b"[" + row[3] + b"]", type=list[msgspec.Raw])[first - begin:last - begin + 1]
    return last, row[1], row[2], b",".join(bytes(event) for event in events)


def ends_of(sizes: list[tuple[int, int]], most_bytes: int) -> tuple[int, int]:
    """Of rows with a number and a size: up to which number and from which on they fit, half of `most_bytes` at each end."""
    if sum(size for _, size in sizes) <= most_bytes:
        return 2**62, 0
    return _fitting(sizes, most_bytes // 2), _fitting(sizes[::-1], most_bytes // 2)


def _fitting(sizes: list[tuple[int, int]], most_bytes: int) -> int:
    number = 0
    for number, size in sizes:  # noqa: B007 (the one at which it ended)
        most_bytes -= size
        if most_bytes <= 0:
            break
    return number


def without_middle(rows: Iterable[Row], first: int, last: int) -> list[Row]:
    """Rows up to `first` and from `last` on, between them all but log lines, which one event stands for."""
    kept: list[Row] = []
    run: tuple[int, int] | None = None
    for row in rows:
        if first < row[0] < last and is_lines(row[3]):
            run = (run[0] if run else first_of(row), row[0])
            continue
        if run is not None:
            kept.append((run[1], row[1], row[2], elided(*run, row[1])))
            run = None
        kept.append(row)
    return kept


def size_of(rows: list[Row]) -> int:
    """What rows take in memory, about."""
    return sum(len(row[3]) + ROW_BYTES for row in rows)


def bounded(found: Iterable[Row], most_bytes: int = MOST_READ_BYTES) -> list[Row]:
    """Rows until they are many bytes."""
    rows, left = [], most_bytes
    for row in found:
        rows.append(row)
        left -= len(row[3])
        if left <= 0:
            break
    return rows
