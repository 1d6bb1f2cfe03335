"""Parameters are read from where the model has them, as values of its types."""

from __future__ import annotations

import json
from typing import Any

import pytest
from multidict import CIMultiDict, MultiDict

from workbench.gateway.wire.parameters import HttpParameters, parameters_of
from workbench.gateway.wire.service_model import service_model
from workbench.model.failures import ServiceError


def read(operation: str, body: Any = b"", *, path: dict[str, str] | None = None, query: list[tuple[str, str]] | None = None,
         headers: dict[str, str] | None = None) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = HttpParameters(path or {}, MultiDict(query or []), CIMultiDict(headers or {}), content)
    return parameters_of(service_model(), service_model().operations[operation], request)


def test_path_query_headers_and_payload() -> None:
    found = read("Invoke", b"\x00not read", path={"FunctionName": "f"}, query=[("Qualifier", "1"), ("other", "x")],
                 headers={"x-amz-invocation-type": "DryRun"})
    assert found == {"FunctionName": "f", "Qualifier": "1", "InvocationType": "DryRun", "Payload": b"\x00not read"}


def test_a_body_that_is_one_member() -> None:
    path = {"DurableExecutionArn": "arn"}
    assert read("StopDurableExecution", {"ErrorMessage": "m", "Unknown": 1}, path=path) == {
        "DurableExecutionArn": "arn", "Error": {"ErrorMessage": "m"}}
    assert read("StopDurableExecution", path=path) == {"DurableExecutionArn": "arn", "Error": {}}


def test_a_body_with_everything() -> None:
    body = {"FunctionName": "f", "Code": {"ZipFile": "AAE="}, "Timeout": 3.0, "Publish": True, "Tags": {"a": "b"},
            "Runtime": None, "Unknown": {"x": 1}}
    assert read("CreateFunction", body) == {
        "FunctionName": "f", "Code": {"ZipFile": b"\x00\x01"}, "Timeout": 3, "Publish": True, "Tags": {"a": "b"}}


def test_lists_and_numbers_of_a_query() -> None:
    assert read("UntagResource", path={"Resource": "r"}, query=[("tagKeys", "a"), ("tagKeys", "b")]) == {
        "Resource": "r", "TagKeys": ["a", "b"]}
    assert read("ListFunctions", query=[("MaxItems", "7")]) == {"MaxItems": 7}


def test_numbers_of_a_path() -> None:
    found = read("GetLayerVersion", path={"LayerName": "l", "VersionNumber": "-1"})
    assert found == {"LayerName": "l", "VersionNumber": -1}
    with pytest.raises(ServiceError, match="VersionNumber can not be converted to a Long"):
        read("GetLayerVersion", path={"LayerName": "l", "VersionNumber": "latest"})


@pytest.mark.parametrize("body", [b"{", b"[]", b"1", b"\xff", b"[" * 100_000, b'{"Timeout":' + b"9" * 5_000 + b"}"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(ServiceError, match="Could not parse request body into json: ") as raised:
        read("CreateFunction", body)
    assert (raised.value.code, raised.value.status) == ("InvalidRequestContentException", 400)


@pytest.mark.parametrize("body", [
    {"Timeout": "3"}, {"Timeout": True}, {"Timeout": 1.5}, {"Timeout": 2**70}, {"Publish": "true"}, {"Code": "x"}, {"Layers": {}},
    {"Environment": {"Variables": {"A": 1}}}, {"Code": {"ZipFile": "?"}}, {"FunctionName": 1}, {"Tags": ["a"]}])
def test_values_of_another_type_are_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ServiceError, match="can not be converted to a") as raised:
        read("CreateFunction", body)
    assert (raised.value.code, raised.value.status) == ("SerializationException", 400)


@pytest.mark.parametrize("text", ["x", "", "1.5", "²", "9" * 5_000, "--1"])
def test_a_number_of_the_query_is_one(text: str) -> None:
    with pytest.raises(ServiceError, match="MaxItems can not be converted to a Integer"):
        read("ListFunctions", query=[("MaxItems", text)])
