"""Calls of the Lambda API on behalf of a stack: errors become reasons of events, and what takes time is waited for.

Source: recorded reasons of CloudFormation's events; CloudFormation CLI user guide, "Handler error codes".
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from workbench.engine.clock import Clock
from workbench.engine.cloudformation.refusals import ResourceFailed
from workbench.engine.cloudformation.services import LambdaCalls
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import Scope

_CODES = {404: "NotFound", 409: "AlreadyExists", 403: "AccessDenied", 429: "Throttling", 402: "ServiceLimitExceeded"}
_LOOK_S = 0.05


class Calls:
    """The Lambda API for handlers. Use it on the engine's loop."""

    def __init__(self, lambda_calls: LambdaCalls, clock: Clock) -> None:
        self._lambda = lambda_calls
        self._clock = clock

    async def call(self, operation: str, scope: Scope, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an operation. Raises ResourceFailed with the reason as CloudFormation words it."""
        try:
            return await self._lambda.call(operation, scope, parameters)
        except ServiceError as error:
            raise handler_failed(error) from error

    async def gone(self, operation: str, scope: Scope, parameters: Mapping[str, Any]) -> None:
        """Call an operation that deletes; what is not there is deleted already. Raises ResourceFailed."""
        try:
            await self._lambda.call(operation, scope, parameters)
        except ServiceError as error:
            if error.status != 404:
                raise handler_failed(error) from error

    async def ready(self, scope: Scope, function: str) -> Mapping[str, Any]:
        """Wait until a function is active and its update has ended, and return its configuration. Raises ResourceFailed."""
        while True:
            found = await self.call("GetFunctionConfiguration", scope, {"FunctionName": function})
            if found.get("State") == "Failed" or found.get("LastUpdateStatus") == "Failed":
                reason = found.get("StateReason") or found.get("LastUpdateStatusReason") or "The function failed."
                raise ResourceFailed(_handler_message(str(reason), "NotStabilized"))
            if found.get("State") != "Pending" and found.get("LastUpdateStatus") != "InProgress":
                return found
            await self._clock.sleep(_LOOK_S)

    async def mapping_settled(self, scope: Scope, identifier: str, *, gone: bool = False) -> None:
        """Wait until an event source mapping has ended its transition, or is `gone`. Raises ResourceFailed."""
        while True:
            try:
                found = await self._lambda.call("GetEventSourceMapping", scope, {"UUID": identifier})
            except ServiceError as error:
                if error.status == 404:
                    return
                raise handler_failed(error) from error
            if found["State"] in ("Enabled", "Disabled") and not gone:
                return
            await self._clock.sleep(_LOOK_S)


def handler_failed(error: ServiceError) -> ResourceFailed:
    """Return an API's error as the reason of a resource's failure."""
    code = _CODES.get(error.status, "InvalidRequest" if error.status < 500 else "ServiceInternalError")
    hint = f" {error.hint}" if error.hint else ""
    details = f"(Service: Lambda, Status Code: {error.status}, Request ID: {uuid.uuid4()}) (SDK Attempt Count: 1)"
    return ResourceFailed(_handler_message(f"{error.message} {details}", code) + hint)


def _handler_message(message: str, code: str) -> str:
    return f'Resource handler returned message: "{message}" (RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code})'
