"""Functions between the API and the template: what an engine that is killed on the way leaves, and what is refused."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.api_clients import ROLE, zipped
from tests.support.held_clock import HeldClock
from tests.support.registry_in_test import PSEUDO, NobodyListens
from tests.support.workspaces import WorkspaceBuilder
from workbench.engine.functions import FunctionStore
from workbench.engine.registry.override_records import OverrideRecord
from workbench.engine.registry.records import FunctionRecord, NumberingRecord, Record
from workbench.engine.registry.resources import Resources
from workbench.engine.served_workspace import ServedWorkspace
from workbench.engine.services.saving import SavingService
from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.model.failures import ServiceError, WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.model.saving import SavingWish
from workbench.workspace.workspace import Workspace

NAME = "made"
TOOK = "Function"


class Killed(Exception):
    """What ends a move in the middle, as if the engine were killed then: nothing after it happens."""


class Home:
    """A workspace and its registry, opened again and again."""

    def __init__(self, root: Path, state: Path) -> None:
        self.root = WorkspaceBuilder(root).function(TOOK, {"app.py": "x = 1\n"}).write()
        self._state = state

    @contextlib.asynccontextmanager
    async def engine(self) -> AsyncIterator[Resources]:
        """What an engine has of it, after its start."""
        functions = FunctionStore(self.root, lambda: PSEUDO, in_force=lambda written: resources.in_force(written))
        resources = Resources(
            ServedWorkspace(self.root, self._state), functions, self._resolve, HeldClock(), ServicesEndpoint(self._state))
        await functions.refresh()
        await resources.load(NobodyListens())
        try:
            yield resources
        finally:
            await resources.close()

    async def _resolve(self, function: FunctionConfiguration) -> Any:
        class Resolved(msgspec.Struct):
            function: FunctionConfiguration

        return Resolved(function)

    def service(self, resources: Resources) -> SavingService:
        async def refresh() -> None:
            """The store has read the template already."""

        return SavingService(resources.saving_plans, resources.saving, resources.taking,
                             lambda: lambda: Workspace.open(self.root, PSEUDO), refresh)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "w", tmp_path / "state")


async def make(resources: Resources, name: str = NAME, *, publish: bool = True) -> None:
    await resources.changes.create(resources.home, name, {
        "Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler", "Code": {"ZipFile": zipped()}, "Timeout": 33},
        publish=publish)
    await resources.settling.settle()


def records(resources: Resources) -> dict[str, Record]:
    return {type(each).__name__: each for each in resources._registry.everything()
            if isinstance(each, FunctionRecord | NumberingRecord | OverrideRecord)}


def killed_when_called(monkeypatch: pytest.MonkeyPatch, resources: Resources, number: int) -> None:
    """Have the registry end with its commit of this number, before it is written."""
    commit, calls = resources._registry._store.commit, iter(range(100))

    async def until_then(*change: Any) -> None:
        if next(calls) >= number:
            raise Killed
        await commit(*change)

    monkeypatch.setattr(resources._registry._store, "commit", until_then)


@pytest.mark.expects_log
@pytest.mark.parametrize(("commits", "source"), [(0, "api"), (1, "template"), (100, "template")])
async def test_killed_while_it_is_saved(home: Home, monkeypatch: pytest.MonkeyPatch, commits: int, source: str) -> None:
    async with home.engine() as resources:
        await make(resources)
        killed_when_called(monkeypatch, resources, commits)
        with contextlib.suppress(Killed):
            await home.service(resources).save([NAME], SavingWish())
    async with home.engine() as resources:
        view = resources.functions.require(resources.home, NAME)
        assert (view.source, view.settings["Timeout"]) == (source, 33)
        assert [each.version for each in resources.versions.all(resources.home, NAME)] == ["$LATEST", "1"]
        found = records(resources)
        if source == "api":
            assert found.keys() == {"FunctionRecord"}
            (record,) = found.values()
            assert isinstance(record, FunctionRecord)
            assert record.moving == ""
        else:
            assert found.keys() == {"NumberingRecord"}
    async with home.engine() as resources:  # and it stays so
        assert resources.functions.require(resources.home, NAME).source == source


@pytest.mark.expects_log
@pytest.mark.parametrize(("commits", "source"), [(0, "template"), (1, "api"), (100, "api")])
async def test_killed_while_it_is_taken(home: Home, monkeypatch: pytest.MonkeyPatch, commits: int, source: str) -> None:
    async with home.engine() as resources:
        await resources.changes.update_settings(resources.home, TOOK, {"Timeout": 77})
        await resources.settling.settle()
        killed_when_called(monkeypatch, resources, commits)
        with contextlib.suppress(Killed):
            await home.service(resources).take(TOOK)
    async with home.engine() as resources:
        view = resources.functions.require(resources.home, TOOK)
        assert (view.source, view.settings["Timeout"], view.settings["MemorySize"]) == (source, 77, 256)
        found = records(resources)
        assert ("FunctionRecord" in found) == (source == "api")
        assert ("OverrideRecord" in found) == (source == "template")


@pytest.mark.expects_log
async def test_killed_between_the_copy_and_the_template(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy of the template's function is on disk, and the template has not been written: it stays the template's."""
    async with home.engine() as resources:
        await resources.changes.update_settings(resources.home, TOOK, {"Timeout": 77})
        await resources.settling.settle()
        written = resources.taking.written(TOOK)
        killed_when_called(monkeypatch, resources, 1)

        def fail() -> None:
            raise Killed

        with pytest.raises(Killed):
            await resources.taking.take(written, fail)
        assert "FunctionRecord" in records(resources)
    async with home.engine() as resources:
        view = resources.functions.require(resources.home, TOOK)
        assert (view.source, view.settings["Timeout"]) == ("template", 77)
        assert records(resources).keys() == {"OverrideRecord"}


