"""What the engine tells its window of functions that the API makes: they are listed after the template's, and news comes at once.

Our own API (`model/engine_api.py`), beside the same functions made with boto3.
"""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from tests.support.api_clients import create, lambda_client, waited, zipped
from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.model.allowances import Allowance
from workbench.model.failures import ServiceError


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    builder = WorkspaceBuilder(tmp_path / "app")
    code = {"app.py": "def handler(event, context):\n    return 1\n"}
    return builder.function("Zebra", code, properties="FunctionName: zebra-prod\n").function("Second", code).write()


async def listed(engine: EngineInTest) -> list[tuple[str, str]]:
    functions = await engine.client.functions()
    assert await engine.client.refresh() == functions
    return [(function.name, function.source) for function in functions]


async def test_the_functions_of_the_workspaces_region_are_listed_after_the_templates(workspace: Path) -> None:
    async with engine_in_test(workspace) as engine:
        here = lambda_client(engine.client.connection.url)
        elsewhere = lambda_client(engine.client.connection.url, region="eu-west-3")
        of_the_template = [("zebra-prod", "template"), ("Second", "template")]
        assert await listed(engine) == of_the_template
        for name in ("b", "a"):
            await asyncio.to_thread(create, here, name)
        await asyncio.to_thread(create, elsewhere, "c")
        with pytest.raises(here.exceptions.ResourceConflictException):  # a logical ID: the name of the template's function
            await asyncio.to_thread(create, here, "Zebra")
        assert await listed(engine) == [*of_the_template, ("a", "api"), ("b", "api")]
        await asyncio.to_thread(here.delete_function, FunctionName="a")
        assert await listed(engine) == [*of_the_template, ("b", "api")]


async def test_followers_are_told_when_a_function_is_made_changed_and_deleted(workspace: Path) -> None:
    async with engine_in_test(workspace) as engine:
        client = lambda_client(engine.client.connection.url)

        async def are_told(times: int, kind: str = "sandbox.functionChanged") -> bool:
            events = await engine.client.events()
            return [event.function_name for event in events if event.type == kind] == ["made"] * times

        assert await are_told(0)
        await asyncio.to_thread(create, client, "made")
        await until(partial(are_told, 1))
        await asyncio.to_thread(client.update_function_code, FunctionName="made", ZipFile=zipped("x = 1\n"))
        await asyncio.to_thread(waited, client, "function_updated_v2", "made")
        await until(partial(are_told, 2))
        assert await are_told(0, "sandbox.partsChanged")
        await asyncio.to_thread(client.publish_version, FunctionName="made")
        await until(partial(are_told, 1, "sandbox.partsChanged"))
        await asyncio.to_thread(client.create_alias, FunctionName="made", Name="live", FunctionVersion="1")
        await until(partial(are_told, 2, "sandbox.partsChanged"))
        await asyncio.to_thread(client.delete_function, FunctionName="made")
        await until(partial(are_told, 3))


async def test_a_function_of_the_api_can_be_allowed_something(workspace: Path) -> None:
    async with engine_in_test(workspace) as engine:
        with pytest.raises(ServiceError) as refused:
            await engine.client.allow("made", Allowance(network=False))
        assert refused.value.code == "ResourceNotFoundException"
        await asyncio.to_thread(create, lambda_client(engine.client.connection.url), "made")
        await engine.client.allow("made", Allowance(network=False))
        assert (await engine.client.allowed())["made"] == Allowance(network=False)
