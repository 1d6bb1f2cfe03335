"""The invocations of a session by request ID, newest last, bounded in number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.state.invocation import Invocation

CAPACITY = 2_000
MOST_RECALLED = 20
"""How many older invocations, which a person looks at again, are kept besides."""


class History:
    """The newest invocations, at most `capacity`; the oldest ones are dropped first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.added = 0
        self._by_id: dict[str, Invocation] = {}  # a dict keeps the order of insertion, oldest first
        self._recalled: dict[str, Invocation] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Invocation]:
        return iter(self._by_id.values())

    def get(self, request_id: str) -> Invocation | None:
        """Return the invocation with that request ID; None if it is unknown or has been dropped."""
        return self._by_id.get(request_id) or self._recalled.get(request_id)

    def is_running(self, request_id: str) -> bool:
        """Whether an invocation is known and has not ended."""
        invocation = self.get(request_id)
        return invocation is not None and invocation.status == "running"

    def listed(self, request_id: str) -> Invocation | None:
        """Return the same, but no earlier one."""
        return self._by_id.get(request_id)

    def request_ids(self) -> set[str]:
        """Return all that are known."""
        return {*self._by_id, *self._recalled}

    def recall(self, invocation: Invocation) -> None:
        """Keep an older invocation, which is in no total and no list, so that it can be looked at."""
        self._recalled.pop(invocation.request_id, None)
        self._recalled[invocation.request_id] = invocation
        if len(self._recalled) > MOST_RECALLED:
            del self._recalled[next(iter(self._recalled))]

    def forget(self, request_id: str) -> Invocation | None:
        """Drop an invocation that was deleted from the journal. Return it if it was in the list."""
        self._recalled.pop(request_id, None)
        return self._by_id.pop(request_id, None)

    def put_back(self, invocations: Iterable[Invocation]) -> None:
        """List invocations again that were dropped, where they were."""
        listed = [*self._by_id.values(), *invocations]
        self._by_id = {each.request_id: each for each in sorted(listed, key=lambda each: each.received_ms)}

    def add(self, invocation: Invocation) -> None:
        """Add a new invocation; drops the oldest one if that exceeds the capacity."""
        self._by_id[invocation.request_id] = invocation
        self.added += 1
        if len(self._by_id) > self.capacity:
            del self._by_id[next(iter(self._by_id))]

    def newest_first(self) -> Iterator[Invocation]:
        """Yield all of them, the one received last first."""
        return reversed(self._by_id.values())

    def newest(self) -> Invocation | None:
        """Return the invocation received last, None if there is none."""
        return next(reversed(self._by_id.values()), None)

    def newest_reported(self) -> Invocation | None:
        """Return the invocation received last among those that have a report, None if there is none."""
        return next((each for each in reversed(self._by_id.values()) if each.metrics is not None), None)

    def before(self, invocation: Invocation) -> Invocation | None:
        """Return the previous invocation of the same function that has a report; None if there is none."""
        others = self.newest_first()  # it is asked for with every change of the newest ones
        if not any(each.request_id == invocation.request_id for each in others):
            return None
        own = (each for each in others if each.function_name == invocation.function_name)
        return next((each for each in own if each.metrics is not None), None)
