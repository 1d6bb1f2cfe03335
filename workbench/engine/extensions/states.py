"""The extensions of one sandbox: what each may do in which state, and who receives an event.

        Started ──register──▶ Registered ──next──▶ Ready ⇄ Running ──▶ Exited | ShutdownFailed
           │                      │                   │        │
      LaunchError        InitError│ExitError      ExitError  ExitError

*External* extensions are programs in /opt/extensions, started before the runtime; *internal* ones register from inside the
runtime's process. Source: Lambda guide, "Using the Lambda Extensions API"; states and their names as in AWS's emulator.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Literal

from workbench.engine.runtime_api.http_exchange import RuntimeConnection
from workbench.engine.runtime_api.refusal import Refusal
from workbench.model.quotas import EXTENSIONS_LIMIT

ExtensionPhase = Literal["init", "invoke", "shutdown"]



class ExtensionState(StrEnum):
    """The state of an extension; the values are Lambda's names."""

    STARTED = "Started"
    REGISTERED = "Registered"
    READY = "Ready"
    RUNNING = "Running"
    EXITED = "Exited"
    SHUTDOWN_FAILED = "ShutdownFailed"
    LAUNCH_ERROR = "LaunchError"
    INIT_ERROR = "InitError"
    EXIT_ERROR = "ExitError"


_NEXT: dict[ExtensionState, frozenset[ExtensionState]] = {
    ExtensionState.STARTED: frozenset({ExtensionState.REGISTERED, ExtensionState.LAUNCH_ERROR}),
    ExtensionState.REGISTERED: frozenset({ExtensionState.READY, ExtensionState.INIT_ERROR, ExtensionState.EXIT_ERROR}),
    ExtensionState.READY: frozenset({ExtensionState.RUNNING, ExtensionState.EXIT_ERROR}),
    ExtensionState.RUNNING: frozenset(
        {ExtensionState.READY, ExtensionState.EXIT_ERROR, ExtensionState.EXITED, ExtensionState.SHUTDOWN_FAILED}
    ),
    # Reporting the same error once more is accepted and changes nothing.
    ExtensionState.INIT_ERROR: frozenset({ExtensionState.INIT_ERROR}),
    ExtensionState.EXIT_ERROR: frozenset({ExtensionState.EXIT_ERROR}),
}


class Extension:
    """One extension.

    `since_ns` is the monotonic time at which its present work, part of `phase`, began. `waiting` is the connection of its long
    poll, None while it works. `has_ended`: its process has exited.
    """

    def __init__(self, name: str, *, is_external: bool, since_ns: int) -> None:
        self.name = name
        self.is_external = is_external
        self.identifier = str(uuid.uuid4())
        self.state = ExtensionState.STARTED
        self.events: tuple[str, ...] = ()
        self.error_type = ""
        self.phase: ExtensionPhase = "init"
        self.since_ns = since_ns
        self.has_ended = False
        self.waiting: RuntimeConnection | None = None

    def change(self, state: ExtensionState) -> None:
        """Enter another state. Raises Refusal if that is not allowed from the present one."""
        if state not in _NEXT.get(self.state, frozenset()):
            attempt = f"State transition from {self.state} to {state} failed for extension {self.identifier}"
            message = f"{attempt}. Error: State transition is not allowed"
            raise Refusal(403, "Extension.InvalidExtensionState", message)
        self.state = state

    @property
    def is_registered(self) -> bool:
        """Whether it has registered."""
        return self.state not in (ExtensionState.STARTED, ExtensionState.LAUNCH_ERROR)

    def deliver(self, event: bytes, at_ns: int) -> None:
        """Answer its long poll with an event. Raises Refusal if it is not waiting for one."""
        connection, self.waiting = self.waiting, None
        self.change(ExtensionState.RUNNING)
        self.since_ns = at_ns
        if connection is not None:
            headers = f"Content-Type: application/json\r\nLambda-Extension-Event-Identifier: {uuid.uuid4()}\r\n"
            connection.respond(200, event, headers)


