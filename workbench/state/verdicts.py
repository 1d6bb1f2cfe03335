"""How the answers of a session compare with what their events expect, by request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.state.history import CAPACITY

if TYPE_CHECKING:
    from workbench.state.expectations import Verdict


class Verdicts:
    """As many as the session keeps invocations; those that were noted first are dropped first."""

    def __init__(self) -> None:
        self._by_request: dict[str, Verdict] = {}

    def note(self, request_id: str, verdict: Verdict | None) -> None:
        """Keep a verdict; None where nothing is expected (any more)."""
        self._by_request.pop(request_id, None)
        if verdict is not None:
            self._by_request[request_id] = verdict
        if len(self._by_request) > CAPACITY:
            del self._by_request[next(iter(self._by_request))]

    def of(self, request_id: str) -> Verdict | None:
        """Return the verdict on the answer to a request; None if it is not known, or nothing was expected."""
        return self._by_request.get(request_id)

    def forget(self, request_ids: Iterable[str]) -> None:
        """Drop those of invocations that were deleted: differences tell of their answers."""
        for request_id in request_ids:
            self._by_request.pop(request_id, None)
