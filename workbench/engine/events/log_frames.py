"""Cuts the output of a runtime into log events where AWS's client frames its records: a frame is one event, even of many lines.

The clients write frames to the descriptor that `_LAMBDA_TELEMETRY_LOG_FD` names. Here it leads into the same stream as standard
output, so that the order of both is kept. A frame: 4 bytes of type, 4 of length, 8 of time in µs (the oldest type has none), then
the text; all numbers are big-endian. The low two bits of the type tell the form, the next three the level, by which the client
has already filtered. Source: AWS's runtime clients for Python, Node.js, Ruby, Java and .NET (their "telemetry log sinks").
"""

from __future__ import annotations

import re
import struct

from workbench.engine.events.log_lines import LineSplitter, pieces
from workbench.model.quotas import LOG_EVENT_LIMIT_BYTES

# The type and the first byte of a length below 128 MB: ordinary text would have to contain control characters to pass for that.
_TYPES = rb"[\x01\x02\x03\x06\x07\x0a\x0b\x0e\x0f\x12\x13\x16\x17\x1a\x1b]"
_FRAME = re.compile(rb"\xa5\x5a\x00" + _TYPES + rb"[\x00-\x07]")
_PERHAPS = re.compile(rb"\xa5(?:\x5a(?:\x00" + _TYPES + rb"?)?)?\Z")
_TYPE_BYTES = 4
_WITHOUT_TIME = b"\xa5\x5a\x00\x01"
_HEADER, _HEADER_WITHOUT_TIME = struct.Struct(">4xLQ"), struct.Struct(">4xL")
_TIME_LIMIT_US = 1 << 53
"""A time above this (the year 2255) is none: those bytes are text."""


class RecordSplitter:
    """Cuts a byte stream into log events: frames and, between them, lines. A line may go on after a frame.

    What turns out not to be a frame is text. Node.js writes a frame in two parts; if a child process writes between them, the end
    of the frame is shifted: that text is published too, though not as an event of its own.
    """

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self._begun = b""  # bytes that may be the beginning of a frame's header
        self._frame: _Frame | None = None

    def feed(self, data: bytes) -> list[str]:
        """Return the events that these bytes complete. They do not depend on how the stream is cut into calls."""
        data, self._begun = self._begun + data, b""
        events: list[str] = []
        at = 0
        while at < len(data):
            at = self._header(data, at, events) if self._frame is None else at
            at = self._text(data, at, events)
        return events

    def flush(self) -> list[str]:
        """Return the event that has no line end yet, because the invocation is over. An unfinished frame stays."""
        if not self._begun:  # nearly always
            return self._lines.flush()
        begun = b"" if _FRAME.match(self._begun) else self._begun
        self._begun = self._begun[len(begun):]
        return [*self._lines.feed(begun), *self._lines.flush()]

    def end(self) -> list[str]:
        """Return everything that is left when the runtime is gone, including an unfinished frame."""
        begun, self._begun = self._begun, b""
        frame, self._frame = self._frame, None
        unfinished = [text for text in frame.end() if text] if frame is not None else []
        return [*self._lines.feed(begun), *self._lines.flush(), *unfinished]

    def _header(self, data: bytes, at: int, events: list[str]) -> int:
        """Take lines up to the next frame, and its header. Return the position after them."""
        # Without a header in sight, the last bytes may still be the beginning of one: they wait for the next call.
        found = _FRAME.search(data, at) or _PERHAPS.search(data, max(at, len(data) - _TYPE_BYTES))
        begin = found.start() if found else len(data)
        events += self._lines.feed(data[at:begin])
        header = _HEADER_WITHOUT_TIME if data.startswith(_WITHOUT_TIME, begin) else _HEADER
        if len(data) - begin < header.size:
            self._begun = data[begin:]
            return len(data)
        length, time_us = (*header.unpack_from(data, begin), 0)[:2]
        if time_us >= _TIME_LIMIT_US:
            events += self._lines.feed(data[begin:begin + _TYPE_BYTES])
            return begin + _TYPE_BYTES
        self._frame = _Frame(length)
        return begin + header.size

    def _text(self, data: bytes, at: int, events: list[str]) -> int:
        """Take what has arrived of a frame's text. Return the position after it."""
        if self._frame is None:
            return at
        part = data[at:at + self._frame.missing]
        events += self._frame.feed(part)
        if not self._frame.missing:
            events += self._frame.end()
            self._frame = None
        return at + len(part)


class _Frame:
    """A frame of which `missing` bytes are still to come."""

    def __init__(self, length: int) -> None:
        self.missing = length
        self._text = bytearray()
        self._is_cut = False

    def feed(self, part: bytes) -> list[str]:
        """Take a part of the text. Return events if there is more text than fits into one; the rest is kept."""
        self.missing -= len(part)
        self._text += part
        if len(self._text) <= LOG_EVENT_LIMIT_BYTES:
            return []
        *full, rest = pieces(bytes(self._text))
        self._text = bytearray(rest)
        self._is_cut = True
        return [piece.decode("utf-8", "replace") for piece in full]

    def end(self) -> list[str]:
        """Return the event, without the line end that records in text format have."""
        text = self._text.decode("utf-8", "replace").rstrip("\r\n")
        return [text] if text or not self._is_cut else []
