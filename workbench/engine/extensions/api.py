"""The Extensions API (`/2020-01-01/extension/…`): routes, headers and error documents in front of the extensions' states.

Source: Lambda guide, "Using the Lambda Extensions API"; refusals as in AWS's emulator.
"""

from __future__ import annotations

import uuid
from typing import Protocol

import msgspec

from workbench.engine.extensions.states import Extension, Extensions, ExtensionState
from workbench.engine.runtime_api.http_exchange import RuntimeConnection, RuntimeRequest
from workbench.engine.runtime_api.refusal import Refusal
from workbench.model.function import FunctionConfiguration

PREFIX = "/2020-01-01/extension/"
_IDENTIFIER = "lambda-extension-identifier"
_OK = b'{"status":"OK"}\n'


class ExtensionListener(Protocol):
    """Hears of the calls that were accepted."""

    def extension_registered(self, extension: Extension) -> None:
        """The extension has registered; its answer has been sent."""

    def extension_ready(self, extension: Extension, at_ns: int) -> None:
        """The extension waits for the next event since `at_ns`: its INIT, or its part of an invocation, is over."""

    def extension_failed(self, extension: Extension, at_ns: int, message: str) -> None:
        """The extension reported its own error (`extension.error_type`) and is about to exit."""


class _Registration(msgspec.Struct, frozen=True, rename="camel"):
    events: tuple[str, ...] | None = ()
    configuration_keys: tuple[str, ...] | None = ()


class _ErrorDocument(msgspec.Struct, frozen=True, rename="camel"):
    error_message: str = ""


def calling_extension(extensions: Extensions, request: RuntimeRequest) -> Extension:
    """Return the calling extension by its identifier header. Raises Refusal for a missing, malformed or unknown identifier."""
    identifier = request.headers.get(_IDENTIFIER, "")
    if not identifier:
        raise Refusal(403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")
    try:
        uuid.UUID(identifier)
    except ValueError:
        raise Refusal(403, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier") from None
    extension = extensions.identified(identifier)
    if extension is None:
        raise Refusal(403, "Extension.UnknownExtensionIdentifier", f"Unknown extension {identifier}")
    return extension


class ExtensionsApi:
    """Serves the extensions of one sandbox."""

    def __init__(
        self, extensions: Extensions, listener: ExtensionListener, function: FunctionConfiguration, account_id: str
    ) -> None:
        self._extensions = extensions
        self._listener = listener
        self._function = function
        self._account_id = account_id

    def handle(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        """Answer one call, or keep it waiting (`next`). Raises Refusal."""
        call = (request.method, request.path.removeprefix(PREFIX))
        if call == ("POST", "register"):
            self._register(request, connection)
        elif call == ("GET", "event/next"):
            self._next(request, connection)
        elif call == ("POST", "init/error"):
            self._error(request, connection, ExtensionState.INIT_ERROR)
        elif call == ("POST", "exit/error"):
            self._error(request, connection, ExtensionState.EXIT_ERROR)
        else:
            raise Refusal(404, "NotFound", f"No such Extensions API path: {request.method} {request.path}")

    def _register(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        name = request.headers.get("lambda-extension-name", "")
        if not name:
            raise Refusal(403, "Extension.InvalidExtensionName", "Empty extension name")
        extension = self._extensions.register(name, _events(request.body), request.arrived_ns)
        function = self._function
        answer = {"functionName": function.name, "functionVersion": function.version, "handler": function.handler}
        features = request.headers.get("lambda-extension-accept-feature", "")  # the account ID is told only to those that ask
        if "accountId" in [feature.strip() for feature in features.split(",")]:
            answer["accountId"] = self._account_id
        headers = f"Content-Type: application/json\r\nLambda-Extension-Identifier: {extension.identifier}\r\n"
        connection.respond(200, msgspec.json.encode(answer), headers)
        self._listener.extension_registered(extension)

    def _next(self, request: RuntimeRequest, connection: RuntimeConnection) -> None:
        extension = calling_extension(self._extensions, request)
        extension.change(ExtensionState.READY)  # raises for one that waits already: there is one long poll at a time
        extension.waiting = connection
        self._extensions.last_ready_ns = request.arrived_ns  # when its request arrived, not when it was handled
        self._listener.extension_ready(extension, request.arrived_ns)

    def _error(self, request: RuntimeRequest, connection: RuntimeConnection, state: ExtensionState) -> None:
        extension = calling_extension(self._extensions, request)
        error_type = request.headers.get("lambda-extension-function-error-type", "")
        if not error_type:
            raise Refusal(403, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found")
        is_news = extension.state is not state  # a client may report the same error again; it is published once
        extension.change(state)
        connection.respond(202, _OK)
        if is_news:
            extension.error_type = error_type
            self._listener.extension_failed(extension, request.arrived_ns, _message(request.body))


def _events(body: bytes) -> tuple[str, ...]:
    try:
        registration = msgspec.json.decode(body, type=_Registration)
    except msgspec.DecodeError as error:
        raise Refusal(403, "InvalidRequestFormat", str(error)) from error
    if registration.configuration_keys:
        message = "configurationKeys are deprecated; use environment variables instead"
        raise Refusal(403, "InvalidRequestFormat", message)
    return registration.events or ()


def _message(body: bytes) -> str:
    # The document is optional: without one the error type in the header is all there is to say.
    try:
        return msgspec.json.decode(body, type=_ErrorDocument).error_message
    except msgspec.DecodeError:
        return ""
