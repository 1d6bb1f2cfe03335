"""What the declarations of versions have published."""

from __future__ import annotations

from workbench.engine.registry.override_records import DeclaredVersionRecord
from workbench.engine.registry.registry import Registry
from workbench.model.declarations import Declaration
from workbench.model.lambda_names import Scope


def record_of(registry: Registry, scope: Scope, declaration: Declaration) -> DeclaredVersionRecord | None:
    """Return what a declaration published, None for nothing yet."""
    return registry.get(DeclaredVersionRecord, scope, declaration.function, key_of(declaration))


def key_of(declaration: Declaration) -> str:
    """Return what a declaration is kept under."""
    return declaration.logical_id.replace("/", ".")


def number_of(registry: Registry, scope: Scope, declaration: Declaration) -> str:
    """Return the number of the version that it published, "" for none yet."""
    record = record_of(registry, scope, declaration)
    return "" if record is None else record.version
