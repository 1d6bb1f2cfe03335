"""The AWS CLI with the commands that guides to Lambda show, and only the endpoint added.

Both versions: the first takes a payload as it is, the second needs `--cli-binary-format` for that.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, zipped
from tests.support.shared_engine import SharedEngine

RAW = ["--cli-binary-format", "raw-in-base64-out"]
VERSIONS = {"1": (sys.executable, []), "2": ("/usr/bin/python3", RAW)}
"""The interpreter that has a version of the AWS CLI (the second is a package of Debian), and what `invoke` needs there."""

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
invoke --function-name my-function --qualifier 1 --payload {"key":"first"} first.json
invoke --function-name my-function --qualifier prod --invocation-type DryRun --payload {"key":"none"} dry.json
invoke --function-name my-function:prod --invocation-type Event --payload {"key":"event"} event.json
invoke --function-name my-function --invocation-type Event --payload {"key":"later"} later.json
put-function-event-invoke-config --function-name my-function --maximum-retry-attempts 1 --maximum-event-age-in-seconds 3600
put-function-concurrency --function-name my-function --reserved-concurrent-executions 10
put-provisioned-concurrency-config --function-name my-function --qualifier prod --provisioned-concurrent-executions 10
create-event-source-mapping --function-name my-function --event-source-arn arn:aws:sqs:us-east-1:123456789012:my-queue \
--batch-size 10
create-function-url-config --function-name my-function --qualifier prod --auth-type NONE --cors AllowOrigins=*,MaxAge=60
list-function-url-configs --function-name my-function
add-permission --function-name my-function --statement-id s3 --action lambda:InvokeFunction --principal s3.amazonaws.com
tag-resource --resource ARN --tags team=blue
get-function --function-name my-function
list-versions-by-function --function-name my-function
list-aliases --function-name my-function
get-account-settings
list-functions --query Functions[].FunctionName
delete-function --function-name my-function
get-function --function-name my-function
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_the_commands_of_guides(
    version: str, client: Any, engine: SharedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after the other in one process: to load the AWS CLI takes seconds."""
    python, for_payloads = VERSIONS[version]
    is_it = f"import awscli; assert awscli.__version__[0] == '{version}'"
    if subprocess.run([python, "-c", is_it], capture_output=True).returncode:
        pytest.skip(f"Version {version} of the AWS CLI is not installed.")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    (tmp_path / "function.zip").write_bytes(zipped({"lambda_function.py": CODE}))
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:my-function"
    lines = COMMANDS.replace("ARN", arn).strip().splitlines()
    commands = [["--endpoint-url", engine.url, "lambda", *line.split()] for line in lines]
    for command in commands:
        command += for_payloads if command[3] == "invoke" else []
    done = subprocess.run([python, "-c", AWS_CLI, json.dumps(commands)], capture_output=True, text=True, timeout=120,
                          cwd=tmp_path)
    *answers, rest = done.stdout.split("<0>\n")
    assert len(answers) == len(commands) - 1, done.stderr + done.stdout
    assert rest.startswith("<")
    assert "(ResourceNotFoundException)" in done.stderr
    told: dict[str, Any] = {
        command[3]: json.loads(answer or "{}") for command, answer in zip(commands, answers, strict=False)}
    assert json.loads((tmp_path / "response.json").read_text()) == {"key": "value", "version": "$LATEST"}
    assert json.loads((tmp_path / "prod.json").read_text()) == {"key": "live", "version": "1"}
    assert json.loads((tmp_path / "first.json").read_text()) == {"key": "first", "version": "1"}
    assert ((tmp_path / "dry.json").read_bytes(), (tmp_path / "event.json").read_bytes()) == (b"", b"")
    assert [json.loads(answer)["StatusCode"] for command, answer in zip(commands, answers, strict=False)
            if command[3] == "invoke"] == [200, 200, 200, 204, 202, 202]
    assert (told["invoke"], (tmp_path / "later.json").read_bytes()) == ({"StatusCode": 202}, b"")
    found = told["get-function"]
    assert (found["Configuration"]["Timeout"], found["Tags"]) == (30, {"team": "blue"})
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 10}
    assert [each["Version"] for each in told["list-versions-by-function"]["Versions"]] == ["$LATEST", "1"]
    assert told["list-functions"] == ["FromTemplate", "my-function"]
    assert [each["Name"] for each in told["list-aliases"]["Aliases"]] == ["prod"]
    assert told["put-provisioned-concurrency-config"]["RequestedProvisionedConcurrentExecutions"] == 10
    assert [each["Cors"] for each in told["list-function-url-configs"]["FunctionUrlConfigs"]] == [
        {"AllowOrigins": ["*"], "MaxAge": 60}]
    mapping = told["create-event-source-mapping"]
    assert (mapping["State"], mapping["BatchSize"], mapping["FunctionArn"]) == ("Creating", 10, arn)
    client.delete_event_source_mapping(UUID=mapping["UUID"])  # it outlives its function
