"""From what a runtime writes to log events: one event a line, carriage returns inside a line being its own line breaks."""

from __future__ import annotations

LINE_LIMIT_BYTES = 262_144
"""Largest log event. Source: CloudWatch Logs quotas, "Event size" (256 KB)."""


class LineSplitter:
    """Cuts a byte stream into log events. AWS's runtime clients join the lines of one record with `\\r` on plain stdout."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The events completed by these bytes."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_LIMIT_BYTES:
            whole.append(self._rest)
            self._rest = b""
        return [_text(line) for line in whole]

    def flush(self) -> list[str]:
        """The event that has no line end yet (the invocation is over)."""
        rest, self._rest = self._rest, b""
        return [_text(rest)] if rest else []


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r").replace("\r", "\n")
