"""What makes, changes and deletes the resources of one type, and what it is given and gives.

Source: CloudFormation CLI user guide, "Resource type handler contract".
"""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from workbench.model.lambda_names import Scope

_LETTERS = string.ascii_letters + string.digits
_RANDOM = random.SystemRandom()
_SUFFIX = 12


class Desired(msgspec.Struct, frozen=True, kw_only=True):
    """A resource as the template wants it.

    `properties` are resolved; `wanted` are the attributes that others use of it; `tags` those of its stack that it gets.
    """

    scope: Scope
    stack_name: str
    stack_id: str
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    wanted: tuple[str, ...] = ()
    tags: Mapping[str, str] = {}

    def generated_name(self, longest: int = 64, *, lower: bool = False) -> str:
        """Return a name as CloudFormation makes one up: `stack-LogicalId-…`. Source: template reference, "Name type"."""
        suffix = "".join(_RANDOM.choices(_LETTERS, k=_SUFFIX))
        room = longest - _SUFFIX - 2
        logical_id = self.logical_id[: max(room - len(self.stack_name), room // 2)]
        name = f"{self.stack_name[: room - len(logical_id)]}-{logical_id}-{suffix}"
        return name.lower() if lower else name


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that exists. `attributes` has what GetAtt gives, and what Ref gives as "".

    `note`: how it differs from what the template wants, as a sentence; "" if it does not. `secrets`: values that nobody is shown.
    """

    physical_id: str
    attributes: Mapping[str, Any]
    note: str = ""
    secrets: tuple[str, ...] = ()


class Existing(msgspec.Struct, frozen=True, kw_only=True):
    """A resource as it was made. `tags` are those of its stack that it got."""

    scope: Scope
    stack_name: str
    stack_id: str
    logical_id: str
    type: str
    physical_id: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any]
    tags: Mapping[str, str] = {}


class Handler(Protocol):
    """Everything about resources of some types. All methods raise ResourceFailed, or ServiceError of the API that they call."""

    def replaces(self, before: Mapping[str, Any], after: Mapping[str, Any], /) -> bool:
        """Whether a change of properties needs a new resource in place of the one there."""

    async def create(self, desired: Desired, /) -> Made:
        """Make a resource; when this returns, it is ready."""

    async def update(self, desired: Desired, before: Existing, /) -> Made:
        """Change a resource in place."""

    async def delete(self, existing: Existing, /) -> None:
        """Delete a resource; one that is gone already is no error."""


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Return the names of the properties that differ."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
