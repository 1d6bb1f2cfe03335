"""A YAML file that is no template, as plain values: bounded in depth, as templates are (`yaml_composer`)."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.events import CollectionEndEvent, CollectionStartEvent

from workbench.workspace.yaml_composer import MAX_DEPTH


def plain_yaml(text: str) -> Any:
    """The one document in the text. Raises yaml.YAMLError, or ValueError where it is nested too deeply.

    PyYAML takes time with the square of the depth, and Python's stack.
    """
    if not _is_well_formed(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # the C parser has a limit of its own
        _is_well_formed(text, yaml.SafeLoader)
    return yaml.safe_load(text)


def _is_well_formed(text: str, loader: Any) -> bool:
    """Raises ValueError where it is nested too deeply."""
    depth = 0
    try:
        for event in yaml.parse(text, loader):
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise ValueError(f"line {event.start_mark.line + 1}: the structure is nested too deeply")
    except (yaml.YAMLError, UnicodeEncodeError):
        return False
    return True
