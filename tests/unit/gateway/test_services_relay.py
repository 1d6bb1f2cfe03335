"""What arrives at a services endpoint is what was sent, and what it answers comes back; what belongs to a connection does not.

Source: RFC 9110, 7.6 ("Message Forwarding").
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import msgspec
import pytest
from yarl import URL

from tests.support.echo_service import Arrived, echo_service
from tests.support.engines import EngineInTest, engine_in_test
from workbench.model.engine_api import Settings
from workbench.model.lambda_names import Scope

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0"}


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with echo_service() as url:
        yield url


@pytest.fixture
async def engine(tmp_path: Path, service: str) -> AsyncIterator[EngineInTest]:
    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    async with engine_in_test(tmp_path) as engine:
        engine.engine.settings.use(Settings(sandbox="process", prepared_sandboxes="none", services=service))
        yield engine


async def asked(
    engine: EngineInTest, method: str, target: str, body: object = None, **headers: str
) -> tuple[Arrived, dict[str, object]]:
    """What arrived of a request, and what came back."""
    url = URL(engine.client.connection.url + target, encoded=True)
    async with aiohttp.ClientSession(auto_decompress=False) as session, session.request(
            method, url, data=body, headers={**SIGNED, **headers}) as answer:
        told = {"status": answer.status, "reason": answer.reason, "twice": answer.headers.getall("X-Amz-Twice"),
                "hop": answer.headers.get("X-Hop"), "encoding": answer.headers.get("Content-Encoding")}
        return msgspec.json.decode(await answer.read(), type=Arrived), told


@pytest.mark.parametrize("target", [
    "/", "/bucket/a%20b/%C3%BC+%2F~?x-id=PutObject&empty&b=%2F&a=1", "//double//slashes/../up", "/bucket/%2e%2e/key?list-type=2"])
async def test_the_target_is_not_normalized(engine: EngineInTest, target: str) -> None:
    arrived, _ = await asked(engine, "GET", target)
    assert arrived.line == f"GET {target} HTTP/1.1"


async def test_headers_and_body_arrive_as_they_are(engine: EngineInTest) -> None:
    arrived, told = await asked(
        engine, "PUT", "/key", b"\x00\xffbody", Host="bucket.localhost:1", Connection="keep-alive, X-Mine", **{
            "X-Mine": "of this connection", "Content-Encoding": "aws-chunked,gzip", "User-Agent": "me", "Content-Type": "x/y",
            "TE": "trailers"})
    assert arrived.body == "\x00\xffbody"
    assert arrived.header("Host") == ["bucket.localhost:1"]
    assert (arrived.header("Content-Length"), arrived.header("Transfer-Encoding")) == (["6"], [])
    assert arrived.header("Authorization") == [SIGNED["Authorization"]]
    assert (arrived.header("Content-Encoding"), arrived.header("User-Agent")) == (["aws-chunked,gzip"], ["me"])
    assert arrived.header("X-Mine") == arrived.header("TE") == arrived.header("X-Moto-Account-Id") == []
    assert arrived.header("Via") == ["1.1 lambda-workbench"]
    assert told == {"status": 299, "reason": "As It Came", "twice": ["1", "2"], "hop": None, "encoding": "as-it-is"}


async def test_nothing_is_added_to_a_request_without_a_body(engine: EngineInTest) -> None:
    arrived, _ = await asked(engine, "GET", "/key")
    names = {name.lower() for name, _ in arrived.headers}
    assert names <= {"host", "authorization", "accept", "accept-encoding", "user-agent", "via", "content-type"}


async def test_a_body_of_unknown_length_stays_one(engine: EngineInTest) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for number in range(5):
            yield str(number).encode() * 100_000

    arrived, _ = await asked(engine, "PUT", "/key", parts())
    assert arrived.body == "".join(str(number) * 100_000 for number in range(5))
    assert (arrived.header("Content-Length"), arrived.header("Transfer-Encoding")) == ([], ["chunked"])


async def test_the_length_of_a_head_answer_is_that_of_the_object(engine: EngineInTest) -> None:
    async with aiohttp.ClientSession() as session, session.head(f"{engine.client.connection.url}/key", headers=SIGNED) as answer:
        assert answer.status == 299
        assert int(answer.headers["Content-Length"]) > 0
        assert await answer.read() == b""


async def test_an_answer_that_breaks_off_does_so_for_the_caller(engine: EngineInTest) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            async with session.get(f"{engine.client.connection.url}/broken", headers=SIGNED) as answer:
                await answer.read()


async def test_an_endpoint_that_is_this_engine_is_no_endless_loop(engine: EngineInTest) -> None:
    engine.engine.settings.use(Settings(sandbox="process", prepared_sandboxes="none", services=engine.client.connection.url))
    async with aiohttp.ClientSession() as session, session.get(f"{engine.client.connection.url}/key", headers=SIGNED) as answer:
        assert answer.status == 400
        assert "The services endpoint is this engine itself." in await answer.text()


async def test_the_engines_own_requests_are_signed_for_service_region_and_account(engine: EngineInTest) -> None:
    answer = await engine.engine.services_endpoint.request(
        "sqs", Scope("eu-west-3", "111122223333"), "POST", "/?a=b", {"X-Amz-Target": "AmazonSQS.ListQueues"}, b"{}")
    arrived = msgspec.json.decode(answer.body, type=Arrived)
    assert (answer.status, arrived.line, arrived.body) == (299, "POST /?a=b HTTP/1.1", "{}")
    (authorization,) = arrived.header("Authorization")
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=111122223333/")
    assert "/eu-west-3/sqs/aws4_request" in authorization
