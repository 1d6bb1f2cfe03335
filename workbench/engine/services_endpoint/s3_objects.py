"""Reads objects of Amazon S3 through the services endpoint, in the Region of who asks, as Lambda does.

Sources: Amazon S3 API reference, GetObject, HeadBucket, "Error responses"; Lambda guide, "Troubleshoot deployment issues in
Lambda" (the bucket in another Region).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import IO
from urllib.parse import quote

import aiohttp

from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.engine.services_endpoint.failures import ServicesUnavailable
from workbench.model.lambda_names import Scope
from workbench.model.s3_objects import S3Object

_S3 = "s3"
_PART_BYTES = 1 << 16
_ERROR_BYTES = 65_536
_CODE = re.compile(r"<Code>([^<]*)</Code>")
_MESSAGE = re.compile(r"<Message>([^<]*)</Message>")
_MESSAGES: Mapping[str, str] = {
    "NoSuchBucket": "The specified bucket does not exist",
    "NoSuchKey": "The specified key does not exist.",
    "NoSuchVersion": "The specified version does not exist.",
}
"""What Amazon S3 says, whatever the endpoint says. Source: recorded answers of the service."""


class S3Refusal(Exception):
    """An error of Amazon S3: its code, and its message as S3 words it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class TooLarge(Exception):
    """The object is larger than allowed."""


class S3Objects:
    """Objects of any bucket that the services endpoint has. Use it on the engine's loop."""

    def __init__(self, services: ServicesEndpoint) -> None:
        self._services = services

    async def download(self, scope: Scope, wanted: S3Object, file: IO[bytes], limit_bytes: int) -> None:
        """Write an object's content to a file. Raises S3Refusal, TooLarge, ServicesUnavailable, OSError."""
        await self._check_bucket(scope, wanted.bucket)
        target = f"/{wanted.bucket}/{quote(wanted.key, safe='/~')}"
        if wanted.version:
            target += f"?versionId={quote(wanted.version, safe='~')}"
        async with self._services.opened(_S3, scope, "GET", target, {}) as answer:
            if answer.status != 200:
                raise _refusal(answer.status, await answer.content.read(_ERROR_BYTES))
            await _copy(answer, file, limit_bytes)

    async def _check_bucket(self, scope: Scope, bucket: str) -> None:
        """Refuse a bucket that is not there, or in another Region. An endpoint that does not tell is believed to have it."""
        answer = await self._services.request(_S3, scope, "HEAD", f"/{bucket}", {})
        if answer.status == 404:
            raise S3Refusal("NoSuchBucket", _MESSAGES["NoSuchBucket"])
        region = answer.headers.get("x-amz-bucket-region", "")
        if region and region != scope.region:
            raise S3Refusal("PermanentRedirect", f"The bucket is in this region: {region}. "
                            "Please use this region to retry the request")


async def _copy(answer: aiohttp.ClientResponse, file: IO[bytes], limit_bytes: int) -> None:
    left_bytes = limit_bytes
    try:
        async for part in answer.content.iter_chunked(_PART_BYTES):
            left_bytes -= len(part)
            if left_bytes < 0:
                raise TooLarge
            await asyncio.to_thread(file.write, part)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ServicesUnavailable("The services endpoint broke off an object of Amazon S3.") from error


def _refusal(status: int, body: bytes) -> S3Refusal:
    text = body.decode("utf-8", "replace")
    code, message = _CODE.search(text), _MESSAGE.search(text)
    name = code[1] if code is not None else f"{status}"
    return S3Refusal(name, _MESSAGES.get(name) or (message[1] if message is not None else f"HTTP status {status}"))
