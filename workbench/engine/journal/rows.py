"""What the journal stores: a row is one event, or a block of log lines that came at once from one source.

A block is the JSON of its events joined by commas. Its number is that of its last event, and the numbers in it have no gaps.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from workbench.model.events import StreamEvent

Row = tuple[int, str, str, bytes]
"""seq (of the last event), request ID, environment ID, the JSON of the events."""


LINES = frozenset((b"function", b"extension"))
"""The types of log lines."""
PAYLOAD = b"sandbox.payload"
"""The type of what an invocation was sent, and of what it answered."""
NEWEST = 2**62
"""A number above all events'."""
ROW_BYTES = 200
"""What a row takes in memory besides its text, roughly."""
MOST_READ_BYTES = 4 << 20
"""The maximum size of one answer to a reader, even if it asked for more rows."""
HEAD_BYTES = 120
"""How far into an event's JSON its type is looked for: it comes right after the number and the time, and the search must not run
through a payload, which could contain the same text."""
_TYPE = 5
"""Where the name `type` is among what quotation marks part: after the number's name and the time's."""


def kind_of(encoded: bytes) -> bytes:
    """Return the type of a row's events from its beginning `{"seq":17,"timeMs":1.5,"type":"…",`; b"" for a row of another form.

    Decoding every event for it would cost more than writing it.
    """
    parts = encoded[:HEAD_BYTES].split(b'"', _TYPE + 3)
    return parts[_TYPE + 2] if len(parts) > _TYPE + 3 and parts[_TYPE] == b"type" and parts[_TYPE + 1] == b":" else b""


def is_lines(encoded: bytes) -> bool:
    """Whether these are log lines. Only they may be left out when events come too fast."""
    head = encoded[:HEAD_BYTES]
    return (b'"function"' in head or b'"extension"' in head) and kind_of(encoded) in LINES  # most are none, as is soon seen


def rows_after(rows: list[Row], since: int) -> list[Row]:
    """Return the rows without those events of the first block whose numbers are up to `since`."""
    if not rows or first_of(rows[0]) > since:
        return rows
    return [_part(rows[0], since + 1, rows[0][0]), *rows[1:]]


def at_most(rows: list[Row], limit: int) -> list[Row]:
    """Return the first `limit` events. A block that does not fit is cut."""
    kept: list[Row] = []
    for row in rows:
        first = first_of(row)
        if row[0] - first + 1 > limit:
            return [*kept, _part(row, first, first + limit - 1)] if limit > 0 else kept
        kept.append(row)
        limit -= row[0] - first + 1
    return kept


def first_of(row: Row) -> int:
    """Return the number of a row's first event, from its beginning `{"seq":17,…`. A row of another form counts as one event."""
    seq, encoded = row[0], row[3]
    number = encoded[7:encoded.find(b",", 7, 30)]
    return int(number) if encoded.startswith(b'{"seq":') and number.isdigit() else seq


def join_rows(rows: list[Row]) -> bytes:
    """Return a JSON array of all events."""
    return join_events([row[3] for row in rows])


def join_events(encoded: list[bytes]) -> bytes:
    """Return a JSON array of encoded events."""
    return b"[" + b",".join(encoded) + b"]"


def elided(first: int, last: int, request_id: str = "") -> bytes:
    """Return the encoded event that stands for the events from `first` to `last`, which are left out."""
    record = {"first": first, "last": last, "count": last - first + 1}
    return msgspec.json.encode(
        StreamEvent(seq=last, time_ms=0, type="sandbox.elided", request_id=request_id, record=record))


def forgotten(first: int, last: int) -> bytes:
    """Return the encoded event that stands for the events from `first` to `last`, which a person had deleted."""
    record = {"first": first, "last": last, "count": last - first + 1, "forgotten": True}
    return msgspec.json.encode(StreamEvent(seq=last, time_ms=0, type="sandbox.elided", record=record))


def _part(row: Row, first: int, last: int) -> Row:
    begin = first_of(row)
    # `Raw` splits the block without decoding its events.
    events = msgspec.json.decode(b"[" + row[3] + b"]", type=list[msgspec.Raw])[first - begin:last - begin + 1]
    return last, row[1], row[2], b",".join(bytes(event) for event in events)


def ends_of(sizes: list[tuple[int, int]], most_bytes: int) -> tuple[int, int]:
    """Return up to which number, and from which number on, rows fit into `most_bytes`, half of it at each end.

    `sizes` has the number and the size of each row. If all fit, every number is below the first result.
    """
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
    """Return the rows up to `first` and from `last` on, and between them all but log lines, for which one event stands."""
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


def bounded(found: Iterable[Row], most_bytes: int = MOST_READ_BYTES) -> list[Row]:
    """Return rows until they exceed `most_bytes`; at least one, or a reader would never get past a large row."""
    rows, left = [], most_bytes
    for row in found:
        rows.append(row)
        left -= len(row[3])
        if left <= 0:
            break
    return rows
