"""A filter of past invocations as SQL."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.engine.journal.short_ids import packed_id
from workbench.model.past_invocations import FAILED, UNFINISHED, PastInvocationFilter

Value = int | float | str | bytes
_NAME = "(SELECT id FROM names WHERE name = ?)"
_FAILED = "AND status IN (SELECT id FROM names WHERE name IN ('error', 'timeout', 'failure'))"
_OF = "circumstance IN (SELECT id FROM circumstances WHERE {})"
_MARKED = "seq IN (SELECT seq FROM marks WHERE {})"
_ID_DIGITS = 32
_HEX = frozenset("0123456789abcdef")


def conditions(wanted: PastInvocationFilter, unfinished: str = "status IS NULL") -> tuple[str, list[Value]]:
    """Return what to add to a WHERE, and its values. `unfinished`: how the rows say that an invocation has no status."""
    kinds = {UNFINISHED: f"AND {unfinished}", FAILED: _FAILED}
    given: list[tuple[str, Value | None]] = [
        (f"function = {_NAME}", wanted.function_name or None),
        (f"version = {_NAME}", wanted.version or None),
        (f"status = {_NAME}", None if wanted.status in kinds else wanted.status or None),
        ("is_cold = ?", int(wanted.start == "cold") if wanted.start else None),
        ("received_us >= ? * 1000", wanted.since_ms),
        ("received_us < ? * 1000", wanted.until_ms)]
    parts = [f"AND {condition}" for condition, value in given if value is not None]
    return " ".join([*parts, *filter(None, [kinds.get(wanted.status)])]), [v for _, v in given if v is not None]


def fine_conditions(wanted: PastInvocationFilter, cost: str = "0") -> tuple[str, list[Value]]:
    """Return the same for what no index has. `cost`: an invocation's cost in US dollars, in SQL."""
    found = list(_fine(wanted, cost))
    return " ".join(f"AND {condition}" for condition, _ in found), [value for _, values in found for value in values]


def _fine(wanted: PastInvocationFilter, cost: str) -> Iterator[tuple[str, list[Value]]]:
    for column, least, most in (
            ("duration_us / 1000.0", wanted.least_duration_ms, wanted.most_duration_ms),
            ("used_mb", wanted.least_memory_mb, wanted.most_memory_mb), (cost, wanted.least_usd, wanted.most_usd)):
        if least is not None:
            yield f"{column} >= ?", [least]
        if most is not None:
            yield f"{column} <= ?", [most]
    if wanted.alias:
        yield _OF.format("alias = ?"), [wanted.alias]
    if wanted.trigger == "invoke":
        yield f"(circumstance IS NULL OR {_OF.format('cause = ?')})", [""]
    elif wanted.trigger:
        yield _OF.format("cause = ?"), [wanted.trigger]
    if wanted.request_id:
        yield _id_condition(wanted.request_id.lower())
    if wanted.is_starred:
        yield _MARKED.format("is_starred"), []
    if wanted.is_named or wanted.name:
        yield _MARKED.format("name <> '' AND instr(lower(name), ?)"), [wanted.name.lower()]


def _id_condition(begin: str) -> tuple[str, list[Value]]:
    """Return that of IDs that begin like this: UUIDs are packed, and so is their beginning."""
    digits = begin.replace("-", "")
    if len(digits) > _ID_DIGITS or not _HEX.issuperset(digits):
        return "request_id = ?", [begin]
    first, last = bytes.fromhex(digits.ljust(_ID_DIGITS, "0")), bytes.fromhex(digits.ljust(_ID_DIGITS, "f"))
    return "(request_id BETWEEN ? AND ? OR request_id = ?)", [first, last, str(packed_id(begin))]


def is_about_time(wanted: PastInvocationFilter) -> bool:
    """Whether it asks when invocations were received."""
    return wanted.since_ms is not None or wanted.until_ms is not None


def is_fine(wanted: PastInvocationFilter) -> bool:
    """Whether it asks for what no index has."""
    return bool(fine_conditions(wanted)[0])
