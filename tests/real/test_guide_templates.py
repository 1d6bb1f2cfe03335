"""SAM templates as guides to Lambda show them: run as they stand, with what has no effect here told and not refused."""

from __future__ import annotations

import json
from pathlib import Path

from tests.contract.conftest import StartEngine, in_a_process

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31

Resources:
  Greeter:
    Type: AWS::Serverless::Function
    Properties:
      Handler: greeter.lambda_handler
      Runtime: python3.11
      CodeUri: ./
      MemorySize: 128
      Timeout: 3
      Events:
        GreetApi:
          Type: Api
          Properties:
            Path: /greet
            Method: get
  # Keeps an environment warm.
  KeepWarm:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(5 minutes)
      Targets:
        - Arn: !GetAtt Greeter.Arn
          Id: KeepWarmTarget
          Input: '{"warm": true}'
"""
CODE = """
def lambda_handler(event, context):
    return {"statusCode": 200, "body": "warm" if event.get("warm") else event["path"]}
"""


@in_a_process
async def test_a_function_with_an_api_and_a_rule(start: StartEngine, tmp_path: Path) -> None:
    """The rule's resource is no function; its input is an event like any other."""
    folder = tmp_path / "guide"
    folder.mkdir()
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "greeter.py").write_text(CODE)
    engine = await start(folder)
    assert [each.name for each in await engine.client.functions()] == ["Greeter"]
    for event, body in (({"httpMethod": "GET", "path": "/greet"}, "/greet"), ({"warm": True}, "warm")):
        invocation = await engine.invoke(event, "Greeter")
        assert json.loads(invocation.payload) == {"statusCode": 200, "body": body}
