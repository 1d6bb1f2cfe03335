"""SHUTDOWN of one sandbox with extensions: the runtime first, then the extensions, within the budget; then all are killed.

Budget: 0 ms without extensions (plain SIGKILL), 500 ms with internal ones alone, 2,000 ms with external ones. The runtime gets
SIGTERM and 30 % of it. Source: Lambda guide, "Shutdown phase"; the runtime's share as in AWS's emulator.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Literal

import msgspec

from workbench.engine.extensions.states import Extension, Extensions, ExtensionState
from workbench.engine.lifecycle.context import EnvironmentContext
from workbench.engine.telemetry.subscribers import Telemetry
from workbench.model.failures import SandboxError
from workbench.sandbox.protocol import Exit, Sandbox

ShutdownReason = Literal["SPINDOWN", "TIMEOUT", "FAILURE"]
RUNTIME_SHARE = 0.3
TELEMETRY_SHARE = 0.2
"""The part of the budget in which the last telemetry is delivered before SHUTDOWN, so that an extension can still pass it on."""


class Shutdown:
    """The SHUTDOWN of one sandbox with extensions."""

    def __init__(
        self, context: EnvironmentContext, sandbox: Sandbox, extensions: Extensions, telemetry: Telemetry, reason: ShutdownReason
    ) -> None:
        self._sandbox = sandbox
        self._extensions = extensions
        self._telemetry = telemetry
        self._events = context.events
        self._clock = context.clock
        self._reason = reason
        self._deadline_ns = 0
        self._one_ended = asyncio.Event()
        self._informed: set[str] = set()

    async def run(self) -> None:
        """Run SHUTDOWN within the budget. A reset after a failure gives the runtime no grace: it is the one that failed."""
        budget_ms = self._extensions.budget_ms
        self._deadline_ns = self._clock.now_ns() + budget_ms * 1_000_000
        # A frozen process neither handles SIGTERM nor asks for its SHUTDOWN event.
        with contextlib.suppress(SandboxError):  # one that cannot be thawed cannot hear SHUTDOWN: it is killed at the deadline
            await self._sandbox.thaw()
        self._telemetry.thaw()
        await self._sandbox.end_runtime(int(budget_ms * RUNTIME_SHARE) if self._reason == "SPINDOWN" else 0)
        await self._telemetry.flush(budget_ms * TELEMETRY_SHARE / 1000)
        for extension in self._alive():
            self._inform(extension)
        await self._until_ended()
        for extension in self._alive():
            self._tell_end(extension, failed=True)
            self._sandbox.kill_extension(extension.name)

    def extension_ready(self, extension: Extension) -> None:
        """Give SHUTDOWN to an extension that asks for its next event meanwhile, once."""
        if extension.name not in self._informed:
            self._inform(extension)

    def extension_exited(self, extension: Extension, exit_: Exit) -> None:
        """Note that an extension's process ended, by itself or killed."""
        extension.has_ended = True
        if extension.name in self._informed:
            self._tell_end(extension, failed=exit_.code != 0)
        self._one_ended.set()

    def _alive(self) -> list[Extension]:
        """Return the external extensions that still run; internal ones ended with the runtime."""
        return [
            each for each in self._extensions
            if each.is_external and not each.has_ended and each.state is not ExtensionState.LAUNCH_ERROR
        ]

    def _inform(self, extension: Extension) -> None:
        """Send SHUTDOWN to one that subscribed to it, or kill it. One that is at work gets the event when it asks for it."""
        if "SHUTDOWN" not in extension.events:
            self._sandbox.kill_extension(extension.name)
            return
        extension.phase, extension.since_ns = "shutdown", self._clock.now_ns()
        if extension.state is ExtensionState.READY:
            self._informed.add(extension.name)
            deadline_ms = self._clock.deadline_ms(self._deadline_ns)
            event = {"eventType": "SHUTDOWN", "shutdownReason": self._reason, "deadlineMs": deadline_ms}
            extension.deliver(msgspec.json.encode(event), self._clock.now_ns())

    async def _until_ended(self) -> None:
        left_s = max((self._deadline_ns - self._clock.now_ns()) / 1e9, 0)
        with contextlib.suppress(TimeoutError):
            async with self._clock.timeout(left_s):
                while self._alive():  # checked before the wait: some may have ended before this began
                    self._one_ended.clear()
                    await self._one_ended.wait()

    def _tell_end(self, extension: Extension, *, failed: bool) -> None:
        if extension.state is ExtensionState.RUNNING:  # the only state from which these may follow (see `states`)
            extension.change(ExtensionState.SHUTDOWN_FAILED if failed else ExtensionState.EXITED)
        self._events.extension_work(extension, "error" if failed else "success", self._clock.now_ns())