async def test_what_fails_leaves_everything_as_it_was(home: Home) -> None:
    async with home.engine() as resources:
        await make(resources)
        before, template = records(resources), (home.root / "template.yaml").read_bytes()
        (home.root / "template.yaml").chmod(0o444)
        for call in (home.service(resources).save([NAME], SavingWish()), home.service(resources).take(TOOK)):
            with pytest.raises(ServiceError, match="write-protected"):
                await call
        assert (records(resources), (home.root / "template.yaml").read_bytes()) == (before, template)
        assert (home.root / NAME).exists() is False


async def test_a_function_that_is_changed_meanwhile_is_not_saved(home: Home) -> None:
    async with home.engine() as resources:
        await make(resources)
        plan = resources.saving_plans.plan(NAME)
        await resources.versions.publish(resources.home, NAME, {})
        await resources.changes.update_settings(resources.home, NAME, {"Timeout": 9})
        with pytest.raises(ServiceError, match="was changed while"):
            await resources.saving.save(plan, _unwanted)
        with pytest.raises(ServiceError, match="update is in progress"):
            resources.saving_plans.plan(NAME)


def _unwanted() -> Any:
    raise WorkspaceError("This must not be called.")


async def refusals(home: Home, resources: Resources, call: Callable[[SavingService], Any]) -> str:
    with pytest.raises(ServiceError) as error:
        await call(home.service(resources))
    return error.value.message


async def test_what_is_refused(home: Home) -> None:
    async with home.engine() as resources:
        await make(resources, "elsewhere")
        assert "has the function Function already" in await refusals(home, resources, lambda it: it.save([TOOK], SavingWish()))
        assert "Function not found" in await refusals(home, resources, lambda it: it.save(["nobody"], SavingWish()))
        assert "is a function of the API already" in await refusals(home, resources, lambda it: it.take("elsewhere"))
        assert "A folder is named" in await refusals(home, resources, lambda it: it.save([], SavingWish(folder="x")))
        some = await home.service(resources).save([TOOK, "elsewhere"], SavingWish(is_preview=True))
        assert [bool(each.refused) for each in some] == [True, False]
        template = home.root / "template.yaml"
        template.write_text(template.read_text() + "  Topic:\n    Type: AWS::SNS::Topic\n    DependsOn: Function\n")
        assert "refers to it in Topic" in await refusals(home, resources, lambda it: it.take(TOOK))
