"""An Express application behind API Gateway, under both of its usual adapters."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import StartEngine
from tests.real.functions import real_function, sample_event
from tests.support.packages import node_packages
from tests.support.workspaces import NODE_RUNTIME

pytestmark = pytest.mark.node


def express() -> Path:
    return node_packages("express@4.21.2", "serverless-http@3.2.0", "@codegenie/serverless-express@4.16.0")


def workspace_at(root: Path, adapter: str) -> Path:
    return real_function(root, f"shop.{adapter}", "shop.js", packages=express, runtime=NODE_RUNTIME)


def request(template: str, method: str, path: str, body: str = "", query: str = "") -> dict[str, Any]:
    """One of the two adapters takes the path from the path parameters, as `/{proxy+}` gives them."""
    parameters = json.dumps({"proxy": path.lstrip("/")})
    return sample_event(template, method=method, path=path, path_parameters=parameters, body=body, query=query)


def headers_of(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: values[0] for name, values in answer.get("multiValueHeaders", {}).items()} | answer.get("headers", {})


@pytest.mark.parametrize("template", ["apigateway-rest-proxy", "apigateway-http-api"])
@pytest.mark.parametrize("adapter", ["http", "express"])
async def test_routes(start: StartEngine, tmp_path: Path, adapter: str, template: str) -> None:
    engine = await start(workspace_at(tmp_path / "w", adapter))
    cold = await engine.invoke(request(template, "GET", "/hello/ada", query="loud=yes"))
    warm = await engine.invoke(request(template, "POST", "/echo", '{"a": ["ü", 1]}'))
    first, second = json.loads(cold.payload), json.loads(warm.payload)
    assert (cold.start, warm.start) == ("cold", "warm"), cold.log_lines()
    assert (first["statusCode"], second["statusCode"]) == (200, 201)
    greeting = json.loads(first["body"])
    assert (greeting["hello"], greeting["loud"]) == ("ada", True)
    assert greeting["agent"]
    assert json.loads(second["body"]) == {"got": {"a": ["ü", 1]}}
    assert [headers_of(answer)["x-visits"] for answer in (first, second)] == ["1", "2"]
    logged = [line.split("\t") for line in warm.log_lines() if "\tINFO\t" in line]
    assert [(line[1], line[3]) for line in logged] == [(warm.request_id, "POST /echo")]


async def test_bytes_and_errors(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(workspace_at(tmp_path / "w", "http"))
    picture = json.loads((await engine.invoke(request("apigateway-http-api", "GET", "/picture"))).payload)
    broken = await engine.invoke(request("apigateway-http-api", "GET", "/broken"))
    assert picture["isBase64Encoded"]
    assert base64.b64decode(picture["body"]) == b"\x89PNG\xff"
    assert (broken.status, json.loads(broken.payload)["statusCode"]) == ("success", 500)
    assert any("Error: broken on purpose" in line for line in broken.log_lines())
