"""The inbox: what asynchronous invocations sent to queues, topics, buses, buckets and functions that are not here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

MessageKind = Literal["success", "failure", "dead-letter"]
"""Why a message was sent: to the destination of successes, to that of failures, or to the dead-letter queue."""


class MessageAttribute(msgspec.Struct, frozen=True, rename="camel"):
    """An attribute beside a message, as Amazon SQS and Amazon SNS have them. `data_type`: String or Number."""

    data_type: str
    value: str


class InboxMessage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message in the inbox. `id` grows and is never used twice. `time_ms` is epoch milliseconds, of the queue's clock.

    `target` is the ARN that it is addressed to, `body` what would be there. `why` says in a sentence why the target did not get
    it, "" where there is no services endpoint to send it to. `trace_header`: X-Ray's tracing header, "" for none.
    """

    id: int
    time_ms: int
    kind: MessageKind
    target: str
    function_arn: str
    function_name: str
    request_id: str
    body: str
    attributes: Mapping[str, MessageAttribute] = {}
    trace_header: str = ""
    why: str = ""


class InboxFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages: those for which everything that is given holds; "" is any."""

    target: str = ""
    function_name: str = ""
    request_id: str = ""
    kind: str = ""


EVERYTHING = InboxFilter()
"""All messages."""


class InboxCleared(msgspec.Struct, frozen=True):
    """How many messages were deleted."""

    deleted: int
