"""What an event may expect from now on, drafted from an answer to it: what changes with each run is left open. No I/O."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from workbench.model.failures import InvalidInput
from workbench.state.answers import pretty_json
from workbench.state.changing_texts import is_near_epoch, lasting_part, pattern_of
from workbench.state.json_conditions import NOTHING
from workbench.state.json_operators import CONTAINS, EQUALS, EXISTS, MATCHES, check_names, is_condition, is_number
from workbench.state.json_texts import read

_DURATIONS = re.compile(r"(duration|elapsed|took|latency|uptime|(remaining|processing|execution|response)time)"
                        r"(in)?(ms|us|ns|s|millis|milliseconds|seconds)?")
_IDS = re.compile(r".*(request|trace|correlation|invocation|transaction)id2?|nonce")
_OF_A_FAILURE = ("stackTrace", "trace", "requestId")
"""What Lambda answers with a failure beside its type and message: they tell where and when it was."""
_CONDITION = re.compile(r'\{\n\s*("\$\w+": [^\n\[{][^\n]*)\n\s*\}')
"""A condition in lines of its own: it is read more easily in one."""
_SHORTEST_KNOWN = 4
_OPEN = {EXISTS: True}


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, and what is known about it: when it was asked for, of which event, and another answer of the same code to it."""

    answer: bytes
    moment_ms: float
    has_failed: bool = False
    event_text: str = ""
    other: bytes | None = None


def draft(answered: Answered) -> str:
    """Return the text of an expectation that the answer meets, and as far as can be told the next one of the same code does.

    Request IDs, times, durations and what differs from the other answer become conditions; what the event has too stays.
    """
    text = answered.answer.decode("utf-8", "replace")
    document = read(answered.answer, NOTHING)
    if document is NOTHING:
        return f"{pretty_json(text)}\n"
    if answered.has_failed and isinstance(document, dict):
        document = {name: value for name, value in document.items() if name not in _OF_A_FAILURE}
    other = document if answered.other is None else read(answered.other, document)
    try:
        drafted = _Draft(answered).of(document, other, "")
        return _CONDITION.sub(r"{\1}", f"{pretty_json(msgspec.json.encode(drafted).decode())}\n")
    except RecursionError:
        return f"{pretty_json(text)}\n"


class _Draft:
    def __init__(self, answered: Answered) -> None:
        self._moment = datetime.fromtimestamp(answered.moment_ms / 1_000, UTC)
        self._event = answered.event_text

    def of(self, value: Any, other: Any, name: str) -> Any:
        """Draft what is expected in place of a value; `other` is there in another answer, `name` what its member is called."""
        if isinstance(value, dict):
            return self._object(value, other if isinstance(other, dict) else {})
        if isinstance(value, list):
            return self._list(value, other)
        if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
            inside = read(value, NOTHING)
            if isinstance(inside, dict | list) and inside:
                return self.of(inside, read(other, other) if isinstance(other, str) else other, name)
        if isinstance(value, str):
            return self._text(value, other, name)
        return self._number(value, other, name) if is_number(value) else value if value == other else _OPEN

    def _object(self, value: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
        if not _is_plain(value):
            return {EQUALS: value}
        return {name: self.of(each, other.get(name, each), name) for name, each in value.items()}

    def _list(self, value: list[Any], other: Any) -> Any:
        if isinstance(other, list) and len(other) != len(value):
            return _OPEN
        others = other if isinstance(other, list) else value
        return [self.of(each, it, "") for each, it in zip(value, others, strict=True)]

    def _text(self, value: str, other: Any, name: str) -> Any:
        if self._is_known(value):
            return value
        expression = pattern_of(value, self._moment, self._is_known)
        if expression and (not isinstance(other, str) or re.search(expression, other)):
            return {MATCHES: expression}
        lasting = lasting_part(value, self._moment)
        if lasting != value and isinstance(other, str) and lasting in other:
            return {CONTAINS: lasting} if lasting else _OPEN
        if value == other and not _IDS.fullmatch(_plain(name)):
            return value
        both = [value, other]
        return {MATCHES: "^[0-9]+$"} if all(isinstance(each, str) and each.isdecimal() for each in both) else _OPEN

    def _number(self, value: float, other: Any, name: str) -> Any:
        if self._is_known(str(value)):
            return value
        if is_near_epoch(value, self._moment):
            return {"$atLeast": value}
        if value != other or _DURATIONS.fullmatch(_plain(name)):
            return {"$atLeast": 0} if value >= 0 and is_number(other) and other >= 0 else _OPEN
        return value

    def _is_known(self, text: str) -> bool:
        return len(text) >= _SHORTEST_KNOWN and text in self._event


def _is_plain(members: dict[str, Any]) -> bool:
    """Whether an object is not taken for a condition."""
    try:
        check_names("$", members)
    except InvalidInput:
        return False
    return not is_condition(members)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
