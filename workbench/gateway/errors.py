"""Turn failures into HTTP answers of Lambda's shape: x-amzn-ErrorType, {"Type", "message"}. Our hint goes into a header.

Source: recorded answers of the service.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import msgspec
from aiohttp import web

from workbench.background import was_logged
from workbench.gateway.http_log import MISTAKES, one_line
from workbench.gateway.reading import shortened
from workbench.gateway.wire.error_document import error_document
from workbench.model.engine_api import HINT_HEADER
from workbench.model.failures import (
    ContainerNeeded,
    CredentialsUnavailable,
    SandboxError,
    ServiceError,
    Throttled,
    WorkbenchError,
)
from workbench.model.limits import request_too_large

_log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn a handler's failure into Lambda's answer for it."""
    try:
        return await handler(request)
    except ServiceError as error:
        return error_response(error)
    except (ContainerNeeded, CredentialsUnavailable) as error:
        # The person chose what cannot be had here: nothing is broken, and clients would repeat a 500 in vain.
        return error_response(ServiceError("InvalidParameterValueException", 400, error.message, hint=error.hint))
    except SandboxError as error:
        return error_response(ServiceError("ServiceException", 500, error.message, hint=error.hint, fault="Service"))
    except WorkbenchError as error:
        return error_response(ServiceError("InvalidParameterValueException", 400, error.message, hint=error.hint))
    except MISTAKES as error:
        if isinstance(error, ConnectionError):
            # The caller is gone. Without its traceback, the error no longer keeps the unsent answer in memory.
            raise error.with_traceback(None) from None
        message = f"Could not parse request body: {one_line(error)}"
        return error_response(ServiceError("InvalidRequestContentException", 400, message))
    except web.HTTPRequestEntityTooLarge:
        return error_response(request_too_large())
    except web.HTTPException as error:
        # What the service answers for a path or method that no operation has.
        text = f"Unable to determine service/operation name to be authorized: {request.method} {shortened(request.path)}"
        code = "AccessDeniedException" if error.status == 404 else "ServiceException"
        return error_response(ServiceError(code, error.status, text))
    except Exception as error:
        if not was_logged(error):
            _log.exception("%s %s failed", request.method, request.path)
        hint = "This is a fault of Lambda Workbench; its log has the details."
        return error_response(ServiceError("ServiceException", 500, "Internal failure", hint=hint, fault="Service"))


def error_response(error: ServiceError) -> web.Response:
    """The Lambda API's answer to an error."""
    document = error_document(error.code, _encodable(error.message), error.fault)
    if isinstance(error, Throttled):
        document = {"Reason": error.reason, **document}
    headers = {"x-amzn-ErrorType": error.code, "x-amzn-RequestId": str(uuid.uuid4())}
    if error.hint:
        headers[HINT_HEADER] = quote(_encodable(error.hint), safe=" ,.;:'()/=+-_<>!?`")
    return web.Response(status=error.status, body=msgspec.json.encode(document), headers=headers, content_type="application/json")


def _encodable(text: str) -> str:
    """Replace lone surrogates: messages quote callers, whose bytes need not be valid UTF-8."""
    return text.encode("utf-8", "replace").decode()
