"""`sam deploy` as it comes from PyPI, with nothing but AWS_ENDPOINT_URL: managed bucket, stack, change, outputs, its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_clients import lambda_client, refused
from tests.support.shared_engine import SharedEngine, shared_by_tests
from tests.support.stacks import outputs, physical, told, waited
from tests.support.workspaces import WorkspaceBuilder

TEMPLATE = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters: {Greeting: {Type: String, Default: hello}}
Globals: {Function: {Timeout: 5, Runtime: python3.11}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      CodeUri: hello
      AutoPublishAlias: live
      Environment: {Variables: {GREETING: !Ref Greeting, TABLE: !Ref Table}}
      Policies: [{DynamoDBReadPolicy: {TableName: !Ref Table}}]
      Events:
        Get: {Type: Api, Properties: {Path: /hello, Method: get}}
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
  Jobs: {Type: AWS::SQS::Queue}
  Table: {Type: AWS::Serverless::SimpleTable}
Outputs:
  Name: {Value: !Ref Hello}
  Alias: {Value: !Ref Hello.Alias}
  Api: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello/"}
"""
CODE = "import os\ndef handler(event, context):\n    return os.environ['GREETING'], context.function_version\n"
DEPLOY = ("deploy", "--stack-name", "hello", "--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset")


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    """`workbench serve --services moto`."""
    builder = WorkspaceBuilder(tmp_path_factory.mktemp("workspace"))
    builder.function("FromTemplate", {"app.py": "def handler(event, context):\n    return 'template'\n"})
    with shared_by_tests(tmp_path_factory, builder.write(), "--services", "moto") as engine:
        yield engine


def sam(engine: SharedEngine, folder: Path, *arguments: str) -> str:
    """Run a command of the SAM CLI in a project, and return what it prints."""
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "AWS_ENDPOINT_URL": engine.url, "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.2"}
    done = subprocess.run([sys.executable, "-m", "samcli", *arguments], cwd=folder, env=environment, capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def said(functions: Any, name: str) -> Any:
    return json.loads(functions.invoke(FunctionName=name)["Payload"].read())


def test_deploy_and_deploy_again_and_delete(engine: SharedEngine, functions: Any, stacks: Any, tmp_path: Path) -> None:
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "app.py").write_text(CODE)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    assert "Successfully created/updated stack - hello" in sam(engine, tmp_path, *DEPLOY)
    found, resources = outputs(stacks, "hello"), physical(stacks, "hello")
    assert said(functions, found["Name"]) == ["hello", "$LATEST"]
    assert said(functions, found["Alias"]) == ["hello", "1"]
    assert resources["ServerlessRestApi"] in found["Api"]
    variables = functions.get_function_configuration(FunctionName=found["Name"])["Environment"]["Variables"]
    assert variables["TABLE"] == resources["Table"]
    told = json.loads(sam(engine, tmp_path, "list", "stack-outputs", "--stack-name", "hello", "--output", "json"))
    assert {each["OutputKey"]: each["OutputValue"] for each in told} == found

    answered = sam(engine, tmp_path, "remote", "invoke", "Hello", "--stack-name", "hello")
    assert json.loads(answered) == ["hello", "$LATEST"]

    (tmp_path / "hello" / "app.py").write_text(CODE + "# changed\n")
    sam(engine, tmp_path, *DEPLOY, "--parameter-overrides", "Greeting=bye")
    assert said(functions, found["Alias"]) == ["bye", "2"]
    sam(engine, tmp_path, "delete", "--stack-name", "hello", "--no-prompts", "--region", "us-east-1")
    assert found["Name"] not in [each["FunctionName"] for each in functions.list_functions()["Functions"]]


def test_what_a_dynamic_reference_gives_is_not_shown(engine: SharedEngine, functions: Any, stacks: Any) -> None:
    """Source: CloudFormation guide, "Using dynamic references": the values are not shown."""
    with closing(lambda_client(engine.url, service="secretsmanager")) as secrets:
        secrets.create_secret(Name="login", SecretString='{"password": "never-shown"}')
    template = """
Resources:
  Hello:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/any
      Environment: {Variables: {PASSWORD: "{{resolve:secretsmanager:login:SecretString:password}}"}}
      Code: {ZipFile: "def handler(event, context): pass"}
"""
    stacks.create_stack(StackName="secret", TemplateBody=template)
    assert waited(stacks, "create", "secret") == "CREATE_COMPLETE"
    name = physical(stacks, "secret")["Hello"]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    assert variables == {"PASSWORD": "never-shown"}
    stacks.delete_stack(StackName="secret")
    shown = str(stacks.describe_stack_events(StackName=identifier_of(stacks, "secret"))["StackEvents"])
    assert '"PASSWORD":"****"' in shown
    assert "never-shown" not in shown


