"""What a person types to find invocations: `is:failed function:orders duration>100 paid` as a filter and a text.

Words that say nothing else are a text that the event, the result or the log has. Quotation marks keep words together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from workbench.model.failures import InvalidInput
from workbench.model.past_invocations import FAILED, UNFINISHED, PastInvocationFilter, Place

HELP = (
    "is:failed is:cold is:warm is:starred is:named is:unfinished · function:NAME version:3 alias:live\n"
    "status:timeout error:ValueError · trigger:invoke|event|url|stack sandbox:docker · id:7f3e · name:WORD\n"
    "duration>100 duration:100..200 (ms) memory>64 (MB) cost<0.01 ($) · since:2h since:2026-11-30 until:2026-11-30T14:05\n"
    "event:WORD result:WORD log:WORD; other words: in any of the three")
"""All of it, for a tool tip."""
_PART = re.compile(r"""(?:[^\s"]|"[^"]*")+""")
_KEYED = re.compile(r"([a-z]+)(:|>=|<=|>|<)(.+)", re.IGNORECASE | re.DOTALL)
_AGO = re.compile(r"(\d{1,6})([smhd])")
_AGO_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TEXTS = {"function": "function_name", "fn": "function_name", "version": "version", "alias": "alias", "status": "status",
          "trigger": "trigger", "id": "request_id", "name": "name", "error": "error_type", "sandbox": "sandbox"}
_FIGURES = {"duration": "duration_ms", "memory": "memory_mb", "cost": "usd"}
_PLACES: dict[str, Place] = {"event": "event", "result": "result", "log": "log", "text": "any"}
_IS: dict[str, dict[str, Any]] = {
    "failed": {"status": FAILED}, "unfinished": {"status": UNFINISHED}, "cold": {"start": "cold"}, "warm": {"start": "warm"},
    "starred": {"is_starred": True}, "named": {"is_named": True}}


class PastQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A filter, and a text with the place where it is looked for."""

    wanted: PastInvocationFilter = PastInvocationFilter()
    text: str = ""
    place: Place = "any"

    @property
    def is_everything(self) -> bool:
        """Whether it leaves nothing out."""
        return self == EVERYTHING


EVERYTHING = PastQuery()


def parse_query(text: str, now_ms: float) -> PastQuery:
    """Return what a text asks for. Raises InvalidInput, with a sentence for the person."""
    given: dict[str, Any] = {}
    texts: dict[Place, list[str]] = {}
    for part in _PART.findall(text):
        keyed = _KEYED.fullmatch(part)
        key = keyed[1].lower() if keyed else ""
        value = (keyed[3] if keyed else part).replace('"', "")
        if keyed is None or not _take(key, keyed[2], value, given, now_ms):
            place = _PLACES.get(key, "any")
            texts.setdefault(place, []).append(value if key in _PLACES else part.replace('"', ""))
    if len(texts) > 1:
        raise InvalidInput("Only one text can be looked for at a time.", "Leave all but one of event:, result:, log: and words.")
    for place, words in texts.items():
        return PastQuery(wanted=PastInvocationFilter(**given), text=" ".join(words), place=place)
    return PastQuery(wanted=PastInvocationFilter(**given))


def with_part(text: str, part: str, *, wanted: bool) -> str:
    """Return a query with a part such as `is:cold` added or taken out, the others unchanged."""
    parts = [each for each in _PART.findall(text) if each.lower() != part]
    return " ".join([*parts, *([part] if wanted else [])])


def has_part(text: str, part: str) -> bool:
    """Whether a query has a part such as `is:cold`."""
    return part in (each.lower() for each in _PART.findall(text))


def _take(key: str, sign: str, value: str, given: dict[str, Any], now_ms: float) -> bool:
    """Take in one part; False for one that is a text."""
    if key in _FIGURES:
        given.update(_limits(key, sign, value))
    elif sign != ":":
        return False
    elif key in _TEXTS:
        given[_TEXTS[key]] = value
    elif key == "is":
        given.update(_flags(value))
    elif key in ("since", "until"):
        given[f"{key}_ms"] = moment_ms(value, now_ms)
    else:
        return False
    return True


def _flags(value: str) -> dict[str, Any]:
    if value.lower() not in _IS:
        raise InvalidInput(f"is:{value} is not known.", f"There are {', '.join(f'is:{name}' for name in _IS)}.")
    return _IS[value.lower()]


def _limits(key: str, sign: str, value: str) -> dict[str, float]:
    name = _FIGURES[key]
    least, most = f"least_{name}", f"most_{name}"
    if sign == ":":
        begin, dots, end = value.partition("..")
        limits = {least: begin, most: end if dots else begin}
        return {limit: _figure(key, text) for limit, text in limits.items() if text}
    return {least if sign.startswith(">") else most: _figure(key, value)}


def _figure(key: str, text: str) -> float:
    try:
        figure = float(text.lower().removesuffix("ms").removesuffix("mb").lstrip("$"))
    except ValueError:
        figure = -1.0
    if not 0 <= figure < 1e15:
        raise InvalidInput(f"{text} is no {key}.", f"Write {key}>100, {key}<100 or {key}:100..200.")
    return figure


def moment_ms(text: str, now_ms: float) -> int:
    """Return a time as epoch milliseconds: 2h is two hours ago, others are ISO times, local unless they say otherwise.

    Raises InvalidInput.
    """
    ago = _AGO.fullmatch(text.lower())
    if ago is not None:
        return max(round(now_ms - int(ago[1]) * _AGO_S[ago[2]] * 1000), 0)
    parse: Callable[[str], datetime] = datetime.fromisoformat
    try:
        return max(round(parse(text).timestamp() * 1000), 0)
    except (ValueError, OverflowError, OSError):
        hint = "Write it as 2h, 2026-11-30, 2026-11-30T14:05 or 2026-11-30T14:05Z."
        raise InvalidInput(f"{text!r} is not a time.", hint) from None
