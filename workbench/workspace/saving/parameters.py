"""New parameters in the text of a template."""

from __future__ import annotations

from typing import Any

from workbench.model.failures import WorkspaceError
from workbench.workspace.template import Template
from workbench.workspace.yaml_edits import set_value
from workbench.workspace.yaml_writing import block_lines

_SECTION = "Parameters"


def with_parameter(template: Template, name: str, declaration: dict[str, Any]) -> Template:
    """Return the template with a parameter. A new section stands before the resources, where people look for it."""
    if _SECTION not in template.data and not template.root.flow:
        placed = _with_section(template, {name: declaration})
        if placed is not None:
            return placed
    return set_value(template, (_SECTION, name), declaration)


def _with_section(template: Template, parameters: dict[str, Any]) -> Template | None:
    """Return the template with the section, None if its form does not allow that place."""
    resources = template.root.pair("Resources")
    if resources is None or resources.key.column:
        return None
    at = template.text.rfind("\n", 0, resources.key.start) + 1
    lines = block_lines({_SECTION: parameters}, 0, template.indent_step)
    text = "".join(f"{line}{template.line_end}" for line in [*lines, ""])
    try:
        placed = template.with_text(template.text[:at] + text + template.text[at:])
    except WorkspaceError:
        return None
    return placed if placed.data == {**template.data, _SECTION: parameters} else None
