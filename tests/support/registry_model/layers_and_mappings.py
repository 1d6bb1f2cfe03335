"""Layers, and event source mappings of queues. Sources: API reference; the Lambda guide's pages on layers and mappings."""

from __future__ import annotations

from typing import Any

from tests.support.registry_model.matching import Refused
from tests.support.registry_model.world import (
    TRANSITION_MS,
    LayerVersion,
    Mapping,
    Package,
    Place,
    World,
    conflict,
    invalid,
    missing,
    moment,
)

UNKNOWN = "The resource you requested does not exist."
IN_TRANSITION = ("Creating", "Enabling", "Disabling", "Updating", "Deleting")


class LayerRules:
    """The operations on layers."""

    def __init__(self, world: World) -> None:
        self.world = world

    def publish_layer_version(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        versions = self.world.layers.setdefault((place, given["LayerName"]), [])
        settings = {"Description": given.get("Description", "")}
        versions.append(LayerVersion(Package.of(given["Content"]["ZipFile"]), settings, self.world.now_ms))
        return self._described(place, given["LayerName"], len(versions))

    def get_layer_version(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        versions = self.world.layers.get((place, given["LayerName"]), [])
        number = given["VersionNumber"]
        if number > len(versions) or versions[number - 1].is_deleted:
            raise missing(UNKNOWN)
        return self._described(place, given["LayerName"], number)

    def list_layer_versions(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        versions = self.world.layers.get((place, given["LayerName"]), [])
        numbers = [number for number, each in enumerate(versions, 1) if not each.is_deleted]
        return {"LayerVersions": [self._listed(place, given["LayerName"], number) for number in reversed(numbers)]}

    def delete_layer_version(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        versions = self.world.layers.get((place, given["LayerName"]), [])
        if given["VersionNumber"] <= len(versions):
            versions[given["VersionNumber"] - 1].is_deleted = True
        return {}

    def _described(self, place: Place, name: str, number: int) -> dict[str, Any]:
        package = self.world.layers[place, name][number - 1].package
        return {**self._listed(place, name, number), "LayerArn": place.arn("layer", name), "Content": {
            "Location": "where the package is", "CodeSha256": package.sha, "CodeSize": package.size}}

    def _listed(self, place: Place, name: str, number: int) -> dict[str, Any]:
        version = self.world.layers[place, name][number - 1]
        return {**version.settings, "LayerVersionArn": place.arn("layer", name, str(number)), "Version": number,
                "CreatedDate": moment(version.created_ms)}


class MappingRules:
    """The operations on event source mappings. A UUID is the service's choice: `uuid` in `given` has it."""

    def __init__(self, world: World) -> None:
        self.world = world

    def create_event_source_mapping(self, place: Place, given: dict[str, Any], uuid: str) -> dict[str, Any]:
        settings = {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": [],
                    "EventSourceArn": given["EventSourceArn"]}
        settings |= {"BatchSize": given["BatchSize"]} if "BatchSize" in given else {}
        _check_batches(settings)
        name, arn = self._function(place, given["FunctionName"])
        for (where, other), each in self.world.mappings.items():
            if where == place and each.function_arn == arn and each.settings["EventSourceArn"] == given["EventSourceArn"]:
                raise conflict(f'An event source mapping with SQS arn (" {given["EventSourceArn"]} ") and function (" {name} ") '
                               f"already exists. Please update or delete the existing mapping with UUID {other}")
        is_enabled = given.get("Enabled", True)
        mapping = self.world.mappings[place, uuid] = Mapping(
            settings, name, arn, "Creating" if is_enabled else "Disabled", self.world.now_ms, is_enabled, None, {})
        self._begin(mapping)
        return self._described(place, uuid, mapping)

    def get_event_source_mapping(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        return self._described(place, given["UUID"], self._require(place, given["UUID"]))

    def list_event_source_mappings(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        found = sorted(uuid for where, uuid in self.world.mappings if where == place)
        return {"EventSourceMappings": [self._described(place, uuid, self.world.mappings[place, uuid]) for uuid in found]}

    def update_event_source_mapping(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        mapping = self._changeable(place, given["UUID"], "update")
        settings = {**mapping.settings, **({"BatchSize": given["BatchSize"]} if "BatchSize" in given else {})}
        _check_batches(settings)
        if "FunctionName" in given:
            mapping.name, mapping.function_arn = self._function(place, given["FunctionName"])
        before, mapping.is_enabled = mapping.is_enabled, given.get("Enabled", mapping.is_enabled)
        mapping.state = "Updating" if mapping.is_enabled == before else "Enabling" if mapping.is_enabled else "Disabling"
        mapping.settings, mapping.modified_ms = settings, self.world.now_ms
        self._begin(mapping)
        return self._described(place, given["UUID"], mapping)

    def delete_event_source_mapping(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        mapping = self._changeable(place, given["UUID"], "delete")
        mapping.state = "Deleting"
        self._begin(mapping)
        return self._described(place, given["UUID"], mapping)

    def pass_time(self, *, all_of_it: bool = False) -> None:
        """End the transitions that are due."""
        for key, mapping in list(self.world.mappings.items()):
            if mapping.due_ms is None or not (all_of_it or mapping.due_ms <= self.world.now_ms):
                continue
            mapping.due_ms = None
            if mapping.state == "Deleting":
                del self.world.mappings[key]
            else:
                mapping.state = "Enabled" if mapping.is_enabled else "Disabled"

    def _begin(self, mapping: Mapping) -> None:
        if mapping.state in IN_TRANSITION:
            mapping.due_ms = self.world.now_ms + TRANSITION_MS

    def _function(self, place: Place, text: str) -> tuple[str, str]:
        name, _, qualifier = text.partition(":")
        function = self.world.functions.get((place, name))
        if function is None or function.of(qualifier) is None:
            raise invalid("Function does not exist")
        return name, place.function_arn(name, qualifier)

    def _require(self, place: Place, uuid: str) -> Mapping:
        if (place, uuid) not in self.world.mappings:
            raise missing(UNKNOWN)
        return self.world.mappings[place, uuid]

    def _changeable(self, place: Place, uuid: str, what: str) -> Mapping:
        mapping = self._require(place, uuid)
        if mapping.state in IN_TRANSITION:
            raise Refused("ResourceInUseException", 400, f"Cannot {what} the event source mapping because it is in use.")
        return mapping

    @staticmethod
    def _described(place: Place, uuid: str, mapping: Mapping) -> dict[str, Any]:
        return {**mapping.settings, "UUID": uuid, "EventSourceMappingArn": place.arn("event-source-mapping", uuid),
                "FunctionArn": mapping.function_arn, "LastModified": mapping.modified_ms / 1_000, "State": mapping.state,
                "StateTransitionReason": "USER_INITIATED"}


def _check_batches(settings: dict[str, Any]) -> None:
    if settings["BatchSize"] > 10:
        raise invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")


