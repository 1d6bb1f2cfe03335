"""Reserved concurrency: what of the account's concurrency a function has for itself.

Source: Lambda guide, "Configuring reserved concurrency"; API reference, PutFunctionConcurrency; recorded answers of the service.
"""

from __future__ import annotations

from collections import Counter

from workbench.engine.registry.attached import ConcurrencyRecord, ProvisionedRecord
from workbench.engine.registry.checks import invalid
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.registry import Registry
from workbench.model.failures import ServiceError, Throttled
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope
from workbench.model.quotas import ACCOUNT_CONCURRENCY, UNRESERVED_MINIMUM

_TOO_LITTLE = f"decreases account's UnreservedConcurrentExecution below its minimum value of [{UNRESERVED_MINIMUM}]."


class ReservedConcurrency:
    """The reserved concurrency of all functions. Use it on the engine's loop.

    What is enforced: the sums of an account, and 0, with which a function is not invoked. Higher numbers are kept and shown;
    they do not limit how many invocations run at a time.
    """

    def __init__(self, registry: Registry, functions: Functions) -> None:
        self._registry = registry
        self._functions = functions

    async def put(self, scope: Scope, name: str, count: int) -> None:
        """PutFunctionConcurrency. Raises ServiceError if too little would be left for the functions that reserve nothing."""
        async with self._registry.changing() as change:
            found = self._functions.find(scope, name)
            if found is None:
                raise self._functions.not_found(scope, name, LATEST)
            if self.unreserved(scope, without=found.name) - count < UNRESERVED_MINIMUM:
                raise _without_type(f"Specified ReservedConcurrentExecutions for function {_TOO_LITTLE}")
            provisioned = self._provisioned(scope, found.name)
            if count < provisioned:  # the blanks are the service's
                raise _without_type(f" ReservedConcurrentExecutions  {count} should not be lower than function's total "
                                    f"provisioned concurrency [{provisioned}].")
            change.keep(ConcurrencyRecord(scope=scope, function_name=found.name, reserved=count))

    def get(self, scope: Scope, name: str) -> int | None:
        """GetFunctionConcurrency. None: nothing is reserved. Raises ServiceError if there is no such function."""
        return self._reserved(scope, self._functions.require(scope, name).name)

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
        return ACCOUNT_CONCURRENCY - sum(
            count for name, count in claims.items() if name != without and self._functions.find(scope, name) is not None)

    def check_provisioned(self, scope: Scope, name: str, qualifier: str, count: int) -> None:
        """Refuse more provisioned concurrency for a version or alias than its function reserves, or the account has left."""
        total, reserved = self._provisioned(scope, name, without=qualifier) + count, self._reserved(scope, name)
        if reserved is not None and reserved < total:
            raise invalid(
                "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
        if count > ACCOUNT_CONCURRENCY:
            raise _without_type("Specified ConcurrentExecutions for function is greater than account's unreserved concurrency "
                                f"[{ACCOUNT_CONCURRENCY}].")
        if reserved is None and self.unreserved(scope, without=name) - total < UNRESERVED_MINIMUM:
            raise _without_type(f"Specified ConcurrentExecutions for function {_TOO_LITTLE}")

    def admit(self, scope: Scope, name: str) -> None:
        """Raise ServiceError 429 for a function with a reserved concurrency of 0."""
        if self._reserved(scope, name) == 0:
            hint = "Its reserved concurrency is 0, so that it is not invoked. DeleteFunctionConcurrency ends that."
            raise Throttled("ReservedFunctionConcurrentInvocationLimitExceeded", hint=hint)

    def is_off(self, scope: Scope, name: str) -> bool:
        """Whether a function, by its own name, has a reserved concurrency of 0, so that it is not invoked."""
        return self._reserved(scope, name) == 0

    def _provisioned(self, scope: Scope, name: str, *, without: str = "") -> int:
        """Return the sum of a function's provisioned concurrency; `without` is a qualifier that does not count."""
        found = self._registry.all(ProvisionedRecord, scope, name)
        return sum(each.count for each in found if each.qualifier != without)

    def _reserved(self, scope: Scope, name: str) -> int | None:
        record = self._registry.get(ConcurrencyRecord, scope, name)
        return record.reserved if record is not None else None


def _without_type(message: str) -> ServiceError:
    """The error for numbers that do not fit together, all of which were recorded without `Type`."""
    hint = f"All functions of a Region together may have {ACCOUNT_CONCURRENCY - UNRESERVED_MINIMUM} for themselves."
    return ServiceError("InvalidParameterValueException", 400, message, fault="", hint=hint)
