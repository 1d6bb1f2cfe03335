"""The Lambda API: finds the operation of a request, reads and checks its parameters, lets its room answer.

Routes, types and constraints come from botocore's service model (`wire`); an operation is a method of one of the `operations`,
called by its name.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping

from aiohttp import web

from workbench.engine.registry.checks import zip_too_large
from workbench.engine.service import Engine
from workbench.gateway.code_downloads import CodeDownloads
from workbench.gateway.operations.account import AccountOperations
from workbench.gateway.operations.behavior import BehaviorOperations, CodeSigningOperations
from workbench.gateway.operations.call import Call, Handler
from workbench.gateway.operations.concurrency import ConcurrencyOperations
from workbench.gateway.operations.event_invoke import EventInvokeOperations
from workbench.gateway.operations.event_source_mappings import EventSourceMappingOperations
from workbench.gateway.operations.function_urls import FunctionUrlOperations
from workbench.gateway.operations.functions import FunctionOperations
from workbench.gateway.operations.invocations import InvocationOperations
from workbench.gateway.operations.layers import LayerOperations, LayerPolicyOperations
from workbench.gateway.operations.permissions import PermissionOperations
from workbench.gateway.operations.provisioned import ProvisionedOperations
from workbench.gateway.operations.tags import TagOperations
from workbench.gateway.operations.unavailable import unavailable
from workbench.gateway.operations.versions import AliasOperations, VersionOperations
from workbench.gateway.other_users import refuse_other_users
from workbench.gateway.reading import body_at_once, body_of
from workbench.gateway.unread_answers import UnreadAnswers
from workbench.gateway.wire.answers import answer_of
from workbench.gateway.wire.caller import Caller
from workbench.gateway.wire.constraints import Constraints
from workbench.gateway.wire.parameters import HttpParameters, parameters_of
from workbench.gateway.wire.router import router
from workbench.gateway.wire.service_model import Operation, service_model
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import function_reference
from workbench.model.limits import request_too_large
from workbench.model.quotas import CODE_REQUEST_LIMIT_BYTES, REQUEST_LIMIT_BYTES, ZIPPED_LIMIT_BYTES
from workbench.model.random_ids import new_uuid

_ZIP = b'"ZipFile"'
_ZIP_LIMIT_CHARACTERS = 4 * math.ceil(ZIPPED_LIMIT_BYTES / 3)
"""The largest .zip as base64."""

_OF_VERSIONS = frozenset({"ListVersionsByFunction", "PublishVersion", "CreateAlias", "UpdateAlias"})
"""Operations that need a function's versions, whatever they are given."""


class LambdaApi:
    """All operations, over one engine."""

    def __init__(self, engine: Engine, answers: UnreadAnswers, downloads: CodeDownloads) -> None:
        self._engine = engine
        rooms = (
            InvocationOperations(engine, answers), FunctionOperations(engine.resources, downloads.location),
            LayerOperations(engine.resources, downloads.url), LayerPolicyOperations(engine.resources),
            EventSourceMappingOperations(engine.resources),
            VersionOperations(engine.resources), AliasOperations(engine.resources), TagOperations(engine.resources),
            PermissionOperations(engine.resources), ConcurrencyOperations(engine.resources),
            EventInvokeOperations(engine.resources), BehaviorOperations(engine.resources),
            CodeSigningOperations(engine.resources), AccountOperations(engine.resources), ProvisionedOperations(engine),
            FunctionUrlOperations(engine.resources),
        )
        operations = service_model().operations.values()
        self._constraints = Constraints(service_model())
        self._invoking = frozenset(each.name for each in operations if hasattr(InvocationOperations, each.method_name))
        self._taking_packages = frozenset(each.name for each in operations if service_model().takes_package(each))
        self.handlers: Mapping[str, Handler] = {
            name: getattr(room, operation.method_name)
            for name, operation in service_model().operations.items()
            for room in rooms if hasattr(room, operation.method_name)}

    async def answer(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer a request of the Lambda API. Raises ServiceError, and HTTPNotFound if no operation has its path."""
        route = router().route(request.method, request.rel_url.raw_path, request.query)
        if route is None:
            raise web.HTTPNotFound
        operation, model = route.operation, service_model()
        invokes = operation.name in self._invoking
        if request.method != "GET" and not invokes:
            await refuse_other_users(request)
        here = body_at_once(request, REQUEST_LIMIT_BYTES)
        body = here if here is not None else await self._body(request, operation)
        given = HttpParameters(route.parameters, request.query, request.headers, body)
        parameters = parameters_of(model, operation, given)
        self._constraints.check(operation, parameters)
        handler = self.handlers.get(operation.name)
        if handler is None:
            raise unavailable(operation.name)
        address = f"{request.scheme}://{request.host}"
        call = Call(operation, caller.scope, parameters, new_uuid(), address, request)
        if not invokes:  # an invocation does it itself
            await self._have_what_is_declared(call)
        answer = await handler(call)
        return answer if isinstance(answer, web.StreamResponse) else answer_of(model, operation, answer, call.request_id)

    async def _body(self, request: web.Request, operation: Operation) -> bytes:
        """Read the body, up to what the operation takes. Raises ServiceError 413 for more."""
        limit = CODE_REQUEST_LIMIT_BYTES if operation.name in self._taking_packages else REQUEST_LIMIT_BYTES

        def refusal(beginning: bytes | bytearray) -> ServiceError:
            name = "InvokeFunction" if operation.name == "Invoke" else operation.name
            return zip_too_large() if _has_large_zip(beginning) else request_too_large(limit, name)

        try:
            return await body_of(request, limit, refusal)
        except web.HTTPRequestEntityTooLarge:  # once it was unpacked
            raise refusal(b"") from None

    async def _have_what_is_declared(self, call: Call) -> None:
        """Have what the template declares: versions and layers are published only once somebody asks."""
        name: str | None = ""
        with contextlib.suppress(ServiceError):  # the operation says what is wrong with its function
            name = _whose_versions(call)
        with_layers = "Layer" in call.operation.name or "Layers" in call.parameters
        await self._engine.resources.declared.ready(name, with_layers=with_layers)


def _whose_versions(call: Call) -> str | None:
    """Return the function whose versions a call is about; None for all functions, "" for none. Raises ServiceError."""
    given = call.parameters
    if call.operation.name == "ListFunctions":
        return None if given.get("FunctionVersion") == "ALL" else ""
    if "FunctionName" not in given:
        return ""
    reference = function_reference(given["FunctionName"], given.get("Qualifier", ""))
    is_about_versions = reference.qualifier or call.operation.name in _OF_VERSIONS or given.get("Publish")
    return reference.name if is_about_versions else ""


def _has_large_zip(beginning: bytes | bytearray) -> bool:
    """Whether a .zip is too large in a body that is: that is refused first. Source: recorded answers of the service."""
    at = beginning.find(_ZIP)
    start = beginning.find(b'"', at + len(_ZIP)) + 1
    end = beginning.find(b'"', start)
    return at >= 0 and start > 0 and (len(beginning) if end < 0 else end) - start > _ZIP_LIMIT_CHARACTERS
