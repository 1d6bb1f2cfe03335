"""What a person expects as the answer to an event, and how an answer differs from that. No I/O.

An expectation is a JSON document that the answer must contain: every member of an object that it names, lists element by element,
everything else as it is. What it does not name does not matter: `{"statusCode": 200}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from workbench.model.failures import InvalidInput

MOST_DIFFERENCES = 50
"""As many are told."""
_MOST_CHARACTERS = 80
_ERROR_MEMBERS = frozenset({"errorType", "errorMessage"})
_NOTHING = object()
"""In place of what is not there: None is a JSON value."""


class Verdict(msgspec.Struct, frozen=True):
    """How an answer compares with what was expected: sentences such as "$.statusCode is 500, not 200"; none if it is met."""

    differences: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        """Whether the answer is as expected."""
        return not self.differences

    @property
    def text(self) -> str:
        """Say it in two or three words."""
        count = len(self.differences)
        return "as expected" if self.is_met else f"not as expected: {count} difference{'s' if count > 1 else ''}"

    def document(self) -> dict[str, Any]:
        """Return it as a JSON document."""
        return {"met": self.is_met, "differences": list(self.differences)}


def read_expectation(content: bytes) -> Any:
    """Return the document of an expectation. Raises InvalidInput if it is no JSON."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidInput(f"What is expected is not JSON: {error}.", 'For example {"statusCode": 200}.') from error


def judge(expected: Any, answer: bytes, *, has_failed: bool) -> Verdict:
    """Compare an answer with what `read_expectation` returned.

    What failed answers as well, with the error. That meets only what asks for it, by `errorType` or `errorMessage`.
    """
    try:
        answered = msgspec.json.decode(answer)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Verdict(("The answer is not JSON.",))
    wants_error = isinstance(expected, dict) and bool(_ERROR_MEMBERS & expected.keys())
    if has_failed and not wants_error:
        return Verdict((_failure(answered),))
    if wants_error and not has_failed:
        return Verdict(("The function succeeded, and an error is expected.",))
    found = []
    for each in _differences(expected, answered):
        found.append(each)
        if len(found) == MOST_DIFFERENCES:
            break
    return Verdict(tuple(found))


def _failure(answered: Any) -> str:
    members = answered if isinstance(answered, dict) else {}
    told = ": ".join(str(members[name]) for name in ("errorType", "errorMessage") if members.get(name))
    return f"The function failed{f' with {_cut(told)}' if told else ''}."


def _differences(expected: Any, answered: Any) -> Iterator[str]:
    """Walk without recursion: documents may be nested deeper than Python's stack."""
    left = [("$", expected, answered)]
    while left:
        path, wanted, got = left.pop()
        got = _read(got) if isinstance(wanted, (dict, list)) and isinstance(got, str) else got
        if isinstance(wanted, dict) and isinstance(got, dict):
            left += reversed([(_member(path, name), value, got.get(name, _NOTHING)) for name, value in wanted.items()])
        elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
            left += reversed([(f"{path}[{place}]", *pair) for place, pair in enumerate(zip(wanted, got, strict=True))])
        elif isinstance(wanted, list) and isinstance(got, list):
            yield f"{path} has {len(got):,} elements, not {len(wanted):,}."
        elif got is _NOTHING:
            yield f"{path} is missing; {_shown(wanted)} is expected."
        elif not _is_same(wanted, got):
            yield f"{path} is {_shown(got)}, not {_shown(wanted)}."


def _read(text: str) -> Any:
    """Return the document in a text, as API Gateway's `body` has it; the text itself if it is none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return text


def _is_same(wanted: Any, got: Any) -> bool:
    """Compare as JSON does: 1 is 1.0, and true is no number."""
    return isinstance(wanted, bool) is isinstance(got, bool) and bool(wanted == got)


def _member(path: str, name: str) -> str:
    return f"{path}.{name}" if name.isidentifier() else f"{path}[{_shown(name)}]"


def _shown(value: Any) -> str:
    try:
        return _cut(msgspec.json.encode(value).decode())
    except RecursionError:
        return "a deeply nested document"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS - 1]}…"
