"""Numbers and bodies of callers."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from workbench.gateway.bodies_in_memory import BodiesInMemory
from workbench.gateway.reading import BODIES, body_at_once, body_of, decoded, number_in
from workbench.model.engine_api import Settings
from workbench.model.failures import ServiceError


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "9" * 5_000, "²", "٣", "", "1e3", " 1", "+1"])
def test_what_is_no_number_is_said(text: str) -> None:
    from urllib.parse import quote

    request = make_mocked_request("GET", f"/?n={quote(text)}")
    with pytest.raises(ServiceError, match=r"n is a whole number from 0, not"):
        number_in(request, "n", 5)


def test_bounds_and_defaults() -> None:
    request = make_mocked_request("GET", "/?n=7")
    assert number_in(request, "n", 5) == 7
    assert number_in(request, "m", 5) == 5
    with pytest.raises(ServiceError, match="from 8 to 9, not '7'"):
        number_in(request, "n", 8, least=8, most=9)


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"9" * 5_000, b'{"idleLimitS":1e400}', b'{"region":"\xff"}',
                                  b"null"])
def test_a_body_of_another_form_is_the_callers_mistake(body: bytes) -> None:
    with pytest.raises(ServiceError, match=r"^The settings are not valid: ") as raised:
        decoded(body, Settings, "The settings are")
    assert raised.value.status == 400


@pytest.mark.parametrize(("body", "headers", "here"), [
    (b"{}", {}, True), (b"", {}, True), (b"x" * 70_000, {}, False), (gzip.compress(b"{}"), {"Content-Encoding": "gzip"}, False)])
async def test_small_bodies_are_there_with_their_heads_and_others_are_read(
        body: bytes, headers: dict[str, str], here: bool) -> None:
    async def take(request: web.Request) -> web.Response:
        found = body_at_once(request, 900_000)
        is_here = found is not None
        return web.json_response([is_here, len(found if found is not None else await body_of(request, 900_000))])

    application = web.Application(client_max_size=0)
    application[BODIES] = BodiesInMemory()
    application.router.add_post("/", take)
    server = TestServer(application, access_log=None)
    await server.start_server(auto_decompress=False)
    async with TestClient(server) as client:
        answer = await client.post("/", data=body, headers=headers)
        assert await answer.json() == [here, 2 if headers else len(body)]


async def test_a_body_takes_no_more_room_than_it_has_once_it_was_read() -> None:
    """A compressed one, or one without a length, has to reserve all it may have; others would wait until it is answered."""
    bodies, answers = BodiesInMemory(most_bytes=1_000_000), asyncio.Event()
    reading = asyncio.Semaphore(0)

    async def take(request: web.Request) -> web.Response:
        body = await body_of(request, 900_000)
        reading.release()
        await answers.wait()
        return web.Response(body=body)

    application = web.Application(middlewares=[bodies.middleware], client_max_size=0)
    application[BODIES] = bodies
    application.router.add_post("/", take)
    server = TestServer(application, access_log=None)
    await server.start_server(auto_decompress=False)
    async with TestClient(server) as client:
        asked = [asyncio.create_task(client.post("/", data=gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"}))
                 for _ in range(3)]
        async with asyncio.timeout(10):
            for _ in asked:
                await reading.acquire()
        answers.set()
        assert [await (await each).read() for each in asked] == [b"{}"] * 3
