"""What a template declares, as an engine that has just begun answers boto3: as if it had been made through the API.

Sources: SAM guide (logical IDs, alias, events); recorded answers of the operations, whose own tests compare them in full.
"""

from __future__ import annotations

import asyncio
import io
import json
import urllib.request
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, ROLE, plain, refused, waited, zipped
from tests.support.engines import until
from tests.support.shared_engine import SharedEngine, shared_by_tests
from workbench.client.api import EngineClient

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:"
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.11, Handler: app.handler, CodeUri: src/, Tags: {team: shop}}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Dead: {Type: AWS::SQS::Queue}
  Common: {Type: AWS::Serverless::LayerVersion, Properties: {LayerName: common, ContentUri: layer/}}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      AutoPublishAlias: live
      ReservedConcurrentExecutions: 5
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Dead.Arn}}
      Events:
        Work: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn, BatchSize: 5}}
        Put: {Type: S3, Properties: {Bucket: !Ref Bucket, Events: 's3:ObjectCreated:*'}}
  Bucket: {Type: AWS::S3::Bucket}
  Never:
    Type: AWS::Serverless::Function
    Properties: {ReservedConcurrentExecutions: 0}
  Plain:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.11, Handler: app.handler, Code: src/}
  PlainV1: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Plain, Description: first}}
  PlainProd:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Plain, Name: prod, FunctionVersion: !GetAtt PlainV1.Version, Description: shown}
