"""Answers are written as the model has them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web

from workbench.gateway.wire.answers import answer_of
from workbench.gateway.wire.error_document import error_document
from workbench.gateway.wire.service_model import service_model


def written(operation: str, found: dict[str, Any]) -> web.Response:
    return answer_of(service_model(), service_model().operations[operation], found, "an-id")


def test_members_without_a_value_are_absent() -> None:
    answer = written("GetFunction", {"Configuration": {"FunctionName": "f", "Layers": None}, "Tags": None})
    assert answer.status == 200
    assert json.loads(answer.body) == {"Configuration": {"FunctionName": "f"}}  # type: ignore[arg-type]
    assert answer.headers["x-amzn-RequestId"] == "an-id"


def test_the_status_is_the_operations_or_a_members() -> None:
    assert written("CreateFunction", {}).status == 201
    assert written("DeleteFunction", {"StatusCode": 204}).status == 204
    assert written("DeleteAlias", {}).body is None


@pytest.mark.parametrize("found", [{"Nonsense": 1}, {"Configuration": {"Nonsense": 1}}])
def test_what_the_model_does_not_know_is_never_sent(found: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Nonsense"):
        written("GetFunction", found)


@pytest.mark.parametrize(("code", "document"), [
    ("ResourceNotFoundException", {"Type": "User", "Message": "m"}),
    ("InvalidParameterValueException", {"Type": "User", "message": "m"}),
    ("ResourceConflictException", {"Type": "User", "message": "m"}),
    ("PreconditionFailedException", {"Type": "User", "message": "m"}),
    ("ResourceInUseException", {"Type": "User", "Message": "m"}),
    ("ValidationException", {"message": "m"}),
    ("RequestEntityTooLargeException", {"Message": "m"}),
])
def test_errors_are_spelled_as_the_service_does(code: str, document: dict[str, str]) -> None:
    """Source: the exceptions of the service model; recorded answers for the two that it does not have."""
    assert error_document(code, "m", "User") == document


def test_some_errors_have_no_type_and_one_has_no_message() -> None:
    assert error_document("InvalidParameterValueException", "m", "") == {"message": "m"}
    assert error_document("AccessDeniedException", "", "") == {"Message": None}
