"""What a person expects of an invocation with an event, and how an invocation differs from that. No I/O.

An expectation is a JSON document that the answer must contain: every member of an object that it names, lists element by element,
everything else as it is. What it does not name does not matter: `{"statusCode": 200}`. In place of a value there may be a
condition, `{"$atLeast": 0}` (`json_operators`). Members of the outermost object that are named as a place, `$.body.total`, are
about what is there in the answer. Four are no part of the answer: `$durationMs` (Duration as in REPORT), `$maxDurationMs` (at
most so many milliseconds), `$status` (how the invocation ended), and `$answer` (the answer, where that is no object).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

import msgspec

from workbench.model.failures import InvalidInput
from workbench.state.invocation import Invocation, Status
from workbench.state.json_conditions import ANY, NOTHING, Check, at, compared, examine
from workbench.state.json_operators import EXISTS, ORDERS, is_number
from workbench.state.json_texts import InvalidCondition, cut, read, shown, steps_of

MOST_DIFFERENCES = 50
"""As many are told."""
MOST_CHECKS = 100
"""As many conditions are listed, and those that are not met; an answer that is expected whole may have a million."""
ENDINGS = tuple(each for each in get_args(Status) if each != "running")
_MAX_DURATION, _DURATION, _STATUS, _ANSWER = "$maxDurationMs", "$durationMs", "$status", "$answer"
OWN_NAMES = (_MAX_DURATION, _DURATION, _STATUS, _ANSWER)
_MOST_OF_A_FAILURE = 240
"""Characters: what is wrong often stands at the end, as which module was not found."""
_ERROR_MEMBERS = frozenset({"errorType", "errorMessage"})


class Outcome(msgspec.Struct, frozen=True):
    """What is compared of an invocation: the whole of its answer, how it ended, and Duration of its REPORT if that is known."""

    answer: bytes
    status: Status = "success"
    duration_ms: float | None = None

    @property
    def has_failed(self) -> bool:
        """Whether it ended otherwise than it should."""
        return self.status != "success"


def outcome_of(invocation: Invocation, answer: bytes) -> Outcome:
    """Return what is compared of an invocation; `answer` is the whole of its answer."""
    metrics = invocation.metrics
    return Outcome(answer, invocation.status, metrics.duration_ms if metrics is not None else None)


class Verdict(msgspec.Struct, frozen=True):
    """How an invocation compares with what was expected: sentences such as "$.statusCode is 500, not 200"; none if it is met."""

    differences: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        """Whether all is as expected."""
        return not self.differences

    @property
    def text(self) -> str:
        """Say it in two or three words."""
        count = len(self.differences)
        return "as expected" if self.is_met else f"not as expected: {count} difference{'s' if count > 1 else ''}"

    def document(self) -> dict[str, Any]:
        """Return it as a JSON document."""
        return {"met": self.is_met, "differences": list(self.differences)}


class Expectation:
    """What is expected: of the answer, of places in it, of Duration, of the ending ("": success, if no error is asked for)."""

    def __init__(self, document: Any) -> None:
        """Raises InvalidInput if a condition has a value that it cannot have, or what looks like one is none."""
        members = document if isinstance(document, dict) else {}
        self.durations = {**_durations(members.get(_DURATION, {})), **_most(members.get(_MAX_DURATION))}
        self.status = _status(members.get(_STATUS, ""))
        self.places = [(name, _steps(name), value) for name, value in members.items() if name.startswith(("$.", "$["))]
        own = {*OWN_NAMES, *(name for name, _, _ in self.places)} & members.keys()
        rest = {name: value for name, value in members.items() if name not in own} if own else document
        beside = next((name for name in members if name not in OWN_NAMES), "")
        if _ANSWER in own and beside:
            raise InvalidCondition(beside, f'Beside {_ANSWER}, {shown(beside)} is expected of the answer too.',
                                   f"Put all of the answer into {_ANSWER}, or leave {_ANSWER} out.")
        self.answer = members[_ANSWER] if _ANSWER in own else ANY if own and not rest else rest
        for place, _, value in [("$", (), self.answer), *self.places]:
            if value is not ANY:
                examine(value, place, OWN_NAMES if place == "$" and _ANSWER not in own else ())

    @property
    def wants_error(self) -> bool:
        """Whether it is met by an invocation that failed only."""
        named = self.answer if isinstance(self.answer, dict) else {}
        placed = {str(steps[0]): value for _, steps, value in self.places}
        return any(value != {EXISTS: False} for name, value in {**named, **placed}.items() if name in _ERROR_MEMBERS)

    def conditions(self) -> Iterator[str]:
        """Yield what is expected, condition by condition."""
        if self.status:
            yield f"status = {self.status}"
        found = [check.text for check in self._compared(ANY)]
        if not found and not self.status:
            yield "succeeds"
        yield from found
        yield from (check.text for check in self._duration_checks(None))

    def checks(self, outcome: Outcome) -> Iterator[Check]:
        """Yield what is expected with how an invocation meets it.

        What failed answers as well, with the error. That meets only what asks for it: `errorType`, `errorMessage` or `$status`.
        """
        if self.status:
            yield _is_status(self.status, outcome.status)
        yield from self._answer_checks(outcome)
        yield from self._duration_checks(outcome.duration_ms)

    def _answer_checks(self, outcome: Outcome) -> Iterator[Check]:
        answered = read(outcome.answer, NOTHING)
        if answered is NOTHING and (self.answer is not ANY or self.places):
            yield Check("the answer is JSON", "The answer is not JSON.")
        elif not self.status and outcome.has_failed and not self.wants_error:
            yield Check("succeeds", _failure(answered))
        elif not self.status and self.wants_error and not outcome.has_failed:
            yield Check("fails", "The function succeeded, and an error is expected.")
        else:
            is_empty = True
            for check in self._compared(answered):
                is_empty = False
                yield check
            if is_empty and not self.status:
                yield Check("succeeds")

    def _compared(self, answered: Any) -> Iterator[Check]:
        if self.answer is not ANY:
            yield from compared(self.answer, answered)
        for place, steps, value in self.places:
            yield from compared(value, at(answered, steps), place)

    def _duration_checks(self, duration_ms: float | None) -> Iterator[Check]:
        return (_is_quick(name, wanted_ms, duration_ms) for name, wanted_ms in self.durations.items())


def read_expectation(content: bytes) -> Expectation:
    """Return an expectation. Raises InvalidInput if it is no JSON, or a condition has a value that it cannot have."""
    try:
        return Expectation(msgspec.json.decode(content))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidInput(f"What is expected is not JSON: {error}.", 'For example {"statusCode": 200}.') from error


def judge(expected: Expectation, outcome: Outcome) -> Verdict:
    """Compare an invocation with what is expected of it."""
    found = []
    for check in expected.checks(outcome):
        if not check.is_met:
            found.append(check.difference)
        if len(found) == MOST_DIFFERENCES:
            break
    return Verdict(tuple(found))


class Standing(NamedTuple):
    """All conditions; `met` of `total` are met if there was an outcome to compare.

    The first MOST_CHECKS are listed, and those that are not met.
    """

    checks: tuple[Check, ...] = ()
    total: int = 0
    met: int = 0
    is_compared: bool = False


def standing_of(expected: Expectation, outcome: Outcome | None) -> Standing:
    """Return how all conditions stand; without an outcome, what they are."""
    checks = expected.checks(outcome) if outcome is not None else map(Check, expected.conditions())
    listed: list[Check] = []
    total = met = 0
    for check in checks:
        if len(listed) < MOST_CHECKS or (not check.is_met and total - met < MOST_DIFFERENCES):
            listed.append(check)
        total, met = total + 1, met + check.is_met
    return Standing(tuple(listed), total, met, outcome is not None)


def _most(value: Any) -> dict[str, float]:
    if value is not None and (not is_number(value) or value < 0):
        raise InvalidCondition(_MAX_DURATION, f"{_MAX_DURATION} is {shown(value)}, and no number of milliseconds.",
                               f'For example {{"{_MAX_DURATION}": 100}}.')
    return {} if value is None else {"$atMost": value}


def _durations(value: Any) -> dict[str, float]:
    is_one = isinstance(value, dict) and value.keys() <= ORDERS.keys() and all(map(is_number, value.values()))
    if not is_one:
        raise InvalidCondition(_DURATION, f"{_DURATION} is {shown(value)}, and no condition on a number of milliseconds.",
                               f'For example {{"{_DURATION}": {{"$below": 100}}}}. Its conditions are {", ".join(ORDERS)}.')
    return dict(value)


def _steps(place: str) -> list[str | int]:
    steps = steps_of(place)
    if steps is None:
        raise InvalidCondition(place, f"{shown(place)} is no place in an answer.",
                               'For example "$.body.items[0].id". Names have letters, digits, - and _; others are in $[\\"…\\"].')
    return steps


def _status(value: Any) -> str:
    if (value and value not in ENDINGS) or not isinstance(value, str):
        raise InvalidCondition(_STATUS, f"{_STATUS} is {shown(value)}, and no ending of an invocation.",
                               f"It can be {', '.join(map(shown, ENDINGS[:-1]))} or {shown(ENDINGS[-1])}.")
    return value


def _is_status(wanted: str, got: str) -> Check:
    return Check(f"status = {wanted}", "" if wanted == got else f"The status is {got}, not {wanted}.")


def _is_quick(name: str, wanted_ms: float, duration_ms: float | None) -> Check:
    order, wanted = ORDERS[name], f"{wanted_ms:,g} ms"
    text = f"Duration {order.sign} {wanted}"
    if duration_ms is None:
        return Check(text, "Duration is not known.")
    words = "more than" if name == "$atMost" else f"not {order.words}"
    return Check(text, "" if order.is_met(wanted_ms, duration_ms) else f"Duration is {duration_ms:,.10g} ms, {words} {wanted}.")


def _failure(answered: Any) -> str:
    members = answered if isinstance(answered, dict) else {}
    told = ": ".join(str(members[name]) for name in ("errorType", "errorMessage") if members.get(name))
    return f"The function failed{f' with {cut(told, _MOST_OF_A_FAILURE)}' if told else ''}".rstrip(".") + "."
