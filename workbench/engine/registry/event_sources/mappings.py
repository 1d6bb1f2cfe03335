"""Event source mappings: created, updated and deleted through the API, with the states that clients wait for.

They are records. What reads queues and streams is not here: a poller will take the mappings that are `Enabled`, and tell what it
processed; until then nothing has been processed, which is what LastProcessingResult says.

Sources: API reference, CreateEventSourceMapping and others; recorded answers of the service.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.background import TaskSet
from workbench.engine.clock import Clock
from workbench.engine.registry.checks import check_no_tenants, check_tags, invalid
from workbench.engine.registry.event_sources.checks import check_batches, check_given, check_new
from workbench.engine.registry.event_sources.duplicates import check_is_new
from workbench.engine.registry.event_sources.kinds import SOME, SourceKind, kind_of
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.records import EventSourceMappingRecord, MappingState
from workbench.engine.registry.registry import Registry
from workbench.model.failures import ServiceError
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope, function_reference

_TRANSITION_S = 1.0
"""How long a mapping changes its state. On AWS it takes up to half a minute; a client that reads at once must see it."""
_COMMON = ("EventSourceArn", "BatchSize", "KMSKeyArn", "MetricsConfig", "LoggingConfig", "MaximumBatchingWindowInSeconds")
_IN_TRANSITION = ("Creating", "Enabling", "Disabling", "Updating", "Deleting")


class EventSourceMappings:
    """The event source mappings of a workspace. Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions, clock: Clock) -> None:
        self._registry = registry
        self._functions = functions
        self._clock = clock
        self._transitions = TaskSet()

    async def settle(self) -> None:
        """Finish the transitions that an engine that ended had begun."""
        for record in self._registry.all(EventSourceMappingRecord):
            if record.state in _IN_TRANSITION:
                await self._arrive(record.scope, record.uuid)

    async def close(self) -> None:
        """Leave transitions as they are; the next engine settles them."""
        await self._transitions.cancel()

    async def create(self, scope: Scope, parameters: Mapping[str, Any]) -> EventSourceMappingRecord:
        """CreateEventSourceMapping. Return the mapping as it is at first."""
        record = await self.add(scope, parameters, str(uuid.uuid4()))
        self._begin(record)
        return record

    async def add(self, scope: Scope, parameters: Mapping[str, Any], identifier: str) -> EventSourceMappingRecord:
        """Keep a new mapping with this UUID; its transition does not begin. Raises ServiceError."""
        kind = kind_of(parameters)
        check_new(kind, parameters)
        settings = {**kind.defaults, **_settings(parameters)}
        check_batches(kind, settings)
        check_tags(parameters.get("Tags", {}))
        is_enabled = parameters.get("Enabled", True)
        if kind.consumer:  # without a name of its own, the consumer group is named like the mapping
            settings[kind.consumer] = {"ConsumerGroupId": identifier, **settings.get(kind.consumer, {})}
        async with self._registry.changing() as change:
            name, arn = self._function(scope, parameters["FunctionName"])
            record = EventSourceMappingRecord(
                scope=scope, uuid=identifier, function_name=name, function_arn=arn, settings=_told(kind, settings),
                state="Creating" if is_enabled else "Disabled", is_enabled=is_enabled, reason=kind.reason, result=kind.result,
                modified_ms=self._functions.now_ms(), tags=parameters.get("Tags", {}))
            check_is_new(kind, record, self.all(scope))
            return change.keep(record)

    def all(self, scope: Scope, *, source: str = "", function: str = "") -> list[EventSourceMappingRecord]:
        """ListEventSourceMappings, sorted by UUID: all, or those of one source or one function; nothing of it need exist."""
        arn = _named_arn(scope, function) if function else ""
        found = [each for each in self._registry.all(EventSourceMappingRecord, scope)
                 if source in ("", each.settings.get("EventSourceArn")) and arn in ("", _without_latest(each.function_arn))]
        return sorted(found, key=lambda each: each.uuid)

    def require(self, scope: Scope, identifier: str) -> EventSourceMappingRecord:
        """GetEventSourceMapping. Raises ServiceError."""
        record = self._registry.get(EventSourceMappingRecord, scope, identifier)
        if record is None:
            raise ServiceError("ResourceNotFoundException", 404, "The resource you requested does not exist.")
        return record

    async def update(self, scope: Scope, identifier: str, parameters: Mapping[str, Any]) -> EventSourceMappingRecord:
        """UpdateEventSourceMapping. What is given replaces what was there; return the mapping as it is at first."""
        async with self._registry.changing() as change:
            before = self._settled(scope, identifier, "update")
            kind = kind_of(before.settings)
            check_given(kind, parameters)
            settings = _told(kind, {**before.settings, **_settings(parameters)})
            check_batches(kind, settings)
            name, arn = before.function_name, before.function_arn
            if "FunctionName" in parameters:
                name, arn = self._function(scope, parameters["FunctionName"])
            is_enabled = parameters.get("Enabled", before.is_enabled)
            record = change.keep(msgspec.structs.replace(
                before, function_name=name, function_arn=arn, settings=settings, is_enabled=is_enabled,
                state=_on_the_way(before, is_enabled), modified_ms=self._functions.now_ms()))
        self._begin(record)
        return record

    async def delete(self, scope: Scope, identifier: str) -> EventSourceMappingRecord:
        """DeleteEventSourceMapping. Return the mapping as it is while it is being deleted."""
        async with self._registry.changing() as change:
            before = self._settled(scope, identifier, "delete")
            record = change.keep(msgspec.structs.replace(before, state="Deleting"))
        self._begin(record)
        return record

    def _settled(self, scope: Scope, identifier: str, what: str) -> EventSourceMappingRecord:
        """Return a mapping that may be changed now. Raises ServiceError while it changes its state."""
        record = self.require(scope, identifier)
        if record.state in _IN_TRANSITION:
            raise ServiceError("ResourceInUseException", 400, f"Cannot {what} the event source mapping because it is in use.",
                               hint=f"Its state is {record.state}: wait until GetEventSourceMapping shows another.")
        return record

    def _function(self, scope: Scope, text: str) -> tuple[str, str]:
        """Return the bare name and the ARN of a function that exists, qualified as it was named. Raises ServiceError."""
        reference = function_reference(text)
        where = reference.within(scope)
        view = self._functions.find(where, reference.name, reference.qualifier)
        if view is None:
            raise invalid("Function does not exist", self._functions.not_found(where, reference.name, reference.qualifier).hint)
        check_no_tenants(view.settings, "Event source mappings")
        return view.name, where.function_arn(view.name, reference.qualifier)

    # --- transitions

    def _begin(self, record: EventSourceMappingRecord) -> None:
        if record.state in _IN_TRANSITION:
            self._transitions.begin("An event source mapping that changes its state", self._change(record))

    async def _change(self, record: EventSourceMappingRecord) -> None:
        await self._clock.sleep(_TRANSITION_S)
        await self._arrive(record.scope, record.uuid)

    async def _arrive(self, scope: Scope, identifier: str) -> None:
        """Finish a transition."""
        async with self._registry.changing() as change:
            record = self._registry.get(EventSourceMappingRecord, scope, identifier)
            if record is not None and record.state == "Deleting":
                change.remove(record)
            elif record is not None and record.state in _IN_TRANSITION:
                change.keep(msgspec.structs.replace(record, state="Enabled" if record.is_enabled else "Disabled"))


def _named_arn(scope: Scope, text: str) -> str:
    reference = function_reference(text)
    return _without_latest(reference.within(scope).function_arn(reference.name, reference.qualifier))


def _without_latest(arn: str) -> str:
    return arn.removesuffix(f":{LATEST}")


def _on_the_way(before: EventSourceMappingRecord, is_enabled: bool) -> MappingState:
    if is_enabled == before.is_enabled:
        return "Updating"
    return "Enabling" if is_enabled else "Disabling"


def _settings(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: parameters[name] for name in (*_COMMON, *SOME) if name in parameters}


def _told(kind: SourceKind, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings as answers have them: what is cleared is absent, except that streams always have a destination."""
    told = {name: value for name, value in settings.items() if value not in ({}, "") and value != {"Filters": []}}
    if "DestinationConfig" in kind.defaults:
        told["DestinationConfig"] = {"OnFailure": {}, **told.get("DestinationConfig", {})}
    return told
