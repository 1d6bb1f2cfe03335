"""Stacks outlive the engine; what moto's server had does not, and is made again by the next deployment."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.support.api_clients import lambda_client
from tests.support.engines import served
from tests.support.stacks import physical, told, waited
from tests.support.workspaces import one_function

BUCKET = json.dumps({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}})
MIXED = """
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Hello:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/any
      Environment: {Variables: {QUEUE: !GetAtt Jobs.QueueName}}
      Code: {ZipFile: "def handler(event, context):\\n    return 'here'\\n"}
"""


@contextlib.contextmanager
def engine(workspace: Path) -> Iterator[tuple[Any, Any, Any]]:
    """An engine with moto: clients of CloudFormation, Lambda and SQS."""
    with (served(workspace, "--services", "moto", "--sandbox", "process") as process,
          closing(lambda_client(process.url, service="cloudformation")) as stacks,
          closing(lambda_client(process.url)) as functions, closing(lambda_client(process.url, service="sqs")) as queues):
        yield stacks, functions, queues


def test_what_is_left_of_stacks_when_the_engine_starts_again(tmp_path: Path) -> None:
    workspace = one_function(tmp_path, "def handler(event, context):\n    return 1\n")
    with engine(workspace) as (stacks, functions, queues):
        stacks.create_stack(StackName="bucket", TemplateBody=BUCKET)
        assert waited(stacks, "create", "bucket") == "CREATE_COMPLETE"
        stacks.create_stack(StackName="mixed", TemplateBody=MIXED)
        assert waited(stacks, "create", "mixed") == "CREATE_COMPLETE"
        before = physical(stacks, "mixed")
    with engine(workspace) as (stacks, functions, queues):
        assert [each["StackName"] for each in stacks.describe_stacks()["Stacks"]] == ["mixed"]
        (gone,) = stacks.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
        assert told(stacks, gone["StackId"])[-1] == "bucket DELETE_COMPLETE"
        assert physical(stacks, "mixed") == before
        functions.get_function(FunctionName=before["Hello"])
        stacks.update_stack(StackName="mixed", UsePreviousTemplate=True)  # as tools deploy again what has not changed
        assert waited(stacks, "update", "mixed") == "UPDATE_COMPLETE"
        queue = physical(stacks, "mixed")["Jobs"].rpartition("/")[2]
        assert queue in queues.list_queues()["QueueUrls"][0]
        variables = functions.get_function_configuration(FunctionName=before["Hello"])["Environment"]["Variables"]
        assert variables == {"QUEUE": queue}
