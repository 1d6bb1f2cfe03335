"""AWS's SDK for Go, version 2, with a program as its users write them; nothing but the endpoint is ours.

It is asked for: WORKBENCH_TEST_GO=1, with Debian's golang-go and golang-github-aws-aws-sdk-go-v2-dev. To build it takes a minute.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION
from tests.support.shared_engine import SharedEngine

PROGRAM = Path(__file__).with_name("client_lambda.go")
SOURCES = Path("/usr/share/gocode")
pytestmark = pytest.mark.skipif(os.environ.get("WORKBENCH_TEST_GO") != "1" or shutil.which("go") is None or not SOURCES.exists(),
                                reason="Go was not asked for, or is not installed.")


@pytest.fixture
def told(engine: SharedEngine, tmp_path: Path) -> dict[str, Any]:
    """What the program was told."""
    folder, program = tmp_path / "src" / "client", tmp_path / "client"
    folder.mkdir(parents=True)
    shutil.copyfile(PROGRAM, folder / "main.go")
    go = {**os.environ, "GO111MODULE": "off", "GOPATH": f"{tmp_path}:{SOURCES}", "GOFLAGS": ""}
    subprocess.run(["go", "build", "-o", str(program), "client"], env=go, check=True, timeout=500)
    done = subprocess.run([str(program), engine.url], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_what_a_program_does_with_a_function(told: dict[str, Any]) -> None:
    status, ran, payload, error, _ = told.pop("failed")
    assert (status, ran, error, json.loads(payload)["errorMessage"]) == (200, "$LATEST", "Unhandled", "on purpose")
    assert told.pop("functions") >= 1, "by pages of one; the engine's template has some too"
    assert told == {
        "created": "Pending", "plain": [200, "$LATEST", '{"n": 1, "version": "$LATEST"}', "", True],
        "alias": [200, "1", '{"n": 2, "version": "1"}', "", False], "event": [202, "", "", "", False],
        "dryRun": [204, "", "", "", False], "missing": True,
        "words": f"Function not found: arn:aws:lambda:{REGION}:{ACCOUNT}:function:nobody",
        "throttled": True, "reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "url": True}
