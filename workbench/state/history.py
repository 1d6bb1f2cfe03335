"""The invocations of a session by request id, newest last, bounded."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.state.invocation import Invocation

CAPACITY = 2_000


class History:
    """The newest invocations, at most `capacity`; the oldest ones go first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.added = 0
        self._by_id: dict[str, Invocation] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Invocation]:
        return iter(self._by_id.values())

    def get(self, request_id: str) -> Invocation | None:
        """The invocation with that request id; None when it is not (or no longer) there."""
        return self._by_id.get(request_id)

    def add(self, invocation: Invocation) -> None:
        """Put in a new one."""
        self._by_id[invocation.request_id] = invocation
        self.added += 1
        if len(self._by_id) > self.capacity:
            del self._by_id[next(iter(self._by_id))]

    def newest(self) -> Invocation | None:
        """The one received last."""
        return next(reversed(self._by_id.values()), None)

    def newest_reported(self) -> Invocation | None:
        """The one received last of those that have their figures."""
        return next((each for each in reversed(self._by_id.values()) if each.metrics is not None), None)

    def before(self, invocation: Invocation) -> Invocation | None:
        """The previous invocation of the same function that has its figures; None when there is none."""
        found = None
        for other in self._by_id.values():
            if other.request_id == invocation.request_id:
                return found
            if other.function_name == invocation.function_name and other.metrics is not None:
                found = other
        return None
