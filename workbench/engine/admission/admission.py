"""The one way in: every invocation passes here before anything is done for it, however it was asked for."""

from __future__ import annotations

from collections import defaultdict

from workbench.engine.admission.admitted import Admitted
from workbench.engine.admission.loads import AccountLoad, FunctionLoad, Limits, Share
from workbench.engine.admission.rules import PROVISIONED, Part, Request, may_grow, part_for
from workbench.engine.admission.throttle_events import ThrottleEvents
from workbench.engine.clock import Clock
from workbench.engine.concurrency.provisioned import ProvisionedEnvironments
from workbench.engine.registry.concurrency import ReservedConcurrency
from workbench.model.failures import Throttled, ThrottleReason
from workbench.model.function_version import FunctionVersion
from workbench.model.lambda_names import Scope
from workbench.model.quotas import TENANT_ENVIRONMENTS_PER_CONCURRENCY

_FULL: frozenset[ThrottleReason] = frozenset({
    "ConcurrentInvocationLimitExceeded", "ReservedFunctionConcurrentInvocationLimitExceeded"})


class Admission:
    """Counts what runs, and throttles. Use it on the engine's loop.

    An invocation counts from its admission to its end, which is when its environment is free: also while it waits for its
    environment, for a package or for this machine.
    """

    def __init__(
        self, reserved: ReservedConcurrency, provisioned: ProvisionedEnvironments, events: ThrottleEvents, clock: Clock
    ) -> None:
        self._reserved = reserved
        self._provisioned = provisioned
        self._events = events
        self._clock = clock
        self._accounts: defaultdict[Scope, AccountLoad] = defaultdict(AccountLoad)

    async def admit(self, scope: Scope, version: FunctionVersion, *, is_synchronous: bool) -> Admitted:
        """Let an invocation in. Raises Throttled.

        Where all concurrency is taken and an invocation has just answered, it waits a moment for the end of that one; so it does
        before it spills over from provisioned concurrency.
        """
        account = self._accounts[scope]
        function = account.functions[version.name]
        lingering = function.provisioned_lingering.get(version.version)
        if lingering is not None and function.provisioned[version.version] >= self._provisioned.usable(version):
            await lingering.one_over(self._clock)
        while True:
            found = self._try(account, function, self._limits(scope, version, function),
                              Request(version.version, is_synchronous, self._clock.now_ns()))
            if isinstance(found, Admitted):
                return found
            lingering = function.lingering if found.startswith("Reserved") else account.lingering
            if found not in _FULL or not await lingering.one_over(self._clock):
                raise self._throttled(function, version.name, found)

    def grow(self, admitted: Admitted, name: str, of_tenants: int = 0) -> None:
        """Note that the function gets a new environment. Raises Throttled if it had too many new ones within seconds.

        `of_tenants`: how many it has for tenants, busy or idle; it may not have more than so many either. Lambda documents no
        reason of its own for both; it is the one for a function that has no environment left.
        """
        most = admitted.function.concurrency * TENANT_ENVIRONMENTS_PER_CONCURRENCY
        if (of_tenants and of_tenants >= most) or not may_grow(admitted.function, self._clock.now_ns()):
            raise self._throttled(
                admitted.function, name, "ReservedFunctionConcurrentInvocationLimitExceeded" if admitted.is_reserved
                else "ConcurrentInvocationLimitExceeded")

    def share(self, scope: Scope, name: str) -> Share:
        """Return how many invocations of a function run, and how many would be let in now; provisioned concurrency aside.

        What has answered counts no more: a request waits for its end.
        """
        account = self._accounts[scope]
        function = account.functions[name]
        running, reserved = function.running - function.lingering.count, self._reserved.of(scope, name)
        if reserved is not None:
            return Share(running, reserved)
        left = min(self._reserved.shared(scope) - account.shared, self._reserved.account_limit - account.running)
        return Share(running, running + max(left + account.lingering.count, 0))

    def account(self, scope: Scope) -> AccountLoad:
        """Return what runs in a Region of an account."""
        return self._accounts[scope]

    def scopes(self) -> list[Scope]:
        """Return the Regions and accounts in which anything was invoked."""
        return list(self._accounts)

    def close(self) -> None:
        """Publish what has not been published yet."""
        self._events.close()

    def _try(
        self, account: AccountLoad, function: FunctionLoad, limits: Limits, request: Request
    ) -> Admitted | ThrottleReason:
        function.concurrency = limits.account if limits.reserved is None else limits.reserved
        part = part_for(account, function, limits, request)
        if not isinstance(part, Part):
            return part
        is_spillover = bool(limits.provisioned) and part is not PROVISIONED
        admitted = Admitted(account, function, part, request.version, is_spillover=is_spillover)
        if is_spillover:
            function.spillovers[request.version] += 1
        elif part is PROVISIONED:
            function.note_provisioned(request.version, limits.provisioned)
        return admitted

    def _limits(self, scope: Scope, version: FunctionVersion, function: FunctionLoad) -> Limits:
        provisioned, as_of = self._provisioned.usable(version), self._reserved.as_of
        if function.known is not None and not provisioned and function.known[1] == as_of:
            return function.known[0]  # nearly always
        reserved = self._reserved.of(scope, version.name)
        limits = Limits(
            account=self._reserved.account_limit, shared=self._reserved.shared(scope), reserved=reserved, provisioned=provisioned,
            all_provisioned=0 if reserved is None else self._provisioned.usable_of_all(version))
        function.known = (limits, as_of) if reserved is None and not provisioned else None
        return limits

    def _throttled(self, function: FunctionLoad, name: str, reason: ThrottleReason) -> Throttled:
        function.throttles[reason] += 1
        self._events.throttled(name, reason)
        return Throttled(reason, hint=_HINTS[reason])


_HINTS: dict[ThrottleReason, str] = {
    "ConcurrentInvocationLimitExceeded":
        "All concurrency that functions of the account share is in use, or the function gained environments too fast. "
        "\"workbench concurrency\" shows what runs; --account-concurrency sets the account's limit.",
    "FunctionInvocationRateLimitExceeded":
        "An account takes 10 synchronous requests a second for each unit of its concurrency; --account-concurrency sets that.",
    "ReservedFunctionConcurrentInvocationLimitExceeded":
        "The function's reserved concurrency is in use, or 0, with which it is not invoked. PutFunctionConcurrency changes it, "
        "DeleteFunctionConcurrency ends it.",
    "ReservedFunctionInvocationRateLimitExceeded":
        "A function takes 10 synchronous requests a second for each unit of its reserved concurrency.",
}
