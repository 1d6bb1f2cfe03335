"""Lines of the log by a filter as it is typed in the window, for `workbench logs --filter`."""

from __future__ import annotations

import contextlib

import msgspec

from workbench.client.api import EngineClient
from workbench.model.failures import InvalidInput
from workbench.model.log_entries import LogEntry
from workbench.model.log_queries import MOST_AT_ONCE, LogFilter
from workbench.model.past_invocations import LinePage, LogLine
from workbench.state.log_query import typed_filter

_HINT = "Write it as in the window's log: level:warn, function:NAME, request:ID, env:ID, $.order.id=17, /regex/ or plain text."


async def found_lines(client: EngineClient, typed: str, also: LogFilter, limit: int) -> LinePage:
    """Return the latest entries that pass a filter, and `also` where it says nothing. Raises InvalidInput for a faulty one."""
    wanted = typed_filter(typed)
    if wanted.problem:
        raise InvalidInput(wanted.problem, _HINT)
    chosen = msgspec.structs.replace(
        wanted.filter, text=wanted.filter.text or also.text, function_name=wanted.filter.function_name or also.function_name)
    numbers = sorted(await _found(client, chosen), reverse=True)[:limit]
    lines: list[LogLine] = []
    for begin in range(0, len(numbers), MOST_AT_ONCE):
        lines += map(_line, await client.log.picked(numbers[begin:begin + MOST_AT_ONCE]))
    return LinePage(lines=lines)


async def _found(client: EngineClient, wanted: LogFilter) -> list[int]:
    numbers: list[int] = []
    async with contextlib.aclosing(client.log.search(wanted)) as steps:
        async for step in steps:
            if step.problem:
                raise InvalidInput(step.problem, _HINT)
            numbers += step.found
            if step.searched >= 1:
                break
    return numbers


def _line(entry: LogEntry) -> LogLine:
    return LogLine(
        seq=entry.seq, time_ms=entry.time_ms, text=entry.text, function_name=entry.function_name, request_id=entry.request_id,
        environment_id=entry.environment_id, source=entry.type)
