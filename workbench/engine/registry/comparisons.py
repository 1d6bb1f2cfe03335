"""Two versions of a function beside each other: the settings that differ, and the code file by file."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.engine.registry.functions import Functions
from workbench.engine.registry.template_versions import TemplateVersions
from workbench.engine.registry.views import FunctionView
from workbench.model.comparisons import Comparison, FileDifference, SettingDifference
from workbench.model.failures import WorkbenchError
from workbench.model.lambda_names import Scope
from workbench.model.overrides import MASK
from workbench.packages.differences import differences, opened

_VARIABLES = "Environment.Variables."


class Comparisons:
    """Compares what versions and aliases name. Use it on the engine's loop."""

    def __init__(self, functions: Functions, templates: TemplateVersions) -> None:
        self._functions = functions
        self._templates = templates

    async def compare(self, scope: Scope, name: str, left: str, right: str) -> Comparison:
        """Compare two versions of a function; "" is `$LATEST`. The template's `$LATEST` is what publishing it would keep.

        Raises ServiceError if one of them is not there.
        """
        views = self._functions.require(scope, name, left), self._functions.require(scope, name, right)
        files: list[FileDifference] = []
        same, why = 0, ""
        try:
            places = await self._place(views[0]), await self._place(views[1])
            if places[0] is not None and places[1] is not None:
                files, same = await asyncio.to_thread(_compared, places[0], places[1])
        except WorkbenchError as error:  # its folder may not be trusted with a build: the settings are told all the same
            why = str(error)
        except (OSError, zipfile.BadZipFile) as error:
            why = f"The code cannot be read: {error}."
        return Comparison(
            left=views[0].version, right=views[1].version, settings=tuple(different_settings(_settings(views[0]),
                                                                                              _settings(views[1]))),
            files=tuple(files), same_files=same, why_no_code=why)

    async def _place(self, view: FunctionView) -> Path | None:
        """Return the .zip or the folder of a version's code, None for an image."""
        if view.settings["PackageType"] == "Image":
            return None
        if view.code.object_name:
            return self._functions.package(view.code.object_name)
        return await self._templates.package(view)


def different_settings(left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[SettingDifference]:
    """Yield the settings that differ, in the order of their names."""
    one, other = dict(_flat("", left)), dict(_flat("", right))
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) == other.get(name):
            continue
        if name.startswith(_VARIABLES):
            mask = f"{MASK} (another value)" if name in one else MASK
            yield SettingDifference(property=f"Environment.{name.removeprefix(_VARIABLES)}",
                                    left=MASK if name in one else "", right=mask if name in other else "")
        else:
            yield SettingDifference(property=name, left=_text(one.get(name)), right=_text(other.get(name)))


def _settings(view: FunctionView) -> dict[str, Any]:
    image = {"ImageUri": view.code.image_uri} if view.code.image_uri else {}
    return {**view.settings, **image}


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each setting by its path. Lists stay whole: their order counts."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{prefix}.{name}" if prefix else name, inner)
    elif value is not None:
        yield prefix, value


def _text(value: Any) -> str:
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)


def _compared(left: Path, right: Path) -> tuple[list[FileDifference], int]:
    with opened(left) as one, opened(right) as other:
        return differences(one, other)
