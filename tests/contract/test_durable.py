"""Durable functions in every sandbox: the envelope, checkpoints over the Lambda API, the execution's result as the answer.

The handler does by hand what AWS's SDKs do; `tests/real/test_durable.py` has one of those.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.contract.conftest import StartEngine
from tests.support.workspaces import one_function

HANDLER = """
    import json, os, urllib.error, urllib.parse, urllib.request

    def call(envelope, what, body=None):
        address = os.environ["AWS_ENDPOINT_URL_LAMBDA"] + "/2025-12-01/durable-executions/"
        url = address + urllib.parse.quote(envelope["DurableExecutionArn"], safe="") + "/" + what
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body and json.dumps(body).encode())) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return {"code": error.headers["x-amzn-ErrorType"], "status": error.code, **json.load(error)}

    def handler(envelope, context):
        event = json.loads(envelope["InitialExecutionState"]["Operations"][0]["ExecutionDetails"]["InputPayload"])
        if event.get("raises"):
            raise ValueError("raised")
        updates = [{"Id": "1", "Type": event["type"], "Action": "START"}]
        answer = call(envelope, "checkpoint", {"CheckpointToken": envelope["CheckpointToken"], "Updates": updates})
        state = call(envelope, "state?CheckpointToken=x")
        other = call({**envelope, "DurableExecutionArn": "arn:of:another"}, "state?CheckpointToken=x")
        seen = {"event": event, "answer": answer, "state": [o["Type"] for o in state["Operations"]], "other": other}
        return {"Status": event.get("status", "SUCCEEDED"), "Result": json.dumps(seen)}
"""
DURABLE = "DurableConfig: {ExecutionTimeout: 60}"


async def test_an_execution_in_its_first_invocation(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", HANDLER, properties=DURABLE))

    invocation = await engine.invoke({"type": "STEP"})
    seen = json.loads(invocation.payload)
    assert invocation.status == "success", invocation.document()
    assert seen["event"] == {"type": "STEP"}
    assert seen["answer"]["NewExecutionState"]["Operations"][0]["Status"] == "STARTED"
    assert seen["state"] == ["EXECUTION", "STEP"]
    assert (seen["other"]["code"], seen["other"]["status"]) == ("InvalidParameterValueException", 400)

    waits = await engine.invoke({"type": "WAIT", "status": "PENDING"})
    assert (waits.status, json.loads(waits.payload)["errorType"]) == ("error", "DurableExecution.NotSupported")
    assert "a wait of 1 s" in json.loads(waits.payload)["errorMessage"]

    raises = await engine.invoke({"raises": True})
    assert json.loads(raises.payload)["errorType"] == "ValueError"


async def test_a_handler_without_the_sdk_is_told_so(start: StartEngine, tmp_path: Path) -> None:
    code = "def handler(event, context):\n    return {'arn': event['DurableExecutionArn']}\n"
    engine = await start(one_function(tmp_path / "w", code, properties=DURABLE))
    document = json.loads((await engine.invoke({})).payload)
    assert document["errorType"] == "DurableExecution.InvalidResponse"
    assert "wrap this one" in document["errorMessage"]
