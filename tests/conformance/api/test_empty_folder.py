"""An engine in an empty folder, and what AWS's own code examples for Lambda do there with nothing but AWS_ENDPOINT_URL.

Source of the order of calls: the basic scenarios of AWS's public code examples for Lambda (Python and JavaScript): a role with
the policy that AWS manages, a function, its waiters, new code, new variables, their end.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_clients import lambda_client, waited, zipped
from tests.support.engines import served

BASIC_EXECUTION = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
CODE = "import os\ndef handler(event, context):\n    return {said!r}, os.environ.get('LOG_LEVEL')\n"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """`workbench serve --services moto`."""
    with served(tmp_path, "--sandbox", "process", "--services", "moto") as process:
        yield process.url


@pytest.fixture
def role(url: str) -> Iterator[str]:
    """A role that may write logs. moto has the policies that AWS manages only when it is told to."""
    with closing(lambda_client(url, service="iam")) as iam:
        made = iam.create_role(RoleName="basic", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        iam.attach_role_policy(RoleName="basic", PolicyArn=BASIC_EXECUTION)
        (attached,) = iam.list_attached_role_policies(RoleName="basic")["AttachedPolicies"]
        assert attached == {"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC_EXECUTION}
        yield made
        iam.detach_role_policy(RoleName="basic", PolicyArn=BASIC_EXECUTION)
        iam.delete_role(RoleName="basic")


def package(said: str) -> bytes:
    return zipped({"app.py": CODE.format(said=said)})


def said(client: Any) -> Any:
    return json.loads(client.invoke(FunctionName="calculator")["Payload"].read())


def test_the_basic_scenario(url: str, role: str) -> None:
    with closing(lambda_client(url)) as client:
        client.create_function(FunctionName="calculator", Runtime="python3.11", Handler="app.handler", Role=role,
                               Code={"ZipFile": package("one")}, Publish=True)
        waited(client, "function_active_v2", "calculator")
        assert said(client) == ["one", None]
        client.update_function_code(FunctionName="calculator", ZipFile=package("two"))
        waited(client, "function_updated_v2", "calculator")
        client.update_function_configuration(FunctionName="calculator", Environment={"Variables": {"LOG_LEVEL": "DEBUG"}})
        waited(client, "function_updated_v2", "calculator")
        assert said(client) == ["two", "DEBUG"]
        client.delete_function(FunctionName="calculator")
        assert client.list_functions()["Functions"] == []


def test_it_can_be_trusted(tmp_path: Path) -> None:
    """Its functions run as processes then. That it has no template hides none of what it would run."""
    command = (sys.executable, "-m", "workbench", "trust", "add", "-w", str(tmp_path))
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{tmp_path} is trusted")
