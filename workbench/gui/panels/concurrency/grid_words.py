"""The grid of concurrency in words: what stands beside the rows, and what pointing at a cell tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workbench.gui.panels.invocation_words import duration
from workbench.gui.panels.timeline.timeline_kinds import short_id
from workbench.model.concurrency import ProvisionedUse
from workbench.model.function_version import LATEST
from workbench.state.concurrency import ConcurrencyGrid
from workbench.state.concurrency_rows import Cell, FunctionGrid
from workbench.state.environment_words import state_text
from workbench.state.invocation import Invocation

REASONS: Mapping[str, str] = {
    "ReservedFunctionConcurrentInvocationLimitExceeded": "reserved",
    "ConcurrentInvocationLimitExceeded": "account",
    "ReservedFunctionInvocationRateLimitExceeded": "rate",
    "FunctionInvocationRateLimitExceeded": "rate",
}
"""What was exceeded, in a word, by Lambda's reason."""


def version_words(version: str) -> str:
    """Return `$LATEST` or `version 7`."""
    return version if version == LATEST else f"version {version}"


def running_words(function: FunctionGrid) -> str:
    """Return `7 of 8 reserved`, or `7 running` for a function that reserves nothing."""
    of_what = "running" if function.reserved is None else f"of {function.reserved:,} reserved"
    return f"{function.running:,} {of_what}"


def throttled_words(function: FunctionGrid) -> str:
    """Return `212 throttled · reserved`."""
    reasons = dict.fromkeys(REASONS.get(reason, reason) for reason in function.throttles)
    return f"{function.throttles.total():,} throttled · {', '.join(reasons)}"


def waiting_words(function: FunctionGrid) -> str:
    """Return how many of its requests wait for this machine."""
    return f"{len(function.waiting):,} {'waits' if len(function.waiting) == 1 else 'wait'} for this machine"


def provisioned_words(use: ProvisionedUse) -> str:
    """Return `10 provisioned`, or how far that has come."""
    if use.status == "READY":
        return f"{use.requested:,} provisioned"
    return f"{use.allocated:,} of {use.requested:,} provisioned"


def account_words(grid: ConcurrencyGrid) -> str:
    """Return what runs of the account's limit, how many environments this machine runs of how many, and those prepared ahead."""
    if grid.account is not None:
        parts = [f"{grid.running:,} of {grid.account.limit:,} running", f"{grid.account.unreserved:,} unreserved"]
    else:
        parts = [f"{grid.running:,} running"]
    here = f"{grid.environments:,} of {grid.machine.limit:,}" if grid.machine is not None else f"{grid.environments:,}"
    return " · ".join([*parts, f"this machine: {here}", *([f"{grid.prepared:,} prepared"] if grid.prepared else [])])


def metrics_words(grid: ConcurrencyGrid) -> str:
    """Return how provisioned concurrency is used, of all versions together; "" if there is none."""
    uses = [use for _, use in _provisioned(grid)]
    if not uses:
        return ""
    in_use, allocated = sum(use.in_use for use in uses), sum(use.allocated for use in uses)
    invocations, spilled = sum(use.invocations for use in uses), sum(use.spillover_invocations for use in uses)
    most, noun = max(use.most_utilization for use in uses), "invocation" if invocations == 1 else "invocations"
    return (f"Provisioned: {in_use:,} of {allocated:,} in use, at most {most:.0%} of a version's · {invocations:,} {noun} · "
            f"{spilled:,} spilled over")


def metrics_tip(grid: ConcurrencyGrid) -> str:
    """Return Lambda's metrics of each version with provisioned concurrency, since the engine started."""
    return "\n".join("\n".join([f"{name}, {version_words(use.version)}", *(use.metric_lines() or ["No invocation yet"])])
                     for name, use in _provisioned(grid))


def _provisioned(grid: ConcurrencyGrid) -> Iterator[tuple[str, ProvisionedUse]]:
    for function in () if grid.account is None else grid.account.functions:
        for use in function.provisioned:
            if use.version != LATEST:
                yield function.function_name, use


def cell_line(cell: Cell, invocation: Invocation | None, now_ms: float, idle_limit_s: float | None) -> str:
    """Return one line about an environment and what it runs."""
    environment = cell.environment
    name = f"{environment.function_name} {version_words(environment.version)}"
    parts = [short_id(environment.environment_id), name, _state(cell, invocation, now_ms, idle_limit_s)]
    return " · ".join(parts)


def cell_tip(cell: Cell, invocation: Invocation | None, now_ms: float, idle_limit_s: float | None) -> str:
    """Return all that is known of an environment, in lines."""
    environment = cell.environment
    startup, request = environment.startup, environment.request_id or environment.last_request_id
    init = f"Init {duration(startup.init_ms)}" if startup.init_ms is not None else ""
    memory = f"{environment.memory_peak_mb:,} of {startup.memory_mb:,} MB used" if environment.memory_peak_mb else ""
    lines = (
        f"{environment.function_name}, {version_words(environment.version)}", _state(cell, invocation, now_ms, idle_limit_s),
        f"Environment {environment.environment_id}", startup.runs_on, init,
        f"{environment.invocations:,} {'invocation' if environment.invocations == 1 else 'invocations'}", memory,
        f"{'Request' if environment.request_id else 'Last request'} {request}" if request else "")
    return "\n".join(filter(None, lines))


def function_tip(function: FunctionGrid, grid: ConcurrencyGrid) -> str:
    """Return what is known of a function, in lines: ceilings, throttles by Lambda's reason, why requests wait."""
    rows = function.ordered()
    shown = [f"{version_words(row.version)}: {sum(1 for _ in row.cells()):,} environments" for row in rows]
    uses = [f"{version_words(row.version)}: {provisioned_words(row.use)}, {row.use.status}"
            f"{f' ({row.use.status_reason})' if row.use.status_reason else ''}" for row in rows if row.use is not None]
    throttles = [f"{count:,} throttled: {reason}" for reason, count in function.throttles.items()]
    return "\n".join([function.name, running_words(function), *shown, *uses, *throttles,
                      *([grid.waits, "That is no throttle: Lambda would have made another environment."]
                        if function.waiting else [])])


def _state(cell: Cell, invocation: Invocation | None, now_ms: float, idle_limit_s: float | None) -> str:
    if cell.gone_ms is not None:
        reason = cell.environment.stop_reason
        return f"gone ({reason})" if reason else "gone"
    words = state_text(cell.environment, now_ms, idle_limit_s)
    if cell.look == "busy" and invocation is not None and invocation.invoke_began_ms is not None:
        return f"{words} for {duration(max(now_ms - invocation.invoke_began_ms, 0.0))}"
    return words
