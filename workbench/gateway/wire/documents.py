"""Parameters of an operation that come from elsewhere than a request, checked as those of a request are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from multidict import MultiDict

from workbench.gateway.wire.constraints import check
from workbench.gateway.wire.parameters import HttpParameters, parameters_of
from workbench.gateway.wire.service_model import service_model


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
