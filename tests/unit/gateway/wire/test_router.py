"""Every path of the model leads to its operation."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from workbench.gateway.wire.router import router
from workbench.gateway.wire.service_model import service_model

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:hello"


@pytest.mark.parametrize("name", sorted(service_model().operations))
@pytest.mark.parametrize("end", ["", "/"])
@pytest.mark.parametrize("value", ["hello", ARN, f"{ARN}:live"])
def test_each_operation_is_found_by_its_path(name: str, end: str, value: str) -> None:
    operation = service_model().operations[name]
    path, _, query = operation.http.request_uri.partition("?")
    parameters = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    for parameter in parameters:
        path = path.replace(f"{{{parameter}}}", quote(value, safe=""))
    found = router().route(operation.http.method, path.rstrip("/") + end, dict([query.split("=")]) if query else {})
    assert found is not None
    assert found.operation.name == name
    assert dict(found.parameters) == dict.fromkeys(parameters, value)


def test_colons_need_not_be_encoded() -> None:
    found = router().route("GET", f"/2015-03-31/functions/{ARN}:1", {})
    assert found is not None
    assert found.parameters == {"FunctionName": f"{ARN}:1"}


def test_an_arn_at_the_end_may_have_slashes() -> None:
    found = router().route("GET", "/2017-03-31/tags/arn:aws:lambda:eu-west-1:123456789012:x/y", {})
    assert found is not None
    assert found.parameters == {"Resource": "arn:aws:lambda:eu-west-1:123456789012:x/y"}


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/"), ("GET", ""), ("GET", "/2015-03-31"), ("PATCH", "/2015-03-31/functions"), ("GET", "/2015-03-31/functions/a/b/c"),
    ("POST", "/2015-03-31/functions/a/invocations/b"), ("GET", "//"), ("GET", "/2016-03-31/functions"),
])
def test_other_paths_have_none(method: str, path: str) -> None:
    assert router().route(method, path, {}) is None


def test_what_shares_a_path_is_told_apart_by_the_query() -> None:
    path = "/2019-09-30/functions/f/provisioned-concurrency"
    routes = [router().route("GET", path, query) for query in ({}, {"List": "ALL"}, {"List": "x"})]
    assert [route.operation.name for route in routes if route is not None] == [
        "GetProvisionedConcurrencyConfig", "ListProvisionedConcurrencyConfigs", "GetProvisionedConcurrencyConfig"]
