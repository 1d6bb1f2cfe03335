"""A FastAPI application under Mangum, asked by both generations of API Gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import StartEngine
from tests.real.functions import real_function, sample_event
from tests.support.packages import python_packages

REST, HTTP = "apigateway-rest-proxy", "apigateway-http-api"


def fastapi() -> Path:
    return python_packages("fastapi==0.115.12", "mangum==0.19.0")


def request(template: str, method: str, path: str, body: str = "", query: str = "") -> dict[str, Any]:
    return sample_event(template, method=method, path=path, body=body, query=query)


@pytest.mark.parametrize("template", [REST, HTTP])
async def test_an_application_behind_api_gateway(start: StartEngine, tmp_path: Path, template: str) -> None:
    engine = await start(real_function(tmp_path / "w", "items_app.handler", "items_app.py", packages=fastapi, memory_mb=512))
    created = await engine.invoke(request(template, "POST", "/items", '{"name": "Tea ☕", "price": 4.5}'))
    answer = json.loads(created.payload)
    assert (created.start, answer["statusCode"]) == ("cold", 201), created.log_lines()
    assert json.loads(answer["body"]) == {"number": 1, "name": "Tea ☕", "price": 4.5}
    assert answer["headers"]["content-type"] == "application/json"
    assert "starting" in created.log_lines()

    read = await engine.invoke(request(template, "GET", "/items/1", query="currency=CHF"))
    body = json.loads(json.loads(read.payload)["body"])
    assert (read.start, body["name"], body["currency"]) == ("warm", "Tea ☕", "CHF")
    assert body["requestId"] == read.request_id
    assert body["caller"]


async def test_refusals_of_the_application_are_answers_not_failures(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(real_function(tmp_path / "w", "items_app.handler", "items_app.py", packages=fastapi, memory_mb=512))
    missing = await engine.invoke(request(HTTP, "GET", "/items/9"))
    invalid = await engine.invoke(request(HTTP, "POST", "/items", '{"name": "Tea", "price": -1}'))
    schema = await engine.invoke(request(HTTP, "GET", "/openapi.json"))
    assert [invocation.status for invocation in (missing, invalid, schema)] == ["success"] * 3
    assert [json.loads(invocation.payload)["statusCode"] for invocation in (missing, invalid, schema)] == [404, 422, 200]
    assert json.loads(json.loads(missing.payload)["body"]) == {"detail": "No item 9"}
    assert "/items/{number}" in json.loads(json.loads(schema.payload)["body"])["paths"]
