"""The Debug Adapter Protocol as far as it must be understood between an IDE and debugpy: who is attached, what stands.

Source: the protocol's specification (microsoft.github.io/debug-adapter-protocol). debugpy runs without its adapter process in
an environment; of that one's tasks two are needed, both are here: a debugger that goes must never take the function along, and
one that is lost has to be signed off.
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
    """What a message is about."""

    type: str = ""
    command: str = ""
    event: str = ""
    success: bool = True


class DapFrames:
    """Cuts a stream of bytes into message bodies."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now. Raises ValueError for what is no such stream."""
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
    """The length of the body. Other headers than the protocol's are refused: a web page could send an HTTP request here."""
    fields = dict(_field(line) for line in head.split(b"\r\n"))
    if b"content-length" not in fields or fields.keys() - _HEADERS:
        raise ValueError("this is not the Debug Adapter Protocol")
    length = int(fields[b"content-length"])
    if not 0 <= length <= _MOST_BODY:
        raise ValueError("no message is so long")
    return length


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value


def framed(body: bytes) -> bytes:
    """A message as it goes over the wire."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class DapSession:
    """What the messages of one connection tell."""

    def __init__(self) -> None:
        self.is_attached = False
        self.is_stopped = False
        self.is_over = False

    def from_client(self, body: bytes) -> bytes:
        """A message of the IDE as it may go on: ending the session lets go of the function, never ends it."""
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
    """A request of our own, framed."""
    return framed(msgspec.json.encode({"seq": seq, "type": "request", "command": command, "arguments": arguments}))


def goodbye() -> bytes:
    """Signs a debugger off that is gone: the function goes on."""
    return request(1_000_000_000, "disconnect", {"restart": False, "terminateDebuggee": False})


def release() -> bytes:
    """Attaches and lets go at once: the function that waits for a debugger goes on without one."""
    return b"".join((
        request(1, "initialize", {"adapterID": "debugpy", "clientID": "workbench", "pathFormat": "path"}),
        request(2, "attach", {}), request(3, "configurationDone", {}), goodbye(),
    ))


def terminated() -> bytes:
    """The event that tells an IDE that there is nothing to debug any more."""
    return framed(msgspec.json.encode({"seq": 1_000_000_000, "type": "event", "event": "terminated", "body": {}}))


def _read(body: bytes) -> DapMessage:
    try:
        return msgspec.json.decode(body, type=DapMessage)
    except msgspec.MsgspecError:
        return DapMessage()
