"""Memory use of a container whose control group is out of reach (in a virtual machine): sampled beside the invocations."""

from __future__ import annotations

import asyncio
from typing import Any

from workbench.model.failures import SandboxError
from workbench.sandbox.docker.calls import DockerCalls

SAMPLE_INTERVAL_S = 1.0
"""The engine's statistics cost it some milliseconds each; a short peak between two samples is not seen."""


class MemorySampler:
    """Keeps the highest use seen, until closed. Make it on the loop."""

    def __init__(self, calls: DockerCalls, container: str) -> None:
        self._calls = calls
        self._container = container
        self.peak_mb = 0.0
        self._task = asyncio.get_running_loop().create_task(self._sample(), name="docker-memory")

    def close(self) -> None:
        """Stop sampling."""
        self._task.cancel()

    async def _sample(self) -> None:
        try:
            while True:
                statistics = await self._calls.run(
                    "measure the container", lambda client: client.stats(self._container, stream=False, one_shot=True))
                self.peak_mb = max(self.peak_mb, used_mb(statistics))
                await asyncio.sleep(SAMPLE_INTERVAL_S)
        except SandboxError:
            return  # the container or the engine is gone, which its sandbox is told by other means


def used_mb(statistics: dict[str, Any]) -> float:
    """Memory in MB from the engine's statistics: the kernel's own peak where it is told (cgroup v1), else the present use."""
    memory = statistics.get("memory_stats") or {}
    return max(memory.get("max_usage") or 0, memory.get("usage") or 0) / 2**20
