"""Objects of Amazon S3 as an endpoint gives them, also one that answers strangely.

Sources: Amazon S3 API reference, "Error responses"; Lambda guide, "Troubleshoot deployment issues in Lambda".
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.engine.services_endpoint.failures import NoServicesEndpoint, ServicesUnavailable
from workbench.engine.services_endpoint.s3_objects import S3Object, S3Objects, S3Refusal, TooLarge
from workbench.model.lambda_names import Scope

HERE = Scope("us-east-1", "123456789012")
CONTENT = b"content" * 10_000


class Buckets:
    """An endpoint with one object per kind of answer. `asked`: the targets, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.raw_path}")
        if request.method == "HEAD":
            region = {"/abroad": {"x-amz-bucket-region": "eu-west-1"}, "/here": {"x-amz-bucket-region": "us-east-1"}}
            return web.Response(status=404 if request.path == "/missing" else 200, headers=region.get(request.path, {}))
        if request.path.endswith("/denied"):
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
        if request.path.endswith("/strange"):
            return web.Response(status=500, text="<html>")
        if request.path.endswith("/broken"):
            response = web.StreamResponse(headers={"Content-Length": "1000000"})
            await response.prepare(request)
            await response.write(CONTENT)
            assert request.transport is not None
            request.transport.close()
            return response
        return web.Response(body=CONTENT)


@pytest.fixture
def buckets() -> Buckets:
    return Buckets()


@pytest.fixture
async def objects(buckets: Buckets, tmp_path: Path) -> AsyncIterator[S3Objects]:
    application = web.Application()
    application.router.add_route("*", "/{any:.*}", buckets.answer)
    services = ServicesEndpoint(tmp_path)
    async with TestServer(application, host="127.0.0.1") as server:
        services.follow(str(server.make_url("")))
        yield S3Objects(services)
        await services.close()


async def test_an_object_comes_whole(objects: S3Objects, buckets: Buckets) -> None:
    file = io.BytesIO()
    await objects.download(HERE, S3Object("here", "a b/ü?.zip", "version/1"), file, len(CONTENT))
    assert file.getvalue() == CONTENT
    assert buckets.asked == ["HEAD /here", "GET /here/a%20b/%C3%BC%3F.zip?versionId=version%2F1"]


@pytest.mark.parametrize(("bucket", "key", "code", "message"), [
    ("missing", "key", "NoSuchBucket", "The specified bucket does not exist"),
    ("abroad", "key", "PermanentRedirect",
     "The bucket is in this region: eu-west-1. Please use this region to retry the request"),
    ("here", "denied", "AccessDenied", "Access Denied"),
    ("without-region", "strange", "500", "HTTP status 500"),
])
async def test_what_amazon_s3_refuses(objects: S3Objects, bucket: str, key: str, code: str, message: str) -> None:
    with pytest.raises(S3Refusal) as refused:
        await objects.download(HERE, S3Object(bucket, key), io.BytesIO(), 100)
    assert (refused.value.code, refused.value.message) == (code, message)


async def test_no_more_than_allowed_is_written(objects: S3Objects) -> None:
    file = io.BytesIO()
    with pytest.raises(TooLarge):
        await objects.download(HERE, S3Object("here", "key"), file, len(CONTENT) - 1)
    assert len(file.getvalue()) < len(CONTENT)


async def test_an_object_that_breaks_off_is_none(objects: S3Objects) -> None:
    with pytest.raises(ServicesUnavailable, match="broke off"):
        await objects.download(HERE, S3Object("here", "broken"), io.BytesIO(), 2_000_000)


async def test_without_an_endpoint_there_are_no_objects(tmp_path: Path) -> None:
    with pytest.raises(NoServicesEndpoint, match="For s3 it needs a services endpoint"):
        await S3Objects(ServicesEndpoint(tmp_path)).download(HERE, S3Object("here", "key"), io.BytesIO(), 100)
