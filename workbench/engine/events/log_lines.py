"""Cuts the output of a runtime into log events: one event per line. Carriage returns inside a line are its own line breaks."""

from __future__ import annotations

from workbench.model.quotas import LOG_EVENT_LIMIT_BYTES


class LineSplitter:
    """Cuts a byte stream into log events. AWS's runtime clients join the lines of one record with `\\r` on plain stdout."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[str]:
        """Return the events that these bytes complete. They do not depend on how the stream is cut into calls."""
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
        """Return the event that has no line end yet, because the invocation is over."""
        return self._take() if self._rest else []

    def _take(self) -> list[str]:
        """Return the kept part of a line as one event."""
        rest, self._rest = bytes(self._rest), bytearray()
        return [_text(rest)]

    def _full(self) -> list[str]:
        """Return the full events of a line that is too long for one, which bounds what is kept of an endless line."""
        if len(self._rest) <= LOG_EVENT_LIMIT_BYTES:
            return []
        *full, rest = pieces(bytes(self._rest))
        self._rest = bytearray(rest)
        return [_text(piece) for piece in full]


def pieces(event: bytes) -> list[bytes]:
    """Cut an event into pieces of the allowed size, never inside a character; always at least one piece."""
    cut, begin = [], 0
    while len(event) - begin > LOG_EVENT_LIMIT_BYTES:
        end = begin + LOG_EVENT_LIMIT_BYTES
        least = end - 4  # no character of UTF-8 is longer: text that is not UTF-8 is cut anyway
        while end > least and event[end] & 0xC0 == 0x80:  # goes on with a character that has begun before
            end -= 1
        cut.append(event[begin:end])
        begin = end
    return [*cut, event[begin:]]


def _text(line: bytes) -> str:
    # A final \r belongs to a line end of Windows; AWS's clients join the lines of one record with the others.
    return line.decode("utf-8", "replace").rstrip("\r").replace("\r", "\n")
