"""Aliases, tags and policies of functions. Sources: API reference; the Lambda guide's pages on aliases and permissions."""

from __future__ import annotations

import json
from typing import Any

from tests.support.registry_model.functions import FunctionRules
from tests.support.registry_model.matching import Token
from tests.support.registry_model.world import LATEST, Alias, Place, conflict, invalid, missing, outdated


class AliasRules(FunctionRules):
    """The operations on aliases, tags and policies."""

    # --- aliases

    def create_alias(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name, alias_name = given["FunctionName"], given["Name"]
        weights = given.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        self._check_routing(place, name, given["FunctionVersion"], weights)
        function = self.world.functions[place, name]
        if alias_name in function.aliases:
            raise conflict(f"Alias already exists: {place.function_arn(name, alias_name)}")
        alias = function.aliases[alias_name] = Alias(
            given["FunctionVersion"], weights, given.get("Description", ""), Token(alias_name))
        return self._alias(place, name, alias_name, alias)

    def update_alias(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name, alias_name = given["FunctionName"], given["Name"]
        alias = self._find_alias(place, name, alias_name)
        if alias is None:
            raise missing(f"Alias not found: {place.function_arn(name, alias_name)}")
        if given.get("RevisionId", alias.revision) is not alias.revision:
            raise outdated()
        weights = given["RoutingConfig"]["AdditionalVersionWeights"] if "RoutingConfig" in given else alias.weights
        version = given.get("FunctionVersion", alias.version)
        self._check_routing(place, name, version, weights)
        alias.version, alias.weights, alias.revision = version, weights, Token(alias_name)
        alias.description = given.get("Description", alias.description)
        return self._alias(place, name, alias_name, alias)

    def delete_alias(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        function = self.world.require(place, given["FunctionName"])
        if function.aliases.pop(given["Name"], None) is not None:
            function.forget(given["Name"])
        return {}

    def list_aliases(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        aliases = self.world.require(place, given["FunctionName"]).aliases
        return {"Aliases": [self._alias(place, given["FunctionName"], name, aliases[name]) for name in sorted(aliases)]}

    def _find_alias(self, place: Place, name: str, alias_name: str) -> Alias | None:
        function = self.world.functions.get((place, name))
        return None if function is None else function.aliases.get(alias_name)

    def _check_routing(self, place: Place, name: str, version: str, weights: dict[str, float]) -> None:
        if len(weights) > 1:
            raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
        if version in weights:
            raise invalid(f"Invalid function version {version}. Function version {version} is already included in routing "
                          "configuration.")
        if weights and version == LATEST:
            raise invalid("$LATEST is not supported for an alias pointing to more than 1 version", typed=False)
        for each in (version, *weights):
            function = self.world.require(place, name, each)
            if each != LATEST and each not in function.versions:
                raise missing(f"Function not found: {place.function_arn(name, each)}")

    @staticmethod
    def _alias(place: Place, name: str, alias_name: str, alias: Alias) -> dict[str, Any]:
        found = {"AliasArn": place.function_arn(name, alias_name), "Name": alias_name, "FunctionVersion": alias.version,
                 "Description": alias.description, "RevisionId": alias.revision}
        return {**found, "RoutingConfig": {"AdditionalVersionWeights": alias.weights}} if alias.weights else found

    # --- tags

    def tag_resource(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        if not given["Tags"]:
            raise invalid("An error occurred and the request cannot be processed.")
        return self._tag(place, given, {**self.list_tags(place, given)["Tags"], **given["Tags"]})

    def untag_resource(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        tags = self.list_tags(place, given)["Tags"]
        return self._tag(place, given, {key: each for key, each in tags.items() if key not in given["TagKeys"]})

    def list_tags(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name, qualifier = _named(given["Resource"])
        if qualifier:
            raise invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
        return {"Tags": dict(self.world.require(place, name).tags)}

    def _tag(self, place: Place, given: dict[str, Any], tags: dict[str, str]) -> dict[str, Any]:
        if len(tags) > 50:
            raise invalid("Number of tags exceeds resource tag limit.")
        function = self.world.require(place, _named(given["Resource"])[0])
        function.tags = tags
        if function.written is None:  # a template's keeps its own
            self.revise(function, "tagged")
        return {}

    # --- policies

    def add_permission(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name, qualifier = given["FunctionName"], given.get("Qualifier", "")
        if qualifier == LATEST:
            raise invalid("We currently do not support adding policies for $LATEST.")
        function = self.world.require_qualified(place, name, qualifier)
        statements, revision = function.policies.get(qualifier, ([], None))
        guarded = revision or (function.aliases[qualifier].revision if qualifier in function.aliases else None)
        if "RevisionId" in given and given["RevisionId"] is not guarded:
            raise outdated("GetPolicy")
        sid = given["StatementId"]
        if any(each["Sid"] == sid for each in statements):
            raise conflict(f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the "
                           "existing statement.")
        statement = {"Sid": sid, "Effect": "Allow", "Principal": {"Service": given["Principal"]}, "Action": given["Action"],
                     "Resource": place.function_arn(name, qualifier)}
        function.policies[qualifier] = [*statements, statement], Token("policy")
        return {"Statement": _json(statement)}

    def remove_permission(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name, qualifier = given["FunctionName"], given.get("Qualifier", "")
        if (place, name) not in self.world.functions:
            raise missing(f"No policy found for: {place.function_arn(name)}")
        function = self.world.require_qualified(place, name, qualifier)
        qualifier = _own(qualifier)
        if qualifier not in function.policies:
            raise missing("No policy is associated with the given resource.")
        statements, revision = function.policies[qualifier]
        left = [each for each in statements if each["Sid"] != given["StatementId"]]
        if left == statements:
            raise missing(f"Statement {given['StatementId']} is not found in resource policy.")
        if given.get("RevisionId", revision) is not revision:
            raise outdated("GetPolicy")
        function.policies[qualifier] = left, Token("policy")
        if not left:
            del function.policies[qualifier]
        return {}

    def get_policy(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        function = self.world.functions.get((place, given["FunctionName"]))
        qualifier = given.get("Qualifier", "")
        if function is None or function.of(qualifier) is None or _own(qualifier) not in function.policies:
            raise missing("The resource you requested does not exist.")
        statements, revision = function.policies[_own(qualifier)]
        return {"Policy": _json({"Version": "2012-10-17", "Id": "default", "Statement": statements}), "RevisionId": revision}


def _own(qualifier: str) -> str:
    """`$LATEST` is the function itself."""
    return "" if qualifier == LATEST else qualifier


def _named(arn: str) -> tuple[str, str]:
    _, _, _, _, _, _, name, *qualifier = arn.split(":")
    return name, "".join(qualifier)


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
