"""Operations that are not served: what is said about them."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.engine.registry.checks import invalid
from workbench.model.failures import ServiceError

_WHY: Mapping[str, str] = {
    "CapacityProvider": "functions run on this machine and not on instances of a capacity provider",
    "ScalingConfig": "functions run on this machine and not on instances of a capacity provider",
    "DurableExecution": "durable executions are not kept after they have ended",
    "ResourcePolicy": "a policy is changed by AddPermission and RemovePermission and not as a document",
    "CodeSigningConfig": "code is not signed",
}
"""Why operations are not there to stay, by a part of their names."""
_HINT = "The manual's page on the API lists what this version of Lambda Workbench does."


def unavailable(operation: str) -> ServiceError:
    """The error for an operation without a handler: one that is left out for a reason, or one that is still to come."""
    why = next((why for part, why in _WHY.items() if part in operation), "")
    if why:
        return invalid(f"{operation} is not available in Lambda Workbench, where {why}.", _HINT)
    return invalid(f"{operation} is not available yet.", _HINT)
