"""SAM's environment variables file (`--env-vars`): values that replace those in the template.

    {"Parameters": {"TABLE": "local"}, "OrdersFunction": {"DEBUG": "1"}}

A function's own entry takes precedence over `Parameters`; only variables that the template declares are used.
Source: SAM guide, "sam local invoke", "Environment variable file".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from workbench.model.failures import WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.storage.bounded_reading import read_bounded
from workbench.workspace.intrinsics import as_text

_PLACE = "Environment.Variables."


def read_environment_file(path: Path) -> dict[str, Any]:
    """Read the file. Raises WorkspaceError if it cannot be used. Blocks."""
    try:
        content = json.loads(read_bounded(path).decode("utf-8-sig"))  # editors on Windows write a byte order mark
    except OSError as error:
        raise WorkspaceError(f"The file of environment variables {path} could not be read: {error.strerror or error}.",
                             "Name another one, or none.") from error
    except (ValueError, RecursionError) as error:
        raise WorkspaceError(f"The file of environment variables {path.name} is not JSON: {error}.", "Correct it.") from error
    if not isinstance(content, dict) or not all(isinstance(value, dict) for value in content.values()):
        raise WorkspaceError(f"The file of environment variables {path.name} has another form.",
                             'Write {"FunctionName": {"VARIABLE": "value"}} or {"Parameters": {"VARIABLE": "value"}}.')
    return content


def overrides_for(function: FunctionConfiguration, content: Mapping[str, Any]) -> dict[str, str]:
    """Return the file's values for those of the function's variables that the template declares."""
    names = (function.logical_id, function.name, function.logical_id.rsplit("/", 1)[-1])
    own: dict[str, Any] = next((content[name] for name in names if name in content), {})
    declared = {*function.environment, *(unknown.place.removeprefix(_PLACE) for unknown in function.unknown)}
    return {name: as_text(value) for name, value in {**content.get("Parameters", {}), **own}.items() if name in declared}


def overridden(function: FunctionConfiguration, content: Mapping[str, Any]) -> FunctionConfiguration:
    """Return the function with the file's values; a variable that gets one is no longer unknown."""
    values = overrides_for(function, content)
    if not values:
        return function
    places = {_PLACE + name for name in values}
    unknown = tuple(each for each in function.unknown if each.place not in places)
    return msgspec.structs.replace(function, environment={**function.environment, **values}, unknown=unknown)
