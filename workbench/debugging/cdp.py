"""The part of the Chrome DevTools Protocol that tells whether a debugger is attached and whether Node.js is paused.

Source: chromedevtools.github.io/devtools-protocol, domains Debugger and Runtime; Node.js manual, "Inspector".
"""

from __future__ import annotations

import msgspec

RUN = msgspec.json.encode({"id": 1, "method": "Runtime.runIfWaitingForDebugger"}).decode()
"""The request that continues a program that is waiting for a debugger."""
_MAIN_CONTEXT = 1
"""The ID of the program's own context. Those of the vm module come later and have higher ones."""


class _Context(msgspec.Struct, rename="camel"):
    execution_context_id: int = 0


class _Message(msgspec.Struct):
    method: str = ""
    params: _Context = msgspec.field(default_factory=_Context)


class _Named(msgspec.Struct):
    method: str = ""


class CdpSession:
    """The state of one debugger connection, read from its messages.

    `is_attached`: the initial state, True when the program is not waiting for a debugger. `is_over`: the program has ended.
    """

    def __init__(self, *, is_attached: bool) -> None:
        self.is_attached = is_attached
        self.is_stopped = False
        self.is_over = False

    def from_client(self, text: str) -> None:
        """Learn from a message of the debugger's front end."""
        if not self.is_attached and _method(text) == "Runtime.runIfWaitingForDebugger":
            self.is_attached = True

    def from_server(self, text: str) -> None:
        """Learn from a message of Node.js."""
        method = _method(text)
        if method == "Debugger.paused":
            self.is_stopped = True
        elif method == "Debugger.resumed":
            self.is_stopped = False
        elif method == "Runtime.executionContextDestroyed" and _context(text) == _MAIN_CONTEXT:
            self.is_over = True  # Node.js has finished and waits for its debuggers to disconnect


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
