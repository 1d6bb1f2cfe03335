"""The registry and the model of it get the same calls, and have to agree in answers, errors and all that is there."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support.registry_model.calls import API, HOME, LAYER, LISTS, PLACES, QUALIFIERS, TEMPLATE, WRITTEN_S, qualified
from tests.support.registry_model.layers_and_mappings import LayerRules, MappingRules
from tests.support.registry_model.matching import Bindings, Refused, Token
from tests.support.registry_model.parts import PartRules
from tests.support.registry_model.service import Service
from tests.support.registry_model.settings import DEFAULTS
from tests.support.registry_model.world import Function, Package, Place, Version, World
from tests.support.workspaces import WorkspaceBuilder
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_names import Scope


class Pair:
    """One registry in a folder of its own, and one model. `uuids` are those of the event source mappings that were made."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="registry-model-"))
        workspace = WorkspaceBuilder(self._folder / "w").function(TEMPLATE, {"app.py": "x = 1\n"}).write()
        os.utime(workspace / TEMPLATE.lower() / "app.py", (WRITTEN_S, WRITTEN_S))
        self.service = Service(workspace, self._folder / "state")
        self.world, self.bindings = World(), Bindings()
        self.functions, self.layers = PartRules(self.world), LayerRules(self.world)
        self.mappings = MappingRules(self.world)
        written = Version(Package(Token("digest"), Token("size")), _written_settings(), Token("written"), WRITTEN_S * 1_000)
        template = self.world.functions[HOME, TEMPLATE] = Function(replace(written), written)
        self.functions.revise(template, "written")
        self.uuids: list[str] = []
        self.agrees(HOME, TEMPLATE)

    def close(self) -> None:
        """Compare all once more, and end."""
        try:
            self.all_agrees()
        finally:
            self.service.close()
            shutil.rmtree(self._folder)

    def guard(self, kind: str, place: Place, name: str, current: Callable[[Function], Token | None]) -> dict[str, Any]:
        function = self.world.functions.get((place, name))
        token = current(function) if function is not None and kind == "current" else None
        return {} if kind == "none" else {"RevisionId": token or "00000000-0000-4000-8000-000000000000"}

    def both(self, operation: str, place: Place, **given: Any) -> None:
        parameters = self.bindings.resolved(given)
        self.alike(lambda: self.service.call(operation, scope_of(place), parameters),
                    lambda: self._expected(operation, place, given))
        if "FunctionName" in given:
            self.agrees(place, given["FunctionName"])

    def alike(self, call: Callable[[], Any], model: Callable[[], Any]) -> None:
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

    def agrees(self, place: Place, name: str) -> None:
        """Read everything of a function."""
        self._read(place, [*((operation, {"FunctionName": name}) for operation in LISTS),
                           *((operation, {"FunctionName": name, **qualified(qualifier)})
                             for operation in ("GetFunction", "GetPolicy") for qualifier in QUALIFIERS)])
        for qualifier in ("", "1", "2"):
            self._runs(place, name, qualifier)

    def all_agrees(self) -> None:
        for place in PLACES:
            for name in (API, TEMPLATE):
                self.agrees(place, name)
            self._read(place, [("ListFunctions", {"FunctionVersion": "ALL"}), ("ListFunctions", {}),
                               ("ListLayerVersions", {"LayerName": LAYER}), ("ListEventSourceMappings", {})])

    def _read(self, place: Place, calls: list[tuple[str, dict[str, Any]]]) -> None:
        answers = self.service.read([(operation, scope_of(place), given) for operation, given in calls])
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
        found = self.service.runs(name, qualifier, scope_of(place))
        expected = {**_ABSENT, **{key: each for key, each in running.settings.items() if key in _ABSENT}}
        assert _told(found) == expected, f"{name}:{qualifier} runs {_told(found)} instead of {expected}"


_ABSENT = {"Description": "", "MemorySize": 0, "Timeout": 0, "Environment": {"Variables": {}}}


def _told(function: FunctionConfiguration) -> dict[str, Any]:
    return {"Description": function.description, "MemorySize": function.memory_mb, "Timeout": function.timeout_s,
            "Environment": {"Variables": dict(function.environment)}}


@contextlib.contextmanager
def _named(what: str) -> Iterator[None]:
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


def scope_of(place: Place) -> Scope:
    return Scope(*place)
