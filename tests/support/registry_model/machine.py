"""Hypothesis makes calls in any order, to the registry and to the model of it; answers, errors and all that is there agree."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.support.api_clients import ROLE, zipped
from tests.support.registry_model.functions import DEFAULTS
from tests.support.registry_model.layers_and_mappings import LayerRules, MappingRules
from tests.support.registry_model.matching import Bindings, Refused, Token
from tests.support.registry_model.parts import PartRules
from tests.support.registry_model.service import Service
from tests.support.registry_model.world import LATEST, Function, Package, Place, Version, World
from tests.support.workspaces import WorkspaceBuilder
from workbench.model.lambda_names import Scope
from workbench.workspace.function_reader import FunctionConfiguration

HOME = Place("eu-central-1", "123456789012")
PLACES = (HOME, Place("us-east-1", "123456789012"), Place("eu-central-1", "210987654321"))
TEMPLATE, API, LAYER = "Shop", "made", "layer"
WRITTEN_S = 1_700_000_000
"""When the template's code was written."""
PACKAGES = {text: zipped(text) for text in ("a = 1", "b = 2", "c = 3")}

places = st.sampled_from((*(HOME,) * 7, *PLACES))
names = st.sampled_from((API, API, TEMPLATE))
LISTS = ("ListVersionsByFunction", "ListAliases", "ListFunctionEventInvokeConfigs", "ListProvisionedConcurrencyConfigs")
QUALIFIERS = ("", "1", "2", "live", "test", LATEST)

qualifiers = st.sampled_from(("", "", "1", "2", "live", "test", LATEST))
published = st.sampled_from(("1", "1", "2", "3", LATEST))
aliases = st.sampled_from(("live", "test"))
packages = st.sampled_from(tuple(PACKAGES))
layers = st.lists(st.tuples(st.sampled_from((LAYER, "other")), st.integers(1, 2)), max_size=2)
settings = st.fixed_dictionaries({}, optional={
    "Description": st.sampled_from(("", "one", "two")), "MemorySize": st.sampled_from((128, 256)),
    "Timeout": st.sampled_from((3, 10)), "Environment": st.sampled_from(({"Variables": {}}, {"Variables": {"KEY": "1"}}))})
routing = st.one_of(st.none(), st.just({}), st.dictionaries(
    st.sampled_from("123"), st.sampled_from((0.0, 0.25)), min_size=1, max_size=2))
guards = st.sampled_from(("none", "none", "current", "stale"))
events = st.fixed_dictionaries({}, optional={
    "MaximumRetryAttempts": st.integers(0, 2), "MaximumEventAgeInSeconds": st.sampled_from((60, 3600))})
queues = st.sampled_from([f"arn:aws:sqs:eu-central-1:123456789012:{name}" for name in ("one", "two")])


