"""What is done to a running container from outside: freezing, a CPU share, measuring and limiting its memory."""

from __future__ import annotations

from collections.abc import Callable

from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.cgroup import ContainerCgroup
from workbench.sandbox.docker.container import CPU_PERIOD_US
from workbench.sandbox.docker.created_container import CreatedContainer
from workbench.sandbox.docker.freezer import CgroupFreezer, Freezer, NoFreezer, PauseFreezer
from workbench.sandbox.docker.memory import ContainerMemory


class ContainerControl:
    """Controls one container: through its control group if that can be reached, otherwise through its engine. On the loop."""

    def __init__(self, calls: DockerCalls, container: CreatedContainer, killed: Callable[[], None]) -> None:
        """`killed` is called when the kernel has killed one of its processes for its memory."""
        self._calls = calls
        self._container = container
        self._cgroup: ContainerCgroup | None = None
        self._freezer: Freezer = NoFreezer() if container.freeze == "off" else PauseFreezer(calls, container.identifier)
        self._is_cpu_limited = False
        self.memory = ContainerMemory(
            calls, container.identifier, container.memory_mb, is_tmp_memory=container.is_tmp_memory, killed=killed)

    def begin(self, cgroup: ContainerCgroup | None) -> None:
        """Start to control the container, which has started; `cgroup` is its group, None if it is out of reach."""
        self._cgroup = cgroup
        if cgroup is not None and cgroup.freezer.is_writable and self._container.freeze == "on":
            self._freezer = CgroupFreezer(cgroup.freezer)
        self.memory.begin(cgroup)

    def freeze(self) -> None:
        """Stop all its processes, unless the person wants background work to go on."""
        self._freezer.freeze()
        if self._container.freeze != "off":
            self.memory.rest()

    async def thaw(self) -> None:
        """Resume them; returns when they run. Raises SandboxError."""
        await self._freezer.thaw()

    def go_on(self) -> None:
        """Sample the memory again, as the container is being thawed."""
        self.memory.go_on()

    def let_end(self) -> None:
        """Thaw a container that somebody else is ending: frozen, it would not react, and the engine would wait for it."""
        if self._cgroup is not None:
            self._cgroup.freezer.thaw()

    def limit_cpu(self) -> None:
        """Give it the CPU share that its memory size stands for, once."""
        if self._is_cpu_limited:
            return
        self._is_cpu_limited = True
        quota_us = self._container.cpu_quota_us
        if self._cgroup is None or not self._cgroup.limit_cpu(quota_us, CPU_PERIOD_US):
            # Not awaited: the invocation that is about to start would wait for the engine's answer.
            identifier = self._container.identifier
            self._calls.start(lambda client: client.update_container(identifier, cpu_period=CPU_PERIOD_US, cpu_quota=quota_us))

    def close(self) -> None:
        """Stop measuring, and close the group's files."""
        self.memory.close()
        if self._cgroup is not None:
            self._cgroup.close()
