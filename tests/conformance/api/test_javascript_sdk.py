"""AWS's SDK for JavaScript, version 3, with a program as its users write them; nothing but the endpoint is ours.

Source of the errors' texts: recorded answers of the service.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, zipped
from tests.support.nodes import NotInstalled, lambda_sdk
from tests.support.shared_engine import SharedEngine

pytestmark = pytest.mark.node

PROGRAM = Path(__file__).with_name("client_lambda.mjs")
CODE = """
export const handler = async (event, context) => {
  if (event.fail) throw new RangeError("on purpose");
  return { code: "CODE", n: event.n, version: context.functionVersion };
};
export const streamed = globalThis.awslambda?.streamifyResponse(async (event, stream) => {
  for (const part of ["one ", "two ", "three"]) stream.write(part);
  if (event.fail) {
    await new Promise((done) => setTimeout(done, 50));
    throw new RangeError("midway");
  }
  stream.end();
});
"""
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:javascript"


def answered(payload: Any, *, ran: str = "$LATEST", error: str | None = None) -> dict[str, Any]:
    return {"status": 200, "ran": ran, "error": error, "payload": payload, "told": True}


def streamed(ran: str, complete: str = "complete") -> dict[str, Any]:
    return {"status": 200, "ran": ran, "parts": "one two three", "complete": complete}


def refusal(name: str, status: int, message: str) -> dict[str, Any]:
    return {"name": name, "message": message, "status": status, "Type": "User", "classes": [name], "known": True}


@pytest.fixture
def told(engine: SharedEngine, tmp_path: Path) -> dict[str, Any]:
    """What the program was told."""
    try:
        node, installed = lambda_sdk()
    except NotInstalled as reason:
        pytest.skip(str(reason))
    for name in ("one", "two"):
        (tmp_path / f"{name}.zip").write_bytes(zipped({"index.mjs": CODE.replace("CODE", name)}))
    done = subprocess.run([node, str(PROGRAM), engine.url, str(installed), str(tmp_path)], capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_what_a_program_does_with_a_function(told: dict[str, Any]) -> None:
    failed = told.pop("failed")
    assert (failed["error"], failed["payload"]["errorType"], failed["payload"]["errorMessage"]) == (
        "Unhandled", "RangeError", "on purpose")
    assert told == {
        "created": ["Pending", "SUCCESS", "Active"],
        "conflict": refusal("ResourceConflictException", 409, "Function already exist: javascript"),
        "invalid": refusal("InvalidParameterValueException", 400, "Runtime and Handler are mandatory parameters for functions "
                           "created with deployment packages."),
        "first": answered({"code": "one", "n": 1, "version": "$LATEST"}),
        "published": "1", "alias": "1", "updated": ["InProgress", "SUCCESS"],
        "second": answered({"code": "two", "n": 2, "version": "$LATEST"}),
        "live": answered({"code": "one", "n": 3, "version": "1"}, ran="1"),
        "streaming": ["Pending", "SUCCESS", "Active"],
        "streamed": streamed("$LATEST"), "streams": [streamed("1"), streamed("1"), streamed("$LATEST")],
        "broken": streamed("1", "RangeError"), "called": [200, "one two three"],
        "unanswered": 3 * [[[202, None, ""], [204, None, ""]]], "dryStream": 204,
        "tenants": [[[202, None, ""], [204, None, ""]], 200, refusal(
            "InvalidParameterValueException", 400, "The invoked function is enabled with tenancy configuration. Add a valid "
            "tenant ID in your request and try again.")],
        "functions": ["FromTemplate", "javascript", "javascript-stream", "javascript-tenants"],
        "versions": ["$LATEST", "1"], "aliases": ["live"],
        "gone": refusal("ResourceNotFoundException", 404, f"Function not found: {ARN}"),
    }