class Extensions:
    """All extensions of one sandbox, by name. Registration is open until the runtime first asks for an event."""

    def __init__(self) -> None:
        self._by_name: dict[str, Extension] = {}
        self.is_open = True
        self.last_ready_ns = 0

    def __iter__(self) -> Iterator[Extension]:
        return iter(tuple(self._by_name.values()))  # a copy: one may register while a caller iterates

    def __len__(self) -> int:
        return len(self._by_name)

    def launched(self, names: Iterable[str], at_ns: int) -> None:
        """Note the external extensions that are started; each will register under its name, that of its file."""
        for name in names:
            self._by_name[name] = Extension(name, is_external=True, since_ns=at_ns)

    def named(self, name: str) -> Extension | None:
        """Return the extension of this name, or None."""
        return self._by_name.get(name)

    def identified(self, identifier: str) -> Extension | None:
        """Return the extension with this identifier, or None. One that has not registered does not know its identifier yet."""
        return next((each for each in self._by_name.values() if each.is_registered and each.identifier == identifier), None)

    def register(self, name: str, events: tuple[str, ...], at_ns: int) -> Extension:
        """Register the external extension of this name, or a new internal one. Raises Refusal."""
        extension = self._by_name.get(name)
        # `is_open` concerns internal ones only: the runtime, whose first `next` closes registration, starts after the external
        # ones have registered.
        if extension is not None and extension.is_external:
            self._refuse_unknown_events(events, ("INVOKE", "SHUTDOWN"))
            extension.change(ExtensionState.REGISTERED)
        else:
            extension = self._register_internal(name, events, at_ns)
        extension.events = events
        return extension

    def _register_internal(self, name: str, events: tuple[str, ...], at_ns: int) -> Extension:
        if "SHUTDOWN" in events:
            message = "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"
            raise Refusal(403, "Extension.InvalidEventType", message)
        self._refuse_unknown_events(events, ("INVOKE",))
        if not self.is_open:
            raise Refusal(403, "Extension.RegistrationClosed", "Extension registration closed already")
        if name in self._by_name:
            raise Refusal(403, "Extension.InvalidExtensionState", "Extension with this name already registered")
        if len(self._by_name) >= EXTENSIONS_LIMIT:
            raise Refusal(403, "Extension.TooManyExtensions", f"Extension limit ({EXTENSIONS_LIMIT}) reached")
        extension = self._by_name[name] = Extension(name, is_external=False, since_ns=at_ns)
        extension.change(ExtensionState.REGISTERED)
        return extension

    @staticmethod
    def _refuse_unknown_events(events: tuple[str, ...], known: tuple[str, ...]) -> None:
        for event in events:
            if event not in known:
                raise Refusal(403, "Extension.InvalidEventType", f"{event}: InvalidEventType")

    @property
    def all_registered(self) -> bool:
        """Whether every external extension has registered, so that the runtime may start."""
        return all(extension.is_registered for extension in self._by_name.values())

    @property
    def all_ready(self) -> bool:
        """Whether every extension waits for an event, so that INIT or the invocation is over for them."""
        return not self._by_name or all(extension.state is ExtensionState.READY for extension in self._by_name.values())

    @property
    def budget_ms(self) -> int:
        """How long SHUTDOWN may take, in ms: 0 without extensions, 500 with internal ones alone, otherwise 2,000.

        Source: Lambda guide, "Shutdown phase".
        """
        if not self._by_name:
            return 0
        return 2_000 if any(extension.is_external for extension in self._by_name.values()) else 500

    def invoke(self, event: bytes, at_ns: int) -> None:
        """Give an INVOKE event to all that subscribed to it; the others stay READY and do not hold up the invocation."""
        for extension in self._by_name.values():
            if "INVOKE" in extension.events and extension.state is ExtensionState.READY:
                extension.phase = "invoke"
                extension.deliver(event, at_ns)
