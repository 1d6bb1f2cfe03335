"""Stacks over a Lambda API that is at fault."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from workbench.engine.clock import Clock
from workbench.engine.cloudformation.deployment import ROLLBACK
from workbench.engine.cloudformation.room import CloudFormation
from workbench.engine.cloudformation.submissions import Given
from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.model.lambda_names import Scope

HERE = Scope("us-east-1", "123456789012")
TEMPLATE = """
Resources:
  Hello:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.12, Handler: index.handler, Role: "arn:aws:iam::123456789012:role/r", Code: {ZipFile: "x = 1"}}
"""


class _Broken:
    async def call(self, operation: str, scope: Scope, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        raise RuntimeError(operation)


class _NoFunctions:
    async def response_url(self, scope: Scope, function: str, token: str) -> str:
        raise AssertionError(function)

    async def invoke(self, scope: Scope, function: str, event: bytes) -> str:
        raise AssertionError(function)


@pytest.mark.expects_log
async def test_a_failure_of_ours_leaves_no_stack_in_progress(tmp_path: Path) -> None:
    room = CloudFormation(tmp_path, _Broken(), _NoFunctions(), ServicesEndpoint(tmp_path), Clock())
    await room.load(settling=True)
    submission = await room.submissions.read(HERE, Given(body=TEMPLATE))
    made = await room.stacks.create(room.stacks.new(HERE, "shop", "CREATE_IN_PROGRESS", submission), ROLLBACK, "")
    stack = room.ledger.current(made)
    assert (stack.status, stack.reason) == ("CREATE_FAILED", "Lambda Workbench failed; the engine's log has the details.")
    assert room.ledger.resources(stack)["Hello"].status == "CREATE_FAILED"
    await room.close()