class RegistryMachine(RuleBasedStateMachine):
    """One registry in a folder of its own, and one model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="registry-model-"))
        workspace = WorkspaceBuilder(self.folder / "w").function(TEMPLATE, {"app.py": "x = 1\n"}).write()
        os.utime(workspace / TEMPLATE.lower() / "app.py", (WRITTEN_S, WRITTEN_S))
        self.service = Service(workspace, self.folder / "state")
        self.world, self.bindings = World(), Bindings()
        self.functions, self.layers = PartRules(self.world), LayerRules(self.world)
        self.mappings = MappingRules(self.world)
        written = Version(Package(Token("digest"), Token("size")), _written_settings(), Token("written"), WRITTEN_S * 1_000)
        template = self.world.functions[HOME, TEMPLATE] = Function(replace(written), written)
        self.functions.revise(template, "written")
        self.uuids: list[str] = []
        self._agrees(HOME, TEMPLATE)

    def teardown(self) -> None:
        try:
            self._all_agrees()
        finally:
            self.service.close()
            shutil.rmtree(self.folder)

    # --- functions

    @initialize(package=packages)
    def begin(self, package: str) -> None:
        """Most calls are about something that is there."""
        self.create(HOME, API, package, {}, [], publish=True)
        self.create_alias(HOME, API, "live", "1", None)

    @rule(place=places, name=names, package=packages, given=settings, used=layers, publish=st.booleans())
    def create(
        self, place: Place, name: str, package: str, given: dict[str, Any], used: list[tuple[str, int]], publish: bool
    ) -> None:
        self._both("CreateFunction", place, FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="app.handler",
                   Code={"ZipFile": PACKAGES[package]}, Publish=publish, **given, Layers=_arns(place, used),
                   Tags={"made": "here"} if publish else {})

    @rule(place=places, name=names, given=settings, used=st.one_of(st.none(), layers), guard=guards)
    def configure(
        self, place: Place, name: str, given: dict[str, Any], used: list[tuple[str, int]] | None, guard: str
    ) -> None:
        changed = given if used is None else {**given, "Layers": _arns(place, used)}
        self._both("UpdateFunctionConfiguration", place, FunctionName=name, **changed,
                   **self._guard(guard, place, name, lambda function: function.latest.revision))

    @rule(place=places, name=names, package=packages, publish=st.booleans(), dry=st.sampled_from((False, False, True)))
    def update(self, place: Place, name: str, package: str, publish: bool, dry: bool) -> None:
        self._both("UpdateFunctionCode", place, FunctionName=name, ZipFile=PACKAGES[package], Publish=publish, DryRun=dry)

    @rule(place=places, name=names, guard=guards, description=st.sampled_from((None, "version")))
    def publish(self, place: Place, name: str, guard: str, description: str | None) -> None:
        self._both("PublishVersion", place, FunctionName=name, **({"Description": description} if description else {}),
                   **self._guard(guard, place, name, lambda function: function.latest.revision))

    @rule(place=places, name=names, qualifier=st.sampled_from(("", "1", "2", "live", LATEST)))
    def delete(self, place: Place, name: str, qualifier: str) -> None:
        self._both("DeleteFunction", place, FunctionName=name, **_qualified(qualifier))

    @precondition(lambda self: not ((HOME, TEMPLATE) in self.world.hidden and (HOME, TEMPLATE) in self.world.functions))
    @rule(member=st.sampled_from((None, "Description", "MemorySize", "Code", "Environment")))
    def drop(self, member: str | None) -> None:
        function = self.world.functions.get((HOME, TEMPLATE))
        if function is None and member is not None:
            return  # a hidden function has that alone
        self._alike(lambda: self.service.drop(TEMPLATE, member), lambda: self.functions.drop(HOME, TEMPLATE, member))
        self._agrees(HOME, TEMPLATE)

    # --- aliases, tags, permissions

    @rule(place=places, name=names, alias=aliases, version=published, weights=routing)
    def create_alias(self, place: Place, name: str, alias: str, version: str, weights: dict[str, float] | None) -> None:
        self._both("CreateAlias", place, FunctionName=name, Name=alias, FunctionVersion=version, **_routed(weights))

    @rule(place=places, name=names, alias=aliases, version=st.one_of(st.none(), published), weights=routing, guard=guards)
    def update_alias(
        self, place: Place, name: str, alias: str, version: str | None, weights: dict[str, float] | None, guard: str
    ) -> None:
        pointed = {"FunctionVersion": version} if version else {}
        self._both("UpdateAlias", place, FunctionName=name, Name=alias, **pointed, **_routed(weights), **self._guard(
            guard, place, name, lambda function: function.aliases[alias].revision if alias in function.aliases else None))

    @rule(place=places, name=names, alias=aliases)
    def delete_alias(self, place: Place, name: str, alias: str) -> None:
        self._both("DeleteAlias", place, FunctionName=name, Name=alias)

    @rule(place=places, name=names, qualifier=st.sampled_from(("", "", "1")),
          tags=st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"), max_size=2), remove=st.booleans())
    def tag(self, place: Place, name: str, qualifier: str, tags: dict[str, str], remove: bool) -> None:
        what = {"TagKeys": [*tags, "made"]} if remove else {"Tags": tags}
        self._both("UntagResource" if remove else "TagResource", place, FunctionName=name,
                   Resource=place.function_arn(name, qualifier), **what)

    @rule(place=places, name=names, qualifier=qualifiers, sid=st.sampled_from("st"), remove=st.booleans(), guard=guards)
    def permit(self, place: Place, name: str, qualifier: str, sid: str, remove: bool, guard: str) -> None:
        given = {"StatementId": sid, **_qualified(qualifier), **self._guard(
            guard, place, name, lambda function: function.policies.get(qualifier, (None, None))[1])}
        if remove:
            self._both("RemovePermission", place, FunctionName=name, **given)
        else:
            self._both("AddPermission", place, FunctionName=name, Action="lambda:InvokeFunction",
                       Principal="s3.amazonaws.com", **given)

    # --- concurrency, asynchronous invocation

    @rule(place=places, name=names, count=st.sampled_from((None, 0, 2, 5, 900, 901)))
    def reserve(self, place: Place, name: str, count: int | None) -> None:
        if count is None:
            self._both("DeleteFunctionConcurrency", place, FunctionName=name)
        else:
            self._both("PutFunctionConcurrency", place, FunctionName=name, ReservedConcurrentExecutions=count)

    @rule(place=places, name=names, qualifier=st.sampled_from(("1", "2", "live", LATEST)),
          count=st.sampled_from((None, 1, 2, 895, 1_001)))
    def provision(self, place: Place, name: str, qualifier: str, count: int | None) -> None:
        if count is None:
            self._both("DeleteProvisionedConcurrencyConfig", place, FunctionName=name, Qualifier=qualifier)
        else:
            self._both("PutProvisionedConcurrencyConfig", place, FunctionName=name, Qualifier=qualifier,
                       ProvisionedConcurrentExecutions=count)

    @rule(place=places, name=names, qualifier=qualifiers, given=events, how=st.sampled_from(("Put", "Update", "Delete")))
    def configure_events(self, place: Place, name: str, qualifier: str, given: dict[str, int], how: str) -> None:
        self._both(f"{how}FunctionEventInvokeConfig", place, FunctionName=name, **_qualified(qualifier),
                   **({} if how == "Delete" else given))

    # --- layers and mappings

    @rule(place=places, layer=st.sampled_from((LAYER, "other")), package=packages, number=st.integers(0, 2))
    def layer(self, place: Place, layer: str, package: str, number: int) -> None:
        if number:
            self._both("DeleteLayerVersion", place, LayerName=layer, VersionNumber=number)
        else:
            self._both("PublishLayerVersion", place, LayerName=layer, Content={"ZipFile": PACKAGES[package]})

    @rule(place=places, name=names, qualifier=qualifiers, queue=queues, size=st.sampled_from((None, 1, 11)),
          enabled=st.booleans())
    def map(self, place: Place, name: str, qualifier: str, queue: str, size: int | None, enabled: bool) -> None:
        given = {"FunctionName": f"{name}:{qualifier}" if qualifier else name, "EventSourceArn": queue, "Enabled": enabled,
                 **({"BatchSize": size} if size else {})}
        made: list[str] = []

        def call() -> Any:
            answer = self.service.call("CreateEventSourceMapping", _scope(place), given)
            made.append(answer["UUID"])
            return answer

        self._alike(call, lambda: self.mappings.create_event_source_mapping(place, given, *(made or [""])))
        self.uuids += made

    @rule(place=places, which=st.integers(0, 3), name=st.one_of(st.none(), names), size=st.sampled_from((None, 5, 11)),
          enabled=st.sampled_from((None, True, False)), delete=st.booleans())
    def remap(
        self, place: Place, which: int, name: str | None, size: int | None, enabled: bool | None, delete: bool
    ) -> None:
        uuid = self.uuids[which % len(self.uuids)] if self.uuids else "0b6f1a2c-0000-4000-8000-000000000000"
        changed = {"FunctionName": name, "BatchSize": size, "Enabled": enabled}
        given = {} if delete else {key: each for key, each in changed.items() if each is not None}
        self._both("DeleteEventSourceMapping" if delete else "UpdateEventSourceMapping", place, UUID=uuid, **given)

    # --- the world

    @rule(duration_s=st.sampled_from((0.1, 0.2, 0.5, 1.5)))
    def time(self, duration_s: float) -> None:
        self.service.forward(duration_s)
        self.world.now_ms += round(duration_s * 1_000)
        self.functions.pass_time()
        self.mappings.pass_time()
        self._all_agrees()

    @rule()
    def restart(self) -> None:
        self.service.restart()
        for function in self.world.functions.values():
            if function.due_ms is not None:
                self.functions.finish(function)
        self.mappings.pass_time(all_of_it=True)
        self._all_agrees()

    # --- comparing

    def _guard(self, kind: str, place: Place, name: str, current: Callable[[Function], Token | None]) -> dict[str, Any]:
        function = self.world.functions.get((place, name))
        token = current(function) if function is not None and kind == "current" else None
        return {} if kind == "none" else {"RevisionId": token or "00000000-0000-4000-8000-000000000000"}

    def _both(self, operation: str, place: Place, **given: Any) -> None:
        parameters = self.bindings.resolved(given)
        self._alike(lambda: self.service.call(operation, _scope(place), parameters),
                    lambda: self._expected(operation, place, given))
        if "FunctionName" in given:
            self._agrees(place, given["FunctionName"])

    def _alike(self, call: Callable[[], Any], model: Callable[[], Any]) -> None:
        """The registry is asked first: the model then knows what the service chose."""
        self._match(_outcome(call), _outcome(model))

    def _expected(self, operation: str, place: Place, given: dict[str, Any]) -> Any:
        method = "".join(f"_{each.lower()}" if each.isupper() else each for each in operation)[1:]
        rules = next(each for each in (self.functions, self.layers, self.mappings) if hasattr(each, method))
        return getattr(rules, method)(place, given)

    def _match(self, found: Any, expected: Any) -> None:
        if isinstance(found, Refused) or isinstance(expected, Refused):
            assert isinstance(found, Refused), f"{found!r} instead of {expected!r}"
            assert isinstance(expected, Refused), f"{found!r} instead of {expected!r}"
            assert found.args == expected.args, f"{found!r} instead of {expected!r}"
        else:
            self.bindings.match(expected, found)

    def _agrees(self, place: Place, name: str) -> None:
        """Read everything of a function."""
        self._read(place, [*((operation, {"FunctionName": name}) for operation in LISTS),
                           *((operation, {"FunctionName": name, **_qualified(qualifier)})
                             for operation in ("GetFunction", "GetPolicy") for qualifier in QUALIFIERS)])
        for qualifier in ("", "1", "2"):
            self._runs(place, name, qualifier)

    def _all_agrees(self) -> None:
        for place in PLACES:
            for name in (API, TEMPLATE):
                self._agrees(place, name)
            self._read(place, [("ListFunctions", {"FunctionVersion": "ALL"}), ("ListFunctions", {}),
                               ("ListLayerVersions", {"LayerName": LAYER}), ("ListEventSourceMappings", {})])

    def _read(self, place: Place, calls: list[tuple[str, dict[str, Any]]]) -> None:
        answers = self.service.read([(operation, _scope(place), given) for operation, given in calls])
        for (operation, given), found in zip(calls, answers, strict=True):
            with _named(f"{operation} {place.region} {given}"):
                self._match(found, _outcome(lambda: self._expected(operation, place, given)))  # noqa: B023 (called at once)

    def _runs(self, place: Place, name: str, qualifier: str) -> None:
        """What is invoked is what was there before an update that is in progress."""
        function = self.world.functions.get((place, name))
        version = function.of(qualifier) if function is not None else None
        if function is None or version is None or version.state == "Pending":
            return
        running = function.runs or version if qualifier == "" else version
        found = self.service.runs(name, qualifier, _scope(place))
        expected = {**_ABSENT, **{key: each for key, each in running.settings.items() if key in _ABSENT}}
        assert _told(found) == expected, f"{name}:{qualifier} runs {_told(found)} instead of {expected}"


_ABSENT = {"Description": "", "MemorySize": 0, "Timeout": 0, "Environment": {"Variables": {}}}


def _told(function: FunctionConfiguration) -> dict[str, Any]:
    return {"Description": function.description, "MemorySize": function.memory_mb, "Timeout": function.timeout_s,
            "Environment": {"Variables": dict(function.environment)}}


@contextlib.contextmanager
def _named(what: str) -> Any:
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{what}: {error}") from error


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Refused as error:
        return error


def _written_settings() -> dict[str, Any]:
    """What the workspace's template has."""
    return {**DEFAULTS, "Runtime": "python3.11", "Handler": "app.handler", "MemorySize": 256, "Timeout": 10,
            "Role": f"arn:aws:iam::{HOME.account}:role/workbench",
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{TEMPLATE}"}}


def _scope(place: Place) -> Scope:
    return Scope(*place)


def _arns(place: Place, used: list[tuple[str, int]]) -> list[str]:
    return [place.arn("layer", layer, str(number)) for layer, number in used]


def _qualified(qualifier: str) -> dict[str, str]:
    return {"Qualifier": qualifier} if qualifier else {}


def _routed(weights: dict[str, float] | None) -> dict[str, Any]:
    return {} if weights is None else {"RoutingConfig": {"AdditionalVersionWeights": weights}}
