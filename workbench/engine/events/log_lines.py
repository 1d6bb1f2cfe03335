"""From what a runtime writes to log events: one event a line, carriage returns inside a line being its own line breaks."""

from __future__ import annotations

LINE_LIMIT_BYTES = 262_144
"""Largest log event. Source: CloudWatch Logs quotas, "Event size" (256 KB)."""


class LineSplitter:
    """Cuts a byte stream into log events. AWS's runtime clients join the lines of one record with `\\r` on plain stdout."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The events completed by these bytes. However the stream is cut into calls, the events are the same."""
        *whole, last = (self._rest + data).split(b"\n")
        *full, self._rest = pieces(last)
        return [_text(piece) for line in whole for piece in pieces(line)] + [_text(piece) for piece in full]

    def flush(self) -> list[str]:
        """The event that has no line end yet (the invocation is over)."""
        rest, self._rest = self._rest, b""
        return [_text(rest)] if rest else []


def pieces(event: bytes) -> list[bytes]:
    """An event cut where it is too large for one, never inside a character; always at least one piece."""
    cut = []
    while len(event) > LINE_LIMIT_BYTES:
        end = LINE_LIMIT_BYTES
        while end > LINE_LIMIT_BYTES - 4 and event[end] & 0xC0 == 0x80:  # goes on with a character that has begun before
            end -= 1
        cut.append(event[:end])
        event = event[end:]
    return [*cut, event]


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r").replace("\r", "\n")
