"""Function URLs and web pages of other origins.

Source: Lambda guide, "Invoking Lambda function URLs", "Control access to Lambda function URLs"; recorded answers of Lambda.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.function_urls import Url

ORIGIN = "http://page.example"


@pytest.fixture
def shared(client: Any, url: Url) -> Iterator[Url]:
    """With CORS, for one origin."""
    cors = {"AllowOrigins": [ORIGIN], "AllowMethods": ["POST"], "AllowHeaders": ["content-type", "x-own"],
            "ExposeHeaders": ["x-told"], "MaxAge": 60, "AllowCredentials": True}
    client.update_function_url_config(FunctionName="Open", Cors=cors)
    yield url
    client.update_function_url_config(FunctionName="Open", Cors={})


def test_a_preflight_is_answered_without_the_function(shared: Url) -> None:
    asked = {"Origin": ORIGIN, "Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "x-own"}
    told = shared.send("OPTIONS", **asked, x_fail="it ran")
    cors = {name: value for name, value in told.headers.items() if name.startswith("access-control") or name == "vary"}
    assert (told.status, told.body, cors) == (200, b"", {
        "access-control-allow-origin": ORIGIN, "access-control-allow-methods": "POST", "access-control-max-age": "60",
        "access-control-allow-headers": "content-type,x-own", "access-control-allow-credentials": "true", "vary": "Origin"})
    others = shared.send("OPTIONS", **{**asked, "Origin": "http://other.example"})
    assert not [name for name in others.headers if name.startswith("access-control")]


def test_answers_have_the_headers_of_cors_once(shared: Url) -> None:
    """Those of the function are replaced; an answer that says what went wrong is readable for the page as well."""
    own = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*", "x-told": "1"}}
    for told in (shared.answered(own, Origin=ORIGIN), shared.send(Origin=ORIGIN, x_fail="boom")):
        assert told.headers["access-control-allow-origin"] == ORIGIN
        assert told.headers["access-control-expose-headers"] == "x-told"
    assert "access-control-allow-origin" not in shared.answered(own, Origin="http://other.example").headers


def test_without_cors_all_of_it_is_the_functions(url: Url) -> None:
    told = url.answered({"statusCode": 204, "headers": {"Access-Control-Allow-Origin": "*"}}, Origin=ORIGIN)
    assert (told.status, told.headers["access-control-allow-origin"]) == (204, "*")
    asked = url.send("OPTIONS", Origin=ORIGIN, Access_Control_Request_Method="POST")
    assert asked.document["requestContext"]["http"]["method"] == "OPTIONS"
