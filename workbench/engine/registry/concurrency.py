"""Reserved concurrency: what of the account's concurrency a function has for itself.

Source: Lambda guide, "Configuring reserved concurrency"; API reference, PutFunctionConcurrency; recorded answers of the service.
"""

from __future__ import annotations

from collections import Counter

from workbench.engine.registry.attached import ConcurrencyRecord, ProvisionedRecord
from workbench.engine.registry.checks import invalid
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.registry import Registry
from workbench.model.engine_api import Settings
from workbench.model.failures import ServiceError
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope
from workbench.model.quotas import UNRESERVED_MINIMUM

AsOf = tuple[int, int]
"""What these figures depend on. Whatever was computed of them holds as long as that is the same."""


class ReservedConcurrency:
    """The reserved concurrency of all functions, and what their account has. Use it on the engine's loop.

    Here the sums of an account hold; how much of it may run at a time is for `engine.admission`.
    """

    def __init__(self, registry: Registry, functions: Functions) -> None:
        self._registry = registry
        self._functions = functions
        self._shared: dict[Scope, int] = {}
        self._shared_of = (0, 0)

    def follow(self, settings: Settings) -> None:
        """Have the account's concurrency that these settings give it."""
        self._registry.account_concurrency = settings.account_concurrency

    @property
    def as_of(self) -> AsOf:
        """The present changes. Fast."""
        return self._registry.changes, self._registry.account_concurrency

    @property
    def account_limit(self) -> int:
        """The concurrency of each account in each Region."""
        return self._registry.account_concurrency

    async def put(self, scope: Scope, name: str, count: int) -> None:
        """PutFunctionConcurrency. Raises ServiceError if too little would be left for the functions that reserve nothing."""
        async with self._registry.changing() as change:
            found = self._functions.find(scope, name)
            if found is None:
                raise self._functions.not_found(scope, name, LATEST)
            if self.unreserved(scope, without=found.name) - count < self._minimum:
                raise self._without_type(f"Specified ReservedConcurrentExecutions for function {self._too_little}")
            provisioned = self._provisioned(scope, found.name)
            if count < provisioned:  # the blanks are the service's
                raise self._without_type(f" ReservedConcurrentExecutions  {count} should not be lower than function's total "
                                         f"provisioned concurrency [{provisioned}].")
            change.keep(ConcurrencyRecord(scope=scope, function_name=found.name, reserved=count))

    def get(self, scope: Scope, name: str) -> int | None:
        """GetFunctionConcurrency. None: nothing is reserved. Raises ServiceError if there is no such function."""
        return self.of(scope, self._functions.require(scope, name).name)

    async def delete(self, scope: Scope, name: str) -> None:
        """DeleteFunctionConcurrency. Raises ServiceError if there is no such function."""
        async with self._registry.changing() as change:
            name = self._functions.require(scope, name).name
            change.remove(*self._registry.all(ConcurrencyRecord, scope, name))

    def unreserved(self, scope: Scope, *, without: str = "") -> int:
        """Return what of the account's concurrency no function has for itself; `without` names one that does not count.

        Provisioned concurrency is taken from what a function reserves, and from the account where it reserves nothing.
        """
        claims: Counter[str] = Counter()
        for provisioned in self._registry.all(ProvisionedRecord, scope):
            claims[provisioned.function_name] += provisioned.count
        for reserved in self._registry.all(ConcurrencyRecord, scope):
            claims[reserved.function_name] = reserved.reserved
        return self.account_limit - sum(
            count for name, count in claims.items() if name != without and self._functions.find(scope, name) is not None)

    def check_provisioned(self, scope: Scope, name: str, qualifier: str, count: int) -> None:
        """Refuse more provisioned concurrency for a version or alias than its function reserves, or the account has left."""
        total, reserved = self._provisioned(scope, name, without=qualifier) + count, self.of(scope, name)
        if reserved is not None and reserved < total:
            raise invalid(
                "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
        if count > self.account_limit:
            raise self._without_type("Specified ConcurrentExecutions for function is greater than account's unreserved "
                                     f"concurrency [{self.account_limit}].")
        if reserved is None and self.unreserved(scope, without=name) - total < self._minimum:
            raise self._without_type(f"Specified ConcurrentExecutions for function {self._too_little}")

    def of(self, scope: Scope, name: str) -> int | None:
        """Return the reserved concurrency of a function by its name, None if nothing is reserved. Fast."""
        record = self._registry.get(ConcurrencyRecord, scope, name)
        return record.reserved if record is not None else None

    def shared(self, scope: Scope) -> int:
        """Return `unreserved`, added up only once after each change: every invocation asks for it."""
        present = self.as_of
        if present != self._shared_of:
            self._shared_of = present
            self._shared.clear()
        if scope not in self._shared:
            self._shared[scope] = self.unreserved(scope)
        return self._shared[scope]

    def configured(self, scope: Scope) -> dict[str, int]:
        """Return what functions reserve, by name, for those that reserve anything."""
        return {each.function_name: each.reserved for each in self._registry.all(ConcurrencyRecord, scope)}

    def scopes(self) -> set[Scope]:
        """Return the Regions and accounts in which anything is reserved or provisioned."""
        return {each.scope for kind in (ConcurrencyRecord, ProvisionedRecord) for each in self._registry.all(kind)}

    def _provisioned(self, scope: Scope, name: str, *, without: str = "") -> int:
        """Return the sum of a function's provisioned concurrency; `without` is a qualifier that does not count."""
        found = self._registry.all(ProvisionedRecord, scope, name)
        return sum(each.count for each in found if each.qualifier != without)

    @property
    def _minimum(self) -> int:
        """What no function may reserve. Accounts with less than that name their whole limit in the message (seen on AWS)."""
        return min(UNRESERVED_MINIMUM, self.account_limit)

    @property
    def _too_little(self) -> str:
        return f"decreases account's UnreservedConcurrentExecution below its minimum value of [{self._minimum}]."

    def _without_type(self, message: str) -> ServiceError:
        """The error for numbers that do not fit together, all of which were recorded without `Type`."""
        hint = f"All functions of a Region together may have {self.account_limit - self._minimum} for themselves."
        return ServiceError("InvalidParameterValueException", 400, message, fault="", hint=hint)
