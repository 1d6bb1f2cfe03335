"""The traces of INIT of one engine's containers: their program is compiled once per image, then laid out for each container."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

from workbench.background import begin
from workbench.model.failures import SandboxError
from workbench.sandbox.docker.byte_code import ensure_byte_code
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.images import ImageFacts
from workbench.sandbox.docker.init_trace import InitTrace, make_trace, program_folder
from workbench.sandbox.protocol import SandboxSpec


class InitTraces:
    """Compiles and makes traces. `folder` is shared by all engines of the workspace, and kept when one closes."""

    def __init__(self, calls: DockerCalls, folder: Path, labels: Mapping[str, str]) -> None:
        self._calls = calls
        self._folder = folder
        self._labels = dict(labels)
        self._compiling: dict[str, asyncio.Task[None]] = {}

    async def compile(self, image: ImageFacts) -> None:
        """Compile once per image for all engines of this workspace; otherwise each cold start of the image would compile it.

        Everybody who asks meanwhile waits: else the second of two simultaneous requests would start without the byte code.
        On the loop. Does nothing if the image's Python cannot be asked.
        """
        compiling = self._compiling.get(image.identifier)
        if compiling is None:
            compiling = begin("Compiling the trace of INIT", self._compiled(image.identifier))
            self._compiling[image.identifier] = compiling
        await asyncio.wait([compiling])  # one that `close` cancels does not cancel those who wait

    def make(self, spec: SandboxSpec, image: ImageFacts, own: Path) -> InitTrace | None:
        """The trace of one container with its report in `own`, None if there is nothing to trace. Blocking, for any thread."""
        variables = (*spec.environment, *image.own_ways)
        return make_trace(spec.function.runtime, variables, program_folder(self._folder, image.identifier), own)

    async def close(self) -> None:
        """Stop compiling. On the loop."""
        for compiling in self._compiling.values():
            compiling.cancel()
        await asyncio.gather(*self._compiling.values(), return_exceptions=True)

    async def _compiled(self, image: str) -> None:
        folder, limit = program_folder(self._folder, image), self._calls.engine.process_limit
        with contextlib.suppress(SandboxError):
            await self._calls.run(
                "compile the trace", lambda client: ensure_byte_code(client, image, folder, self._labels, limit))
