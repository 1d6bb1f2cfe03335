"""Failures become answers of Lambda's shape."""

from __future__ import annotations

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from workbench.gateway.errors import answer_errors
from workbench.model.failures import ContainerNeeded, SandboxUnavailable, WorkbenchError


@pytest.mark.parametrize(("error", "status", "code"), [
    (ContainerNeeded("It is an image.", "Choose Docker."), 400, "InvalidParameterValueException"),
    (SandboxUnavailable("Docker does not run.", "Start it."), 500, "ServiceException"),
    (WorkbenchError("It is wrong.", "Correct it."), 400, "InvalidParameterValueException"),
])
async def test_what_a_caller_can_change_is_not_a_fault_of_the_service(error: WorkbenchError, status: int, code: str) -> None:
    async def fail(_: web.Request) -> web.StreamResponse:
        raise error

    answer = await answer_errors(make_mocked_request("POST", "/"), fail)
    assert isinstance(answer, web.Response)
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (status, code)
    assert error.message in msgspec.json.decode(answer.body).values()
