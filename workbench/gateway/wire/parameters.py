"""Read an operation's parameters out of an HTTP request: from the path, the query, the headers and the body.

What comes out is plain data with the model's member names: text, numbers, booleans, bytes (decoded from base64), lists and maps.
Whether it keeps the model's constraints is another question (`constraints`). Members the model does not know are passed over, as
by the service.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec
from multidict import MultiMapping

from workbench.gateway.wire.service_model import Member, Operation, ServiceModel, Shape
from workbench.model.failures import ServiceError

_KINDS: Mapping[str, str] = {"string": "String", "integer": "Integer", "long": "Long", "double": "Double", "boolean": "Boolean",
                             "blob": "Blob", "timestamp": "Timestamp", "list": "List", "map": "Map", "structure": "Structure"}
_TRUE = {"true": True, "false": False}


class HttpParameters(msgspec.Struct, frozen=True):
    """Where a request has its parameters; those of the path are decoded."""

    path: Mapping[str, str]
    query: MultiMapping[str]
    headers: Mapping[str, str]
    body: bytes


def parameters_of(model: ServiceModel, operation: Operation, request: HttpParameters) -> dict[str, Any]:
    """Return an operation's parameters. Raises ServiceError 400 for a body that is no JSON, or has values of another type."""
    shape = model.input_of(operation)
    found: dict[str, Any] = {}
    for name, member in shape.outside:
        value = (request.headers.get(member.location_name) if member.location == "header"
                 else _in_the_target(model, member, request))
        if value is not None:
            found[name] = value
    if shape.payload:
        payload = shape.members[shape.payload].shape
        is_document = model.shapes[payload].type == "structure"
        found[shape.payload] = (
            _Reader(model).structure(model.shapes[payload], _document(request.body), "") if is_document else request.body)
    elif any(not member.location for member in shape.members.values()):
        found |= _Reader(model).structure(shape, _document(request.body), "")
    return found


def _in_the_target(model: ServiceModel, member: Member, request: HttpParameters) -> Any:
    """Return what the path or the query has of a member."""
    name, shape = member.location_name, model.shapes[member.shape]
    if member.location == "querystring" and shape.type == "list":
        return request.query.getall(name, None)
    text = request.path.get(name) if member.location == "uri" else request.query.get(name)
    return None if text is None else _scalar(shape, text, name)


def _scalar(shape: Shape, text: str, name: str) -> Any:
    """Return a value that a path or a query has as text."""
    if shape.type in ("integer", "long"):
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= 18):
            raise _unreadable(name, shape.type)
        return int(text)
    if shape.type == "boolean":
        if text.lower() not in _TRUE:
            raise _unreadable(name, shape.type)
        return _TRUE[text.lower()]
    return text


def _document(body: bytes) -> Mapping[str, Any]:
    """Return the body's JSON object; no body is an empty one."""
    if not body.strip():
        return {}
    try:
        document = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _refused(f"Could not parse request body into json: {error}") from error
    if not isinstance(document, dict):
        raise _refused("Could not parse request body into json: an object was expected")
    return document


class _Reader:
    """Reads JSON values as values of the model's types."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model

    def structure(self, shape: Shape, document: Mapping[str, Any], path: str) -> dict[str, Any]:
        """Return the members that are there: null is the same as absent."""
        found = {}
        for name, member in shape.members.items():
            given = document.get(member.location_name or name)
            if given is not None and not member.location:
                found[name] = self._value(member.shape, given, f"{path}{name}")
        return found

    def _value(self, shape_name: str, given: Any, path: str) -> Any:
        shape = self._model.shapes[shape_name]
        match shape.type:
            case "structure" if isinstance(given, dict):
                return self.structure(shape, given, f"{path}.")
            case "list" if isinstance(given, list) and shape.member is not None:
                return [None if each is None else self._value(shape.member.shape, each, path) for each in given]
            case "map" if isinstance(given, dict) and shape.value is not None:
                return {key: None if value is None else self._value(shape.value.shape, value, f"{path}.{key}")
                        for key, value in given.items()}
            case "string" if isinstance(given, str):
                return given
            case "boolean" if isinstance(given, bool):
                return given
            case "integer" | "long" if _is_whole(given):
                return int(given)
            case "double" if isinstance(given, int | float) and not isinstance(given, bool):
                return float(given)
            case "timestamp" if isinstance(given, int | float) and not isinstance(given, bool):
                return float(given)
            case "blob" if isinstance(given, str):
                return _bytes(given, path)
        raise _unreadable(path, shape.type)


def _is_whole(given: Any) -> bool:
    """Whether a JSON number is a whole one that fits into 64 bits."""
    return isinstance(given, int | float) and not isinstance(given, bool) and abs(given) < 1 << 63 and given == int(given)


def _bytes(text: str, path: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unreadable(path, "blob") from error


def _unreadable(path: str, kind: str) -> ServiceError:
    return ServiceError("SerializationException", 400, f"The value of {path} can not be converted to a {_KINDS[kind]}")


def _refused(message: str) -> ServiceError:
    return ServiceError("InvalidRequestContentException", 400, message)
