"""CloudFormation's API: finds the operation of a request, reads and checks its parameters, lets its room answer in XML."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping

from aiohttp import web

from workbench.background import begin_awaited
from workbench.engine.cloudformation.refusals import template_error
from workbench.engine.cloudformation.room import CloudFormation
from workbench.gateway.cloudformation.call import Handler, StackCall
from workbench.gateway.cloudformation.contract import cloudformation_model
from workbench.gateway.cloudformation.operations.change_sets import ChangeSetOperations
from workbench.gateway.cloudformation.operations.resources import StackResourceOperations
from workbench.gateway.cloudformation.operations.stacks import StackOperations
from workbench.gateway.cloudformation.operations.templates import TemplateOperations
from workbench.gateway.cloudformation.query import form_of, parameters_of
from workbench.gateway.cloudformation.xml import answer_of, error_of
from workbench.gateway.other_users import refuse_other_users
from workbench.gateway.reading import body_of
from workbench.gateway.services_relay import ServiceRequest
from workbench.gateway.wire.constraints import check
from workbench.model.failures import ServiceError, WorkbenchError

_READING = ("Describe", "List", "Get", "Validate")
_BODY_LIMIT_BYTES = 2_000_000
"""A template in a request may have 51,200 bytes; more is taken, as there is not always an S3 here."""


class CloudFormationApi:
    """The operations that are available, over one engine's stacks, which are read with the first request."""

    def __init__(self, room: CloudFormation, check_changeable: Callable[[], None]) -> None:
        """`check_changeable` raises ServiceError if nothing may be changed."""
        self._room = room
        self._check_changeable = check_changeable
        self._loaded: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Break off what is in progress."""
        await self._room.close()

    def receive(self, token: str, body: bytes) -> bool:
        """Take the answer of a custom resource. Return False if nobody awaits it."""
        return self._room.answers.receive(token, body)

    async def answer(self, asked: ServiceRequest) -> web.StreamResponse:
        """Answer a request."""
        request_id = str(uuid.uuid4())
        try:
            return await self._answered(asked, request_id)
        except ServiceError as error:
            spelled = "ValidationError" if error.code == "ValidationException" else error.code
            return error_of(ServiceError(spelled, error.status, error.message, hint=error.hint), request_id)
        except RecursionError:
            return error_of(template_error("its parts refer to each other too deeply"), request_id)
        except WorkbenchError as error:
            return error_of(ServiceError("ValidationError", 400, error.message, hint=error.hint), request_id)

    async def _answered(self, asked: ServiceRequest, request_id: str) -> web.Response:
        body = asked.body if asked.body is not None else await body_of(asked.http, _BODY_LIMIT_BYTES)
        form = {**asked.http.query, **form_of(body)}
        action = form.get("Action", "")
        model = await asyncio.to_thread(cloudformation_model)
        operation = model.operations.get(action)
        if operation is None:
            raise ServiceError("InvalidAction", 400, f"Could not find operation {action} for version 2010-05-15")
        handler = self._handlers().get(action)
        if handler is None:
            raise ServiceError("ValidationError", 400, f"{action} is not available here.",
                               hint="Lambda Workbench has change sets, stacks, their events and outputs.")
        if not action.startswith(_READING):
            await refuse_other_users(asked.http)
            self._check_changeable()
        parameters = parameters_of(model, operation, form)
        check(model, operation, parameters)
        await self._load()
        return answer_of(model, operation, await handler(StackCall(asked.scope, parameters)), request_id)

    def _handlers(self) -> Mapping[str, Handler]:
        rooms = (StackOperations(self._room), StackResourceOperations(self._room), ChangeSetOperations(self._room),
                 TemplateOperations(self._room))
        return {name: getattr(room, operation.method_name) for name, operation in cloudformation_model().operations.items()
                for room in rooms if hasattr(room, operation.method_name)}

    def _is_changeable(self) -> bool:
        try:
            self._check_changeable()
        except ServiceError:
            return False
        return True

    async def _load(self) -> None:
        if self._loaded is None:
            self._loaded = begin_awaited("Reading the stacks", self._room.load(settling=self._is_changeable()))
        await asyncio.shield(self._loaded)
