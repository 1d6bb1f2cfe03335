"""Calls of other services by the names of their operations: botocore writes the requests and reads the answers.

The requests go the engine's own way to the services endpoint. Source: botocore's documentation, events `before-send`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from workbench.engine.cloudformation.refusals import ResourceFailed
from workbench.engine.cloudformation.services import NO_SERVICES
from workbench.engine.services_endpoint.protocol import Endpoint
from workbench.model.failures import WorkbenchError
from workbench.model.lambda_names import Scope

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

_URL = "http://services.localhost"
"""Nothing is sent there."""


class ServiceClients:
    """Clients of the services endpoint. Use it on the engine's loop."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._one_at_a_time = asyncio.Lock()
        self._clients: dict[tuple[str, Scope], Any] = {}

    async def call(self, scope: Scope, service: str, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an operation, named as in boto3. Raises ResourceFailed with what the service says."""
        if not self._endpoint.choice:
            raise ResourceFailed(f"It is a resource of {service}, which is not available here. {NO_SERVICES}")
        loop = asyncio.get_running_loop()
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._call, loop, scope, service, operation, parameters)

    def _call(
        self, loop: asyncio.AbstractEventLoop, scope: Scope, service: str, operation: str, parameters: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        client = self._clients.get((service, scope)) or self._client(loop, scope, service)
        try:
            answer: Mapping[str, Any] = getattr(client, operation)(**parameters)
        except ClientError as error:
            details = error.response["ResponseMetadata"]
            said = error.response["Error"]
            text = str(said.get("Message", ""))
            told = "The service failed." if text.lstrip().startswith("<") else text
            message = f"{told} (Service: {service}, Status Code: {details.get('HTTPStatusCode')})"
            raise ServiceRefused(message, str(said.get("Code", ""))) from error
        except BotoCoreError as error:
            raise ResourceFailed(str(error)) from error
        return answer

    def _client(self, loop: asyncio.AbstractEventLoop, scope: Scope, service: str) -> Any:
        from boto3.session import Session
        from botocore.config import Config

        session: Any = Session()
        client = session.client(
            service, region_name=scope.region, endpoint_url=_URL, aws_access_key_id=scope.account,
            aws_secret_access_key="unused", config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}))  # noqa: S106
        signing_name = client.meta.service_model.signing_name
        client.meta.events.register("before-send", _Sender(self._endpoint, loop, scope, signing_name).send)
        self._clients[service, scope] = client
        return client


class ServiceRefused(ResourceFailed):
    """A service answered with an error; `code` is its name."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class _Sender:
    """Sends a client's requests through the endpoint; called in a thread."""

    def __init__(self, endpoint: Endpoint, loop: asyncio.AbstractEventLoop, scope: Scope, service: str) -> None:
        self._endpoint = endpoint
        self._loop = loop
        self._scope = scope
        self._service = service

    def send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Return the answer to a request, in place of botocore's own sending."""
        from botocore.awsrequest import AWSResponse

        made: Any = AWSResponse
        headers = {name: _text(value) for name, value in request.headers.items() if name.lower() not in _OWN}
        call = self._endpoint.request(
            self._service, self._scope, request.method, request.url.removeprefix(_URL), headers, _content(request.body))
        try:
            answer = asyncio.run_coroutine_threadsafe(call, self._loop).result()
        except WorkbenchError as error:
            raise ResourceFailed(f"{error.message} {error.hint}".strip()) from error
        answered: AWSResponse = made(request.url, answer.status, answer.headers, _Body(answer.body))
        return answered


class _Body:
    """A body as urllib3 gives it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        """Yield the body."""
        yield self._content


_OWN = frozenset({"authorization", "x-amz-date", "x-amz-content-sha256", "host", "content-length"})
"""Headers that belong to the signature, which is made anew, and to the connection."""


def _content(body: Any) -> bytes:
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
