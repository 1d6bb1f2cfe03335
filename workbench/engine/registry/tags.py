"""Tags of functions and event source mappings.

Source: API reference, TagResource, UntagResource, ListTags; recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from workbench.engine.registry.attached import TagsRecord
from workbench.engine.registry.checks import check_tags, invalid
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.records import EventSourceMappingRecord, FunctionRecord
from workbench.engine.registry.registry import Change, Registry, new_revision
from workbench.engine.registry.views import FunctionView
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import Scope, function_reference

_MISSING = {
    "event-source-mapping": "Event source mapping not found: {arn}",
    "capacity-provider": "Capacity provider not found: {arn}",
    "code-signing-config": "The Lambda code signing configuration {arn} can not be found.",
    "network-connector": "The resource you requested does not exist.",
}
_WITHOUT_TYPE = frozenset({"code-signing-config"})


class Tags:
    """The tags of all functions and event source mappings. A resource is named by its ARN. Use it on the engine's loop.

    Changing its tags gives a function of the API another revision, as on AWS. A function of the template keeps its own.
    """

    def __init__(self, registry: Registry, functions: Functions) -> None:
        self._registry = registry
        self._functions = functions

    async def add(self, scope: Scope, arn: str, tags: Mapping[str, str]) -> None:
        """TagResource. Raises ServiceError in Lambda's words."""
        if not tags:
            raise invalid("An error occurred and the request cannot be processed.", "Give at least one tag.")
        async with self._registry.changing() as change:
            self._keep(change, scope, arn, {**self.of(scope, arn), **tags})

    async def remove(self, scope: Scope, arn: str, keys: Collection[str]) -> None:
        """UntagResource. Keys that are not there do not matter. Raises ServiceError in Lambda's words."""
        async with self._registry.changing() as change:
            tags = self.of(scope, arn)
            self._keep(change, scope, arn, {key: value for key, value in tags.items() if key not in keys})

    def of(self, scope: Scope, arn: str) -> Mapping[str, str]:
        """ListTags. Raises ServiceError in Lambda's words."""
        mapping = self._mapping(scope, arn)
        return mapping.tags if mapping is not None else self.of_function(self._function(scope, arn))

    def of_function(self, function: FunctionView) -> Mapping[str, str]:
        """Return a function's tags, which its versions share."""
        record = self._registry.get(TagsRecord, function.scope, function.name)
        return record.tags if record is not None else {}

    def _keep(self, change: Change, scope: Scope, arn: str, tags: Mapping[str, str]) -> None:
        check_tags(tags)
        mapping = self._mapping(scope, arn)
        if mapping is not None:
            change.keep(msgspec.structs.replace(mapping, tags=tags))
        else:
            self._keep_of_function(change, self._function(scope, arn), tags)

    def _keep_of_function(self, change: Change, function: FunctionView, tags: Mapping[str, str]) -> None:
        record = TagsRecord(scope=function.scope, function_name=function.name, tags=tags)
        change.keep(record) if tags else change.remove(record)
        made = self._registry.get(FunctionRecord, function.scope, function.name)
        if made is not None:
            change.keep(msgspec.structs.replace(made, revision_id=new_revision()))

    def _mapping(self, scope: Scope, arn: str) -> EventSourceMappingRecord | None:
        """Return the event source mapping that an ARN names, None if it names another kind of resource or there is none."""
        identifier = arn.rpartition(":")[2]
        record = self._registry.get(EventSourceMappingRecord, scope, identifier)
        return record if record is not None and record.arn == arn else None

    def _function(self, scope: Scope, arn: str) -> FunctionView:
        """Return the function of an ARN that has the form of one that can be tagged."""
        kind = arn.split(":")[5]
        if kind != "function":
            fault = "" if kind in _WITHOUT_TYPE else "User"
            raise ServiceError("ResourceNotFoundException", 404, _MISSING[kind].format(arn=arn), fault=fault)
        reference = function_reference(arn)
        if reference.qualifier:
            raise invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
        return self._functions.require(reference.within(scope), reference.name)
