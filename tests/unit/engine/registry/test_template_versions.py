"""Versions of the template's functions are made while other calls go on: building takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.api_clients import zipped
from tests.support.held_clock import HeldClock
from tests.support.registry_in_test import PSEUDO, resources_over
from tests.support.workspaces import one_function
from workbench.background import begin_awaited
from workbench.engine.functions import FunctionStore
from workbench.engine.registry.resources import Resources
from workbench.engine.sandboxes import ResolvedFunction
from workbench.model.failures import ServiceError
from workbench.model.function import FunctionConfiguration
from workbench.sandbox.protocol import RuntimePlan

NAME = "Function"


class Building:
    """Builds a package, which is the folder itself, once it may."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.begun = asyncio.Semaphore(0)
        self.error: ServiceError | None = None

    async def build(self, function: FunctionConfiguration) -> ResolvedFunction:
        self.begun.release()
        await self.may_end.wait()
        if self.error is not None:
            raise self.error
        return ResolvedFunction("process", RuntimePlan(runs_on="nothing"), function)


@pytest.fixture
def building() -> Building:
    return Building()


@pytest.fixture
async def resources(tmp_path: Path, building: Building) -> AsyncIterator[Resources]:
    workspace = one_function(tmp_path / "w", "x = 1\n")
    functions = FunctionStore(workspace, lambda: PSEUDO, in_force=lambda written: resources.in_force(written))
    async with resources_over(tmp_path / "state", functions, HeldClock(), resolve=building.build) as resources:
        await functions.refresh()
        yield resources


async def test_two_publications_at_a_time_make_one_version(resources: Resources, building: Building) -> None:
    published = [begin_awaited("Publishing", resources.versions.publish(resources.home, NAME, {})) for _ in range(2)]
    for _ in published:
        await building.begun.acquire()
    building.may_end.set()
    assert [view.version for view in await asyncio.gather(*published)] == ["1", "1"]
    assert len(resources.versions.all(resources.home, NAME)) == 2  # with $LATEST


async def test_a_function_that_is_deleted_meanwhile_gets_no_version(resources: Resources, building: Building) -> None:
    published = begin_awaited("Publishing", resources.versions.publish(resources.home, NAME, {}))
    await building.begun.acquire()
    await resources.changes.delete(resources.home, NAME)
    building.may_end.set()
    with pytest.raises(ServiceError, match="Function not found"):
        await published
    await resources.overrides.drop(NAME)
    assert len(resources.versions.all(resources.home, NAME)) == 1


async def test_the_package_of_a_version_goes_with_it(resources: Resources, building: Building) -> None:
    building.may_end.set()
    version = await resources.versions.publish(resources.home, NAME, {})
    package = resources.functions.package(version.code.object_name)
    assert package.is_file()
    await resources.versions.delete(resources.home, NAME, "1")
    assert not package.exists()


async def test_a_build_that_fails_ends_the_update_without_a_version(resources: Resources, building: Building) -> None:
    building.error = ServiceError("InvalidParameterValueException", 400, "It cannot be built.")
    building.may_end.set()
    with pytest.raises(ServiceError, match="It cannot be built"):
        await resources.changes.update_code(resources.home, NAME, {"ZipFile": zipped("x = 2\n"), "Publish": True})
    await resources.settling.settle()
    assert resources.functions.require(resources.home, NAME).update == "Successful"
    assert len(resources.versions.all(resources.home, NAME)) == 1
