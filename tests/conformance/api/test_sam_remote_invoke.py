"""`sam remote invoke` with nothing but the endpoint added.

Source of what it does: AWS SAM guide, "sam remote invoke"; it streams when the function has a URL whose InvokeMode is
RESPONSE_STREAM. A name without `--stack-name` is looked up in CloudFormation, on AWS as well; an ARN is not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.api_clients import ACCOUNT, REGION, create, zipped
from tests.support.shared_engine import SharedEngine

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
CODE = """
def handler(event, context):
    print("seen", event["n"])
    if event.get("fail"):
        raise ValueError("on purpose")
    return {"n": event["n"], "version": context.function_version}
"""
STREAMING = """
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  for (const part of ["one ", "two ", "three"]) stream.write(part);
  stream.end();
});
"""
PROGRAM = """
import json, sys
from samcli.cli.main import cli
for arguments in json.loads(sys.argv[1]):
    try:
        cli(["remote", "invoke", *arguments])
    except SystemExit as left:
        for stream in (sys.stdout, sys.stderr):
            print(f"<{left.code}>", file=stream, flush=True)
"""
"""One process for all: to load SAM CLI takes seconds."""


class Told(msgspec.Struct, frozen=True):
    """What one command wrote: the answer, and the log with what else there is to say."""

    status: str
    out: str
    log: str


def invoke(url: str, home: Path, *commands: Sequence[str]) -> list[Told]:
    surroundings = {**os.environ, "AWS_ENDPOINT_URL_LAMBDA": url, "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any",
                    "AWS_DEFAULT_REGION": REGION, "SAM_CLI_TELEMETRY": "0", "HOME": str(home), "USERPROFILE": str(home)}
    done = subprocess.run([sys.executable, "-c", PROGRAM, json.dumps(commands)], capture_output=True, text=True, timeout=120,
                          env=surroundings, cwd=home, check=False)
    outs, logs = (text.split(">\n")[:-1] for text in (done.stdout, done.stderr))
    assert len(outs) == len(logs) == len(commands), done.stdout + done.stderr
    return [Told(out.rpartition("<")[2], out.rpartition("<")[0], log.rpartition("<")[0])
            for out, log in zip(outs, logs, strict=True)]


@pytest.fixture
def functions(client: Any) -> Iterator[None]:
    """`remote`, with a version 1 and an alias, and `streaming`, with a URL that streams."""
    create(client, "remote", Publish=True, Code={"ZipFile": zipped(CODE)})
    client.create_alias(FunctionName="remote", Name="live", FunctionVersion="1")
    create(client, "streaming", Runtime="nodejs22.x", Handler="index.handler", Code={"ZipFile": zipped({"index.mjs": STREAMING})})
    client.create_function_url_config(FunctionName="streaming", AuthType="NONE", InvokeMode="RESPONSE_STREAM")
    yield
    for name in ("remote", "streaming"):
        client.delete_function(FunctionName=name)


@pytest.mark.node
def test_what_it_shows(functions: None, engine: SharedEngine, tmp_path: Path) -> None:
    """The answer on standard output, the tail of the log on standard error, a function's error as both."""
    (tmp_path / "event.json").write_text('{"n": 2}')
    buffered, of_alias, failed, dry, streamed, streamed_whole, lacking = invoke(
        engine.url, tmp_path,
        [f"{ARN}:remote", "--event", '{"n": 1}'],
        [f"{ARN}:remote", "--event-file", "event.json", "--parameter", "Qualifier=live", "--output", "json"],
        [f"{ARN}:remote", "--event", '{"n": 3, "fail": true}'],
        [f"{ARN}:remote", "--event", '{"n": 4}', "--parameter", "InvocationType=DryRun", "--output", "json"],
        [f"{ARN}:streaming", "--event", "{}"],
        [f"{ARN}:streaming", "--event", "{}", "--output", "json"],
        [f"{ARN}:nowhere", "--event", "{}"])
    assert (buffered.status, json.loads(buffered.out)) == ("0", {"n": 1, "version": "$LATEST"})
    assert "seen 1" in buffered.log
    assert "REPORT RequestId:" in buffered.log
    answer = json.loads(of_alias.out)
    assert (answer["ExecutedVersion"], json.loads(answer["Payload"])) == ("1", {"n": 2, "version": "1"})
    assert json.loads(failed.out)["errorMessage"] == "on purpose"
    assert "Traceback" in failed.log
    assert json.loads(dry.out)["StatusCode"] == 204
    assert (streamed.status, streamed.out) == ("0", "one two three")
    assert "REPORT RequestId:" in streamed.log
    parts = json.loads(streamed_whole.out)["EventStream"]
    assert "".join(each["PayloadChunk"]["Payload"] for each in parts if "PayloadChunk" in each) == "one two three"
    assert "InvokeComplete" in parts[-1]
    assert (lacking.status, lacking.out) == ("1", "")
    assert f"(ResourceNotFoundException) when calling the Invoke operation: Function not found: {ARN}:nowhere" in lacking.log
