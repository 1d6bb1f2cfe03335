"""All that the API made, as a whole: to a file, from a file, removed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from tests.support.held_clock import HeldClock
from tests.support.registry_in_test import NobodyListens, archive, resources_in
from workbench.engine.registry.resources import Resources
from workbench.gateway.wire.documents import checked
from workbench.model.failures import InvalidInput, ServiceError, WorkspaceError

ROLE = "arn:aws:iam::123456789012:role/any"
FUNCTION: dict[str, Any] = {
    "FunctionName": "f", "Runtime": "python3.12", "Handler": "a.b", "Role": ROLE, "Code": {"ZipFile": archive("code")},
    "Environment": {"Variables": {"PASSWORD": "hunter2"}}, "Tags": {"a": "b"}, "SnapStart": {"ApplyOn": "PublishedVersions"}}
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:q"


async def make(resources: Resources, name: str = "f", **parameters: Any) -> None:
    """A function with a version, an alias, a policy and a URL, a layer that it has, and a mapping."""
    home = resources.home
    layer = await resources.layers.publish(home, {"LayerName": "l", "Content": {"ZipFile": archive("layer")}})
    await resources.changes.create(home, name, {**FUNCTION, "Layers": [layer.arn], **parameters}, publish=True)
    await resources.settling.settle()
    await resources.aliases.create(home, name, {"Name": "live", "FunctionVersion": "1", "RoutingConfig": {}})
    await resources.policies.add(home, name, "live", {
        "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"})
    await resources.function_urls.create(home, name, "live", {"AuthType": "NONE", "Cors": {"MaxAge": 1}})
    await resources.event_source_mappings.create(home, {"FunctionName": f"{name}:live", "EventSourceArn": QUEUE})
    await resources.event_source_mappings.settle()


async def exported(resources: Resources) -> io.BytesIO:
    file = io.BytesIO()
    await resources.api_state.write_to(file)
    return file


def everything(resources: Resources) -> dict[tuple[str, ...], object]:
    return {(type(each).__name__, *each.key): each for each in resources._registry.everything()}


def packages(folder: Path) -> set[str]:
    return {path.name for path in (folder / "lambda" / "code").glob("*")}


async def test_what_is_imported_is_what_was_exported(tmp_path: Path) -> None:
    async with resources_in(tmp_path / "a", HeldClock()) as first, resources_in(tmp_path / "b", HeldClock()) as second:
        await make(first)
        told = await second.api_state.add_from(await exported(first), checked, replace=False)
        assert everything(second) == everything(first)
        assert told == first.api_state.report() == second.api_state.report()
        assert [each.sentence() for each in told.resources][1:] == [
            "function f (eu-central-1): 1 alias, 1 function URL, 1 policy, 1 set of tags, 1 version",
            "layer l (eu-central-1): 1 version"]
        assert (told.packages, told.has_variables) == (2, True)
        assert packages(tmp_path / "b") == packages(tmp_path / "a")
    async with resources_in(tmp_path / "b", HeldClock()) as again:  # it is on disk
        assert again.functions.require(again.home, "f", "live").version == "1"


async def test_a_layer_without_versions_is_not_listed_and_its_number_goes_with_the_rest(tmp_path: Path) -> None:
    """A layer keeps its last number; ListLayers does not show it either."""
    async with resources_in(tmp_path, HeldClock()) as resources:
        parameters = {"LayerName": "l", "Content": {"ZipFile": archive("layer")}}
        await resources.layers.publish(resources.home, parameters)
        await resources.layers.delete(resources.home, "l", 1)
        assert resources.api_state.report().sentence() == "nothing"
        await resources.api_state.reset()
        assert (await resources.layers.publish(resources.home, parameters)).version == 1


async def test_a_removed_state_is_gone_from_the_disk_and_functions_are_retired(tmp_path: Path) -> None:
    listener = NobodyListens()
    async with resources_in(tmp_path, HeldClock(), listener) as resources:
        await make(resources)
        listener.names.clear()
        report = resources.api_state.report()
        assert await resources.api_state.reset() == report
        assert listener.names == ["f"]
        assert resources.api_state.report().sentence() == "nothing"
    assert packages(tmp_path) == set()
    async with resources_in(tmp_path, HeldClock()) as again:
        assert everything(again) == {}


async def test_what_exists_is_refused_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    async with resources_in(tmp_path / "a", HeldClock()) as first, resources_in(tmp_path / "b", HeldClock()) as second:
        await make(first)
        await second.changes.create(second.home, "f", {**FUNCTION, "Code": {"ZipFile": archive("mine")}}, publish=True)
        await second.changes.create(second.home, "g", FUNCTION, publish=False)
        await second.settling.settle()
        for number in (2, 3):
            await second.changes.update_settings(second.home, "f", {"Timeout": number})
            await second.settling.settle()
            assert (await second.versions.publish(second.home, "f", {})).version == str(number)
        before, kept = everything(second), packages(tmp_path / "b")
        with pytest.raises(InvalidInput, match=r"There is already: function f \(eu-central-1\)\. Nothing was imported\."):
            await second.api_state.add_from(await exported(first), checked, replace=False)
        assert (everything(second), packages(tmp_path / "b")) == (before, kept)
        await second.api_state.add_from(await exported(first), checked, replace=True)
        others = {key: record for key, record in before.items() if key[-1] == "g" or key[3] == "g"}
        assert everything(second) == {**everything(first), **others}  # versions 2 and 3 of another f are no versions of this one
        assert packages(tmp_path / "b") == packages(tmp_path / "a")


async def test_what_was_under_way_is_finished_where_it_is_imported(tmp_path: Path) -> None:
    clock = HeldClock()
    async with resources_in(tmp_path / "a", clock) as first, resources_in(tmp_path / "b", HeldClock()) as second:
        await make(first)
        await first.changes.update_code(first.home, "f", {"ZipFile": archive("newer")})
        file = await exported(first)
        await second.api_state.add_from(file, checked, replace=False)
        view = second.functions.require(second.home, "f")
        assert (view.state, view.update) == ("Active", "Successful")
        assert packages(tmp_path / "b") == {
            each.object_name for each in (view.code, second.functions.require(second.home, "f", "1").code,
                                          second.layers.require(second.home, "l", 1).code)}


async def test_an_engine_that_may_change_nothing_imports_and_removes_nothing_and_exports(tmp_path: Path) -> None:
    async with resources_in(tmp_path, HeldClock()) as resources:
        await make(resources)
        resources.refuse_changes("No.")
        file, before = await exported(resources), everything(resources)
        with pytest.raises(ServiceError, match=r"No\."):
            await resources.api_state.add_from(file, checked, replace=True)
        with pytest.raises(ServiceError, match=r"No\."):
            await resources.api_state.reset()
        assert everything(resources) == before


async def test_a_package_that_is_gone_is_told(tmp_path: Path) -> None:
    async with resources_in(tmp_path, HeldClock()) as resources:
        await make(resources)
        next((tmp_path / "lambda" / "code").glob("*.zip")).unlink()
        with pytest.raises(WorkspaceError, match=r"The package .*\.zip is gone, so nothing was exported\."):
            await exported(resources)
