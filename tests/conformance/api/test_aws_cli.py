"""The AWS CLI with the commands that guides to Lambda show, and only the endpoint added.

It is the first version's: it takes a payload as it is, without `--cli-binary-format`, which only the second one knows.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.api.conftest import SharedEngine
from tests.support.api_clients import ACCOUNT, REGION, zipped

pytestmark = pytest.mark.skipif(
    shutil.which("aws", path=Path(sys.executable).parent) is None, reason="the AWS CLI is not installed")

AWS_CLI = """
import json, sys
from awscli.clidriver import create_clidriver
for arguments in json.loads(sys.argv[1]):
    status = create_clidriver().main(arguments)
    print(f"<{status}>", flush=True)
"""
CODE = "def lambda_handler(event, context):\n    return {'key': event['key'], 'version': context.function_version}\n"
COMMANDS = """
create-function --function-name my-function --runtime python3.11 --role arn:aws:iam::123456789012:role/lambda-role --handler \
lambda_function.lambda_handler --zip-file fileb://function.zip
wait function-active-v2 --function-name my-function
update-function-code --function-name my-function --zip-file fileb://function.zip
wait function-updated-v2 --function-name my-function
update-function-configuration --function-name my-function --timeout 30 --environment Variables={STAGE=test}
wait function-updated-v2 --function-name my-function
invoke --function-name my-function --payload {"key":"value"} response.json
publish-version --function-name my-function --description first
create-alias --function-name my-function --name prod --function-version 1
invoke --function-name my-function:prod --payload {"key":"live"} prod.json
put-function-event-invoke-config --function-name my-function --maximum-retry-attempts 1 --maximum-event-age-in-seconds 3600
put-function-concurrency --function-name my-function --reserved-concurrent-executions 10
add-permission --function-name my-function --statement-id s3 --action lambda:InvokeFunction --principal s3.amazonaws.com
tag-resource --resource ARN --tags team=blue
get-function --function-name my-function
list-versions-by-function --function-name my-function
list-aliases --function-name my-function
get-account-settings
delete-function --function-name my-function
get-function --function-name my-function
"""


def test_the_commands_of_guides(engine: SharedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other in one process: to load the AWS CLI takes seconds."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", engine.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    (tmp_path / "function.zip").write_bytes(zipped({"lambda_function.py": CODE}))
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:my-function"
    commands = [["lambda", *line.replace("ARN", arn).split()] for line in COMMANDS.strip().splitlines()]
    done = subprocess.run([sys.executable, "-c", AWS_CLI, json.dumps(commands)], capture_output=True, text=True, timeout=120,
                          cwd=tmp_path)
    *answers, rest = done.stdout.split("<0>\n")
    assert len(answers) == len(commands) - 1, done.stderr + done.stdout
    assert rest.startswith("<")
    assert "(ResourceNotFoundException)" in done.stderr
    told: dict[str, Any] = {
        command[1]: json.loads(answer or "{}") for command, answer in zip(commands, answers, strict=False)}
    assert json.loads((tmp_path / "response.json").read_text()) == {"key": "value", "version": "$LATEST"}
    assert json.loads((tmp_path / "prod.json").read_text()) == {"key": "live", "version": "1"}
    found = told["get-function"]
    assert (found["Configuration"]["Timeout"], found["Tags"]) == (30, {"team": "blue"})
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 10}
    assert [each["Version"] for each in told["list-versions-by-function"]["Versions"]] == ["$LATEST", "1"]
    assert [each["Name"] for each in told["list-aliases"]["Aliases"]] == ["prod"]
