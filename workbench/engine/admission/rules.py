"""The arithmetic of concurrency: in which part of it an invocation runs, or why Lambda throttles it.

Source: Lambda guide, "Understanding Lambda function scaling", "Lambda scaling behavior", "Configuring reserved concurrency" and
"Configuring provisioned concurrency"; API reference, TooManyRequestsException (the reasons).
"""

from __future__ import annotations

from enum import Enum, auto

import msgspec

from workbench.engine.admission.loads import AccountLoad, FunctionLoad, Limits
from workbench.model.failures import ThrottleReason
from workbench.model.quotas import REQUESTS_PER_CONCURRENCY, SCALING_ENVIRONMENTS, SCALING_PERIOD_S, SCALING_REQUESTS


class Part(Enum):
    """What an invocation's concurrency is taken from."""

    PROVISIONED = auto()
    RESERVED = auto()
    SHARED = auto()


PROVISIONED, RESERVED, SHARED = Part
"""By their names: to look one up in its enumeration costs Python 3.11 as much as a call, and every invocation asks ten times."""


class Request(msgspec.Struct, frozen=True):
    """What the rules ask about an invocation: its version, whether its caller waits for it, and when (monotonic ns)."""

    version: str
    is_synchronous: bool
    at_ns: int


def part_for(account: AccountLoad, function: FunctionLoad, limits: Limits, request: Request) -> Part | ThrottleReason:
    """Return where an invocation runs, and count it in its second; or why it is throttled, and then nothing has changed.

    The rate holds for synchronous invocations; of asynchronous ones, only how many run at a time counts.
    """
    reason = _too_fast(account, function, limits, request) if request.is_synchronous else None
    if reason is not None:
        return reason
    if _has_provisioned(function, limits, request):
        part: Part | ThrottleReason = PROVISIONED
    elif limits.reserved is not None:
        part = _reserved(function, limits)
    else:
        part = _shared(account, limits)
    if request.is_synchronous and isinstance(part, Part):
        _take(account, function, limits, part, request)
    return part


def may_grow(function: FunctionLoad, at_ns: int) -> bool:
    """Whether the function may have one more environment now, which then counts."""
    return function.growth.take(SCALING_ENVIRONMENTS, SCALING_PERIOD_S, at_ns)


def _too_fast(account: AccountLoad, function: FunctionLoad, limits: Limits, request: Request) -> ThrottleReason | None:
    if limits.reserved and not function.requests.has_room(limits.reserved * REQUESTS_PER_CONCURRENCY, request.at_ns):
        return "ReservedFunctionInvocationRateLimitExceeded"
    if not account.requests.has_room(limits.account * REQUESTS_PER_CONCURRENCY, request.at_ns):
        return "FunctionInvocationRateLimitExceeded"
    if not function.rise.has_room(SCALING_REQUESTS, SCALING_PERIOD_S, request.at_ns):
        return "FunctionInvocationRateLimitExceeded"
    return None


def _has_provisioned(function: FunctionLoad, limits: Limits, request: Request) -> bool:
    """Whether provisioned concurrency is free. Beyond its number or its rate, invocations spill over; that is no throttle."""
    if not limits.provisioned or function.provisioned[request.version] >= limits.provisioned:
        return False
    pace = function.provisioned_requests[request.version]
    rate = limits.provisioned * REQUESTS_PER_CONCURRENCY
    return not request.is_synchronous or pace.has_room(rate, request.at_ns)


def _reserved(function: FunctionLoad, limits: Limits) -> Part | ThrottleReason:
    """Versions keep what is provisioned for them of the reserved concurrency: the rest is for `$LATEST` and what spills over."""
    assert limits.reserved is not None
    if function.on_demand < limits.reserved - limits.all_provisioned and function.running < limits.reserved:
        return RESERVED
    return "ReservedFunctionConcurrentInvocationLimitExceeded"


def _shared(account: AccountLoad, limits: Limits) -> Part | ThrottleReason:
    if account.shared < limits.shared and account.running < limits.account:
        return SHARED
    return "ConcurrentInvocationLimitExceeded"


def _take(account: AccountLoad, function: FunctionLoad, limits: Limits, part: Part, request: Request) -> None:
    account.requests.take()
    function.rise.take(SCALING_REQUESTS, SCALING_PERIOD_S, request.at_ns)
    if limits.reserved:
        function.requests.take()
    if part is PROVISIONED:
        function.provisioned_requests[request.version].take()
