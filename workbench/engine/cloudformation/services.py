"""What a stack needs from outside of this room: the Lambda API, and the other services of AWS behind the services endpoint."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote
from xml.etree import ElementTree

import msgspec

from workbench.engine.cloudformation.refusals import ResourceFailed
from workbench.engine.services_endpoint.protocol import Endpoint
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import Scope

NO_SERVICES = "Start the engine with --services moto, or with --services and the URL of an endpoint that has them."
_JSON = "application/x-amz-json-1.1"
_FORM = "application/x-www-form-urlencoded; charset=utf-8"


class LambdaCalls(Protocol):
    """The Lambda API, as its callers have it."""

    async def call(self, operation: str, scope: Scope, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an operation; numbers and booleans may be texts, as CloudFormation takes them. Raises ServiceError as the API."""

    def is_in_template(self, scope: Scope, function: str) -> bool:
        """Whether a function, by any of its names, is one of the workspace's template."""


class OtherServices:
    """The calls of other services that stacks need."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._run = str(uuid.uuid4())

    @property
    def keeper(self) -> str:
        """Who keeps what is made now: the endpoint's URL; moto's server keeps nothing when the engine ends."""
        return f"moto {self._run}" if self._endpoint.choice == "moto" else self._endpoint.choice

    @property
    def are_there(self) -> bool:
        """Whether a services endpoint is set."""
        return bool(self._endpoint.choice)

    async def object_in_s3(self, scope: Scope, bucket: str, key: str) -> bytes:
        """Return an object of Amazon S3. Raises ServiceError."""
        answer = await self._endpoint.request("s3", scope, "GET", f"/{quote(bucket)}/{quote(key)}", {})
        if answer.status != 200:
            raise ServiceError("ValidationError", 400, f"S3 error: {_said(answer.body) or answer.status} (s3://{bucket}/{key})")
        return answer.body

    async def ssm_parameter(self, scope: Scope, name: str) -> str:
        """Return the value of a parameter in the Parameter Store. Raises ServiceError."""
        found = await self._json_call("ssm", scope, "AmazonSSM.GetParameter", {"Name": name, "WithDecryption": True})
        return str(found["Parameter"]["Value"])

    async def secret(self, scope: Scope, secret_id: str) -> str:
        """Return the text of a secret in the Secrets Manager. Raises ServiceError."""
        found = await self._json_call("secretsmanager", scope, "secretsmanager.GetSecretValue", {"SecretId": secret_id})
        return str(found["SecretString"])

    async def _json_call(self, service: str, scope: Scope, target: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": _JSON, "X-Amz-Target": target}
        answer = await self._endpoint.request(service, scope, "POST", "/", headers, msgspec.json.encode(parameters))
        if answer.status != 200:
            raise ServiceError("ValidationError", 400, f"{target}: {_said(answer.body)}")
        found = msgspec.json.decode(answer.body)
        return found if isinstance(found, dict) else {}

    async def cloudformation(self, scope: Scope, action: str, parameters: Mapping[str, str]) -> ElementTree.Element:
        """Call the endpoint's own CloudFormation, and return its answer without namespaces. Raises ResourceFailed."""
        pairs = {"Action": action, "Version": "2010-05-15", **parameters}
        body = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs.items()).encode()
        answer = await self._endpoint.request("cloudformation", scope, "POST", "/", {"Content-Type": _FORM}, body)
        if answer.status != 200:
            raise ResourceFailed(_said(answer.body) or f"The services endpoint answered {answer.status} to {action}.")
        return _document(answer.body)


def _document(body: bytes) -> ElementTree.Element:
    """Return an XML document without namespaces. The services endpoint is one that the person chose."""
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 (expat refuses amplification of entities since 2.4.1)
    except ElementTree.ParseError as error:
        raise ResourceFailed(f"The services endpoint answered what is no XML: {error}.") from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _said(body: bytes) -> str:
    """Return an error's message, of XML or JSON; "" if it has none."""
    if body.lstrip().startswith(b"{"):
        try:
            document = msgspec.json.decode(body, type=dict[str, Any])
        except (msgspec.MsgspecError, ValueError):
            return ""
        return str(document.get("message") or document.get("Message") or document.get("__type") or "")
    try:
        return _document(body).findtext(".//Message") or ""
    except ResourceFailed:
        return ""
