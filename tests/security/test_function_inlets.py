"""What functions reach from the isolated sandbox and from containers: AWS routes, with their environment's credentials, no more.

The inlet listens on loopback or on the bridge of all containers of this machine, where others may find it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.workspaces import one_function
from workbench.engine.services_endpoint.signing import OwnRequest, signed_headers
from workbench.model.engine_api import Settings
from workbench.model.lambda_names import Scope

FUNCTION = """
    import os
    def handler(event, context):
        return os.environ["AWS_ACCESS_KEY_ID"]
"""
LIST = "/2015-03-31/functions/"


class Inlet:
    """The address of an inlet, and the key of an environment."""

    def __init__(self, engine: EngineInTest, address: str, key: str) -> None:
        self.engine = engine
        self.url = f"http://{address}"
        self.key = key

    async def ask(self, path: str, key: str = "", service: str = "lambda", **headers: str) -> tuple[int, Any]:
        """The status and the document of an answer. `key` "": not signed."""
        if key:
            signed = signed_headers(self.url, OwnRequest("GET", path, {}, b""), service, Scope("us-east-1", key))
            headers = {**signed, **headers}
        async with aiohttp.ClientSession() as session, session.get(self.url + path, headers=headers) as answer:
            return answer.status, msgspec.json.decode(await answer.read())


@pytest.fixture
async def inlet(tmp_path: Path) -> AsyncIterator[Inlet]:
    async with engine_in_test(one_function(tmp_path / "w", FUNCTION)) as engine:
        engine.engine.settings.use(Settings(sandbox="process", prepared_sandboxes="none", services="http://127.0.0.1:9"))
        invocation = await engine.invoke()
        yield Inlet(engine, await engine.engine.function_endpoint.forwarded("isolated"), msgspec.json.decode(invocation.payload))


async def test_an_environment_is_served_as_long_as_it_lives(inlet: Inlet) -> None:
    status, found = await inlet.ask(LIST, inlet.key)
    assert (status, [each["FunctionName"] for each in found["Functions"]]) == (200, ["Function"])
    await inlet.engine.client.stop_environments()

    async def is_refused() -> bool:
        return (await inlet.ask(LIST, inlet.key))[0] == 403

    await until(is_refused)


async def test_nobody_else_is(inlet: Inlet) -> None:
    refusal = {"__type": "UnrecognizedClientException",
               "message": "Functions reach this address with the credentials of their own environment alone."}
    for key in ("", "test", "123456789012", inlet.key[:-1], inlet.key.lower()):
        assert await inlet.ask(LIST, key) == (403, refusal), key
    assert await inlet.ask("/bucket/key", "test", "dynamodb") == (403, refusal)


async def test_nothing_of_the_engines_own_is_there(inlet: Inlet) -> None:
    token = {"Authorization": f"Bearer {inlet.engine.client.connection.token}"}
    for path in ("/_workbench/health", "/_workbench/values", "/_workbench/doctor", "/_code/x"):
        status, found = await inlet.ask(path, **token)
        assert status in (403, 404), path
        assert found.keys() <= {"Message", "Type"}, path
        assert (await inlet.ask(path, inlet.key))[0] in (403, 404), path


@pytest.mark.parametrize("headers", [
    {"Origin": "http://example.com"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "rebound.example.com"}])
async def test_no_web_page_is_served(inlet: Inlet, headers: dict[str, str]) -> None:
    status, found = await inlet.ask(LIST, inlet.key, **headers)
    assert (status, found["__type"]) == (403, "AccessDeniedException")


async def test_a_container_may_call_this_machine_by_its_own_names(inlet: Inlet) -> None:
    for host in ("host.docker.internal:9001", "172.17.0.1:9001", "bucket.localhost"):
        assert (await inlet.ask(LIST, inlet.key, Host=host))[0] == 200


async def test_who_names_a_function_url_reaches_that_and_no_aws_routes(inlet: Inlet) -> None:
    """The person chose no services endpoint: a folder must not open Lambda's API to itself by naming a URL in a variable."""
    engine, named = inlet.engine.engine, {"URL": "https://abc.lambda-url.us-east-1.on.aws/"}
    engine.settings.use(Settings(sandbox="process", prepared_sandboxes="none"))
    assert f"http://{await engine.function_endpoint.forwarded('isolated', named)}" == inlet.url
    for path in (LIST, "/2015-03-31/functions/Function"):
        status, found = await inlet.ask(path, inlet.key)
        assert (status, found["__type"]) == (403, "AccessDeniedException")
    assert await inlet.ask("/_url/abc/") == (403, {"Message": None}), "a function URL, of no function"
    assert (await inlet.ask("/_url/abc/", Origin="http://example.com"))[0] == 403


async def test_without_services_there_is_no_inlet(inlet: Inlet) -> None:
    endpoint = inlet.engine.engine.function_endpoint
    assert await endpoint.forwarded("process") == await endpoint.forwarded("docker") == ""
    inlet.engine.engine.settings.use(Settings(sandbox="process", prepared_sandboxes="none"))
    assert await endpoint.forwarded("isolated") == ""
