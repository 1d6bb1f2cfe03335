"""`workbench concurrency`: what runs at a time, what limits it, and what was throttled, of an engine that runs."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from workbench.cli.loop import run
from workbench.cli.output import write_json
from workbench.client.engine_process import attach
from workbench.model.concurrency import AccountConcurrency, ConcurrencyReport, FunctionConcurrency, ProvisionedUse
from workbench.model.failures import EngineError
from workbench.model.prices import PriceTable, format_usd, provisioned_usd
from workbench.model.shown import shown
from workbench.workspace.price_file import load_prices
from workbench.workspace.state_directory import state_directory

_HOUR_S = 3_600


def show_concurrency(workspace: Path, *, as_json: bool) -> int:
    """Print it. Returns exit status 0; raises EngineError if no engine serves the workspace."""
    return run(_show(workspace, as_json=as_json))


async def _show(workspace: Path, *, as_json: bool) -> int:
    client = await attach(state_directory(workspace))
    if client is None:
        raise EngineError("No engine serves this workspace, so nothing runs.", "workbench serve starts one; so does the window.")
    async with client:
        report = await client.concurrency()
    if as_json:
        write_json(msgspec.json.encode(report))
    else:
        sys.stdout.write(shown(words(report)))
    return 0


def words(report: ConcurrencyReport) -> str:
    """Format it for the terminal."""
    lines = [line for account in report.accounts for line in _of_account(account)]
    machine = report.machine
    lines.append(f"This machine: {machine.environments} of at most {machine.limit} execution environments; "
                 f"{machine.waiting} waiting for one.")
    lines.append(f"Memory: {machine.available_mb:,} of {machine.memory_mb:,} MB available for execution environments.")
    lines += [machine.waits_for] if machine.waits_for else []
    return "\n".join(lines) + "\n"


def _of_account(account: AccountConcurrency) -> list[str]:
    prices = load_prices(account.region)
    head = (f"{account.region}, account {account.account}: {account.running:,} of {account.limit:,} running; "
            f"{account.unreserved_running:,} of {account.unreserved:,} unreserved")
    return [head, *(line for function in account.functions for line in _of_function(function, prices))]


def _of_function(function: FunctionConcurrency, prices: PriceTable) -> list[str]:
    reserved = f" of {function.reserved} reserved" if function.reserved is not None else ""
    throttles = [f"    throttled {_counted(count, 'time')}: {reason}" for reason, count in function.throttles.items()]
    spillovers = [f"    {_counted(function.spillovers, 'invocation')} spilled over"] if function.spillovers else []
    return [f"  {function.function_name}: {function.running} running{reserved}",
            *(line for use in function.provisioned for line in _of_version(use, prices)), *spillovers, *throttles]


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _of_version(use: ProvisionedUse, prices: PriceTable) -> list[str]:
    usd = provisioned_usd(
        prices, count=use.requested, memory_mb=use.memory_mb, duration_s=_HOUR_S, architecture=use.architecture)
    cost = f", {format_usd(usd)} an hour on AWS" if usd is not None else ""
    reason = f" ({use.status_reason})" if use.status_reason else ""
    return [f"    version {use.version}: {use.in_use} in use, {use.allocated} of {use.requested} provisioned allocated, "
            f"{use.status}{reason}{cost}", *(f"      {line}" for line in use.metric_lines())]
