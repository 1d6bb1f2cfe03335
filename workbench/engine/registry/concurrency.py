"""Reserved concurrency: what of the account's concurrency a function has for itself.

Source: Lambda guide, "Configuring reserved concurrency"; API reference, PutFunctionConcurrency; recorded answers of the service.
"""

from __future__ import annotations

from workbench.engine.registry.attached import ConcurrencyRecord
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.registry import Registry
from workbench.model.failures import ServiceError, Throttled
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope
from workbench.model.quotas import ACCOUNT_CONCURRENCY, UNRESERVED_MINIMUM


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
                raise _too_much()
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
        """Return what of the account's concurrency is not reserved; `without` is a function that does not count, "" for none."""
        return ACCOUNT_CONCURRENCY - sum(
            each.reserved for each in self._registry.all(ConcurrencyRecord, scope)
            if each.function_name != without and self._functions.find(scope, each.function_name) is not None)

    def admit(self, scope: Scope, name: str) -> None:
        """Raise ServiceError 429 for a function with a reserved concurrency of 0."""
        if self._reserved(scope, name) == 0:
            hint = "Its reserved concurrency is 0, so that it is not invoked. DeleteFunctionConcurrency ends that."
            raise Throttled("ReservedFunctionConcurrentInvocationLimitExceeded", hint=hint)

    def _reserved(self, scope: Scope, name: str) -> int | None:
        record = self._registry.get(ConcurrencyRecord, scope, name)
        return record.reserved if record is not None else None


def _too_much() -> ServiceError:
    # Recorded without `Type`.
    message = ("Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
               f"minimum value of [{UNRESERVED_MINIMUM}].")
    return ServiceError("InvalidParameterValueException", 400, message, fault="",
                        hint=f"All functions of a Region together may reserve {ACCOUNT_CONCURRENCY - UNRESERVED_MINIMUM}.")
