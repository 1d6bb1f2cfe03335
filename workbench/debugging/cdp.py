"""The Chrome DevTools Protocol as far as it must be understood between a debugger and Node.js: who is attached, what stands.

Source: chromedevtools.github.io/devtools-protocol, domains Debugger and Runtime; Node.js manual, "Inspector".
"""

from __future__ import annotations

import msgspec

RUN = msgspec.json.encode({"id": 1, "method": "Runtime.runIfWaitingForDebugger"}).decode()
"""Lets a program go on that waits for a debugger."""
_MAIN_CONTEXT = 1


class _Context(msgspec.Struct, rename="camel"):
    execution_context_id: int = 0


class _Message(msgspec.Struct):
    method: str = ""
    params: _Context = msgspec.field(default_factory=_Context)


class _Named(msgspec.Struct):
    method: str = ""


class CdpSession:
    """What the messages of one connection tell. `is_attached` from the start where nothing waits for a debugger."""

    def __init__(self, *, is_attached: bool) -> None:
        self.is_attached = is_attached
        self.is_stopped = False
        self.is_over = False

    def from_client(self, text: str) -> None:
        """A message of the debugger's front end."""
        if not self.is_attached and _method(text) == "Runtime.runIfWaitingForDebugger":
            self.is_attached = True

    def from_server(self, text: str) -> None:
        """A message of Node.js."""
        method = _method(text)
        if method == "Debugger.paused":
            self.is_stopped = True
        elif method == "Debugger.resumed":
            self.is_stopped = False
        elif method == "Runtime.executionContextDestroyed" and _context(text) == _MAIN_CONTEXT:
            self.is_over = True  # the process has ended and waits for its debuggers to leave


def _method(text: str) -> str:
    try:
        return msgspec.json.decode(text, type=_Named).method
    except msgspec.MsgspecError:
        return ""


def _context(text: str) -> int:
    try:
        return msgspec.json.decode(text, type=_Message).params.execution_context_id
    except msgspec.MsgspecError:
        return 0
