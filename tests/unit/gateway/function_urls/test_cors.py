"""Headers for pages of other origins. Source: API reference, Cors; the Fetch standard."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.gateway.function_urls.cors import preflight_headers, shared_headers

PAGE = "http://page.example"


@pytest.mark.parametrize(("cors", "headers"), [
    ({"AllowOrigins": ["*"]}, {"Access-Control-Allow-Origin": "*"}),
    ({"AllowOrigins": ["*", PAGE]}, {"Access-Control-Allow-Origin": PAGE, "Vary": "Origin"}),
    ({"AllowOrigins": ["*"], "AllowCredentials": True},
     {"Access-Control-Allow-Origin": PAGE, "Access-Control-Allow-Credentials": "true", "Vary": "Origin"}),
    ({"AllowOrigins": ["http://other.example"], "ExposeHeaders": ["a"]}, {}),
    ({"MaxAge": 5}, {}),
    ({"AllowOrigins": ["*"], "ExposeHeaders": ["a", "b"]},
     {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "a,b"}),
])
def test_answers(cors: dict[str, Any], headers: dict[str, str]) -> None:
    assert shared_headers(cors, PAGE) == headers
    assert shared_headers(cors, "") == {}


def test_preflights() -> None:
    cors = {"AllowOrigins": ["*"], "AllowMethods": ["*"], "AllowHeaders": ["a", "b"], "MaxAge": 0, "ExposeHeaders": ["c"]}
    assert preflight_headers(cors, PAGE) == {
        "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "*", "Access-Control-Allow-Headers": "a,b"}
