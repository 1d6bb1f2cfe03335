"""Powertools and boto3 in a version with SnapStart that a template publishes: forked, or with INIT again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.real.functions import real_function, sample_event
from tests.real.test_powertools import VARIABLES, powertools
from tests.support.engines import EngineInTest, engine_in_test
from workbench.model.function import SandboxKind
from workbench.state.invocation import Invocation, fold_invocation

PROPERTIES = """\
AutoPublishAlias: live
SnapStart:
  ApplyOn: PublishedVersions
"""


def workspace_at(root: Path) -> Path:
    return real_function(root, "restored_orders.handler", "restored_orders.py", "orders_api.py", packages=powertools,
                         environment=VARIABLES, runtime="python3.13", properties=PROPERTIES)


async def invoked(engine: EngineInTest, number: str) -> Invocation:
    event = sample_event("apigateway-rest-proxy", method="GET", path=f"/orders/{number}", body="")
    answer = await engine.client.invoke("Function", json.dumps(event).encode(), qualifier="live")
    invocation = fold_invocation(await engine.client.invocation_events(answer.request_id), answer.request_id)
    invocation.payload = answer.payload.decode()
    assert not invocation.function_error, invocation.payload
    return invocation


@pytest.mark.parametrize("sandbox", ["process", "isolated"])
async def test_a_template_publishes_it_and_its_environments_are_restored(tmp_path: Path, sandbox: SandboxKind) -> None:
    async with engine_in_test(workspace_at(tmp_path / "w"), sandbox=sandbox) as engine:
        pair = await asyncio.gather(invoked(engine, "1"), invoked(engine, "1"))
        for invocation in pair:
            answer = json.loads(invocation.payload)
            assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"id": "1", "state": "paid"})
            assert answer["headers"] == {"made": "INIT,before,after", "key": "ASIA"}
            assert invocation.version == "1"
            restored = invocation.metrics is not None and invocation.metrics.restore_duration_ms is not None
            assert restored is (invocation.start == "cold")
        cold = next(each for each in pair if each.start == "cold")
        assert cold.startup is not None
        assert [phase.name for phase in cold.startup.phases][-1] == "restore"
        assert any("SnapStart" in each for each in cold.startup.not_enforced) is (sandbox == "isolated")
        assert cold.metrics is not None
        assert cold.metrics.init_duration_ms is None
        assert cold.cost is None or "restored" in cold.cost.formula
