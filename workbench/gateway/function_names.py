"""Which function a caller of the engine's own API means.

It may be named as for Invoke: by name, logical ID or ARN. What is kept of functions (history, log, inbox) is kept under their
names.
"""

from __future__ import annotations

from aiohttp import web

from workbench.engine.registry.resources import Resources
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import function_reference


def own_name(resources: Resources, named: str) -> str:
    """Return a function's own name. What names none is returned as it is: something may be left of one that was deleted."""
    try:
        reference = function_reference(named)
        scope = reference.within(resources.home)
    except ServiceError:
        return named
    if reference.qualifier:
        return named
    found = resources.functions.find(scope, reference.name)
    return reference.name if found is None else found.name


def function_in(request: web.Request, resources: Resources) -> str:
    """Return the own name of the function that the query's `functionName` names, "" for all functions."""
    named = request.query.get("functionName", "")
    return own_name(resources, named) if named else ""
