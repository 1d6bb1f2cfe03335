"""What CloudFormation accepts as the name of a resource in a template."""

from __future__ import annotations

import re

from workbench.model.failures import InvalidInput

_LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")


def is_logical_id(text: str) -> bool:
    """Whether CloudFormation accepts the text as a logical ID."""
    return _LOGICAL_ID.fullmatch(text) is not None


def check_logical_id(logical_id: str) -> None:
    """Raise InvalidInput unless CloudFormation accepts the logical ID: 1 to 255 letters and digits."""
    if not is_logical_id(logical_id):
        raise InvalidInput(f"“{logical_id}” cannot be a logical ID: CloudFormation allows letters and digits only.",
                           "Write it as one word, for example ResizeImage.")
