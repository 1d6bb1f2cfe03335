"""Pages of lists: MaxItems, Marker and NextMarker. A marker is opaque; ours is the last item's name: deletions shift nothing.

Source: API reference, ListFunctions and others: "Lambda returns up to 50 items per call".
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from workbench.gateway.operations.call import Call
from workbench.model.failures import ServiceError

T = TypeVar("T")
PAGE_SIZE = 50


def page(call: Call, items: Sequence[T], name: Callable[[T], str], *, size: int = PAGE_SIZE) -> tuple[Sequence[T], str | None]:
    """Return the items of the page that a call asks for, and the marker of the next one, None if there is none.

    `name` identifies an item in the list, whose order the items have. Raises ServiceError for a marker that is not ours.
    """
    size = min(call.parameters.get("MaxItems", size), size)
    start = _start(call.parameters.get("Marker", ""), items, name)
    found = items[start : start + size]
    return found, _encoded(name(found[-1])) if found and start + size < len(items) else None


def answer(member: str, items: Sequence[Any], marker: str | None) -> dict[str, Any]:
    """Return a list operation's output."""
    return {member: items, "NextMarker": marker}


def _encoded(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _start(marker: str, items: Sequence[T], name: Callable[[T], str]) -> int:
    if not marker:
        return 0
    try:
        last = base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except ValueError:
        raise ServiceError("InvalidParameterValueException", 400, "The pagination marker is invalid.") from None
    names = [name(item) for item in items]
    if last in names:
        return names.index(last) + 1
    # The item was deleted since. Lists are sorted, so the page goes on with the next one.
    return sum(each <= last for each in names)
