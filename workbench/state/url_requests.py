"""Which invocations came through a function URL, told by their event. No I/O."""

from __future__ import annotations

import msgspec

from workbench.state.invocation import Invocation

_MARK = ".lambda-url."


class _Context(msgspec.Struct, rename="camel"):
    domain_name: str = ""
    request_id: str = ""


class _Event(msgspec.Struct, rename="camel"):
    request_context: _Context


_decode = msgspec.json.Decoder(_Event).decode


def came_through_url(invocation: Invocation) -> bool:
    """Whether its event is that of a function URL, and for this very request: an event file may have such a context as well."""
    if _MARK not in invocation.event_text:
        return False
    try:
        context = _decode(invocation.event_text).request_context
    except (msgspec.DecodeError, msgspec.ValidationError):
        return invocation.request_id in invocation.event_text  # the stream has the beginning of a long event
    return _MARK in context.domain_name and context.request_id == invocation.request_id
