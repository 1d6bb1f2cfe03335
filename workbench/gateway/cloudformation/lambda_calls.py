"""The Lambda API for stacks: called by name, without HTTP, with the checks that a request meets.

CloudFormation takes numbers and booleans as texts too; a template's parameters are never anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.gateway.lambda_api import LambdaApi
from workbench.gateway.wire.service_model import ServiceModel, Shape, service_model
from workbench.model.lambda_names import Scope
from workbench.workspace.value_text import as_text

_NUMBERS = {"integer": int, "long": int, "double": float}
_TRUE = {"true": True, "false": False}


class DirectLambdaCalls:
    """Calls of one Lambda API. Use it on the server's loop."""

    def __init__(self, lambda_api: LambdaApi) -> None:
        self._lambda = lambda_api

    async def call(self, operation: str, scope: Scope, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an operation. Raises ServiceError, also for an operation that is not available."""
        model = service_model()
        shape = model.input_of(model.operations[operation])
        return await self._lambda.call(operation, scope, _typed(model, shape, parameters))


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