def identifier_of(stacks: Any, name: str) -> str:
    return next(str(each["StackId"]) for each in stacks.list_stacks()["StackSummaries"] if each["StackName"] == name)


def test_stacks_in_stacks(engine: SharedEngine, functions: Any, stacks: Any) -> None:
    """Source: CloudFormation template reference, "AWS::CloudFormation::Stack"; recorded reasons of events."""
    folder = Path(__file__).parent
    with closing(lambda_client(engine.url, service="s3")) as s3:
        s3.create_bucket(Bucket="templates")
        s3.put_object(Bucket="templates", Key="inner.yaml", Body=(folder / "inner_template.yaml").read_bytes())
    body = (folder / "nested_template.yaml").read_text()

    def parameters(**more: str) -> list[dict[str, str]]:
        return [{"ParameterKey": key, "ParameterValue": value} for key, value in {"Bucket": "templates", **more}.items()]

    outer = stacks.create_stack(StackName="outer", TemplateBody=body, Parameters=parameters(), Tags=[{"Key": "a", "Value": "b"}])
    assert waited(stacks, "create", "outer") == "CREATE_COMPLETE", told(stacks, "outer")
    name, inner = outputs(stacks, "outer")["Name"], physical(stacks, "outer")["Inner"]
    assert said(functions, name) == "hello b"
    described = stacks.describe_stacks(StackName=inner)["Stacks"][0]
    assert described["StackName"].startswith("outer-Inner-")
    assert (described["ParentId"], described["RootId"]) == (outer["StackId"], outer["StackId"])
    assert described["Tags"] == [{"Key": "a", "Value": "b"}]

    stacks.update_stack(StackName="outer", UsePreviousTemplate=True, Parameters=parameters(Said="bye"))
    assert waited(stacks, "update", "outer") == "UPDATE_COMPLETE", told(stacks, "outer")
    assert said(functions, name) == "bye b"
    stacks.update_stack(StackName="outer", UsePreviousTemplate=True, Parameters=parameters(Said="never", Retries="9"))
    assert waited(stacks, "update", "outer") == "UPDATE_ROLLBACK_COMPLETE"
    assert said(functions, name) == "bye b"
    stacks.delete_stack(StackName="outer")
    assert waited(stacks, "delete", outer["StackId"]) == "DELETE_COMPLETE"
    assert stacks.describe_stacks(StackName=inner)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert refused(functions.get_function, FunctionName=name).status == 404

    lacking = body.replace("{Said: !Ref Said, Names", "{Names")
    broken = stacks.create_stack(StackName="broken", TemplateBody=lacking, Parameters=parameters())
    assert waited(stacks, "create", "broken") == "ROLLBACK_COMPLETE"
    assert "Inner CREATE_FAILED Parameters: [Said] must have values" in told(stacks, broken["StackId"])
    stacks.delete_stack(StackName="broken")


def test_a_wide_template_is_made_and_is_gone(engine: SharedEngine, stacks: Any) -> None:
    """The services themselves are asked for what was made."""
    template = Path(__file__).with_name("wide_template.yaml").read_text()
    identifier = stacks.create_stack(StackName="wide", TemplateBody=template, OnFailure="DO_NOTHING", Capabilities=[
        "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])["StackId"]
    assert waited(stacks, "create", "wide") == "CREATE_COMPLETE", told(stacks, "wide")[-2:]
    found = outputs(stacks, "wide")
    with (closing(lambda_client(engine.url, service="ssm")) as parameters,
          closing(lambda_client(engine.url, service="apigatewayv2")) as apis):
        assert parameters.get_parameter(Name=found["Parameter"])["Parameter"]["Value"] == found["Arn"]
        (api,) = apis.get_apis()["Items"]
        assert [route["RouteKey"] for route in apis.get_routes(ApiId=api["ApiId"])["Items"]] == ["GET /a"]
        stacks.delete_stack(StackName="wide")
        assert waited(stacks, "delete", identifier) == "DELETE_COMPLETE"
        assert not apis.get_apis()["Items"]
        assert refused(parameters.get_parameter, Name=found["Parameter"]).code == "ParameterNotFound"
