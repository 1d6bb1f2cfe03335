"""The memory that a container uses, and its limit: by the kernel's own counts if they can be read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from workbench.background import begin
from workbench.model.failures import SandboxError
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.cgroup import ContainerCgroup
from workbench.sandbox.docker.memory_kills import MemoryKills
from workbench.sandbox.docker.memory_peak import KernelPeak, MemoryWatch

SAMPLE_INTERVAL_S = 1.0
"""The pause between two requests for statistics, which cost the engine some milliseconds each. Peaks in between are missed."""

_OF_FILES = ("total_cache", "file")
"""The name of file pages in the engine's statistics, for control groups version 1 and 2."""


class ContainerMemory:
    """The memory of one container, from its start to its end. On the loop.

    `is_tmp_memory`: files in /tmp are charged to the container, so its limit at the kernel leaves room for them. It is therefore
    also sampled here, and killed when it uses more than `limit_mb` without them (`is_exceeded`). `killed` is called when the
    kernel kills one of its processes.
    """

    def __init__(self, calls: DockerCalls, container: str, limit_mb: int, *, is_tmp_memory: bool,
                 killed: Callable[[], None]) -> None:
        self.is_exceeded = False
        self._killed = killed
        self._kills: MemoryKills | None = None
        self._calls = calls
        self._container = container
        self._limit_mb = limit_mb
        self._is_tmp_memory = is_tmp_memory
        self._kernel_peak: KernelPeak | None = None
        self._watch: MemoryWatch | None = None
        self._sampler: MemorySampler | None = None
        self._peak_mb = 0.0

    def begin(self, cgroup: ContainerCgroup | None) -> None:
        """Start to measure; `cgroup` is the started container's group, None if it could not be found."""
        if cgroup is None or not cgroup.can_measure:
            limit_mb = self._limit_mb if self._is_tmp_memory else None
            self._sampler = MemorySampler(self._calls, self._container, limit_mb, self._kill)
            return
        self._kernel_peak = KernelPeak(cgroup)
        self._kills = MemoryKills(cgroup.memory_group, self._killed)
        if self._is_tmp_memory:
            self._watch = MemoryWatch(cgroup.memory_group, self._limit_mb * 2**20, self._kill)
            self._watch.start()

    def suspect(self) -> None:
        """Follow up the engine's report that the kernel has killed a process of the container."""
        if self._kills is not None:
            self._kills.suspect()
        elif self._sampler is not None:  # the kernel's count is out of reach, so the engine is believed
            self._killed()

    def end(self) -> None:
        """Kill what is left of a container that has run out of memory."""
        self._kill()

    def rest(self) -> None:
        """Stop sampling while the container is frozen."""
        if self._watch is not None:
            self._watch.stop()

    def go_on(self) -> None:
        """Sample again, as the container is being thawed."""
        if self._watch is not None:
            self._watch.start()

    def peak_mb(self) -> float:
        """Highest use since start in MB. 0.1 to 0.5 ms."""
        if self._watch is not None:
            self._watch.sample()
            self._peak_mb = self._watch.peak_bytes / 2**20
        elif self._sampler is not None:
            self._peak_mb = self._sampler.peak_mb
        elif self._kernel_peak is not None:
            self._peak_mb = self._kernel_peak.peak_bytes() / 2**20
        return self._peak_mb

    def end_at_limit(self) -> None:
        """Report the full memory size from now on: the container was ended at its limit."""
        self._peak_mb = float(self._limit_mb)
        self._stop()

    def close(self) -> None:
        """Stop measuring after one last look; `peak_mb` keeps its value."""
        self.peak_mb()
        self._stop()

    def _stop(self) -> None:
        self.rest()
        if self._kills is not None:
            self._kills.close()
        if self._sampler is not None:
            self._sampler.close()
        self._watch = self._sampler = self._kernel_peak = self._kills = None

    def _kill(self) -> None:
        self.is_exceeded = True
        self._calls.start(lambda client: client.kill(self._container))


class MemorySampler:
    """Keeps the highest use seen of a container whose group is out of reach (in a virtual machine). Create it on the loop."""

    def __init__(self, calls: DockerCalls, container: str, limit_mb: int | None = None,
                 exceeded: Callable[[], None] = lambda: None) -> None:
        """`limit_mb`: the use without file pages above which `exceeded` is called, once; None to count file pages as well."""
        self._calls = calls
        self._container = container
        self._limit_mb = limit_mb
        self._exceeded = exceeded
        self.peak_mb = 0.0
        self._task = begin("Measuring a container's memory", self._sample())

    def close(self) -> None:
        """Stop sampling."""
        self._task.cancel()

    async def _sample(self) -> None:
        try:
            while True:
                # one_shot, because the engine otherwise waits for a second sample. Source: Docker's API, "Get container stats".
                statistics = await self._calls.run(
                    "measure the container", lambda client: client.stats(self._container, stream=False, one_shot=True))
                self.peak_mb = max(self.peak_mb, own_mb(statistics) if self._limit_mb is not None else used_mb(statistics))
                if self._limit_mb is not None and self.peak_mb > self._limit_mb:
                    self._exceeded()
                    return
                await asyncio.sleep(SAMPLE_INTERVAL_S)
        except SandboxError:
            return  # the container or the engine is gone, which the sandbox learns from its events


def used_mb(statistics: dict[str, Any]) -> float:
    """Memory in MB from the engine's statistics: the kernel's own peak if it is there (cgroup v1), else the current use."""
    memory = statistics.get("memory_stats") or {}
    return max(memory.get("max_usage") or 0, memory.get("usage") or 0) / 2**20


def own_mb(statistics: dict[str, Any]) -> float:
    """The current use in MB without file pages; those of a tmpfs are file pages too."""
    memory = statistics.get("memory_stats") or {}
    details = memory.get("stats") or {}
    files = next((details[name] for name in _OF_FILES if name in details), 0)
    return max(0, (memory.get("usage") or 0) - files) / 2**20
