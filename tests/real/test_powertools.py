"""A handler built on Powertools for AWS Lambda: JSON log, embedded metrics, routes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.contract.conftest import StartEngine
from tests.real.functions import real_function, sample_event
from tests.support.packages import python_packages
from workbench.state.invocation import Invocation

VARIABLES = {"POWERTOOLS_SERVICE_NAME": "orders", "POWERTOOLS_METRICS_NAMESPACE": "shop", "POWERTOOLS_TRACE_DISABLED": "true"}


def powertools() -> Path:
    return python_packages("aws-lambda-powertools[tracer]==3.23.0")


def workspace_at(root: Path) -> Path:
    return real_function(root, "orders_api.handler", "orders_api.py", packages=powertools, environment=VARIABLES)


def json_lines(invocation: Invocation) -> list[dict[str, Any]]:
    """The lines of the log that are JSON documents."""
    return [json.loads(line) for line in invocation.log_lines() if line.startswith("{")]


async def test_routes_and_the_structured_log(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(workspace_at(tmp_path / "w"))
    for kind, number, status in (("cold", "1", 200), ("warm", "9", 404)):
        event = sample_event("apigateway-rest-proxy", method="GET", path=f"/orders/{number}", body="")
        invocation = await engine.invoke(event)
        assert (invocation.start, invocation.status) == (kind, "success"), invocation.log_lines()
        assert json.loads(invocation.payload)["statusCode"] == status
        logged = next(line for line in json_lines(invocation) if line.get("message") == "order asked for")
        assert logged["function_request_id"] == invocation.request_id
        assert logged["correlation_id"] == event["requestContext"]["requestId"]
        assert (logged["level"], logged["service"], logged["order_id"]) == ("INFO", "orders", number)
        assert logged["cold_start"] is (kind == "cold")
        assert (logged["function_name"], logged["function_memory_size"]) == ("Function", "256")
        assert logged["xray_trace_id"].startswith("1-")


async def test_metrics_are_in_the_log_of_their_request(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(workspace_at(tmp_path / "w"))
    created = []
    for number in ("2", "3"):
        body = json.dumps({"id": number})
        created.append(await engine.invoke(sample_event("apigateway-rest-proxy", method="POST", path="/orders", body=body)))
    for invocation, number in zip(created, ("2", "3"), strict=True):
        answer = json.loads(invocation.payload)
        assert (answer["statusCode"], json.loads(answer["body"])) == (201, {"id": number, "state": "new"})
        metrics = [line for line in json_lines(invocation) if "_aws" in line]
        assert [line["OrdersCreated"] for line in metrics if "OrdersCreated" in line] == [[1.0]]
    cold_starts = [[line for line in json_lines(invocation) if "ColdStart" in line] for invocation in created]
    assert [len(lines) for lines in cold_starts] == [1, 0]
    assert cold_starts[0][0]["function_name"] == "Function"
