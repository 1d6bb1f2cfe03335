"""Read the parameters of the query protocol: a form whose names are paths, `Parameters.member.1.ParameterKey`.

Source: Smithy documentation, "AWS query protocol".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from workbench.gateway.wire.service_model import Operation, ServiceModel, Shape
from workbench.model.failures import ServiceError

_MOST_FIELDS = 20_000
_DEEPEST = 20
_TRUE = {"true": True, "false": False}
_Tree = dict[str | None, Any]
"""A value is under None, what names below it say under the parts of those names."""


def form_of(body: bytes) -> dict[str, str]:
    """Return a form's fields. Raises ServiceError for what is none."""
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise ServiceError("MalformedQueryString", 400, "The query string is malformed.") from error


def parameters_of(model: ServiceModel, operation: Operation, form: Mapping[str, str]) -> dict[str, Any]:
    """Return an operation's parameters. Members that the model does not know are passed over. Raises ServiceError."""
    tree: _Tree = {}
    for name, value in form.items():
        place, parts = tree, name.split(".", _DEEPEST)
        if "" in parts:  # no path of a member
            continue
        for part in parts:
            place = place.setdefault(part, {})
        place[None] = value
    return _Reader(model).structure(model.input_of(operation), tree, "")


class _Reader:
    """Reads values along their shapes."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model

    def structure(self, shape: Shape, tree: _Tree, path: str) -> dict[str, Any]:
        """Return the members that are given."""
        return {name: self._value(self._model.shapes[member.shape], tree[name], f"{path}{name}")
                for name, member in shape.members.items() if name in tree}

    def _value(self, shape: Shape, tree: _Tree, path: str) -> Any:
        match shape.type:
            case "structure":
                return self.structure(shape, tree, f"{path}.")
            case "list" if shape.member is not None:
                member = self._model.shapes[shape.member.shape]
                return [self._value(member, each, path) for each in _numbered(tree.get("member", {}))]
            case "map" if shape.value is not None:
                value = self._model.shapes[shape.value.shape]
                return {each.get("key", {}).get(None, ""): self._value(value, each.get("value", {}), path)
                        for each in _numbered(tree.get("entry", {}))}
        return _scalar(shape, tree.get(None, ""), path)


def _numbered(tree: _Tree) -> list[_Tree]:
    """Return the elements of a list in their order."""
    numbers = [name for name in tree if name is not None and name.isascii() and name.isdecimal() and len(name) < 10]
    return [tree[name] for name in sorted(numbers, key=int)]


def _scalar(shape: Shape, text: str, path: str) -> Any:
    if shape.type == "boolean":
        if text.lower() not in _TRUE:
            raise _unreadable(path, "Boolean")
        return _TRUE[text.lower()]
    if shape.type in ("integer", "long"):
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 19):
            raise _unreadable(path, "Integer")
        return int(text)
    return text


def _unreadable(path: str, kind: str) -> ServiceError:
    return ServiceError("MalformedInput", 400, f"The value of {path} can not be converted to a {kind}")
