"""What an account uses of a Region. Source: API reference, GetAccountSettings; recorded answers of the service."""

from __future__ import annotations

from workbench.engine.registry.functions import Functions
from workbench.engine.registry.records import LayerVersionRecord, VersionRecord
from workbench.engine.registry.registry import Registry
from workbench.model.lambda_names import Scope


class AccountUsage:
    """Counts functions and code, of the API and of the template. Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions) -> None:
        self._registry = registry
        self._functions = functions

    def functions(self, scope: Scope) -> int:
        """Return the number of functions."""
        return len(self._functions.all(scope))

    def code_bytes(self, scope: Scope) -> int:
        """Return the sum of all packages: of each function, again of each published version, and of each layer version."""
        latest = sum(view.code.size_bytes for view in self._functions.all(scope))
        versions = sum(each.definition.code.size_bytes for each in self._registry.all(VersionRecord, scope))
        layers = sum(each.code.size_bytes for each in self._registry.all(LayerVersionRecord, scope) if not each.is_deleted)
        return latest + versions + layers
