"""Values in a template that cannot be known before a deployment, and what would make them known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

UnknownKind = Literal["parameter", "ssm", "secret", "import", "attribute", "transform", "condition", "other"]


class Unknown(msgspec.Struct, frozen=True):
    """Something that is not known: `what` describes it, `key` is the name in `GivenValues` that makes it known.

    Keys: a parameter's name; `ssm:NAME` for an SSM parameter that a parameter names; `resolve:…` for a dynamic reference, as
    written between the braces; `import:EXPORT`; `LogicalId` or `LogicalId.Attribute` for a resource; "" if none helps.
    """

    kind: UnknownKind
    what: str
    key: str = ""


class Unresolved(msgspec.Struct, frozen=True):
    """A value that is unknown, at least in part; `text` stands in for it, `unknowns` are the reasons."""

    text: str
    unknowns: tuple[Unknown, ...] = ()


class GivenValues(msgspec.Struct, frozen=True):
    """A person's values for what only a deployment knows: parameters by name, everything else by `Unknown.key`."""

    parameters: Mapping[str, str] = msgspec.field(default_factory=dict)
    others: Mapping[str, str] = msgspec.field(default_factory=dict)


def placeholder(what: str, kind: UnknownKind = "other", key: str = "") -> Unresolved:
    """Return a stand-in for something that cannot be known here, such as `!GetAtt Api.Url`."""
    return Unresolved(f"<unresolved: {what}>", (Unknown(kind, what, key),))


def unknowns_in(value: Any) -> tuple[Unknown, ...]:
    """Return all unknowns in a resolved value, at any depth, each once and in order."""
    return tuple(dict.fromkeys(_unknowns(value)))


def _unknowns(value: Any) -> Iterable[Unknown]:
    if isinstance(value, Unresolved):
        yield from value.unknowns
    elif isinstance(value, dict):
        for item in value.values():
            yield from _unknowns(item)
    elif isinstance(value, list):
        for item in value:
            yield from _unknowns(item)
