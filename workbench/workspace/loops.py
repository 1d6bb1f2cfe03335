"""Fn::ForEach: a part of a template that is repeated for each value of a collection.

Source: CloudFormation template reference, "Fn::ForEach" (AWS::LanguageExtensions).
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from workbench.workspace.intrinsics import Resolver
from workbench.workspace.unresolved import unknowns_in
from workbench.workspace.value_text import as_text

LOOP = "Fn::ForEach::"


class LoopError(Exception):
    """A loop cannot be unrolled; the message is the end of a sentence."""


class Loop(msgspec.Struct, frozen=True):
    """`Fn::ForEach::Name: [identifier, collection, body]`, with its collection resolved."""

    identifier: str
    values: tuple[str, ...]
    body: dict[str, Any]

    @classmethod
    def read(cls, argument: Any, resolver: Resolver) -> Loop:
        """Read a loop from the value of its key. Raises LoopError if it is malformed or its collection is not known."""
        if not isinstance(argument, list) or len(argument) != 3 or not isinstance(argument[2], dict):
            raise LoopError("it must be a list of an identifier, a collection and a map")
        identifier, collection, body = argument
        values = resolver.resolve(collection)
        unknowns = unknowns_in(values)
        if unknowns:
            raise LoopError(f"its collection depends on {unknowns[0].what}")
        if not isinstance(values, list):
            raise LoopError("its collection is not a list")
        items = [item for value in values for item in (value if isinstance(value, list) else [value])]
        # An empty list parameter is a list with one empty text, which is no value to loop over.
        return cls(str(identifier), tuple(filter(None, dict.fromkeys(map(as_text, items)))), body)


def with_identifier(value: Any, identifier: str, item: str) -> Any:
    """Substitute the item for `${Identifier}`, `&{Identifier}` (only letters and digits of it) and a Ref to the identifier."""
    if isinstance(value, str):
        plain = value.replace(f"${{{identifier}}}", item)
        return plain.replace(f"&{{{identifier}}}", re.sub("[^A-Za-z0-9]", "", item))
    if isinstance(value, list):
        return [with_identifier(part, identifier, item) for part in value]
    if not isinstance(value, dict):
        return value
    if value == {"Ref": identifier}:
        return item
    return {with_identifier(key, identifier, item): with_identifier(part, identifier, item) for key, part in value.items()}
