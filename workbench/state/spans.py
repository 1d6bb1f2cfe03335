"""Spans of time as growing numpy columns: appended at the end, trimmed at the front, without an object per span."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NO_REQUEST = ""
_FIRST_ROOM = 1_024


class SpanTable:
    """Columns start_ms, end_ms (NaN while open), kind, row and request. A span keeps its number when others are dropped."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._first = 0
        self._length = 0
        self._requests: list[str] = []
        self._request_index: dict[str, int] = {}
        self._start = np.empty(_FIRST_ROOM, dtype=np.float64)
        self._end = np.empty(_FIRST_ROOM, dtype=np.float64)
        self._kind = np.empty(_FIRST_ROOM, dtype=np.uint8)
        self._row = np.empty(_FIRST_ROOM, dtype=np.int32)
        self._request = np.empty(_FIRST_ROOM, dtype=np.int32)

    def __len__(self) -> int:
        return self._length

    @property
    def is_full(self) -> bool:
        """Whether the table has reached its capacity and should be trimmed."""
        return self._length >= self.capacity

    @property
    def start_ms(self) -> NDArray[np.float64]:
        """Start times; this column and the ones below are writable views of the filled part."""
        return self._start[: self._length]

    @property
    def end_ms(self) -> NDArray[np.float64]:
        """End times, NaN while a span is open."""
        return self._end[: self._length]

    @property
    def kind(self) -> NDArray[np.uint8]:
        """Kinds, as numbers that the owner defines."""
        return self._kind[: self._length]

    @property
    def row(self) -> NDArray[np.int32]:
        """The row that each span is drawn in."""
        return self._row[: self._length]

    @property
    def request(self) -> NDArray[np.int32]:
        """Request numbers, -1 for a span without a request."""
        return self._request[: self._length]

    def append(self, start_ms: float, end_ms: float, kind: int, row: int, request_id: str) -> int:
        """Add a span and return its number."""
        if self._length == len(self._start):
            self._grow()
        index = self._length
        self._start[index] = start_ms
        self._end[index] = end_ms
        self._kind[index] = kind
        self._row[index] = row
        self._request[index] = self._number_of(request_id)
        self._length += 1
        return self._first + index

    def holds(self, number: int) -> bool:
        """Whether the span with that number has not been trimmed."""
        return self._first <= number < self._first + self._length

    def kind_of(self, number: int) -> int:
        """Return the kind of a span that `holds`."""
        return int(self._kind[number - self._first])

    def start_of(self, number: int) -> float:
        """Return the start of a span that `holds`."""
        return float(self._start[number - self._first])

    def close(self, number: int, end_ms: float, kind: int | None = None) -> None:
        """End an open span, and change its kind if one is given. It never ends before it starts."""
        index = number - self._first
        self._end[index] = max(end_ms, self._start[index])
        if kind is not None:
            self._kind[index] = kind

    def reopen(self, number: int, kind: int) -> None:
        """Let a span go on that was ended, as a kind."""
        self._end[number - self._first] = np.nan
        self._kind[number - self._first] = kind

    def name(self, number: int, request_id: str) -> None:
        """Say which request a span belongs to, which was not known when it began."""
        self._request[number - self._first] = self._number_of(request_id)

    def request_id(self, index: int) -> str:
        """Return the request ID of the span at an index of the columns, "" if it has none."""
        request = int(self._request[index])
        return self._requests[request] if request >= 0 else NO_REQUEST

    @property
    def first(self) -> int:
        """The number of the oldest span that is still there."""
        return self._first

    def request_ids(self, numbers: NDArray[np.int32]) -> list[str]:
        """Return the request IDs with these numbers of the column `request`."""
        return [self._requests[number] if number >= 0 else NO_REQUEST for number in numbers.tolist()]

    def of_request(self, request_id: str) -> NDArray[np.int64]:
        """Return the indices of the spans of one request."""
        number = self._request_index.get(request_id)
        return np.flatnonzero(self.request == number) if number is not None else np.empty(0, dtype=np.int64)

    def trim(self) -> set[str]:
        """Drop the oldest tenth, as one span at a time would move all columns; return the requests that have no spans left."""
        dropped = max(self.capacity // 10, 1)
        kept = slice(dropped, self._length)
        for column in (self._start, self._end, self._kind, self._row, self._request):
            column[: self._length - dropped] = column[kept].copy()  # the two ranges overlap
        self._length -= dropped
        self._first += dropped
        return self._forget_requests()

    def _number_of(self, request_id: str) -> int:
        if request_id == NO_REQUEST:
            return -1
        number = self._request_index.get(request_id)
        if number is None:
            number = self._request_index[request_id] = len(self._requests)
            self._requests.append(request_id)
        return number

    def _forget_requests(self) -> set[str]:
        # Without this, the table of request IDs would grow with every invocation of a session, however few spans are kept.
        used = np.unique(self.request[self.request >= 0])
        before, self._requests = self._requests, [self._requests[int(number)] for number in used]
        self._request_index = {request_id: number for number, request_id in enumerate(self._requests)}
        belongs = self.request >= 0
        self.request[belongs] = np.searchsorted(used, self.request[belongs])
        return set(before).difference(self._requests)

    def _grow(self) -> None:
        for name in ("_start", "_end", "_kind", "_row", "_request"):
            column = getattr(self, name)
            setattr(self, name, np.concatenate([column, np.empty_like(column)]))
