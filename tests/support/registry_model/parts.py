"""Concurrency and asynchronous invocation. Sources: API reference; the Lambda guide's pages on concurrency."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.support.registry_model.aliases import AliasRules
from tests.support.registry_model.world import LATEST, Function, Place, conflict, invalid, missing

ACCOUNT_LIMIT, UNRESERVED = 1_000, 100
BELOW = f"decreases account's UnreservedConcurrentExecution below its minimum value of [{UNRESERVED}]."


class PartRules(AliasRules):
    """All operations on functions and what belongs to them."""

    # --- concurrency

    def put_function_concurrency(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name, count = given["FunctionName"], given["ReservedConcurrentExecutions"]
        function = self.world.functions.get((place, name))
        if function is None:
            raise missing(f"Function not found: {place.function_arn(name, LATEST)}")
        if self._unreserved(place, name) - count < UNRESERVED:
            raise invalid(f"Specified ReservedConcurrentExecutions for function {BELOW}", typed=False)
        provisioned = sum(each for each, _ in function.provisioned.values())
        if count < provisioned:
            raise invalid(f" ReservedConcurrentExecutions  {count} should not be lower than function's total provisioned "
                          f"concurrency [{provisioned}].", typed=False)
        function.reserved = count
        return {"ReservedConcurrentExecutions": count}

    def delete_function_concurrency(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        self.world.require(place, given["FunctionName"]).reserved = None
        return {}

    def put_provisioned_concurrency_config(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name, qualifier, count = given["FunctionName"], given["Qualifier"], given["ProvisionedConcurrentExecutions"]
        unpublished = invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
        if qualifier == LATEST:
            raise unpublished
        function = self.world.require_qualified(place, name, qualifier)
        if function.number_of(qualifier) == LATEST:
            raise unpublished
        total = count + sum(each for other, (each, _) in function.provisioned.items() if other != qualifier)
        if function.reserved is not None and function.reserved < total:
            raise invalid("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
                          "function")
        if count > ACCOUNT_LIMIT:
            raise invalid("Specified ConcurrentExecutions for function is greater than account's unreserved concurrency "
                          f"[{ACCOUNT_LIMIT}].", typed=False)
        if function.reserved is None and self._unreserved(place, name) - total < UNRESERVED:
            raise invalid(f"Specified ConcurrentExecutions for function {BELOW}", typed=False)
        self._check_provisioned_once(function, qualifier)
        function.provisioned[qualifier] = count, self.world.now_ms
        return self._provisioned(function, qualifier)

    def list_provisioned_concurrency_configs(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name = given["FunctionName"]
        function = self.world.require(place, name)
        return {"ProvisionedConcurrencyConfigs": [
            {"FunctionArn": place.function_arn(name, qualifier), **self._provisioned(function, qualifier)}
            for qualifier in sorted(function.provisioned)]}

    def delete_provisioned_concurrency_config(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        if given["Qualifier"] == LATEST:
            raise invalid("The function resource provided must be an alias or a published version.")
        function = self.world.require_qualified(place, given["FunctionName"], given["Qualifier"])
        function.provisioned.pop(given["Qualifier"], None)
        return {}

    def _unreserved(self, place: Place, without: str) -> int:
        return ACCOUNT_LIMIT - sum(
            sum(count for count, _ in each.provisioned.values()) if each.reserved is None else each.reserved
            for (where, name), each in self.world.functions.items() if where == place and name != without)

    @staticmethod
    def _check_provisioned_once(function: Function, qualifier: str) -> None:
        alias = function.aliases.get(qualifier)
        if alias is not None and alias.version in function.provisioned:
            raise conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
        pointing = [each for name, each in function.aliases.items() if name in function.provisioned]
        if alias is None and any(each.version == qualifier for each in pointing):
            raise conflict("Version is pointed by a Provisioned Concurrency alias")

    @staticmethod
    def _provisioned(function: Function, qualifier: str) -> dict[str, Any]:
        count, modified_ms = function.provisioned[qualifier]
        return {
            "RequestedProvisionedConcurrentExecutions": count, "AllocatedProvisionedConcurrentExecutions": 0,
            "AvailableProvisionedConcurrentExecutions": 0, "Status": "IN_PROGRESS",
            "LastModified": datetime.fromtimestamp(modified_ms // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")}

    # --- asynchronous invocation

    def put_function_event_invoke_config(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        function, qualifier = self._configurable(place, given)
        return self._configure(place, given["FunctionName"], function, qualifier, _members(given))

    def update_function_event_invoke_config(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        function, qualifier = self._configurable(place, given)
        before = self._configured(place, given["FunctionName"], function, qualifier)
        return self._configure(place, given["FunctionName"], function, qualifier, {**before, **_members(given)})

    def delete_function_event_invoke_config(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name, qualifier = given["FunctionName"], given.get("Qualifier", "") or LATEST
        function = self.world.functions.get((place, name))
        self._configured(place, name, function, qualifier)
        assert function is not None
        del function.invoke[qualifier]
        return {}

    def list_function_event_invoke_configs(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name = given["FunctionName"]
        function = self.world.functions.get((place, name))
        if function is None:
            raise missing("The function doesn't exist.")
        return {"FunctionEventInvokeConfigs": [
            _invoke(place, name, qualifier, function.invoke[qualifier]) for qualifier in sorted(function.invoke)]}

    def _configurable(self, place: Place, given: dict[str, Any]) -> tuple[Function, str]:
        if not _members(given):
            raise invalid("You must specify at least one of error handling or destination setting.")
        qualifier = given.get("Qualifier", "")
        function = self.world.functions.get((place, given["FunctionName"]))
        if function is None or function.of(qualifier) is None:
            raise missing("The function doesn't exist.")
        return function, qualifier or LATEST

    @staticmethod
    def _configured(place: Place, name: str, function: Function | None, qualifier: str) -> dict[str, Any]:
        if function is None or qualifier not in function.invoke:
            raise missing(f"The function {place.function_arn(name, qualifier)} doesn't have an EventInvokeConfig")
        return function.invoke[qualifier]

    def _configure(
        self, place: Place, name: str, function: Function, qualifier: str, members: dict[str, Any]
    ) -> dict[str, Any]:
        function.invoke[qualifier] = {**members, "LastModified": self.world.now_ms / 1_000}
        return _invoke(place, name, qualifier, function.invoke[qualifier])


def _members(given: dict[str, Any]) -> dict[str, Any]:
    known = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    return {member: given[member] for member in known if member in given}


def _invoke(place: Place, name: str, qualifier: str, members: dict[str, Any]) -> dict[str, Any]:
    return {**members, "FunctionArn": place.function_arn(name, qualifier),
            "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}, **members.get("DestinationConfig", {})}}
