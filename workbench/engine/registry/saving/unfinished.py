"""Functions that were on their way between the API and the template when an engine ended."""

from __future__ import annotations

from workbench.engine.functions import FunctionStore
from workbench.engine.registry.records import FunctionRecord
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.saving.saving import forget, keep_differences
from workbench.engine.registry.saving.taking import settle_in_api


async def finish_moves(registry: Registry, store: FunctionStore) -> None:
    """Let each function be where it was written last: the template's if that has it, otherwise the API's.

    While the template cannot be read, nothing is decided.
    """
    moving = [each for each in registry.all(FunctionRecord) if each.moving]
    if not moving or store.problem:
        return
    async with registry.changing() as change:
        for record in moving:
            written = store.written(record.name) if record.scope == store.scope else None
            if written is not None:
                forget(registry, change, record)
                if record.moving == "template":  # what comes from there has its overrides still
                    keep_differences(change, record, written)
            else:
                settle_in_api(registry, change, record)
