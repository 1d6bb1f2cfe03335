"""Which function, version and event a result belongs to, in one line. Without widgets."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from workbench.gui.panels.invocation_words import event_word
from workbench.model.function_version import LATEST
from workbench.model.moments import local_time
from workbench.state.http_answers import request_line
from workbench.state.invocation import Invocation
from workbench.workspace.events import EMPTY_EVENT

_EVENT_CHARACTERS = 40
_TIP_CHARACTERS = 400
_EVENT_WORD = "event "


class SentRequest(msgspec.Struct, frozen=True):
    """What a window sent under a request ID. `qualifier` is a version or an alias; `event_name` is "" where it has none."""

    function_name: str
    qualifier: str = LATEST
    event_name: str = ""


class Identity(NamedTuple):
    """The line, more for a tool tip, and what of it is needed where there is less room."""

    text: str
    tip: str
    short: str = ""


def identity_of(request_id: str, invocation: Invocation | None, sent: SentRequest | None) -> Identity:
    """Return whose a result is. `sent`: what is known of it before the stream has it; None if this window did not send it."""
    function = invocation.function_name if invocation is not None else sent.function_name if sent is not None else ""
    event_text = invocation.event_text if invocation is not None else ""
    event = _event(event_text, sent)
    text = " · ".join(filter(None, (function, _version(invocation, sent), event)))
    received = _clock(invocation.received_ms) if invocation is not None and invocation.received_ms else ""
    tip = "\n".join(filter(None, (text, event_text[:_TIP_CHARACTERS], f"request {request_id}", received)))
    version = _version(invocation, sent)
    short = " · ".join(filter(None, (function, "" if version == LATEST else version, event.removeprefix(_EVENT_WORD))))
    return Identity(text, tip, short)


def _version(invocation: Invocation | None, sent: SentRequest | None) -> str:
    if invocation is None:
        return sent.qualifier if sent is not None else ""
    version = invocation.version if invocation.version == LATEST else f"version {invocation.version}"
    return f"{version} ({invocation.alias})" if invocation.alias else version


def _event(event_text: str, sent: SentRequest | None) -> str:
    if sent is not None and sent.event_name:
        return event_word(sent.event_name) if sent.event_name == EMPTY_EVENT else f"{_EVENT_WORD}{sent.event_name}"
    line = request_line(event_text)
    if line or not event_text:
        return line
    shown = " ".join(event_text[:4 * _EVENT_CHARACTERS].split())
    return f"{_EVENT_WORD}{shown}" if len(shown) <= _EVENT_CHARACTERS else f"{_EVENT_WORD}{shown[:_EVENT_CHARACTERS]}…"


def _clock(epoch_ms: float) -> str:
    return local_time(epoch_ms / 1_000).strftime("%Y-%m-%d %H:%M:%S")
