"""What the API changed of a function of the template, as it is shown."""

from __future__ import annotations

from typing import Any

import msgspec

CODE = "Code"
"""The property of an override of the code. Its values are SHA-256 digests, the template's one of its files' state."""
DELETED = ""
"""The property of a function that the API deleted: all of it."""
MASK = "••••••••"


class OverrideInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One property that the API changed: a member of UpdateFunctionConfiguration, CODE, or DELETED.

    `template_value` is what the template says now, `value` what is in force; None where it is not set. Values of environment
    variables are masked. `in_conflict`: the template's value is another one than when the API changed it. `why_kept` says why it
    cannot be written into the template, "" if it can.
    """

    function: str
    property: str
    template_value: Any = None
    value: Any = None
    in_conflict: bool = False
    why_kept: str = ""


def masked(member: str, value: Any) -> Any:
    """Return a value of the settings with the values of environment variables masked."""
    if member != "Environment" or not isinstance(value, dict):
        return value
    return {**value, "Variables": dict.fromkeys(value.get("Variables", {}), MASK)}
