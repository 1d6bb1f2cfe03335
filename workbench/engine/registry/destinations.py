"""Destinations of asynchronous invocations: which ARNs may be one.

Source: Lambda guide, "Capturing records of Lambda asynchronous invocations"; recorded answers of PutFunctionEventInvokeConfig.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.registry.checks import invalid
from workbench.engine.registry.functions import Functions
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import Scope, function_reference

_ALLOWED: Mapping[str, frozenset[str]] = {
    "OnSuccess": frozenset({"lambda", "sqs", "sns", "events"}),
    "OnFailure": frozenset({"lambda", "sqs", "sns", "events", "s3"}),
}


class Destinations:
    """Checks destinations. Whether queues, topics, buses and buckets exist is not looked up: they are other services'."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def checked(self, scope: Scope, name: str, given: Mapping[str, Any]) -> tuple[str, str]:
        """Return where results of successes and of failures go, "" for nowhere. Raises ServiceError for what Lambda refuses."""
        arns = {side: given.get(side, {}).get("Destination", "") for side in _ALLOWED}
        if any(arn and _service(arn) not in _ALLOWED[side] for side, arn in arns.items()):
            raise invalid(f"The provided destination config {_printed(given)} is invalid.",
                          "A destination is a function, a queue, a topic, an event bus or, of failures, a bucket.")
        for arn in arns.values():
            if _service(arn) == "lambda":
                self._check_function(scope, name, arn)
        return arns["OnSuccess"], arns["OnFailure"]

    def _check_function(self, scope: Scope, name: str, arn: str) -> None:
        """Refuse a function that does not exist, and the function itself."""
        try:
            reference = function_reference(arn)
            found = self._functions.find(reference.within(scope), reference.name, reference.qualifier)
        except ServiceError:  # not a function's ARN, or of another Region
            found = None
        if found is None:
            raise invalid(f"The destination ARN {arn} is invalid.")
        if found.name == name and found.scope == scope:
            raise invalid("You can't specify the function as a destination for itself.")


def _service(arn: str) -> str:
    """Return the service in an ARN, "" for anything else that the pattern of destinations admits."""
    parts = arn.split(":")
    return parts[2] if parts[0] == "arn" and len(parts) > 2 else ""


def _printed(given: Mapping[str, Any]) -> str:
    """Print a configuration as the service's error does, in Java's style."""
    sides = {side: given.get(side) for side in _ALLOWED}
    success, failure = (
        "null" if value is None else f"{side}(destination={value.get('Destination') or 'null'})" for side, value in sides.items())
    return f"DestinationConfig(onSuccess={success}, onFailure={failure})"
