"""The moments of an event's life in the order of a line: what happened, in which color, and what passed before it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import msgspec

from workbench.state.queue_words import condition_look, span_text
from workbench.state.queued_life import Attempted, Delivered, QueuedLife

_OUTCOMES = {"running": "accent", "succeeded": "success", "failed": "error", "refused": "warning", "ended": "muted"}
_WORDS = {"running": "running", "succeeded": "succeeded", "failed": "failed", "refused": "refused", "ended": "given up"}
_KINDS = {"success": "OnSuccess", "failure": "OnFailure", "dead-letter": "dead letter"}
_PLACES = {"service": "delivered", "function": "invoked", "inbox": "in the inbox"}


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the line. `note` stands below its `label`; `token` names a color of the theme; `tip` says it in a sentence.

    `at_ms` is epoch milliseconds of the queue's clock. `is_ahead`: it has not come yet.
    """

    label: str
    note: str
    token: str
    at_ms: int
    tip: str = ""
    is_ahead: bool = False


def life_moments(life: QueuedLife, clock_ms: int | None = None) -> list[Moment]:
    """Return the moments of a life, in order. `clock_ms` is what the queue's clock shows, for what is still ahead."""
    if life.accepted_ms is None:
        return []
    moments = [Moment(label="accepted", note="202", token="syntax_function", at_ms=life.accepted_ms,  # noqa: S106
                      tip="Accepted: the event was on disk before the caller had the answer 202.")]
    moments += _attempts(life)
    if life.condition:
        moments += _end(life, moments[-1].at_ms)
    elif life.due_ms is not None:
        moments.append(_next(life, life.due_ms, clock_ms))
    return moments


def sentence(moments: list[Moment]) -> str:
    """Return the line as a text, for those who do not see it."""
    parts = []
    before_ms = moments[0].at_ms if moments else 0
    for moment in moments:
        passed = span_text(moment.at_ms - before_ms) if moment.at_ms - before_ms >= 1_000 else ""
        parts.append(" ".join(filter(None, (f"after {passed}:" if passed else "", moment.label, moment.note))))
        before_ms = moment.at_ms
    return ", ".join(parts)


def _attempts(life: QueuedLife) -> Iterator[Moment]:
    """Yield a moment for each attempt; refusals of one attempt in a row are one moment, or a throttled event had eighty."""
    for (number, outcome), group in groupby(life.attempts, key=lambda each: (each.number, each.outcome)):
        made = list(group)
        if outcome == "refused":
            yield _moment(made[-1], number, f"refused × {len(made)}" if len(made) > 1 else "refused")
        else:
            yield from (_moment(each, number, _WORDS[outcome]) for each in made)


def _moment(attempt: Attempted, number: int, note: str) -> Moment:
    return Moment(label=f"attempt {number}", note=note, token=_OUTCOMES[attempt.outcome], at_ms=attempt.at_ms,
                  tip=f"Attempt {number}: {attempt.why or note}")


def _end(life: QueuedLife, last_ms: int) -> Iterator[Moment]:
    at_ms = last_ms if life.ended_ms is None else max(life.ended_ms, last_ms)
    look = condition_look(life.condition)
    yield Moment(label="ended", note=look.word, token=look.token, at_ms=at_ms, tip=life.why_dropped or look.word)
    yield from (_delivery(each, at_ms) for each in life.deliveries)


def _delivery(delivered: Delivered, at_ms: int) -> Moment:
    return Moment(label=_KINDS.get(delivered.kind, delivered.kind), note=_PLACES.get(delivered.place, delivered.place),
                  token="muted", at_ms=at_ms, tip=" ".join(filter(None, (delivered.target, delivered.why))))  # noqa: S106


def _next(life: QueuedLife, due_ms: int, clock_ms: int | None) -> Moment:
    number = 1 + max((each.number for each in life.attempts if each.outcome == "failed"), default=0)
    wait_ms = 0 if clock_ms is None else due_ms - clock_ms
    note = "due" if wait_ms <= 0 else f"in {span_text(wait_ms)}"
    return Moment(label=f"attempt {number}", note=note, token="muted", at_ms=due_ms, is_ahead=True,  # noqa: S106
                  tip="It is tried when the queue's clock shows that time.")
