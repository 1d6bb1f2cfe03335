"""What a program of an OS-only runtime sees as a process is Lambda's but for a documented list.

Source of what Lambda has: recorded environments of the service (2026); Lambda guide, "Building a custom runtime for AWS Lambda".
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import StartEngine
from tests.support.workspaces import WorkspaceBuilder

pytestmark = [pytest.mark.parametrize("sandbox", ["process"]),
              pytest.mark.skipif(os.name != "posix", reason="the program is a script that begins with #!")]

PROGRAM = """\
#!/usr/bin/env python3
import json, os, shutil, sys, urllib.request
seen = {"variables": dict(os.environ), "cwd": os.getcwd(), "argv": sys.argv, "tool": shutil.which("tool-of-layer")}
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as event:
        request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
    urllib.request.urlopen(api + request_id + "/response", data=json.dumps(seen).encode()).close()
"""
RECORDED = {
    "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG",
    "LD_LIBRARY_PATH", "PATH", "TZ", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT", "_HANDLER",
}
"""Lambda's variables before the program has set any; it is the program that sets _X_AMZN_TRACE_ID."""
OF_OURS = {"TMPDIR", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL_LAMBDA"}
OF_PYTHON = {"LC_CTYPE"}
"""The program's own interpreter sets it."""


def a_program(place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(PROGRAM)
    place.chmod(0o755)


def workspace(root: Path, *, layered: bool = False, **options: Any) -> Path:
    """A workspace whose `Function` has no program yet."""
    properties = {"properties": "Layers: [!Ref Layer]"} if layered else {}
    WorkspaceBuilder(root).function("Function", {"readme.txt": ""}, runtime="provided.al2023", handler="any.thing",
                                    **properties, **options).write()
    if layered:
        with (root / "template.yaml").open("a") as template:
            template.write("  Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer/}}\n")
    return root


async def seen(start: StartEngine, root: Path) -> dict[str, Any]:
    invocation = await (await start(root)).invoke()
    assert invocation.status == "success", invocation.document()
    answer: dict[str, Any] = json.loads(invocation.payload)
    return answer


async def test_the_variables_are_lambdas_but_for_the_list(start: StartEngine, tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", environment={"OWN": "1", "AWS_LAMBDA_EXEC_WRAPPER": "/opt/nothing"})
    a_program(root / "function" / "bootstrap")
    found = await seen(start, root)
    variables, task = found["variables"], str(root / "function")
    assert set(variables) - OF_OURS - OF_PYTHON == RECORDED | {"OWN", "AWS_LAMBDA_EXEC_WRAPPER"}
    assert (found["cwd"], found["argv"], variables["LAMBDA_TASK_ROOT"]) == (task, [f"{task}/bootstrap"], task)
    assert (variables["_HANDLER"], variables["AWS_LAMBDA_FUNCTION_VERSION"], variables["TZ"]) == ("any.thing", "$LATEST", ":UTC")
    assert variables["PATH"] == "/usr/local/bin:/usr/bin/:/bin"
    assert variables["LD_LIBRARY_PATH"] == f"{task}:{task}/lib"


@pytest.mark.parametrize("both", [False, True])
async def test_the_program_of_a_layer_comes_behind_the_functions_own(start: StartEngine, tmp_path: Path, both: bool) -> None:
    root = workspace(tmp_path / "w", layered=True)
    a_program(root / "layer" / "bootstrap")
    a_program(root / "layer" / "bin" / "tool-of-layer")
    if both:
        a_program(root / "function" / "bootstrap")
    found = await seen(start, root)
    assert found["argv"] == [str(root / ("function" if both else "layer") / "bootstrap")]
    assert (found["cwd"], found["tool"]) == (str(root / "function"), str(root / "layer" / "bin" / "tool-of-layer"))
    assert found["variables"]["LD_LIBRARY_PATH"].split(":")[-1] == str(root / "layer" / "lib")
