"""What runs at a time, of what limits, and what was throttled, as `/_workbench/concurrency` tells it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from workbench.model.engine_api import ProvisionedStatus
from workbench.model.function import Architecture


class ProvisionedUse(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The provisioned concurrency of one version: `requested`, `allocated` (initialized), `in_use`.

    `status_reason` says why it has not come further, "" for nothing. `memory_mb` and `architecture` are what it is priced by.
    The others are Lambda's metrics ProvisionedConcurrencyInvocations, ProvisionedConcurrencySpilloverInvocations (both since the
    engine started) and ProvisionedConcurrencyUtilization, from 0 to 1: now, and at most. Source: Lambda guide, "Types of metrics
    for Lambda functions". `$LATEST` has none of them, as it has no provisioned concurrency by Lambda's rules.
    """

    version: str
    requested: int
    allocated: int
    in_use: int
    status: ProvisionedStatus
    status_reason: str = ""
    memory_mb: int = 128
    architecture: Architecture = "x86_64"
    invocations: int = 0
    spillover_invocations: int = 0
    utilization: float = 0.0
    most_utilization: float = 0.0

    def metric_lines(self) -> list[str]:
        """Return the metrics by their names, once there is anything to tell."""
        if not self.invocations and not self.spillover_invocations:
            return []
        return [f"ProvisionedConcurrencyUtilization {self.utilization:.2f}, at most {self.most_utilization:.2f}",
                f"ProvisionedConcurrencyInvocations {self.invocations:,}, "
                f"ProvisionedConcurrencySpilloverInvocations {self.spillover_invocations:,}"]


class FunctionConcurrency(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One function: how many of its invocations run, and what it has for itself. `reserved`: None for nothing.

    `throttles` counts by reason, `spillovers` what found no provisioned concurrency free; both since the engine started.
    """

    function_name: str
    running: int = 0
    reserved: int | None = None
    provisioned: tuple[ProvisionedUse, ...] = ()
    throttles: Mapping[str, int] = {}
    spillovers: int = 0


class AccountConcurrency(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One Region of an account.

    Functions that reserve nothing share `unreserved` of its `limit`; `unreserved_running` of that is in use.
    """

    region: str
    account: str
    limit: int
    running: int
    unreserved: int
    unreserved_running: int
    functions: tuple[FunctionConcurrency, ...] = ()


class MachineConcurrency(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """This machine: how many execution environments it runs at most, and now, and how many requests wait for one.

    `memory_mb`: what environments may take together, its own memory where nothing else was set; `available_mb` is left of that.
    `waits_for` says in a sentence for what those who wait do so, "" if nobody waits.
    """

    limit: int
    environments: int
    waiting: int
    memory_mb: int = 0
    available_mb: int = 0
    waits_for: str = ""


class ConcurrencyReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The accounts in which anything was invoked, reserved or provisioned, and the workspace's, and this machine."""

    accounts: tuple[AccountConcurrency, ...]
    machine: MachineConcurrency