"""
CODE = "def handler(event, context):\n    return [context.function_version, %r]\n"


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    """`workbench serve` for the template."""
    root = tmp_path_factory.mktemp("workspace")
    for folder, name, text in (("src", "app.py", CODE % "one"), ("layer/python", "common.py", "WORD = 'common'\n")):
        (root / folder).mkdir(parents=True)
        (root / folder / name).write_text(text)
    (root / "template.yaml").write_text(TEMPLATE)
    with shared_by_tests(tmp_path_factory, root) as engine:
        yield engine


def edited(engine: SharedEngine, path: str, text: str) -> None:
    """Change a file, and have the engine see it without waiting for its watch."""
    (engine.workspace / path).write_text(text)
    asyncio.run(engine.refresh())


def invoked(client: Any, name: str) -> tuple[str, Any]:
    answer = client.invoke(FunctionName=name)
    return answer["ExecutedVersion"], json.loads(answer["Payload"].read())


def test_aliases_and_versions_are_there_and_can_be_invoked(client: Any) -> None:
    alias = plain(client.get_alias(FunctionName="Plain", Name="prod"))
    assert len(alias.pop("RevisionId")) == 36
    assert alias == {"AliasArn": f"{FUNCTION}Plain:prod", "Name": "prod", "FunctionVersion": "1", "Description": "shown"}
    versions = client.list_versions_by_function(FunctionName="Plain")["Versions"]
    assert [(each["Version"], each["Description"]) for each in versions] == [("$LATEST", ""), ("1", "first")]
    assert client.invoke(FunctionName="Orders:live", InvocationType="DryRun")["StatusCode"] == 204
    assert invoked(client, "Plain:prod") == ("1", ["1", "one"])
    assert [each["Name"] for each in client.list_aliases(FunctionName="Orders")["Aliases"]] == ["live"]
    assert invoked(client, "Orders:live")[0] == "1"


def test_what_is_configured_is_answered_as_if_the_api_had_set_it(client: Any) -> None:
    assert plain(client.get_function_concurrency(FunctionName="Orders")) == {"ReservedConcurrentExecutions": 5}
    assert plain(client.list_tags(Resource=f"{FUNCTION}Orders")) == {"Tags": {"team": "shop"}}
    assert client.get_function(FunctionName="Orders")["Tags"] == {"team": "shop"}
    configuration = client.get_function_configuration(FunctionName="Orders")
    assert configuration["DeadLetterConfig"] == {"TargetArn": f"{QUEUE}Dead"}
    [invoke] = client.list_function_event_invoke_configs(FunctionName="Orders")["FunctionEventInvokeConfigs"]
    del invoke["LastModified"]
    assert invoke == {"FunctionArn": f"{FUNCTION}Orders:live", "MaximumRetryAttempts": 1,
                      "DestinationConfig": {"OnSuccess": {}, "OnFailure": {"Destination": f"{QUEUE}Dead"}}}


def test_events_are_mappings_and_permissions_of_the_alias(client: Any, engine: SharedEngine) -> None:
    [mapping] = client.list_event_source_mappings(FunctionName="Orders:live")["EventSourceMappings"]
    identifier = mapping.pop("UUID")
    del mapping["LastModified"]
    assert mapping == {
        "BatchSize": 5, "MaximumBatchingWindowInSeconds": 0, "EventSourceArn": f"{QUEUE}Queue", "State": "Enabled",
        "FunctionArn": f"{FUNCTION}Orders:live", "StateTransitionReason": "USER_INITIATED", "FunctionResponseTypes": [],
        "EventSourceMappingArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{identifier}"}
    [statement] = json.loads(client.get_policy(FunctionName="Orders", Qualifier="live")["Policy"])["Statement"]
    assert "-OrdersPutPermission-" in statement.pop("Sid")
    assert statement == {
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "lambda:InvokeFunction",
        "Resource": f"{FUNCTION}Orders:live", "Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}}}


def test_a_layer_is_listed_downloaded_and_used_by_its_arn(client: Any) -> None:
    [layer] = client.list_layers()["Layers"]
    arn = layer["LatestMatchingVersion"]["LayerVersionArn"]
    assert arn == f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:common:1"
    location = client.get_layer_version(LayerName="common", VersionNumber=1)["Content"]["Location"]
    with urllib.request.urlopen(location) as answer, zipfile.ZipFile(io.BytesIO(answer.read())) as archive:
        assert archive.namelist() == ["python/common.py"]
    code = "import common\ndef handler(event, context):\n    return common.WORD\n"
    client.create_function(FunctionName="made", Runtime="python3.11", Role=ROLE, Handler="app.handler", Layers=[arn],
                           Code={"ZipFile": zipped(code)})
    waited(client, "function_active_v2", "made")
    assert invoked(client, "made") == ("$LATEST", "common")
    client.delete_function(FunctionName="made")


def test_a_function_that_reserves_nothing_is_not_invoked(client: Any) -> None:
    refusal = refused(client.invoke, FunctionName="Never")
    assert (refusal.status, refusal.code) == (429, "TooManyRequestsException")
    assert refusal.body["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_the_alias_moves_with_the_next_invocation_after_a_change(client: Any, engine: SharedEngine) -> None:
    assert invoked(client, "Orders:live") == ("1", ["1", "one"])
    edited(engine, "src/app.py", CODE % "another")
    assert client.get_alias(FunctionName="Orders", Name="live")["FunctionVersion"] == "1"
    assert invoked(client, "Orders:live") == ("2", ["2", "another"])
    assert client.get_alias(FunctionName="Orders", Name="live")["FunctionVersion"] == "2"
    assert invoked(client, "Orders:1") == ("1", ["1", "one"])
    assert invoked(client, "Plain:prod") == ("1", ["1", "one"]), "other aliases never move"
    edited(engine, "src/app.py", CODE % "one")


def test_an_edit_of_the_template_is_seen_and_an_override_stays(client: Any, engine: SharedEngine) -> None:
    client.put_function_concurrency(FunctionName="Orders", ReservedConcurrentExecutions=9)
    client.update_alias(FunctionName="Plain", Name="prod", FunctionVersion="$LATEST")
    try:
        edited(engine, "template.yaml", TEMPLATE.replace("ReservedConcurrentExecutions: 5", "ReservedConcurrentExecutions: 6")
               .replace("team: shop", "team: other").replace("Description: shown", "Description: edited")
               .replace("BatchSize: 5", "BatchSize: 6"))
        assert client.get_function_concurrency(FunctionName="Orders")["ReservedConcurrentExecutions"] == 9
        assert client.list_tags(Resource=f"{FUNCTION}Orders")["Tags"] == {"team": "other"}
        assert client.list_event_source_mappings()["EventSourceMappings"][0]["BatchSize"] == 6
        alias = client.get_alias(FunctionName="Plain", Name="prod")
        assert (alias["FunctionVersion"], alias["Description"]) == ("$LATEST", "edited")
        assert overrides(engine) == {
            "ReservedConcurrentExecutions": (6, 9, True), "Alias.prod.FunctionVersion": ("1", "$LATEST", False)}
        drop(engine, "Orders")
        drop(engine, "Plain", "Alias.prod.FunctionVersion")
        assert overrides(engine) == {}
        assert client.get_function_concurrency(FunctionName="Orders")["ReservedConcurrentExecutions"] == 6
        assert client.get_alias(FunctionName="Plain", Name="prod")["FunctionVersion"] == "1"
        edited(engine, "template.yaml", TEMPLATE.partition("  PlainProd:")[0])
        assert refused(client.get_alias, FunctionName="Plain", Name="prod").status == 404
    finally:
        edited(engine, "template.yaml", TEMPLATE)


def test_environments_are_provisioned_for_the_alias_without_anybody_asking(client: Any, engine: SharedEngine) -> None:
    provisioned = "AutoPublishAlias: live\n      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}"
    edited(engine, "template.yaml", TEMPLATE.replace("AutoPublishAlias: live", provisioned))
    try:
        engine.told(lambda told: until(lambda: _is_provisioned(told)))
        config = client.get_provisioned_concurrency_config(FunctionName="Orders", Qualifier="live")
        assert (config["RequestedProvisionedConcurrentExecutions"], config["Status"]) == (1, "READY")
    finally:
        edited(engine, "template.yaml", TEMPLATE)


async def _is_provisioned(client: EngineClient) -> bool:
    return any(each.state == "idle" for each in await client.environments())


def overrides(engine: SharedEngine) -> dict[str, tuple[Any, Any, bool]]:
    """Ask the engine's own API what the Lambda API changed."""
    return {each.property: (each.template_value, each.value, each.in_conflict) for each in engine.told(
        lambda client: client.template.overrides(""))}


def drop(engine: SharedEngine, function: str, member: str | None = None) -> None:
    engine.told(lambda client: client.template.drop_overrides(function, member))
