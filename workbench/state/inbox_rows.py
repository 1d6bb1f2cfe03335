"""The inbox as rows, newest first: what is listed of each message, without the bodies, which may be several megabytes large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from workbench.model.inbox import InboxMessage

PAGE = 100
"""How many messages are asked for at a time."""


class InboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is listed. `condition`: of the record that it brings, or what a dead letter says went wrong."""

    id: int
    time_ms: int
    kind: str
    target: str
    function_name: str
    request_id: str
    condition: str
    why: str


class InboxRows:
    """The messages that were read so far. `is_whole`: there are no earlier ones. For one thread."""

    def __init__(self) -> None:
        self.rows: list[InboxRow] = []
        self.is_whole = False

    @property
    def newest(self) -> int:
        """The id of the newest message, 0 for none."""
        return self.rows[0].id if self.rows else 0

    @property
    def oldest(self) -> int:
        """The id of the oldest message that was read, 0 for none."""
        return self.rows[-1].id if self.rows else 0

    def take_newest(self, page: Sequence[InboxMessage]) -> None:
        """Take over the newest messages. What was read of earlier ones stays, unless messages in between are missing."""
        rows = [inbox_row(message) for message in page]
        known = {row.id for row in self.rows}
        if rows and rows[-1].id in known:
            self.rows = rows + [row for row in self.rows if row.id < rows[-1].id]
        else:  # others in between, or some were deleted
            self.rows, self.is_whole = rows, not rows

    def take_older(self, page: Sequence[InboxMessage]) -> None:
        """Add the messages before the oldest one; an empty page means that there are none."""
        self.rows = [*self.rows, *(inbox_row(message) for message in page)]
        self.is_whole = not page

    def count_above(self, number: int) -> int:
        """Return how many of the messages that were read have a larger id."""
        return sum(1 for row in self.rows if row.id > number)


def inbox_row(message: InboxMessage) -> InboxRow:
    """Return what is listed of a message."""
    return InboxRow(
        id=message.id, time_ms=message.time_ms, kind=message.kind, target=message.target, function_name=message.function_name,
        request_id=message.request_id, condition=_condition(message), why=message.why)


def _condition(message: InboxMessage) -> str:
    if message.kind == "dead-letter":  # its body is the event itself; what is known of the failure is beside it
        error = message.attributes.get("ErrorMessage")
        return error.value if error is not None else ""
    try:
        record: Any = msgspec.json.decode(message.body)
        return str(record["requestContext"]["condition"])
    except (msgspec.DecodeError, KeyError, TypeError, RecursionError):
        return ""
