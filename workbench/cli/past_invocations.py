"""`workbench invocations` and `workbench logs`: what happened before, from the engine's journal."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from workbench.cli.found_lines import found_lines
from workbench.cli.invoke import engine_of
from workbench.cli.loop import run
from workbench.cli.output import write_json
from workbench.client.api import EngineClient
from workbench.model.failures import InvalidInput
from workbench.model.log_queries import LogFilter
from workbench.model.moments import local_time
from workbench.model.past_invocations import InvocationPage, LinePage, LogLine, PastInvocation, PastInvocationFilter, Place
from workbench.model.shown import shown
from workbench.state.ending_words import ending_word
from workbench.state.history_query import PastQuery, parse_query
from workbench.workspace.locating.options import Options

MOST_AT_ONCE = 1_000


class PastOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the person asked for. `typed`: a filter as in the window's log; `limit`: how many are printed at most."""

    workspace: Path
    wanted: PastInvocationFilter = PastInvocationFilter()
    text: str = ""
    place: Place = "log"
    typed: str = ""
    limit: int = 20
    as_json: bool = False
    choices: Options = Options()


def show_invocations(options: PastOptions) -> int:
    """Print invocations, the latest first. Returns exit status 0; raises WorkbenchError."""
    return run(_show_invocations(options))


def show_lines(options: PastOptions) -> int:
    """Print log lines that contain a text, the latest first. Returns exit status 0; raises WorkbenchError."""
    return run(_show_lines(options))


def asked(query: str, given: Mapping[str, Any]) -> PastQuery:
    """Return what a query and the options beside it ask for; an option counts. Raises InvalidInput."""
    typed = parse_query(query, time.time() * 1_000)
    chosen = {name: value for name, value in given.items() if value not in ("", None)}
    return msgspec.structs.replace(typed, wanted=msgspec.structs.replace(typed.wanted, **chosen))


def moment_ms(text: str) -> int | None:
    """Return the epoch milliseconds of a time as people write it (2026-11-30T14:05, local unless it says otherwise); "": None."""
    if not text:
        return None
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise InvalidInput(f"{text!r} is not a time.", "Write it as 2026-11-30, 2026-11-30T14:05 or 2026-11-30T14:05Z.") from None


async def _show_invocations(options: PastOptions) -> int:
    async with engine_of(options.workspace, options.choices) as client:
        page = await _invocations(client, options)
    return _write(options, page, "".join(map(_row, page.invocations)) or "There are no such invocations.\n")


async def _show_lines(options: PastOptions) -> int:
    async with engine_of(options.workspace, options.choices) as client:
        also = LogFilter(text=options.text, function_name=options.wanted.function_name)
        found = found_lines(client, options.typed, also, options.limit) if options.typed else _lines(client, options)
        page = await found
    return _write(options, page, "".join(map(_line, page.lines)) or "No line of the log has this text.\n")


def _write(options: PastOptions, page: InvocationPage | LinePage, words: str) -> int:
    if options.as_json:
        write_json(msgspec.json.encode(page))
    else:
        sys.stdout.write(shown(words))
    return 0


async def _invocations(client: EngineClient, options: PastOptions) -> InvocationPage:
    """Return as many as are wanted, however many pages that takes."""
    page = InvocationPage(invocations=[])
    while len(page.invocations) < options.limit:
        more = await client.history.invocations(
            options.wanted, text=options.text, place=options.place, before=page.next,
            limit=min(options.limit - len(page.invocations), MOST_AT_ONCE), total=not options.text and page.total is None)
        total = more.total if page.total is None else page.total
        page = InvocationPage(invocations=page.invocations + more.invocations, next=more.next, total=total)
        if page.next is None:
            break
    return page


async def _lines(client: EngineClient, options: PastOptions) -> LinePage:
    page = LinePage(lines=[])
    while len(page.lines) < options.limit:
        more = await client.history.lines(
            options.text, function_name=options.wanted.function_name, before=page.next,
            limit=min(options.limit - len(page.lines), MOST_AT_ONCE))
        page = LinePage(lines=page.lines + more.lines, next=more.next)
        if page.next is None:
            break
    return page


def _row(past: PastInvocation) -> str:
    status = past.error_type or past.status or ending_word("")
    figures = [f"{past.duration_ms:,.2f} ms"] if past.duration_ms is not None else []
    figures += [f"init {past.init_duration_ms:,.2f} ms"] if past.init_duration_ms is not None else []
    figures += [f"restore {past.restore_duration_ms:,.2f} ms"] if past.restore_duration_ms is not None else []
    figures += [f"{past.max_memory_used_mb} of {past.memory_size_mb} MB"] if past.max_memory_used_mb is not None else []
    start = "cold" if past.is_cold else "warm"
    name = f"{past.function_name}:{past.version}"
    marks = "".join(f"  {mark}" for mark in ("★" if past.is_starred else "", past.name) if mark)
    row = f"{_time(past.received_ms)}  {past.request_id}  {name}  {start}  {status}  {', '.join(figures)}"
    return row.rstrip() + marks + "\n"


def _line(line: LogLine) -> str:
    return f"{_time(line.time_ms)}  {line.request_id or '-'}  {line.function_name}  {line.text.rstrip()}\n"


def _time(at_ms: float) -> str:
    return local_time(at_ms / 1000).isoformat(sep=" ", timespec="milliseconds")
