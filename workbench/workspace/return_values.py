"""What `!Ref` and `!GetAtt` give for a resource without deploying it, from `resources/return_values.json`, which is read once.

CloudFormation gives a resource without a name one that contains its logical ID; locally, the logical ID is used instead, as in
the SAM CLI. IDs that AWS generates are made up in exactly their form, always the same for a resource of a stack.
Source: CloudFormation template reference, "Return values" of each type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec

from workbench.resource_files import resource_path
from workbench.storage.decoding import decoder_of
from workbench.workspace.made_up_ids import made_up
from workbench.workspace.pseudo_parameters import NO_VALUE, PseudoParameters
from workbench.workspace.unresolved import Unknown, Unresolved, unknowns_in
from workbench.workspace.value_text import as_text

_TOKEN = re.compile(r"\{([^{}]+)\}")
_PARTS = re.compile(r"([^/|]+)(?:/([a-z]+))?(?:\|(.*))?")

_ANSWERED = ("AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack", "AWS::Serverless::Application")

Pattern = str | dict[str, Any]
"""A text with tokens in braces, or a map that chooses one by the value of a property."""


class _Suffix(msgspec.Struct, frozen=True):
    """What CloudFormation appends to a name that it generates, if the property is true."""

    property: str
    text: str


class ReturnValues(msgspec.Struct, frozen=True):
    """What a type's `!Ref` and attributes give; `name` is the property that names such a resource, "" if there is none."""

    ref: Pattern
    attributes: dict[str, Pattern]
    name: str = ""
    suffix: _Suffix | None = None


class _Table(msgspec.Struct, frozen=True):
    types: dict[str, ReturnValues]
    names: dict[str, str]

    def of(self, kind: str) -> ReturnValues | None:
        """Return what is known about a type (for some, only which property `!Ref` gives); None if nothing is."""
        name = self.names.get(kind)
        if name is None:
            return self.types.get(kind)
        # CloudFormation generates names, containing the logical ID, but no other identifiers.
        return ReturnValues("{name}", {}, name) if name.endswith("Name") else ReturnValues(f"{{{name}}}", {})


def known_types() -> Mapping[str, ReturnValues]:
    """Return what is known about the return values of each type."""
    return _table().types


@cache
def _table() -> _Table:
    return decoder_of(_Table).decode(resource_path("return_values.json").read_bytes())


class ResourceValues:
    """The return values of one resource: None if one cannot be known, `Unresolved` if it depends on an unknown value."""

    def __init__(
        self, logical_id: str, resource: Mapping[str, Any], resolve: Callable[[Any], Any], pseudo: PseudoParameters
    ) -> None:
        self._id = logical_id
        self._kind = str(resource.get("Type"))
        self._known = _table().of(self._kind)
        properties = resource.get("Properties")
        self._properties: Mapping[str, Any] = properties if isinstance(properties, dict) else {}
        self._resolve = resolve
        self._pseudo = pseudo

    def ref(self) -> Any:
        """Return what `!Ref` gives."""
        return self._value(self._known.ref) if self._known else None

    def attribute(self, name: str) -> Any:
        """Return what `!GetAtt` gives: what is known about the type, else the property with this name as the template sets it.

        For a custom resource or another stack, properties are not used, because its answers are unrelated to them.
        """
        pattern = self._known.attributes.get(name) if self._known else None
        if pattern is not None:
            return self._value(pattern)
        return self._property(name) if self._kind.startswith("AWS::") and self._kind not in _ANSWERED else None

    def _value(self, pattern: Pattern) -> Any:
        while isinstance(pattern, dict):
            chosen = self._chosen(pattern)
            if chosen is None or isinstance(chosen, Unresolved):
                return chosen
            pattern = chosen
        return self._filled(pattern)

    def _chosen(self, choice: dict[str, Any]) -> Pattern | Unresolved | None:
        by = self._property(choice["by"])
        if isinstance(by, Unresolved):
            return by
        if by is None:
            return choice.get("else")
        return choice.get(as_text(by), choice.get("*", choice.get("else")))

    def _filled(self, pattern: str) -> Any:
        """Replace the tokens in a pattern; one that consists of a single property keeps its type (such as a list)."""
        unknowns: list[Unknown] = []
        missing = False

        def replaced(match: re.Match[str]) -> str:
            nonlocal missing
            value = self._token(match.group(1))
            missing = missing or value is None
            unknowns.extend(unknowns_in(value))
            return as_text(value)

        alone = _TOKEN.fullmatch(pattern)
        if alone:
            return self._token(alone.group(1))
        text = _TOKEN.sub(replaced, pattern)
        if missing:
            return None
        return Unresolved(text, tuple(dict.fromkeys(unknowns))) if unknowns else text

    def _token(self, token: str) -> Any:
        parts = _PARTS.fullmatch(token)
        assert parts
        name, form, default = parts.groups()
        value = self._named(name)
        value = default if value is None else value
        return _formed(value, form) if form and isinstance(value, str) else value

    def _named(self, name: str) -> Any:
        place = {"region": self._pseudo.region, "account": self._pseudo.account_id, "partition": self._pseudo.partition,
                 "suffix": self._pseudo.url_suffix, "stack": self._pseudo.stack_name}
        if name in place:
            return place[name]
        if name == "name":
            return self._name()
        if name == "ref":
            return self.ref()
        invented = made_up(name, f"{self._pseudo.stack_name}/{self._id}")
        return invented if invented is not None else self._property(name)

    def _name(self) -> Any:
        known = self._known
        own = self._property(known.name) if known and known.name else None
        if own is not None or known is None:
            return own if isinstance(own, Unresolved) else as_text(own)
        has_suffix = known.suffix is not None and as_text(self._property(known.suffix.property)) == "true"
        return self._id + (known.suffix.text if has_suffix and known.suffix else "")

    def _property(self, path: str) -> Any:
        """Return a property as the template sets it, None if it does not."""
        value: Any = self._properties
        for part in path.split("."):
            value = self._resolve(value.get(part)) if isinstance(value, Mapping) else None
            if isinstance(value, Unresolved):
                break
        return None if value is NO_VALUE else value


def _formed(value: str, form: str) -> str:
    if form == "short":  # use1 for us-east-1, as in the host names of ElastiCache
        first, *middle, number = value.split("-")
        letters = "".join("".join(letter for word, letter in _DIRECTIONS if word in part) or part[0] for part in middle)
        return first + letters + number
    forms: dict[str, Callable[[], str]] = {
        "lower": value.lower, "dashes": lambda: value.replace(".", "-"), "noslash": lambda: value.removeprefix("/"),
        "last": lambda: re.split("[:/]", value)[-1], "path": lambda: value.partition("/")[2],
        "host": lambda: value.removeprefix("https://").removeprefix("http://")}
    return forms[form]()


_DIRECTIONS = (("north", "n"), ("south", "s"), ("east", "e"), ("west", "w"), ("central", "c"))
