"""The extensions of one sandbox: launched before the runtime, listened to while they work, shut down after it."""

from __future__ import annotations

from functools import partial

from workbench.engine.events.log_lines import LineSplitter
from workbench.engine.extensions.states import Extension, Extensions, ExtensionState
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.lifecycle.early_events import EarlyEvents
from workbench.engine.lifecycle.initialization import Initialization
from workbench.engine.lifecycle.session_listener import SandboxListener
from workbench.engine.lifecycle.shutdown import Shutdown, ShutdownReason
from workbench.engine.telemetry.subscribers import Telemetry
from workbench.model.function_failures import (
    FunctionFailure,
    extension_crashed,
    extension_not_launched,
    extension_reported,
    sandbox_lost,
)
from workbench.sandbox.protocol import Exit, Sandbox

_REPORTED = {ExtensionState.INIT_ERROR: "Extension.InitError", ExtensionState.EXIT_ERROR: "Extension.ExitError"}


class ExtensionSupervisor:
    """Implements ExtensionListener (what they call) and ExtensionHandler (what they write, and their ends)."""

    def __init__(
        self, context: EnvironmentContext, extensions: Extensions, init: Initialization, early: EarlyEvents,
        listener: SandboxListener,
    ) -> None:
        self._clock = context.clock
        self._events = context.events
        self._context = context
        self._extensions = extensions
        self._init = init
        self._early = early
        self._listener = listener
        self._lines: dict[str, LineSplitter] = {}
        self._shutdown: Shutdown | None = None

    async def launch(self, sandbox: Sandbox) -> None:
        """Start all external extensions; one that cannot be started fails INIT. Raises SandboxError."""
        # Known before they run: a quick one registers before `start_extensions` has returned.
        self._extensions.launched(sandbox.extensions, self._clock.now_ns())
        failed = await sandbox.start_extensions(self)
        self._init.began(self._clock.now_ns())
        for name, reason in failed.items():
            extension = self._extensions.named(name)
            if extension is not None:
                extension.change(ExtensionState.LAUNCH_ERROR)
                extension.error_type = "Extension.LaunchError"
                self._early.publish(partial(self._events.extension, extension))
            self._init.fail_with(extension_not_launched(self._events.request_id, reason))

    async def shut_down(self, sandbox: Sandbox, telemetry: Telemetry, reason: ShutdownReason) -> None:
        """Let runtime and extensions end within Lambda's budget; the caller may kill whatever is left."""
        self._shutdown = Shutdown(self._context, sandbox, self._extensions, telemetry, reason)
        await self._shutdown.run()

    def init_failed(self, status: str, at_ns: int) -> None:
        """End the part of INIT of those extensions that were not ready when it failed."""
        for extension in self._extensions:
            if extension.phase == "init" and extension.state is not ExtensionState.READY:
                self._events.extension_work(extension, status, at_ns)

    def invocation_broken_off(self, status: str) -> None:
        """End the part of the invocation of those extensions that were still at work when it was broken off."""
        now_ns = self._clock.now_ns()
        for extension in self._extensions:
            if extension.phase == "invoke" and extension.state is ExtensionState.RUNNING and not extension.has_ended:
                self._events.extension_work(extension, status, now_ns)

    def flush_output(self, *names: str) -> None:
        """Publish unfinished lines as lines: of all extensions, or of those named."""
        for name in names or tuple(self._lines):
            lines = self._lines.get(name, LineSplitter()).flush()
            self._early.publish(partial(self._events.lines, lines, "extension"))

    # -- what they do -------------------------------------------------------------------------------------------------------

    def extension_registered(self, extension: Extension) -> None:
        """See ExtensionListener."""
        del extension
        self._init.extension_registered()

    def extension_ready(self, extension: Extension, at_ns: int) -> None:
        """See ExtensionListener. What it means depends on the phase: SHUTDOWN, INIT or an invocation."""
        if self._shutdown is not None:
            self._shutdown.extension_ready(extension)
            return
        if extension.phase == "init":
            # Published later, but counted now: INIT may succeed before its start is in the stream.
            self._early.publish(partial(self._tell_ready, extension, at_ns))
            self._init.extension_ready()
            return
        self._events.extension_work(extension, "success", at_ns)
        if self._extensions.all_ready:
            self._listener.extensions_wait()

    def _tell_ready(self, extension: Extension, at_ns: int) -> None:
        self._events.extension_work(extension, "success", at_ns)
        self._events.extension(extension, at_ns)

    def extension_failed(self, extension: Extension, at_ns: int, message: str) -> None:
        """See ExtensionListener. Its error is fatal for INIT or for the invocation."""
        self._early.publish(partial(self._events.extension, extension, at_ns))
        text = f"{extension.error_type}: {message}" if message else extension.error_type
        self._listener.broken(extension_reported(self._events.request_id, _REPORTED[extension.state], text))

    def extension_output(self, name: str, data: bytes) -> bool:
        """See ExtensionHandler. Return True when the writer should pause for a moment."""
        lines = self._lines.setdefault(name, LineSplitter()).feed(data)
        return self._early.publish(partial(self._events.lines, lines, "extension"))

    def extension_exited(self, name: str, exit_: Exit) -> None:
        """See ExtensionHandler. It is a crash, even with exit code 0, unless the sandbox is shutting down anyway."""
        self.flush_output(name)
        extension = self._extensions.named(name)
        if extension is None:
            return
        if self._shutdown is not None:
            self._shutdown.extension_exited(extension, exit_)
            return
        extension.has_ended = True
        if not extension.error_type:  # one that reported an error exits because of it; that was published then
            extension.error_type = "Extension.Crash"
            self._early.publish(partial(self._events.extension, extension))
        self._listener.broken(self._crash(exit_))

    def _crash(self, exit_: Exit) -> FunctionFailure:
        request_id = self._events.request_id
        if exit_.code is None and exit_.signal is None:
            return sandbox_lost(request_id, exit_.lost or "The sandbox of an extension is gone.")
        return extension_crashed(request_id, code=exit_.code, signal=exit_.signal)
