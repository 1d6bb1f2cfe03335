"""What a new function needs to keep its meaning below the Globals section: defaults that are written, what it ignores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.workspace.functions.effects import UNTOLD
from workbench.workspace.functions.properties import merge_globals

_DEFAULTS: Mapping[str, Any] = {
    "MemorySize": 128, "Timeout": 3, "EphemeralStorage": {"Size": 512}, "Architectures": ["x86_64"], "Tracing": "PassThrough",
}
_WELCOME = UNTOLD.keys() - {"Tags"}
"""Properties that Globals may add: roles and the like, which the deployment decides."""


def with_defaults(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties with the defaults written out that Globals would change."""
    return {**own, **{name: value for name, value in _DEFAULTS.items() if name in shared and name not in own}}


def ignored(shared: Mapping[str, Any], own: Mapping[str, Any]) -> list[str]:
    """Return the properties of Globals that would change the function, for its IgnoreGlobals.

    Source: SAM guide, "Globals section", "Ignoring Globals".
    """
    changing = [name for name in shared if name in own and merge_globals(shared[name], own[name], name) != own[name]]
    return [name for name in shared if name in changing or (name not in own and name not in _WELCOME)]
