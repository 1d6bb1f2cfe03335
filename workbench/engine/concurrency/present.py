"""The environments that there are, and which of them are idle: the pool's lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from workbench.engine.environment.environment import Environment
from workbench.engine.pool_key import PoolKey


class PresentEnvironments:
    """An environment is in `all` until it is decided that it ends, and in `idle` only while nobody has leased it.

    Its state does not tell whether it is leased: it is IDLE until the caller that leased it invokes it. Use it on the engine's
    loop.
    """

    def __init__(self) -> None:
        self.all: dict[PoolKey, list[Environment]] = defaultdict(list)
        self.idle: dict[PoolKey, list[Environment]] = defaultdict(list)

    def __iter__(self) -> Iterator[Environment]:
        for environments in self.all.values():
            yield from environments

    def remove(self, key: PoolKey, environment: Environment) -> None:
        """Take it out of both lists."""
        for group in (self.all[key], self.idle[key]):
            if environment in group:
                group.remove(environment)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(map(len, self.all.values()))

    @property
    def is_at_rest(self) -> bool:
        """Whether all of them are idle."""
        return self.count == sum(map(len, self.idle.values()))

    def longest_idle(self) -> Environment | None:
        """Return the one that has been idle longest and may end for another; provisioned ones may not."""
        idle = [each for group in self.idle.values() for each in group if not each.is_provisioned]
        return min(idle, key=lambda each: each.idle_since_ns, default=None)
