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
from workbench.model.allowances import Allowance
from workbench.model.engine_api import Settings
from workbench.model.lambda_names import Scope
from workbench.workspace.trusted_folders import TrustedFolders

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


async def test_without_services_lambda_alone_is_there(inlet: Inlet) -> None:
    engine = inlet.engine.engine
    (function,) = engine.functions.all()
    await inlet.engine.client.change_settings(Settings(sandbox="process", prepared_sandboxes="none"))
    key = msgspec.json.decode((await inlet.engine.invoke()).payload)
    assert (await inlet.ask(LIST, key))[0] == 200
    for service in ("dynamodb", "events", "secretsmanager"):  # whose errors are JSON
        status, found = await inlet.ask("/", key, service)
        assert (status, found["__type"]) == (403, "AccessDeniedException"), service
    assert f"http://{await engine.function_endpoint.forwarded('isolated', function)}" == inlet.url


async def test_a_function_whose_network_is_switched_off_is_led_nowhere(inlet: Inlet) -> None:
    engine = inlet.engine.engine
    (function,) = engine.functions.all()
    await inlet.engine.client.change_settings(Settings(sandbox="process", prepared_sandboxes="none"))
    assert engine.function_endpoint.led_to_lambda([function]) == {"Function"}
    await inlet.engine.client.allow("Function", Allowance(network=False))
    key = msgspec.json.decode((await inlet.engine.invoke()).payload)
    assert await engine.function_endpoint.forwarded("isolated", function) == ""
    status, found = await inlet.ask(LIST, key)
    assert (status, found["__type"]) == (403, "UnrecognizedClientException")


async def test_a_folder_that_is_not_trusted_reaches_a_function_url_and_no_aws_routes(
    nothing_trusted: TrustedFolders, inlet: Inlet  # in this order: the engine trusts its folder alone
) -> None:
    """The person chose no services endpoint: a folder must not open Lambda's API to itself by naming a URL in a variable."""
    engine = inlet.engine.engine
    (function,) = engine.functions.all()
    named = msgspec.structs.replace(function, environment={"URL": "https://abc.lambda-url.us-east-1.on.aws/"})
    engine.settings.use(Settings(sandbox="isolated", prepared_sandboxes="none"))
    await inlet.engine.client.withdraw_trust()
    assert await engine.function_endpoint.forwarded("isolated", function) == ""
    assert f"http://{await engine.function_endpoint.forwarded('isolated', named)}" == inlet.url
    key = msgspec.json.decode((await inlet.engine.invoke()).payload)
    for path in (LIST, "/2015-03-31/functions/Function"):
        for each in (key, inlet.key):
            status, found = await inlet.ask(path, each)
            assert (status, found["__type"]) == (403, "UnrecognizedClientException")
    assert await inlet.ask("/_url/abc/") == (403, {"Message": None}), "a function URL, of no function"
    assert (await inlet.ask("/_url/abc/", Origin="http://example.com"))[0] == 403


async def test_only_an_isolated_network_has_to_be_led_out_of(inlet: Inlet) -> None:
    endpoint = inlet.engine.engine.function_endpoint
    (function,) = inlet.engine.engine.functions.all()
    assert await endpoint.forwarded("process", function) == await endpoint.forwarded("docker", function) == ""
