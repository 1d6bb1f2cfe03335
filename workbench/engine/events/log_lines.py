"""From what a runtime writes to log events: one event a line, carriage returns inside a line being its own line breaks."""

from __future__ import annotations

from workbench.model.quotas import LOG_EVENT_LIMIT_BYTES


class LineSplitter:
    """Cuts a byte stream into log events. AWS's runtime clients join the lines of one record with `\\r` on plain stdout."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[str]:
        """The events completed by these bytes. However the stream is cut into calls, the events are the same."""
        first, *others = data.split(b"\n")
        self._rest += first
        events = self._full()
        if not others:
            return events
        *whole, last = others
        events += self._take() if self._rest else [""]
        events += [_text(piece) for line in whole for piece in pieces(line)]
        self._rest += last
        return events + self._full()

    def flush(self) -> list[str]:
        """The event that has no line end yet (the invocation is over)."""
        return self._take() if self._rest else []

    def _take(self) -> list[str]:
        """What there is of a line, as one event."""
        rest, self._rest = bytes(self._rest), bytearray()
        return [_text(rest)]

    def _full(self) -> list[str]:
        """Events of a line that has got too long for one and may not be over."""
        if len(self._rest) <= LOG_EVENT_LIMIT_BYTES:
            return []
        *full, rest = pieces(bytes(self._rest))
        self._rest = bytearray(rest)
        return [_text(piece) for piece in full]


def pieces(event: bytes) -> list[bytes]:
    """An event cut where it is too large for one, never inside a character; always at least one piece."""
    cut, begin = [], 0
    while len(event) - begin > LOG_EVENT_LIMIT_BYTES:
        end = begin + LOG_EVENT_LIMIT_BYTES
        least = end - 4
        while end > least and event[end] & 0xC0 == 0x80:  # goes on with a character that has begun before
            end -= 1
        cut.append(event[begin:end])
        begin = end
    return [*cut, event[begin:]]


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r").replace("\r", "\n")
