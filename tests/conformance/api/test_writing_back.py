"""What the API changed of what a template declares beside functions is written back: comments and order stay.

There is nothing like it on AWS; what stands where is from the SAM guide and the CloudFormation template reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION
from tests.support.shared_engine import SharedEngine, shared_by_tests
from workbench.model.failures import ServiceError

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.11, Handler: app.handler, CodeUri: src/, Tags: {team: shop}}
Resources:
  Sam:  # a function of SAM's
    Type: AWS::Serverless::Function
    Properties:
      AutoPublishAlias: live
      # as many as the database takes
      ReservedConcurrentExecutions: 5
      Tags:
        stage: test  # or prod
        old: "1"
      EventInvokeConfig:
        MaximumRetryAttempts: 1  # once more
        DestinationConfig:
          OnFailure: {Type: SQS, Destination: "arn:aws:sqs:us-east-1:123456789012:dead"}
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}
      FunctionUrlConfig:
        AuthType: AWS_IAM
  Plain:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: app.handler
      Code: src/
      Tags:
        - Key: stage
          Value: test  # or prod
  V1: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Plain}}
  Prod:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !Ref Plain
      Name: prod
      FunctionVersion: !GetAtt V1.Version  # the first
  Retries:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: {FunctionName: !Ref Plain, Qualifier: $LATEST, MaximumRetryAttempts: 2}
"""
PROVISIONED = "      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}\n"
"""Written for one test alone: an engine that others share has no environments when a test begins."""
AFTER = TEMPLATE
for _old, _new in (
        ("ReservedConcurrentExecutions: 5", "ReservedConcurrentExecutions: 7"),
        ("        stage: test  # or prod\n        old: \"1\"\n", "        stage: prod  # or prod\n        new: \"2\"\n"),
        ("MaximumRetryAttempts: 1  #", "MaximumRetryAttempts: 0  #"),
        ('{Type: SQS, Destination: "arn:aws:sqs:us-east-1:123456789012:dead"}',
         '{Type: SNS, Destination: "arn:aws:sns:us-east-1:123456789012:dead"}'),
        ("{ProvisionedConcurrentExecutions: 1}", "{ProvisionedConcurrentExecutions: 2}"),
        ("AuthType: AWS_IAM\n", "AuthType: NONE\n        InvokeMode: RESPONSE_STREAM\n"),
        ("Value: test  # or prod", "Value: prod  # or prod"),
        ("MaximumRetryAttempts: 2}", "MaximumRetryAttempts: 1}"),
):
    assert _old in AFTER
    AFTER = AFTER.replace(_old, _new)


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    """`workbench serve` for the template."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "src").mkdir()
    (root / "src" / "app.py").write_text("def handler(event, context):\n    return context.function_version\n")
    (root / "template.yaml").write_text(TEMPLATE.replace(PROVISIONED, ""))
    with shared_by_tests(tmp_path_factory, root) as engine:
        yield engine


def left(engine: SharedEngine) -> dict[str, str]:
    return {f"{each.function} {each.property}": each.why_kept for each in engine.told(lambda client: client.template.overrides())}


def test_declared_parts_are_written_back(client: Any, engine: SharedEngine) -> None:
    template = engine.workspace / "template.yaml"
    template.write_text(TEMPLATE)
    engine.told(lambda client: client.refresh())
    client.put_function_concurrency(FunctionName="Sam", ReservedConcurrentExecutions=7)
    client.tag_resource(Resource=f"{ARN}Sam", Tags={"stage": "prod", "new": "2"})
    client.untag_resource(Resource=f"{ARN}Sam", TagKeys=["old"])
    client.update_function_event_invoke_config(
        FunctionName="Sam", Qualifier="live", MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sns:{REGION}:{ACCOUNT}:dead"}})
    client.put_provisioned_concurrency_config(FunctionName="Sam", Qualifier="live", ProvisionedConcurrentExecutions=2)
    client.update_function_url_config(FunctionName="Sam", Qualifier="live", AuthType="NONE", InvokeMode="RESPONSE_STREAM")
    client.tag_resource(Resource=f"{ARN}Plain", Tags={"stage": "prod"})
    client.update_function_event_invoke_config(FunctionName="Plain", Qualifier="$LATEST", MaximumRetryAttempts=1)
    told = left(engine)
    assert set(told.values()) == {""}, told
    engine.told(lambda client: client.template.write_back_overrides("Sam", "ReservedConcurrentExecutions"))
    assert template.read_text() == TEMPLATE.replace("Executions: 5", "Executions: 7")
    for name in ("Sam", "Plain"):
        assert engine.told(lambda client, name=name: client.template.write_back_overrides(name)) == []
    assert template.read_text() == AFTER
    assert client.get_function_event_invoke_config(FunctionName="Sam", Qualifier="live")["MaximumRetryAttempts"] == 0

    template.write_text(AFTER.replace("Executions: 7", "Executions: 9").replace(PROVISIONED.replace("1", "2"), ""))
    engine.told(lambda client: client.refresh())
    assert client.get_function_concurrency(FunctionName="Sam")["ReservedConcurrentExecutions"] == 9, "the template counts again"
    assert left(engine) == {}


def test_weights_and_what_is_deleted_or_has_no_place(client: Any, engine: SharedEngine) -> None:
    template = engine.workspace / "template.yaml"
    client.update_function_configuration(FunctionName="Plain", Timeout=9)
    client.get_waiter("function_updated_v2").wait(FunctionName="Plain", WaiterConfig={"Delay": 0.02})
    version = client.publish_version(FunctionName="Plain")["Version"]
    client.update_alias(FunctionName="Plain", Name="prod", RoutingConfig={"AdditionalVersionWeights": {version: 0.25}})
    client.delete_function_event_invoke_config(FunctionName="Plain", Qualifier="$LATEST")
    client.delete_function_concurrency(FunctionName="Sam")
    client.untag_resource(Resource=f"{ARN}Sam", TagKeys=["team"])
    engine.told(lambda client: client.template.write_back_overrides("Plain", "Alias.prod.RoutingConfig"))
    assert f"""\
      FunctionVersion: !GetAtt V1.Version  # the first
      RoutingConfig:
        AdditionalVersionWeights:
          - {{FunctionVersion: "{version}", FunctionWeight: 0.25}}
