"""Read YAML files other than templates as plain values, with the same limit on depth (`yaml_composer`)."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.events import CollectionEndEvent, CollectionStartEvent

from workbench.workspace.yaml_composer import MAX_DEPTH


def plain_yaml(text: str) -> Any:
    """Return the only document in the text. Raises yaml.YAMLError, or ValueError if it is nested too deeply.

    The depth is checked first, because PyYAML's time grows with its square, and its recursion uses Python's stack.
    """
    # The C parser is far faster, but has a nesting limit of its own and refuses some texts that `safe_load` accepts.
    if not _is_well_formed(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        _is_well_formed(text, yaml.SafeLoader)
    return yaml.safe_load(text)


def _is_well_formed(text: str, loader: Any) -> bool:
    """Whether this parser accepts the text. Raises ValueError if it is nested too deeply."""
    depth = 0
    try:
        for event in yaml.parse(text, loader):
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise ValueError(f"line {event.start_mark.line + 1}: the structure is nested too deeply")
    except (yaml.YAMLError, UnicodeEncodeError):
        return False
    return True
