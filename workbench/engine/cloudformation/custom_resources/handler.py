"""Custom resources: a Lambda function makes them, and answers with a PUT to the ResponseURL of its event.

Sources: CloudFormation template reference, "AWS::CloudFormation::CustomResource", "Custom resource request types"; recorded
reasons of events.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from workbench.background import begin_awaited
from workbench.engine.clock import Clock
from workbench.engine.cloudformation.custom_resources.answers import Answer, Answers, answer_of
from workbench.engine.cloudformation.handlers import Desired, Existing, Made
from workbench.engine.cloudformation.refusals import ResourceFailed
from workbench.model.lambda_names import Scope
from workbench.workspace.value_text import as_text

_TIMEOUT_S = 3_600.0
_TOKEN, _TIMEOUT = "ServiceToken", "ServiceTimeout"


class CustomFunctions(Protocol):
    """The functions behind custom resources."""

    async def response_url(self, scope: Scope, function: str, token: str) -> str:
        """Return the URL at which a function, named by its ARN, gives the answer with this token. Raises WorkbenchError."""

    async def invoke(self, scope: Scope, function: str, event: bytes) -> str:
        """Invoke it, and return when it has ended: why it failed, as a sentence, "" if it did not. Raises WorkbenchError."""


class CustomResourceHandler:
    """Makes resources of the types `Custom::…`. Use it on the engine's loop."""

    def __init__(self, functions: CustomFunctions, answers: Answers, clock: Clock) -> None:
        self._functions = functions
        self._answers = answers
        self._clock = clock

    def replaces(self, _before: Mapping[str, Any], _after: Mapping[str, Any]) -> bool:
        """The function decides: it answers an update with another physical ID."""
        return False

    async def create(self, desired: Desired) -> Made:
        """Ask for a new one."""
        return _made(await self._asked("Create", desired, desired.properties, {}))

    async def update(self, desired: Desired, before: Existing) -> Made:
        """Ask for a change."""
        if before.properties.get(_TOKEN) != desired.properties.get(_TOKEN):
            raise ResourceFailed("Modifying service token is not allowed.")
        return _made(await self._asked("Update", desired, desired.properties, {
            "PhysicalResourceId": before.physical_id, "OldResourceProperties": _texts(before.properties)}))

    async def delete(self, existing: Existing) -> None:
        """Ask for its end."""
        await self._asked("Delete", existing, existing.properties, {"PhysicalResourceId": existing.physical_id})

    async def _asked(
        self, kind: str, resource: Desired | Existing, properties: Mapping[str, Any], more: Mapping[str, Any]
    ) -> Answer:
        """Send a request, and return the answer. Raises ResourceFailed if that is a failure, or does not come in time."""
        function = as_text(properties.get(_TOKEN))
        if ":lambda:" not in function:
            raise ResourceFailed("A custom resource needs the ARN of a Lambda function as its ServiceToken here, "
                                 f"not {function or 'none'}.")
        request_id = str(uuid.uuid4())
        with self._answers.expected() as (token, coming):
            event = {
                "RequestType": kind, "ServiceToken": function,
                "ResponseURL": await self._functions.response_url(resource.scope, function, token),
                "StackId": resource.stack_id, "RequestId": request_id, "LogicalResourceId": resource.logical_id,
                "ResourceType": resource.type, "ResourceProperties": _texts(properties), **more}
            try:
                async with self._clock.timeout(_timeout_s(properties)):
                    body = await self._answered(resource.scope, function, msgspec.json.encode(event), coming)
            except TimeoutError:
                raise ResourceFailed(_silent(request_id)) from None
        answer = answer_of(body)
        if answer.status != "SUCCESS":
            raise ResourceFailed(
                f"Received response status [FAILED] from custom resource. Message returned: {answer.reason or ''} "
                f"(RequestId: {request_id})", physical_id=answer.physical_resource_id or "")
        if not answer.physical_resource_id and kind != "Delete":
            raise ResourceFailed("Invalid PhysicalResourceId.")
        return answer

    async def _answered(self, scope: Scope, function: str, event: bytes, coming: asyncio.Future[bytes]) -> bytes:
        """Invoke the function, and wait for the answer; it may come from elsewhere, after the function's end.

        Lambda would try a function that fails twice more, and CloudFormation wait an hour for nothing: here it has failed.
        """
        running = begin_awaited("A custom resource", self._functions.invoke(scope, function, event))
        try:
            await asyncio.wait((running, coming), return_when=asyncio.FIRST_COMPLETED)
            if not coming.done() and (failure := await running):
                raise ResourceFailed(f"{_silent(as_text(msgspec.json.decode(event)['RequestId']))} {failure}")
            return await coming
        finally:
            running.cancel()


def is_custom(kind: str) -> bool:
    """Whether a type is that of a custom resource."""
    return kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"


def _made(answer: Answer) -> Made:
    data = {name: value for name, value in (answer.data or {}).items() if value is not None}
    is_hidden = as_text(answer.no_echo).lower() == "true"
    identifier = answer.physical_resource_id or ""
    return Made(physical_id=identifier, attributes={**data, "": identifier},
                secrets=tuple(filter(None, map(as_text, data.values()))) if is_hidden else ())


def _texts(value: Any) -> Any:
    """Return properties as the function gets them: numbers and booleans are texts."""
    if isinstance(value, Mapping):
        return {name: _texts(each) for name, each in value.items()}
    return [_texts(each) for each in value] if isinstance(value, list) else as_text(value)


def _timeout_s(properties: Mapping[str, Any]) -> float:
    given = as_text(properties.get(_TIMEOUT))
    if not given:
        return _TIMEOUT_S
    if not (given.isascii() and given.isdecimal() and 1 <= int(given[:5]) <= _TIMEOUT_S):
        raise ResourceFailed(f"Invalid {_TIMEOUT} value specified: {given}. It must be between 1 and 3600 seconds.")
    return float(given)


def _silent(request_id: str) -> str:
    return (f"CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId "
            f"[{request_id}]. If you are using the Python cfn-response module, you may need to update your Lambda function code "
            "so that CloudFormation can attach the updated version.")
