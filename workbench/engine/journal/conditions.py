"""A filter of past invocations as SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from workbench.engine.journal.cost_figures import NO_COST, CostInSql
from workbench.engine.journal.schema import COLD_BIT, NAME_BITS, NO_CIRCUMSTANCE_BIT, WARM_BIT
from workbench.engine.journal.short_ids import packed_id
from workbench.model.past_invocations import FAILED, PLAIN, UNFINISHED, PastInvocationFilter

Value = int | float | str | bytes
Condition = tuple[str, list[Value]]
"""SQL, and its values."""
_NAME = "(SELECT id FROM names WHERE name = ?)"
_FAILURES = "'error', 'timeout', 'failure'"
_FAILED = "AND status IN (SELECT id FROM names WHERE name IN ('error', 'timeout', 'failure'))"
_OF = "circumstance IN (SELECT id FROM circumstances WHERE {})"
_MARKED = "seq IN (SELECT seq FROM marks WHERE {})"
# The sum of different bits has all of them.
_NAME_BITS = "name_bits & (SELECT sum(DISTINCT 1 << id % {}) FROM names WHERE name IN ({}))"
_CIRCUMSTANCE_BITS = "SELECT sum(DISTINCT 1 << id % {}) FROM circumstances WHERE {} = ?"
_ID_DIGITS = 32
_HEX = frozenset("0123456789abcdef")
_WHOLE_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def conditions(wanted: PastInvocationFilter, unfinished: str = "status IS NULL") -> Condition:
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


def fine_conditions(wanted: PastInvocationFilter, cost: CostInSql = NO_COST) -> Condition:
    """Return the same for what no index has."""
    return _all_of(_fine(wanted, cost))


def stretch_conditions(wanted: PastInvocationFilter, cost: CostInSql = NO_COST) -> Condition:
    """Return what a stretch of the journal has that may have such invocations, see `extremes`."""
    return _all_of([*_limits_of_stretch(wanted, cost), *_bits_of_stretch(wanted)])


def _all_of(found: Iterable[Condition]) -> Condition:
    some = list(found)
    return " ".join(f"AND {condition}" for condition, _ in some), [value for _, values in some for value in values]


def _limits_of_stretch(wanted: PastInvocationFilter, cost: CostInSql) -> Iterator[Condition]:
    for column, least, most in (
            ("{}_received_us / 1000.0", wanted.since_ms, wanted.until_ms),
            ("{}_duration_us / 1000.0", wanted.least_duration_ms, wanted.most_duration_ms),
            ("{}_used_mb", wanted.least_memory_mb, wanted.most_memory_mb)):
        yield from _between(column.format("least"), column.format("most"), least, most)
    yield from _between(cost.least, cost.most, wanted.least_usd, wanted.most_usd)


def _between(least_there: str, most_there: str, least: float | None, most: float | None) -> Iterator[Condition]:
    if least is not None:
        yield f"{most_there} >= ?", [least]
    if most is not None:
        yield f"{least_there} <= ?", [most]


def _bits_of_stretch(wanted: PastInvocationFilter) -> Iterator[Condition]:
    status = "" if wanted.status in (UNFINISHED, FAILED) else wanted.status
    for name in filter(None, (wanted.function_name, wanted.version, wanted.sandbox, status, wanted.error_type)):
        yield _NAME_BITS.format(NAME_BITS, "?"), [name]
    if wanted.status == FAILED:
        yield _NAME_BITS.format(NAME_BITS, _FAILURES), []
    if wanted.start:
        yield f"name_bits & (1 << {COLD_BIT if wanted.start == 'cold' else WARM_BIT})", []
    if wanted.alias:
        yield f"circumstance_bits & ({_CIRCUMSTANCE_BITS.format(NO_CIRCUMSTANCE_BIT, 'alias')})", [wanted.alias]
    if wanted.trigger == PLAIN:
        plain = f"coalesce(({_CIRCUMSTANCE_BITS.format(NO_CIRCUMSTANCE_BIT, 'cause')}), 0)"
        yield f"circumstance_bits & (1 << {NO_CIRCUMSTANCE_BIT} | {plain})", [""]
    elif wanted.trigger:
        yield f"circumstance_bits & ({_CIRCUMSTANCE_BITS.format(NO_CIRCUMSTANCE_BIT, 'cause')})", [wanted.trigger]


def _fine(wanted: PastInvocationFilter, cost: CostInSql) -> Iterator[Condition]:
    for column, least, most in (
            ("duration_us / 1000.0", wanted.least_duration_ms, wanted.most_duration_ms),
            ("used_mb", wanted.least_memory_mb, wanted.most_memory_mb), (cost.exact, wanted.least_usd, wanted.most_usd)):
        yield from _between(column, column, least, most)
    for column, name in (("error", wanted.error_type), ("sandbox", wanted.sandbox)):
        if name:
            yield f"{column} = {_NAME}", [name]
    if wanted.alias:
        yield _OF.format("alias = ?"), [wanted.alias]
    if wanted.trigger == PLAIN:
        yield f"(circumstance IS NULL OR {_OF.format('cause = ?')})", [""]
    elif wanted.trigger:
        yield _OF.format("cause = ?"), [wanted.trigger]
    if wanted.request_id:
        yield _id_condition(wanted.request_id.lower())
    if wanted.is_starred:
        yield _MARKED.format("is_starred"), []
    if wanted.is_named or wanted.name:
        yield _MARKED.format("name <> '' AND instr(lower(name), ?)"), [wanted.name.lower()]


def _id_condition(begin: str) -> Condition:
    """Return that of IDs that begin like this: UUIDs are packed, and so is their beginning."""
    digits = begin.replace("-", "")
    if len(digits) > _ID_DIGITS or not _HEX.issuperset(digits):
        return "request_id = ?", [begin]
    first, last = bytes.fromhex(digits.ljust(_ID_DIGITS, "0")), bytes.fromhex(digits.ljust(_ID_DIGITS, "f"))
    return "(request_id BETWEEN ? AND ? OR request_id = ?)", [first, last, str(packed_id(begin))]


def is_whole_id(request_id: str) -> bool:
    """Whether this is a request ID as the engine makes them, and not the beginning of one."""
    return _WHOLE_ID.fullmatch(request_id) is not None


def is_about_time(wanted: PastInvocationFilter) -> bool:
    """Whether it asks when invocations were received."""
    return wanted.since_ms is not None or wanted.until_ms is not None


def is_about_marks(wanted: PastInvocationFilter) -> bool:
    """Whether it asks for what people have marked, which is never much."""
    return wanted.is_starred or wanted.is_named or bool(wanted.name)


def is_fine(wanted: PastInvocationFilter) -> bool:
    """Whether it asks for what no index has."""
    return bool(fine_conditions(wanted)[0])