""" in template.read_text()
    engine.told(lambda client: client.template.write_back_overrides("Plain", "EventInvokeConfig"))
    engine.told(lambda client: client.template.write_back_overrides("Sam", "ReservedConcurrentExecutions"))
    text = template.read_text()
    assert ("Retries" in text, "ReservedConcurrentExecutions" in text) == (False, False)
    with pytest.raises(ServiceError, match=r"Tags\.team comes from Globals and cannot be removed from Sam alone"):
        engine.told(lambda client: client.template.write_back_overrides("Sam", "Tags.team"))
    assert template.read_text() == text
    assert client.get_alias(FunctionName="Plain", Name="prod")["RoutingConfig"] == {"AdditionalVersionWeights": {version: 0.25}}
    client.delete_alias(FunctionName="Plain", Name="prod")
    told = left(engine)
    assert told.pop("Plain Timeout") == ""
    assert told == {"Sam Tags.team": "", "Plain Alias.prod": ""}
    engine.told(lambda client: client.template.write_back_overrides("Plain", "Alias.prod"))
    assert "Prod:" not in template.read_text()
    client.update_alias(FunctionName="Sam", Name="live", FunctionVersion="$LATEST")
    assert left(engine)["Sam Alias.live.FunctionVersion"].startswith("The template has no place for it: AutoPublishAlias")
    engine.told(lambda client: client.template.drop_overrides("Sam", "Alias.live.FunctionVersion"))
