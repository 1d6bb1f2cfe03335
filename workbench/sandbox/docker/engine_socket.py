"""A container engine's answers about itself, asked at its socket without the SDK, whose import takes 0.15 s of every start."""

from __future__ import annotations

import errno
import socket
from http.client import HTTPConnection
from typing import Any

import msgspec


class EngineSocket(HTTPConnection):
    """HTTP through an engine's Unix socket. Blocking, for a thread; close it after use."""

    def __init__(self, path: str, timeout_s: float) -> None:
        """`timeout_s`: how long the engine may be silent."""
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket instead of a port. Raises OSError."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)

    def ask(self, what: str) -> dict[str, Any]:
        """Return the document at a path of Docker's API. Raises TimeoutError, OSError, HTTPException or ValueError."""
        self.request("GET", what)
        answer = self.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise ConnectionError(errno.EPROTO, f"{answer.status} {answer.reason} to {what}")
        return msgspec.json.decode(body, type=dict[str, Any])
