"""Whether the statements of a resource policy let everyone call a function URL that asks for no signature.

Since October 2025 two actions are needed. Source: Lambda guide, "Control access to Lambda function URLs"; IAM user guide, "IAM
JSON policy elements: Condition": all conditions of a statement have to hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

_NEEDED = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
_TRUE_OF_ALL = {"lambda:FunctionUrlAuthType": "NONE", "lambda:InvokedViaFunctionUrl": "true"}
"""What can be said of every request for such a URL. Of who sends it, nothing is known."""


def admit_everyone(statements: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the statements of one policy do, together."""
    public = [each for each in statements if each["Principal"] in ("*", {"AWS": "*"}) and _holds(each.get("Condition", {}))]
    return all(any(_covers(each["Action"], action) for each in public) for action in _NEEDED)


def _covers(pattern: str, action: str) -> bool:
    return fnmatchcase(action.lower(), pattern.lower().replace("[", "[[]"))


def _holds(conditions: Mapping[str, Mapping[str, str]]) -> bool:
    return all(_TRUE_OF_ALL.get(key) == value for keys in conditions.values() for key, value in keys.items())
