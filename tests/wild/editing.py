"""Whether changing one setting changes exactly that in the file."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.wild.ours import PSEUDO
from workbench.model.failures import WorkbenchError
from workbench.workspace.function_changes import FunctionChanges, changed_template
from workbench.workspace.template import Template

_MEMORY_MB = 1_337
_MOST_LINES = 3
"""A line changed or added, with `Properties:` where there was none."""


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """One try. `wrong` says what else changed, `refusal` why it cannot be edited; both "" when exactly the one thing changed."""

    template: str
    function: str
    wrong: str = ""
    refusal: str = ""


def tried_edits(path: Path, logical_ids: list[str]) -> Iterator[Edit]:
    """The memory of each function, one after the other, each on the file as it is. Nothing is written."""
    before = Template.load(path)
    for logical_id in logical_ids:
        try:
            after = changed_template(before, logical_id, FunctionChanges(memory_mb=_MEMORY_MB), PSEUDO)
        except WorkbenchError as error:
            yield Edit(template=str(path), function=logical_id, refusal=str(error))
            continue
        yield Edit(template=str(path), function=logical_id, wrong=_wrong(before, after, logical_id))


def _wrong(before: Template, after: Template, logical_id: str) -> str:
    changed = list(_changed(before.data, after.data))
    wanted = f"Resources.{logical_id}.Properties.MemorySize"
    if changed not in ([wanted], [f"Resources.{logical_id}.Properties"]):
        return f"changed: {', '.join(changed) or 'nothing'}"
    delta = [line for line in difflib.ndiff(before.text.splitlines(), after.text.splitlines()) if line.startswith(("+ ", "- "))]
    return f"{len(delta)} lines differ" if len(delta) > _MOST_LINES else ""


def _changed(before: Any, after: Any, place: str = "") -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = f"{place}.{key}" if place else str(key)
            if key not in before or key not in after:
                yield inner
            else:
                yield from _changed(before[key], after[key], inner)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (left, right) in enumerate(zip(before, after, strict=True)):
            yield from _changed(left, right, f"{place}[{number}]")
    elif before != after:
        yield place
