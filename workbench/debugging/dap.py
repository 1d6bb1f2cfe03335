"""The part of the Debug Adapter Protocol that tells whether an IDE is attached to debugpy and whether the function is stopped.

Source: the protocol's specification (microsoft.github.io/debug-adapter-protocol). In an environment debugpy runs without its
adapter process. Two of the adapter's tasks are needed nevertheless, and done here: a debugger that disconnects must never end
the function, and one whose connection is lost must be disconnected on its behalf.
"""

from __future__ import annotations

from typing import Any

import msgspec

_HEAD_END = b"\r\n\r\n"
_MOST_HEAD = 4_096
_MOST_BODY = 32 << 20
_HEADERS = {b"content-length", b"content-type"}
_RESUMING = frozenset({"continue", "next", "stepIn", "stepOut", "stepBack", "reverseContinue", "goto", "restartFrame"})
_ENDING = frozenset({"disconnect", "terminate"})


class DapMessage(msgspec.Struct):
    """The members of a message that identify it; "" where it has none."""

    type: str = ""
    command: str = ""
    event: str = ""
    success: bool = True


class DapFrames:
    """Splits a byte stream into message bodies."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The messages completed by `data`. Raises ValueError when the stream is not the Debug Adapter Protocol."""
        self._rest += data
        bodies = []
        while (body := self._next()) is not None:
            bodies.append(body)
        return bodies

    def _next(self) -> bytes | None:
        head, found, rest = self._rest[:_MOST_HEAD].partition(_HEAD_END)
        if not found:
            if len(self._rest) >= _MOST_HEAD:
                raise ValueError("this is not the Debug Adapter Protocol")
            return None
        rest = self._rest[len(head) + len(_HEAD_END):]
        length = _length(head)
        if len(rest) < length:
            return None
        self._rest = rest[length:]
        return rest[:length]


def _length(head: bytes) -> int:
    """The length of the body in bytes. Unknown headers are refused, because a web page could send an HTTP request here."""
    fields = dict(_field(line) for line in head.split(b"\r\n"))
    if b"content-length" not in fields or fields.keys() - _HEADERS:
        raise ValueError("this is not the Debug Adapter Protocol")
    length = int(fields[b"content-length"])
    if not 0 <= length <= _MOST_BODY:
        raise ValueError("the message is too long")
    return length


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value


def framed(body: bytes) -> bytes:
    """A message in the protocol's framing."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class DapSession:
    """The state of one debugger connection, read from its messages. `is_over`: the debugger has disconnected."""

    def __init__(self) -> None:
        self.is_attached = False
        self.is_stopped = False
        self.is_over = False

    def from_client(self, body: bytes) -> bytes:
        """The IDE's message as it may be passed on: one that ends the session becomes a disconnect that spares the function."""
        if _read(body).command not in _ENDING:
            return body
        request = msgspec.json.decode(body)
        request |= {"command": "disconnect", "arguments": {"restart": False, "terminateDebuggee": False}}
        return msgspec.json.encode(request)

    def from_server(self, body: bytes) -> None:
        """Learn from a message of the debugger."""
        message = _read(body)
        if message.type == "event":
            self._event(message.event)
        elif message.type == "response" and message.success:
            self._done(message.command)

    def _event(self, name: str) -> None:
        if name == "stopped":
            self.is_stopped = True
        elif name == "continued":
            self.is_stopped = False

    def _done(self, command: str) -> None:
        if command == "configurationDone":
            self.is_attached = True
        elif command in _RESUMING:
            self.is_stopped = False
        elif command in _ENDING:
            self.is_attached = self.is_stopped = False
            self.is_over = True


def request(seq: int, command: str, arguments: dict[str, Any]) -> bytes:
    """A framed request."""
    return framed(msgspec.json.encode({"seq": seq, "type": "request", "command": command, "arguments": arguments}))


def goodbye() -> bytes:
    """The request that disconnects a debugger whose connection was lost, so that the function continues."""
    # Numbered far above the IDE's own requests on this connection, which count up from 1 and must not be repeated.
    return request(1_000_000_000, "disconnect", {"restart": False, "terminateDebuggee": False})


def release() -> bytes:
    """The requests that attach and disconnect at once, so that a function that waits for a debugger continues without one."""
    return b"".join((
        request(1, "initialize", {"adapterID": "debugpy", "clientID": "workbench", "pathFormat": "path"}),
        request(2, "attach", {}), request(3, "configurationDone", {}), goodbye(),
    ))


def terminated() -> bytes:
    """The event that tells an IDE that the debugging session is over."""
    return framed(msgspec.json.encode({"seq": 1_000_000_000, "type": "event", "event": "terminated", "body": {}}))


def _read(body: bytes) -> DapMessage:
    try:
        return msgspec.json.decode(body, type=DapMessage)
    except msgspec.MsgspecError:
        return DapMessage()
