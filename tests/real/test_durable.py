"""AWS's durable execution SDK for Python: its first invocation runs, what needs another one is named."""

from __future__ import annotations

import json
from pathlib import Path

from tests.contract.conftest import StartEngine
from tests.real.functions import real_function
from tests.support.packages import python_packages


def sdk() -> Path:
    return python_packages("aws-durable-execution-sdk-python==3.0.0")


async def test_steps_run_and_a_wait_is_refused_by_name(start: StartEngine, tmp_path: Path) -> None:
    properties = "DurableConfig: {ExecutionTimeout: 60}"
    workspace = real_function(tmp_path / "w", "durable_order.handler", "durable_order.py", packages=sdk, memory_mb=1024,
                              properties=properties)
    engine = await start(workspace)
    invocation = await engine.invoke({"order": 7})
    assert invocation.status == "success", invocation.log_lines()
    assert json.loads(invocation.payload) == {"reserved": 2, "prices": [2, 4, 6], "event": {"order": 7}}
    waiting = json.loads((await engine.invoke({"wait": True})).payload)
    assert waiting["errorType"] == "DurableExecution.NotSupported"
    assert "a wait 'payment' of 60 s" in waiting["errorMessage"]
