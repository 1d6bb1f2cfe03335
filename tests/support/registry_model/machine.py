"""Hypothesis makes calls in any order, to the registry and to the model of it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.support.api_clients import ROLE
from tests.support.registry_model.calls import (
    API,
    HOME,
    LAYER,
    PACKAGES,
    TEMPLATE,
    aliases,
    arns,
    events,
    guards,
    layers,
    names,
    packages,
    places,
    published,
    qualified,
    qualifiers,
    queues,
    routed,
    routing,
    settings,
)
from tests.support.registry_model.pair import Pair, scope_of
from tests.support.registry_model.world import LATEST, Place


class RegistryMachine(RuleBasedStateMachine):
    """Rules make the calls."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair()

    def teardown(self) -> None:
        self.pair.close()

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
        self.pair.both("CreateFunction", place, FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="app.handler",
                   Code={"ZipFile": PACKAGES[package]}, Publish=publish, **given, Layers=arns(place, used),
                   Tags={"made": "here"} if publish else {})

    @rule(place=places, name=names, given=settings, used=st.one_of(st.none(), layers), guard=guards)
    def configure(
        self, place: Place, name: str, given: dict[str, Any], used: list[tuple[str, int]] | None, guard: str
    ) -> None:
        changed = given if used is None else {**given, "Layers": arns(place, used)}
        self.pair.both("UpdateFunctionConfiguration", place, FunctionName=name, **changed,
                   **self.pair.guard(guard, place, name, lambda function: function.latest.revision))

    @rule(place=places, name=names, package=packages, publish=st.booleans(), dry=st.sampled_from((False, False, True)))
    def update(self, place: Place, name: str, package: str, publish: bool, dry: bool) -> None:
        self.pair.both("UpdateFunctionCode", place, FunctionName=name, ZipFile=PACKAGES[package], Publish=publish, DryRun=dry)

    @rule(place=places, name=names, guard=guards, description=st.sampled_from((None, "version")))
    def publish(self, place: Place, name: str, guard: str, description: str | None) -> None:
        self.pair.both("PublishVersion", place, FunctionName=name, **({"Description": description} if description else {}),
                   **self.pair.guard(guard, place, name, lambda function: function.latest.revision))

    @rule(place=places, name=names, qualifier=st.sampled_from(("", "1", "2", "live", LATEST)))
    def delete(self, place: Place, name: str, qualifier: str) -> None:
        self.pair.both("DeleteFunction", place, FunctionName=name, **qualified(qualifier))

    @precondition(lambda self: not ((HOME, TEMPLATE) in self.pair.world.hidden and (HOME, TEMPLATE) in self.pair.world.functions))
    @rule(member=st.sampled_from((None, "Description", "MemorySize", "Code", "Environment")))
    def drop(self, member: str | None) -> None:
        function = self.pair.world.functions.get((HOME, TEMPLATE))
        if function is None and member is not None:
            return  # a hidden function has that alone
        self.pair.alike(lambda: self.pair.service.drop(TEMPLATE, member),
                        lambda: self.pair.functions.drop(HOME, TEMPLATE, member))
        self.pair.agrees(HOME, TEMPLATE)

    # --- aliases, tags, permissions

    @rule(place=places, name=names, alias=aliases, version=published, weights=routing)
    def create_alias(self, place: Place, name: str, alias: str, version: str, weights: dict[str, float] | None) -> None:
        self.pair.both("CreateAlias", place, FunctionName=name, Name=alias, FunctionVersion=version, **routed(weights))

    @rule(place=places, name=names, alias=aliases, version=st.one_of(st.none(), published), weights=routing, guard=guards)
    def update_alias(
        self, place: Place, name: str, alias: str, version: str | None, weights: dict[str, float] | None, guard: str
    ) -> None:
        pointed = {"FunctionVersion": version} if version else {}
        self.pair.both("UpdateAlias", place, FunctionName=name, Name=alias, **pointed, **routed(weights), **self.pair.guard(
            guard, place, name, lambda function: function.aliases[alias].revision if alias in function.aliases else None))

    @rule(place=places, name=names, alias=aliases)
    def delete_alias(self, place: Place, name: str, alias: str) -> None:
        self.pair.both("DeleteAlias", place, FunctionName=name, Name=alias)

    @rule(place=places, name=names, qualifier=st.sampled_from(("", "", "1")),
          tags=st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"), max_size=2), remove=st.booleans())
    def tag(self, place: Place, name: str, qualifier: str, tags: dict[str, str], remove: bool) -> None:
        what = {"TagKeys": [*tags, "made"]} if remove else {"Tags": tags}
        self.pair.both("UntagResource" if remove else "TagResource", place, FunctionName=name,
                   Resource=place.function_arn(name, qualifier), **what)

    @rule(place=places, name=names, qualifier=qualifiers, sid=st.sampled_from("st"), remove=st.booleans(), guard=guards)
    def permit(self, place: Place, name: str, qualifier: str, sid: str, remove: bool, guard: str) -> None:
        given = {"StatementId": sid, **qualified(qualifier), **self.pair.guard(
            guard, place, name, lambda function: function.policies.get(qualifier, (None, None))[1])}
        if remove:
            self.pair.both("RemovePermission", place, FunctionName=name, **given)
        else:
            self.pair.both("AddPermission", place, FunctionName=name, Action="lambda:InvokeFunction",
                       Principal="s3.amazonaws.com", **given)

    # --- concurrency, asynchronous invocation

    @rule(place=places, name=names, count=st.sampled_from((None, 0, 2, 5, 900, 901)))
    def reserve(self, place: Place, name: str, count: int | None) -> None:
        if count is None:
            self.pair.both("DeleteFunctionConcurrency", place, FunctionName=name)
        else:
            self.pair.both("PutFunctionConcurrency", place, FunctionName=name, ReservedConcurrentExecutions=count)

    @rule(place=places, name=names, qualifier=st.sampled_from(("1", "2", "live", LATEST)),
          count=st.sampled_from((None, 1, 2, 895, 1_001)))
    def provision(self, place: Place, name: str, qualifier: str, count: int | None) -> None:
        if count is None:
            self.pair.both("DeleteProvisionedConcurrencyConfig", place, FunctionName=name, Qualifier=qualifier)
        else:
            self.pair.both("PutProvisionedConcurrencyConfig", place, FunctionName=name, Qualifier=qualifier,
                       ProvisionedConcurrentExecutions=count)

    @rule(place=places, name=names, qualifier=qualifiers, given=events, how=st.sampled_from(("Put", "Update", "Delete")))
    def configure_events(self, place: Place, name: str, qualifier: str, given: dict[str, int], how: str) -> None:
        self.pair.both(f"{how}FunctionEventInvokeConfig", place, FunctionName=name, **qualified(qualifier),
                   **({} if how == "Delete" else given))

    # --- layers and mappings

    @rule(place=places, layer=st.sampled_from((LAYER, "other")), package=packages, number=st.integers(0, 2))
    def layer(self, place: Place, layer: str, package: str, number: int) -> None:
        if number:
            self.pair.both("DeleteLayerVersion", place, LayerName=layer, VersionNumber=number)
        else:
            self.pair.both("PublishLayerVersion", place, LayerName=layer, Content={"ZipFile": PACKAGES[package]})

    @rule(place=places, name=names, qualifier=qualifiers, queue=queues, size=st.sampled_from((None, 1, 11)),
          enabled=st.booleans())
    def map(self, place: Place, name: str, qualifier: str, queue: str, size: int | None, enabled: bool) -> None:
        given = {"FunctionName": f"{name}:{qualifier}" if qualifier else name, "EventSourceArn": queue, "Enabled": enabled,
                 **({"BatchSize": size} if size else {})}
        made: list[str] = []

        def call() -> Any:
            answer = self.pair.service.call("CreateEventSourceMapping", scope_of(place), given)
            made.append(answer["UUID"])
            return answer

        self.pair.alike(call, lambda: self.pair.mappings.create_event_source_mapping(place, given, *(made or [""])))
        self.pair.uuids += made

    @rule(place=places, which=st.integers(0, 3), name=st.one_of(st.none(), names), size=st.sampled_from((None, 5, 11)),
          enabled=st.sampled_from((None, True, False)), delete=st.booleans())
    def remap(
        self, place: Place, which: int, name: str | None, size: int | None, enabled: bool | None, delete: bool
    ) -> None:
        uuid = self.pair.uuids[which % len(self.pair.uuids)] if self.pair.uuids else "0b6f1a2c-0000-4000-8000-000000000000"
        changed = {"FunctionName": name, "BatchSize": size, "Enabled": enabled}
        given = {} if delete else {key: each for key, each in changed.items() if each is not None}
        self.pair.both("DeleteEventSourceMapping" if delete else "UpdateEventSourceMapping", place, UUID=uuid, **given)

    # --- the world

    @rule(duration_s=st.sampled_from((0.1, 0.2, 0.5, 1.5)))
    def time(self, duration_s: float) -> None:
        self.pair.service.forward(duration_s)
        self.pair.world.now_ms += round(duration_s * 1_000)
        self.pair.functions.pass_time()
        self.pair.mappings.pass_time()
        self.pair.all_agrees()

    @rule()
    def restart(self) -> None:
        self.pair.service.restart()
        for function in self.pair.world.functions.values():
            if function.due_ms is not None:
                self.pair.functions.finish(function)
        self.pair.mappings.pass_time(all_of_it=True)
        self.pair.all_agrees()
