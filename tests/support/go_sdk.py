"""Requests as AWS's SDK for Go (version 2) sends them, which Terraform's provider is built on.

Facts of its REST-JSON serializer: a label of a path keeps unreserved characters only (`:` is `%3A`), paths have no trailing slash
(`event-source-mappings`), a body is JSON with its length, requests without members in the body have none and no Content-Type,
lists and maps that are set but empty are sent, an error's code is in `X-Amzn-ErrorType`.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_AGENT = ("APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/6.20.0 "
          "(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.39.6 ua/2.1 os/linux lang/go#1.24.6 "
          "md/GOOS#linux md/GOARCH#amd64 api/lambda#1.81.0 m/E,g")
_PATIENCE_S = 20


class GoAnswer(msgspec.Struct, frozen=True):
    """`code` and `message` are an error's, "" for a success. `body` has the members as they came."""

    status: int
    code: str = ""
    message: str = ""
    body: Mapping[str, Any] = {}


class GoClient:
    """Calls operations of Lambda by method and path, on one connection that is kept."""

    def __init__(self, url: str, region: str) -> None:
        self._url = url
        self._signer = SigV4Auth(Credentials("test", "test"), "lambda", region)
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)

    def close(self) -> None:
        self._connection.close()

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *labels: str, **query: str | list[str]
    ) -> GoAnswer:
        """Call; each `{}` of the path is a label."""
        escaped = path.format(*(urllib.parse.quote(each, safe="-_.~") for each in labels))
        target = escaped + ("?" + urllib.parse.urlencode(query, doseq=True, quote_via=urllib.parse.quote) if query else "")
        content = b"" if body is None else json.dumps(body).encode()
        self._connection.request(method, target, content or None, self._headers(method, target, content))
        return _read(self._connection.getresponse())

    def _headers(self, method: str, target: str, content: bytes) -> dict[str, str]:
        headers = {"User-Agent": _AGENT, "Amz-Sdk-Invocation-Id": str(uuid.uuid4()), "Amz-Sdk-Request": "attempt=1; max=25",
                   "Accept-Encoding": "gzip", **({"Content-Type": "application/json"} if content else {})}
        request = AWSRequest(method, self._url + target, headers=headers, data=content)
        self._signer.add_auth(request)
        return dict(request.headers.items())

    def until(self, read: Callable[[], GoAnswer], is_done: Callable[[GoAnswer], bool]) -> GoAnswer:
        """Ask again and again, as Terraform does with pauses of seconds."""
        end = time.monotonic() + _PATIENCE_S
        while not is_done(answer := read()):
            assert time.monotonic() < end, answer
        return answer


def _read(response: http.client.HTTPResponse) -> GoAnswer:
    assert response.headers["x-amzn-RequestId"]
    content = response.read()
    body = json.loads(content) if content else {}
    if response.status < 300:
        return GoAnswer(response.status, body=body)
    members = {name.lower(): value for name, value in body.items()}
    code = (response.headers["X-Amzn-ErrorType"] or members.get("code") or members.get("__type")).partition(":")[0]
    return GoAnswer(response.status, code, members["message"], body)
