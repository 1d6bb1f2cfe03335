"""Functions with one FunctionName, and functions that are asked for by logical id as SAM CLI's local Lambda allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engines import engine_in_test
from tests.support.workspaces import WorkspaceBuilder
from workbench.model.failures import ServiceError

CODE = "def handler(event, context):\n    return context.function_name\n"


async def test_each_is_invoked_by_its_logical_id(tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "w")
    for name, shared in (("A", "same"), ("B", "same"), ("C", "own")):
        builder.function(name, {"app.py": CODE}, properties=f"FunctionName: {shared}")
    async with engine_in_test(builder.write()) as engine:
        answers = [(await engine.invoke(function=name)).payload for name in ("A", "B", "C", "own")]
        assert answers == ['"A"', '"B"', '"own"', '"own"']
        warnings = (await engine.client.health()).workspace_warnings
        assert any("A and B have the same FunctionName same" in said for said in warnings)
        with pytest.raises(ServiceError) as refused:
            await engine.invoke(function="same")
    assert refused.value.code == "ResourceNotFoundException"
    assert refused.value.hint == "A and B have the FunctionName same: it does not say which is meant. Name one of them."
