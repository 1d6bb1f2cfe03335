"""How functions are made, changed and described. Sources: API reference; the Lambda guide's pages on states and versions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.registry_model.layers_of_functions import check_layers, check_versions_of_layers, layer_size
from tests.support.registry_model.matching import Token
from tests.support.registry_model.settings import CREATING, DEFAULTS, IN_PROGRESS, cleaned, same_but_description
from tests.support.registry_model.world import (
    LATEST,
    UPDATE_MS,
    Function,
    Package,
    Place,
    Version,
    World,
    conflict,
    invalid,
    missing,
    moment,
    outdated,
)

CHANGEABLE = ("Description", "Timeout", "MemorySize", "Environment", "Layers")


class FunctionRules:
    """The operations on functions, versions and aliases."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._runtimes: dict[tuple[str, str], Token] = {}
        self._revisions: dict[tuple[Token | None, int], Token] = {}

    # --- functions

    def create_function(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name, world = given["FunctionName"], self.world
        check_versions_of_layers(given.get("Layers", []))
        if (place, name) in world.functions:
            raise conflict(f"Function already exist: {name}")
        check_layers(self.world, place, given.get("Layers", []))
        settings = {**DEFAULTS, **{member: given[member] for member in ("Runtime", "Role", "Handler", *CHANGEABLE)
                                   if member in given}}
        settings["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
        latest = Version(Package.of(given["Code"]["ZipFile"]), cleaned(settings), Token(f"{name} pending"), world.now_ms,
                         state="Pending", update="")
        function = Function(latest, tags=dict(given.get("Tags", {})))
        answer = self.described(place, name, latest, "")
        if given.get("Publish"):
            answer["Version"] = "1"
            function.numbers = 1
            function.versions["1"] = replace(latest, state="Active", update="Successful", revision=Token(f"{name}:1"))
        function.latest = replace(latest, state="Active", update="Successful", revision=Token(f"{name} active"))
        world.functions[place, name] = function  # it becomes active at once, which is after the answer
        return answer

    def update_function_configuration(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name = given["FunctionName"]
        function = self._settled(place, name, given)
        check_versions_of_layers(given.get("Layers", []))
        check_layers(self.world, place, given.get("Layers", []))
        changed = {member: given[member] for member in CHANGEABLE if member in given}
        settings = cleaned({**function.latest.settings, **changed})
        self._update(place, name, function, replace(function.latest, settings=settings), changed)
        return self.described(place, name, function.latest, "")

    def update_function_code(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name = given["FunctionName"]
        function = self._settled(place, name, given)
        package = Package.of(given["ZipFile"])
        if given.get("DryRun"):
            return self.described(place, name, replace(function.latest, package=package), "")
        self._update(place, name, function, replace(function.latest, package=package), {"Code": package})
        if not given.get("Publish"):
            return self.described(place, name, function.latest, "")
        before = function.numbers
        number = self._published(name, function)
        version = function.versions[number]
        if function.numbers != before:
            version.state, version.update = "Pending", ""
        return self.described(place, name, version, number)

    def delete_function(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name, qualifier, functions = given["FunctionName"], given.get("Qualifier", ""), self.world.functions
        if qualifier:
            self._delete_version(place, name, qualifier)
            return {}
        function = self.world.require(place, name)
        del functions[place, name]
        if function.written is not None:
            self.world.hidden[place, name] = function.written
        return {}

    def get_function(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name, qualifier = given["FunctionName"], given.get("Qualifier", "")
        function = self.world.require(place, name, qualifier)
        version = function.of(qualifier)
        assert version is not None
        shown = function.number_of(qualifier) if function.number_of(qualifier) != LATEST or qualifier == LATEST else ""
        answer = {"Configuration": self.described(place, name, version, shown), "Code": {"Location": "where the package is"}}
        if function.tags:
            answer["Tags"] = dict(function.tags)
        if function.reserved is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved}
        return answer

    def list_functions(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        found = sorted(name for where, name in self.world.functions if where == place)
        if given.get("FunctionVersion") != "ALL":
            return {"Functions": [self.listed(place, name, self.world.functions[place, name].latest, "") for name in found]}
        return {"Functions": [each for name in found for each in self._versions(place, name)]}

    # --- versions

    def publish_version(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        name = given["FunctionName"]
        function = self._settled(place, name, given)
        number = self._published(name, function, given.get("Description"))
        return self.described(place, name, function.versions[number], number)

    def list_versions_by_function(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        self.world.require(place, given["FunctionName"])
        return {"Versions": self._versions(place, given["FunctionName"])}

    def _versions(self, place: Place, name: str) -> list[dict[str, Any]]:
        function = self.world.functions[place, name]
        numbers = sorted(function.versions, key=int)
        return [self.listed(place, name, function.latest, LATEST),
                *(self.listed(place, name, function.versions[number], number) for number in numbers)]

    def _published(self, name: str, function: Function, description: str | None = None) -> str:
        latest, last = function.latest, function.versions.get(str(function.numbers))
        described = latest.settings["Description"]
        if (last is not None and last.package == latest.package and last.latest_description == described
                and same_but_description(last.settings, latest.settings)):
            return str(function.numbers)
        function.numbers += 1
        settings = latest.settings if description is None else {**latest.settings, "Description": description}
        number = str(function.numbers)
        function.versions[number] = Version(
            latest.package, settings, Token(f"{name}:{number}"), self.world.now_ms, latest_description=described)
        self.revise(function, "published")
        return number

    def _delete_version(self, place: Place, name: str, qualifier: str) -> None:
        if qualifier == LATEST:
            raise invalid("$LATEST version cannot be deleted without deleting the function.")
        if not qualifier.isdigit():
            raise invalid("Deletion of aliases is not currently supported.")
        function = self.world.functions.get((place, name))
        if function is None or qualifier not in function.versions:
            raise missing(f"Function not found: {place.function_arn(name)}")
        for alias_name, alias in sorted(function.aliases.items()):
            if qualifier in (alias.version, *alias.weights):
                raise conflict(f"Unable to delete version because the following aliases reference it: [{alias_name}]")
        del function.versions[qualifier]
        function.forget(qualifier)

    # --- overrides

    def drop(self, place: Place, name: str, member: str | None) -> None:
        """The template's value is in force again, at once."""
        function, written = self.world.functions.get((place, name)), self.world.hidden.pop((place, name), None)
        if written is not None:
            function = self.world.functions[place, name] = Function(replace(written), written)
        assert function is not None
        assert function.written is not None
        if (written is None and (member or "") not in {"", *function.changed}) or not (written or function.changed):
            raise missing(f"The API did not change {member} of {name}." if member else f"The API changed nothing of {name}.")
        for each in [member] if member else list(function.changed):
            function.changed.pop(each, None)
        function.record, function.due_ms, function.runs = Token("record") if function.changed else None, None, None
        settings = {**function.written.settings, **{key: each for key, each in function.changed.items() if key != "Code"}}
        function.latest = replace(
            function.written, package=function.changed.get("Code", function.written.package), settings=cleaned(settings),
            modified_ms=function.latest.modified_ms if function.changed else function.written.modified_ms)
        self.revise(function, "dropped")
        self._end_publications(function)

    # --- what is common

    def pass_time(self) -> None:
        """End the updates that are due."""
        for function in self.world.functions.values():
            if function.due_ms is not None and function.due_ms <= self.world.now_ms:
                self.finish(function)

    def finish(self, function: Function) -> None:
        """End an update: from then on it runs what is new."""
        function.due_ms = function.runs = None
        function.latest.update, function.record = "Successful", Token("record")
        self.revise(function, "updated")
        self._end_publications(function)

    @staticmethod
    def _end_publications(function: Function) -> None:
        for version in function.versions.values():
            version.state, version.update = "Active", "Successful"

    def revise(self, function: Function, why: str) -> None:
        """`$LATEST` gets another RevisionId. A template's has the same whenever it is the same."""
        function.latest.revision = Token(why)
        if function.written is not None:
            function.latest.revision = self._revisions.setdefault((function.record, function.numbers), function.latest.revision)

    def listed(self, place: Place, name: str, version: Version, qualifier: str) -> dict[str, Any]:
        """A function as lists have it; `qualifier` is the one in its ARN."""
        found = {
            **version.settings, "FunctionName": name, "FunctionArn": place.function_arn(name, qualifier),
            "Version": qualifier or LATEST, "CodeSha256": version.package.sha, "CodeSize": version.package.size,
            "RevisionId": version.revision, "LastModified": moment(version.modified_ms),
        }
        if "Layers" in found:
            found["Layers"] = [{"Arn": arn, "CodeSize": layer_size(self.world, arn)} for arn in found["Layers"]]
        return found

    def described(self, place: Place, name: str, version: Version, qualifier: str) -> dict[str, Any]:
        """The same with its state."""
        runtime = self._runtimes.setdefault((place.region, version.settings["Runtime"]), Token("a runtime"))
        found = {**self.listed(place, name, version, qualifier), "State": version.state,
                 "RuntimeVersionConfig": {"RuntimeVersionArn": runtime}}
        if version.update:
            found["LastUpdateStatus"] = version.update
        return {**found, **(CREATING if version.state == "Pending" else {}),
                **(IN_PROGRESS if version.update == "InProgress" else {})}

    def _settled(self, place: Place, name: str, given: dict[str, Any]) -> Function:
        function = self.world.require(place, name)
        if function.latest.update == "InProgress":
            raise conflict("The operation cannot be performed at this time. An update is in progress for resource: "
                           + place.function_arn(name))
        if given.get("RevisionId", function.latest.revision) is not function.latest.revision:
            raise outdated()
        return function

    def _update(self, place: Place, name: str, function: Function, after: Version, changed: dict[str, Any]) -> None:
        function.runs = replace(function.latest)
        function.latest = replace(after, update="InProgress", modified_ms=self.world.now_ms)
        function.due_ms, function.record = self.world.now_ms + UPDATE_MS, Token("record")
        self.revise(function, f"{name} updating")
        if function.written is not None:
            for member, value in changed.items():
                function.changed.pop(member, None)
                cleared = member == "Layers" and not value
                if member == "Code" or (None if cleared else value) != function.written.settings.get(member):
                    function.changed[member] = value
