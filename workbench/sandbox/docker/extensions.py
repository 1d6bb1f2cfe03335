"""External extensions, each in its own container beside the function's: of the same image and in the same network namespace.

So the runtime can end before they do, each has its own output and exit, and all share `localhost` and /tmp, as on Lambda. Two
things differ from Lambda: processes are not shared, and each extension has the full memory size for itself.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from workbench.background import TaskSet
from workbench.model.failures import SandboxError
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_folders import LAYER_ROOT
from workbench.sandbox.protocol import ExtensionHandler, OutputHandler, Sandbox

StartOne = Callable[[str, OutputHandler], Awaitable[Sandbox]]
"""Creates the sandbox of the extension with this name, without starting it."""


def extensions_folder(function: FunctionConfiguration, opt_path: str) -> Path | None:
    """The folder on this machine with a function's external extensions, None if it has none."""
    folder = Path(opt_path) / "extensions" if opt_path and function.image is None else None
    return folder if folder is not None and folder.is_dir() else None


class DockerExtensions:
    """The extensions of one sandbox. On the loop."""

    def __init__(self, folder: Path | None, start_one: StartOne) -> None:
        self._folder = folder
        self._start_one = start_one
        self._sandboxes: dict[str, Sandbox] = {}
        self._watchers = TaskSet()
        self.names = tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_file())) if folder else ()

    async def start(self, handler: ExtensionHandler) -> dict[str, str]:
        """Start all at the same time; returns those that cannot be started, name -> reason. Raises SandboxError."""
        failed = {name: f"fork/exec {LAYER_ROOT}/extensions/{name}: permission denied"
                  for name in self.names if self._folder is not None and not os.access(self._folder / name, os.X_OK)}
        await asyncio.gather(*(self._start(name, handler) for name in self.names if name not in failed))
        return failed

    def kill(self, name: str) -> None:
        """Kill one extension, without waiting for its end."""
        sandbox = self._sandboxes.get(name)
        if sandbox is not None:
            self._watchers.begin("Ending an extension", sandbox.end_runtime(0))

    async def drain(self) -> None:
        """Deliver what they have written until now."""
        for sandbox in tuple(self._sandboxes.values()):
            await sandbox.drain_output()

    def freeze(self) -> None:
        """Stop them all."""
        for sandbox in self._sandboxes.values():
            sandbox.freeze()

    async def thaw(self) -> None:
        """Resume them."""
        await asyncio.gather(*(sandbox.thaw() for sandbox in self._sandboxes.values()))

    def memory_peak_mb(self) -> float:
        """The sum of their peaks, in MB."""
        return sum(sandbox.memory_peak_mb() for sandbox in self._sandboxes.values())

    async def close(self) -> None:
        """End all and leave nothing behind."""
        await asyncio.gather(*(sandbox.terminate() for sandbox in self._sandboxes.values()))
        await self._watchers.finished()

    async def _start(self, name: str, handler: ExtensionHandler) -> None:
        sandbox = await self._start_one(name, lambda data: handler.extension_output(name, data))
        self._sandboxes[name] = sandbox  # before the start: `close` must remove one whose start fails, too
        self._watchers.begin("The watch of an extension", self._watch(name, sandbox, handler))
        await sandbox.start()

    async def _watch(self, name: str, sandbox: Sandbox, handler: ExtensionHandler) -> None:
        exit_ = await sandbox.wait()
        handler.extension_exited(name, exit_)


def without_extensions() -> DockerExtensions:
    """An empty set, for a sandbox without extensions."""

    async def nobody(name: str, _: OutputHandler) -> Sandbox:
        raise SandboxError(f"There is no extension {name}.")

    return DockerExtensions(None, nobody)
