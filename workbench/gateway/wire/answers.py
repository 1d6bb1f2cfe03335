"""Write an operation's answer as HTTP: members into headers, the status line or the body, as the service model says.

Members without a value (None) are absent, as in the service's answers.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from workbench.gateway.wire.service_model import Operation, ServiceModel, Shape, service_model

JSON = "application/json"
_PLAIN = (str, int, float, msgspec.Raw)
"""What is written as it is: most of a long list, which calls for each of them would make three times slower."""


def answer_of(model: ServiceModel, operation: Operation, found: Mapping[str, Any], request_id: str) -> web.Response:
    """Return the HTTP answer for an operation's result, whose members have the model's names.

    Raises ValueError for a member that the model does not know: that is a fault of ours, which no client should see.
    """
    shape = model.output_of(operation)
    unknown = found.keys() - shape.members.keys()
    if unknown:
        raise ValueError(f"{operation.name} has no {', '.join(sorted(unknown))}")
    headers, body, status = {"x-amzn-RequestId": request_id}, {}, operation.http.response_code
    for name, member in shape.members.items():
        value = found.get(name)
        if value is None:
            continue
        if member.location == "statusCode":
            status = value
        elif member.location == "header":
            headers[member.location_name] = str(value)
        else:
            body[member.location_name or name] = _written(model, model.shapes[member.shape], value)
    if status == 204 or operation.output is None:
        return web.Response(status=status, headers=headers)
    return web.Response(status=status, headers=headers, body=msgspec.json.encode(body), content_type=JSON)


def encoded(shape: str, value: Mapping[str, Any]) -> msgspec.Raw:
    """Return a structure of the model as it stands in an answer's body. Raises ValueError for members it does not know."""
    model = service_model()
    return msgspec.Raw(msgspec.json.encode(_written(model, model.shapes[shape], value)))


def _written(model: ServiceModel, shape: Shape, value: Any) -> Any:
    """Return a value as JSON has it. Raises ValueError for members that the model does not know."""
    match shape.type:
        case "structure":
            unknown = value.keys() - shape.members.keys()
            if unknown:
                raise ValueError(f"The model has no {', '.join(sorted(unknown))}")
            members, shapes = shape.members, model.shapes
            return {members[name].location_name or name:
                    each if isinstance(each, _PLAIN) else _written(model, shapes[members[name].shape], each)
                    for name, each in value.items() if each is not None}
        case "list" if shape.member is not None:
            return [each if isinstance(each, _PLAIN) else _written(model, model.shapes[shape.member.shape], each)
                    for each in value]
        case "map" if shape.value is not None:
            return {key: each if isinstance(each, _PLAIN) else _written(model, model.shapes[shape.value.shape], each)
                    for key, each in value.items()}
        case "blob":
            return base64.b64encode(value).decode()
    return value
