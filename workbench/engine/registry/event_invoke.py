"""Event-invoke configurations: what becomes of asynchronous invocations.

Source: API reference, PutFunctionEventInvokeConfig and its neighbors; recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.registry.attached import EventInvokeRecord
from workbench.engine.registry.checks import invalid
from workbench.engine.registry.destinations import Destinations
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.registry import Registry
from workbench.model.failures import ServiceError
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope

_MEMBERS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


class EventInvokeConfigurations:
    """Those of all functions, versions and aliases. Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions) -> None:
        self._registry = registry
        self._functions = functions
        self._destinations = Destinations(functions)

    async def put(self, scope: Scope, name: str, qualifier: str, parameters: Mapping[str, Any]) -> EventInvokeRecord:
        """PutFunctionEventInvokeConfig: what is not given is no longer set."""
        _check_something(parameters)
        async with self._registry.changing() as change:
            name = self._existing(scope, name, qualifier)
            empty = EventInvokeRecord(scope=scope, function_name=name, qualifier=qualifier or LATEST, modified_ms=0)
            return change.keep(self._changed(empty, parameters))

    async def update(self, scope: Scope, name: str, qualifier: str, parameters: Mapping[str, Any]) -> EventInvokeRecord:
        """UpdateFunctionEventInvokeConfig: what is not given stays."""
        _check_something(parameters)
        async with self._registry.changing() as change:
            name = self._existing(scope, name, qualifier)
            return change.keep(self._changed(self.require(scope, name, qualifier), parameters))

    def require(self, scope: Scope, name: str, qualifier: str) -> EventInvokeRecord:
        """GetFunctionEventInvokeConfig. Raises ServiceError if there is none, or no such function."""
        view = self._functions.find(scope, name)
        name, qualifier = view.name if view is not None else name, qualifier or LATEST
        record = self._registry.get(EventInvokeRecord, scope, name, qualifier)
        if record is None:
            message = f"The function {scope.function_arn(name, qualifier)} doesn't have an EventInvokeConfig"
            raise ServiceError("ResourceNotFoundException", 404, message)
        return record

    def find(self, scope: Scope, name: str, qualifier: str) -> EventInvokeRecord | None:
        """Return that of a function by its own name and of a qualifier ("": `$LATEST`), None if there is none."""
        return self._registry.get(EventInvokeRecord, scope, name, qualifier or LATEST)

    def all(self, scope: Scope, name: str) -> list[EventInvokeRecord]:
        """ListFunctionEventInvokeConfigs, sorted by qualifier. Raises ServiceError if there is no such function."""
        name = self._existing(scope, name)
        return sorted(self._registry.all(EventInvokeRecord, scope, name), key=lambda record: record.qualifier)

    async def delete(self, scope: Scope, name: str, qualifier: str) -> None:
        """DeleteFunctionEventInvokeConfig. Raises ServiceError if there is none."""
        async with self._registry.changing() as change:
            change.remove(self.require(scope, name, qualifier))

    def _existing(self, scope: Scope, name: str, qualifier: str = "") -> str:
        """Return a function's name. Raises ServiceError if it, its version or its alias is not there."""
        view = self._functions.find(scope, name, qualifier)
        if view is None:
            raise ServiceError("ResourceNotFoundException", 404, "The function doesn't exist.",
                               hint=self._functions.not_found(scope, name, qualifier).hint)
        return view.name

    def _changed(self, record: EventInvokeRecord, parameters: Mapping[str, Any]) -> EventInvokeRecord:
        record = msgspec.structs.replace(
            record, modified_ms=self._functions.now_ms(), retries=parameters.get("MaximumRetryAttempts", record.retries),
            age_s=parameters.get("MaximumEventAgeInSeconds", record.age_s))
        if "DestinationConfig" not in parameters:
            return record
        success, failure = self._destinations.checked(record.scope, record.function_name, parameters["DestinationConfig"])
        return msgspec.structs.replace(record, on_success=success, on_failure=failure)


def _check_something(parameters: Mapping[str, Any]) -> None:
    if not parameters.keys() & set(_MEMBERS):
        raise invalid("You must specify at least one of error handling or destination setting.")
