"""The Lambda API for stacks: called by name, without HTTP, with the checks that a request meets.

CloudFormation takes numbers and booleans as texts too; a template's parameters are never anything else.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web
from multidict import MultiDict

from workbench.engine.registry.functions import Functions
from workbench.gateway.lambda_api import LambdaApi
from workbench.gateway.operations.call import Call
from workbench.gateway.operations.unavailable import unavailable
from workbench.gateway.wire.constraints import check
from workbench.gateway.wire.parameters import HttpParameters, parameters_of
from workbench.gateway.wire.service_model import Operation, ServiceModel, Shape, service_model
from workbench.model.lambda_names import Scope
from workbench.workspace.value_text import as_text

_NUMBERS: Mapping[str, Callable[[str], float]] = {"integer": int, "long": int, "double": float}
_TRUE = {"true": True, "false": False}


class DirectLambdaCalls:
    """Calls of one Lambda API. Use it on the server's loop."""

    def __init__(self, lambda_api: LambdaApi, functions: Functions, address: Callable[[], str]) -> None:
        """`address`: where callers reach the engine, known once it listens."""
        self._lambda = lambda_api
        self._functions = functions
        self._address = address

    async def call(self, operation: str, scope: Scope, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an operation. Raises ServiceError, also for an operation that is not available."""
        handler = self._lambda.handlers.get(operation)
        if handler is None:
            raise unavailable(operation)
        model = service_model()
        called = model.operations[operation]
        checked = parameters_of(model, called, _as_request(model, called, parameters))
        check(model, called, checked)
        answer = await handler(Call(called, scope, checked, str(uuid.uuid4()), self._address()))
        assert not isinstance(answer, web.StreamResponse)
        return answer

    def is_in_template(self, scope: Scope, function: str) -> bool:
        """Whether a function, by any of its names, is one of the workspace's template."""
        view = self._functions.find(scope, function)
        return view is not None and view.source == "template"


def _as_request(model: ServiceModel, operation: Operation, given: Mapping[str, Any]) -> HttpParameters:
    """Return parameters where a request has them."""
    shape = model.input_of(operation)
    typed = _typed(model, shape, given)
    path: dict[str, str] = {}
    query: MultiDict[str] = MultiDict()
    body: dict[str, Any] = {}
    for name, value in typed.items():
        member = shape.members.get(name)
        if member is not None and member.location == "uri":
            path[member.location_name] = as_text(value)
        elif member is not None and member.location == "querystring":
            for each in value if isinstance(value, list) else [value]:
                query.add(member.location_name, as_text(each))
        else:
            body[member.location_name or name if member is not None else name] = value
    return HttpParameters(path, query, {}, msgspec.json.encode(body))


def _typed(model: ServiceModel, shape: Shape, value: Any) -> Any:
    """Return a value with texts that stand for numbers and booleans as such, and numbers that stand for texts as texts."""
    match shape.type:
        case "structure" if isinstance(value, Mapping):
            return {name: _typed(model, model.shapes[shape.members[name].shape], each) if name in shape.members else each
                    for name, each in value.items()}
        case "list" if isinstance(value, list) and shape.member is not None:
            return [_typed(model, model.shapes[shape.member.shape], each) for each in value]
        case "map" if isinstance(value, Mapping) and shape.value is not None:
            return {name: _typed(model, model.shapes[shape.value.shape], each) for name, each in value.items()}
        case "string" if isinstance(value, bool | int | float):
            return as_text(value)
        case "boolean" if isinstance(value, str):
            return _TRUE.get(value.lower(), value)
        case "integer" | "long" | "double" if isinstance(value, str):
            try:
                return _NUMBERS[shape.type](value)
            except ValueError:
                return value
    return value
