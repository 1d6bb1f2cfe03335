"""Which versions the latest requests for an alias ran, from the invocations of a session. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from workbench.state.history import History

LATEST_REQUESTS = 60
"""How many requests are looked at: few enough to see a change of weights at once, many enough to see a share."""


class Traffic(msgspec.Struct, frozen=True):
    """The versions that the latest requests for an alias ran, the oldest first."""

    versions: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many of them ran each version."""
        return Counter(self.versions)


def latest_traffic(history: History, function_name: str, alias: str) -> Traffic:
    """Return the traffic of an alias: of requests whose handler has begun, as only then the version is told."""
    found: list[str] = []
    for invocation in history.newest_first():
        if invocation.function_name == function_name and invocation.alias == alias and invocation.invoke_began_ms is not None:
            found.append(invocation.version)
            if len(found) == LATEST_REQUESTS:
                break
    return Traffic(tuple(reversed(found)))
