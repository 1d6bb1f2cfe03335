"""Parameters of an operation that come from elsewhere than a request, checked as those of a request are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec
from multidict import MultiDict

from workbench.gateway.wire.constraints import check
from workbench.gateway.wire.parameters import HttpParameters, parameters_of
from workbench.gateway.wire.service_model import ServiceModel, service_model


def checked(operation: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an operation's parameters as the model has them, those of the path included.

    Raises ServiceError 400 for values of another type and for constraints that are broken. Members that the model does not know
    are left out.
    """
    model = service_model()
    path = {name: value for name, value in document.items() if isinstance(value, str)}
    given = HttpParameters(path, MultiDict(), {}, msgspec.json.encode(document))
    parameters = parameters_of(model, model.operations[operation], given)
    check(model, model.operations[operation], parameters)
    return parameters


def declared(operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return an operation's parameters for properties of a template, in which numbers and booleans may be text, and the reverse.

    Raises ServiceError 400 as `checked` does.
    """
    model = service_model()
    reference = model.operations[operation].input
    document = dict(properties) if reference is None else _typed(model, reference.shape, dict(properties))
    query = MultiDict({name: value for name, value in document.items() if isinstance(value, str)})
    given = HttpParameters(query, query, {}, msgspec.json.encode(document))
    parameters = parameters_of(model, model.operations[operation], given)
    check(model, model.operations[operation], parameters)
    return parameters


def _typed(model: ServiceModel, shape_name: str, value: Any) -> Any:
    """Return a value with the model's types where CloudFormation would convert it."""
    shape = model.shapes[shape_name]
    match shape.type:
        case "structure" if isinstance(value, dict):
            return {name: _typed(model, shape.members[name].shape, each) if name in shape.members else each
                    for name, each in value.items()}
        case "list" if isinstance(value, list) and shape.member is not None:
            return [_typed(model, shape.member.shape, each) for each in value]
        case "map" if isinstance(value, dict) and shape.value is not None:
            return {str(key): _typed(model, shape.value.shape, each) for key, each in value.items()}
        case "boolean" if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        case "integer" | "long" | "double" | "timestamp" if isinstance(value, str):
            return _number(value)
        case "string" if isinstance(value, bool):
            return str(value).lower()
        case "string" if isinstance(value, int | float):
            return str(value)
    return value


def _number(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    return text if not math.isfinite(number) else int(number) if number.is_integer() else number
