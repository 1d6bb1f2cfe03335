"""What the API changes of the template's functions: kept beside the template, in force, in conflict, dropped."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_clients import zipped
from tests.support.held_clock import HeldClock
from tests.support.registry_in_test import PSEUDO, NobodyListens, resources_over
from tests.support.workspaces import WorkspaceBuilder
from workbench.engine.functions import FunctionStore
from workbench.engine.registry.resources import Resources
from workbench.model.failures import ServiceError
from workbench.model.function import FunctionConfiguration
from workbench.model.overrides import MASK, OverrideInfo

NAME = "Function"


class Template:
    """A workspace with one function, over which a registry stands."""

    def __init__(self, root: Path, state: Path) -> None:
        self.root = root
        self._state = state
        self.clock = HeldClock()
        self.listener = NobodyListens()
        self.write()

    def write(self, **options: Any) -> None:
        WorkspaceBuilder(self.root).function(NAME, {"app.py": "x = 1\n"}, **options).write()

    @contextlib.asynccontextmanager
    async def registry(self) -> AsyncIterator[tuple[Resources, FunctionStore]]:
        functions = FunctionStore(self.root, lambda: PSEUDO, in_force=lambda written: resources.in_force(written))
        async with resources_over(self._state, functions, self.clock, self.listener) as resources:
            await functions.refresh()
            yield resources, functions


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return Template(tmp_path / "w", tmp_path / "state")


async def update(resources: Resources, **settings: Any) -> None:
    await resources.changes.update_settings(resources.home, NAME, settings)
    await resources.settling.settle()


def running(functions: FunctionStore) -> FunctionConfiguration:
    return functions.require(NAME).configuration


def listed(resources: Resources) -> dict[str, OverrideInfo]:
    return {each.property: each for each in resources.overrides.all()}


async def test_a_change_is_described_at_once_and_runs_when_the_update_is_over(template: Template) -> None:
    async with template.registry() as (resources, functions):
        before = resources.functions.require(resources.home, NAME)
        view = await resources.changes.update_settings(resources.home, NAME, {"Timeout": 20, "MemorySize": 256})
        assert (view.settings["Timeout"], view.update, view.source) == (20, "InProgress", "template")
        assert resources.functions.require(resources.home, NAME) == view
        assert running(functions).timeout_s == 10
        with pytest.raises(ServiceError, match="An update is in progress"):
            await resources.changes.update_settings(resources.home, NAME, {"Timeout": 21})
        with pytest.raises(ServiceError, match="An update is in progress"):
            await resources.versions.publish(resources.home, NAME, {})
        await resources.settling.settle()
        after = resources.functions.require(resources.home, NAME)
        assert after.update == "Successful"
        assert len({before.revision_id, view.revision_id, after.revision_id}) == 3
        assert (running(functions).timeout_s, running(functions).memory_mb) == (20, 256)
        assert listed(resources) == {"Timeout": OverrideInfo(
            function=NAME, property="Timeout", template_value=10, value=20)}  # the memory is the template's
        assert template.listener.names == [NAME]


async def test_every_member_that_has_an_effect_is_in_force(template: Template) -> None:
    async with template.registry() as (resources, functions):
        await update(resources, Description="d", Handler="app.other", Runtime="python3.13", EphemeralStorage={"Size": 600},
                     Environment={"Variables": {"KEY": "1"}}, Layers=["arn:aws:lambda:eu-central-1:210987654321:layer:l:1"],
                     LoggingConfig={"LogFormat": "JSON"}, TracingConfig={"Mode": "Active"})
        found = running(functions)
        assert (found.description, found.handler, found.runtime, found.ephemeral_storage_mb, found.environment, found.layers,
                found.logging.format, found.without_effect) == (
            "d", "app.other", "python3.13", 600, {"KEY": "1"}, ("arn:aws:lambda:eu-central-1:210987654321:layer:l:1",),
            "JSON", ("TracingConfig",))
        assert listed(resources)["Environment"].value == {"Variables": {"KEY": MASK}}


async def test_overrides_outlive_a_restart_and_an_update_that_was_in_progress_is_finished(template: Template) -> None:
    async with template.registry() as (resources, _):
        await resources.changes.update_settings(resources.home, NAME, {"Timeout": 20})
    async with template.registry() as (resources, functions):
        assert resources.functions.require(resources.home, NAME).update == "Successful"
        assert running(functions).timeout_s == 20


async def test_an_edit_of_the_same_property_is_a_conflict_until_it_is_decided(template: Template) -> None:
    async with template.registry() as (resources, functions):
        await update(resources, Timeout=20)
        template.write(timeout_s=10, memory_mb=512)
        await functions.refresh()
        assert (running(functions).memory_mb, resources.overrides.conflicts()) == (512, [])
        template.write(timeout_s=15)
        await functions.refresh()
        assert running(functions).timeout_s == 20
        told = listed(resources)["Timeout"]
        assert (told.template_value, told.value, told.in_conflict) == (15, 20, True)
        assert resources.overrides.conflicts() == [
            "Timeout of Function was changed in the template after the API had changed it: what the API said stays in force. "
            "'workbench overrides Function' shows both."]
        await update(resources, Timeout=21)  # whoever changes it now knows of the edit
        assert not listed(resources)["Timeout"].in_conflict
        await update(resources, Timeout=15)  # the same as the template: nothing is overridden
        assert listed(resources) == {}


async def test_one_override_is_dropped_and_then_all(template: Template) -> None:
    async with template.registry() as (resources, functions):
        original = resources.functions.require(resources.home, NAME)
        await update(resources, Timeout=20, Description="d")
        template.listener.names.clear()
        await resources.overrides.drop(NAME, "Timeout")
        assert (running(functions).timeout_s, running(functions).description) == (10, "d")
        assert template.listener.names == [NAME]
        with pytest.raises(ServiceError, match="The API did not change Timeout of Function"):
            await resources.overrides.drop(NAME, "Timeout")
        await resources.overrides.drop(NAME)
        assert resources.functions.require(resources.home, NAME) == original
        with pytest.raises(ServiceError, match="The API changed nothing of Function"):
            await resources.overrides.drop(NAME)


async def test_code_is_overridden_until_it_is_dropped_and_its_package_goes_with_it(template: Template) -> None:
    async with template.registry() as (resources, functions):
        view = await resources.changes.update_code(resources.home, NAME, {"ZipFile": zipped("x = 2\n")})
        await resources.settling.settle()
        archive = resources.functions.package(view.code.object_name)
        assert (running(functions).code_path, running(functions).code_source) == (str(archive), "api")
        assert archive.is_file()
        assert functions.require(NAME).code_size_bytes == view.code.size_bytes
        assert not listed(resources)["Code"].in_conflict
        template.write()
        (template.root / "function" / "more.py").write_text("y = 1\n")
        await functions.refresh()
        assert listed(resources)["Code"].in_conflict
        await resources.overrides.drop(NAME, "Code")
        assert running(functions).code_source == "template"
        assert not archive.exists()


async def test_a_dry_run_changes_nothing(template: Template) -> None:
    async with template.registry() as (resources, functions):
        view = await resources.changes.update_code(resources.home, NAME, {"ZipFile": zipped("x = 2\n"), "DryRun": True})
        assert (bool(view.code.object_name), view.update) == (True, "Successful")
        assert (running(functions).code_source, listed(resources)) == ("template", {})


async def test_a_deleted_function_is_hidden_with_its_parts_until_that_is_dropped(template: Template) -> None:
    async with template.registry() as (resources, functions):
        await update(resources, Timeout=20)
        await resources.concurrency.put(resources.home, NAME, 0)
        await resources.changes.delete(resources.home, NAME)
        assert (functions.all(), resources.functions.all(resources.home)) == ([], [])
        with pytest.raises(ServiceError) as missing:
            resources.target(NAME)
        assert missing.value.code == "ResourceNotFoundException"
        assert missing.value.hint.startswith("It was deleted through the API")
        assert [(each.function, each.property) for each in resources.overrides.all()] == [(NAME, "")]
    async with template.registry() as (resources, functions):
        assert functions.all() == []
        await resources.overrides.drop(NAME)
        assert running(functions).timeout_s == 10
        assert resources.concurrency.get(resources.home, NAME) is None


async def test_the_name_of_a_hidden_function_is_free(template: Template) -> None:
    async with template.registry() as (resources, _):
        await resources.changes.delete(resources.home, NAME)
        await resources.changes.create(
            resources.home, NAME, {"Runtime": "python3.12", "Role": "arn", "Handler": "a.b", "Code": {"ZipFile": zipped()}},
            publish=False)
        await resources.settling.settle()
        assert resources.functions.require(resources.home, NAME).source == "api"
        await resources.changes.delete(resources.home, NAME)
        assert resources.functions.all(resources.home) == []


async def test_an_image_is_overridden_with_its_configuration(template: Template) -> None:
    (template.root / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Function:\n    Type: AWS::Serverless::Function\n"
        "    Properties:\n      PackageType: Image\n      ImageUri: shop:1\n      ImageConfig: {Command: [app.handler]}\n")
    async with template.registry() as (resources, functions):
        with pytest.raises(ServiceError, match="Please provide ImageUri"):
            await resources.changes.update_code(resources.home, NAME, {"ZipFile": zipped()})
        await resources.changes.update_code(resources.home, NAME, {"ImageUri": "shop:2"})
        await resources.settling.settle()
        await update(resources, ImageConfig={"Command": ["app.other"]})
        image = running(functions).image
        assert image is not None
        assert (image.uri, image.command) == ("shop:2", ("app.other",))
        code = listed(resources)["Code"]
        assert (code.template_value, code.value, code.in_conflict) == ("shop:1", "shop:2", False)
        await resources.overrides.drop(NAME)
        image = running(functions).image
        assert image is not None
        assert (image.uri, image.command) == ("shop:1", ("app.handler",))


async def test_a_function_is_named_by_its_name_or_its_logical_id(template: Template) -> None:
    template.write(properties="FunctionName: shop")
    async with template.registry() as (resources, functions):
        await update(resources, Timeout=20)
        assert [each.function for each in resources.overrides.of("shop")] == ["shop"]
        assert functions.require("shop").configuration.timeout_s == 20
        await resources.overrides.drop(NAME, "Timeout")
        await resources.changes.delete(resources.home, NAME)
        assert functions.find("shop") is None
        await resources.overrides.drop(NAME)
        assert functions.find("shop") is not None


async def test_what_belongs_to_a_function_is_found_by_its_logical_id_too(template: Template) -> None:
    template.write(properties="FunctionName: shop")
    async with template.registry() as (resources, _):
        home = resources.home
        await resources.aliases.create(home, NAME, {"Name": "live", "FunctionVersion": "$LATEST"})
        await resources.policies.add(home, NAME, "live", {
            "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"})
        for name in (NAME, "shop"):
            assert [each.name for each in resources.aliases.all(home, name)] == ["live"]
            assert resources.aliases.require(home, name, "live").function_name == "shop"
            assert resources.functions.require(home, name, "live").name == "shop"
            assert resources.target(name, "live").function.name == "shop"
            assert '"Sid":"s"' in resources.policies.get(home, name, "live")[0]
        await resources.aliases.delete(home, NAME, "live")
        assert resources.aliases.all(home, "shop") == []


async def test_what_a_deployment_would_know_is_no_longer_missing_where_it_is_overridden(template: Template) -> None:
    template.write(properties="Environment:\n  Variables:\n    TABLE: !ImportValue table")
    async with template.registry() as (resources, functions):
        assert [each.place for each in running(functions).unknown] == ["Environment.Variables.TABLE"]
        await update(resources, Environment={"Variables": {"TABLE": "t"}})
        assert (running(functions).unknown, running(functions).environment) == ((), {"TABLE": "t"})
        await resources.overrides.drop(NAME)
        assert running(functions).unknown


async def test_overrides_of_a_function_that_left_the_template_can_be_dropped(template: Template) -> None:
    async with template.registry() as (resources, functions):
        await update(resources, Timeout=20)
        WorkspaceBuilder(template.root).function("Other", {"app.py": "x = 1\n"}).write()
        await functions.refresh()
        assert listed(resources)["Timeout"] == OverrideInfo(function=NAME, property="Timeout", value=20)
        with pytest.raises(ServiceError, match="The template has no function Function any more"):
            resources.overrides.logical_id(NAME)
        await resources.overrides.drop(NAME)
        assert listed(resources) == {}
