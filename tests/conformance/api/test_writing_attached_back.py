"""Permissions and event source mappings that the API changed are written back: comments and order stay.

There is nothing like it on AWS; what stands where is from the SAM guide and the CloudFormation template reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION
from tests.support.shared_engine import SharedEngine, shared_by_tests

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Sam:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: app.handler
      CodeUri: src/
      AutoPublishAlias: live
      Events:
        Orders:  # what the shop sends
          Type: SQS
          Properties:
            Queue: arn:aws:sqs:us-east-1:123456789012:orders
            BatchSize: 10  # small ones
        Bucket: {Type: S3, Properties: {Bucket: !Ref Files, Events: "s3:ObjectCreated:*"}}
  Files: {Type: AWS::S3::Bucket}
  Plain:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.11, Handler: app.handler, Code: src/}
  PlainFirst: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Plain}}
  Prod:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Plain, Name: prod, FunctionVersion: $LATEST}
  Read:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Plain
      EventSourceArn: arn:aws:kinesis:us-east-1:123456789012:stream/clicks
      StartingPosition: LATEST  # not the old ones
      BatchSize: 100
  Topic:  # who may call
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Plain
      Action: lambda:InvokeFunction
      Principal: sns.amazonaws.com
  OfProd:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Prod, Action: lambda:InvokeFunction, Principal: events.amazonaws.com}
"""


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    """`workbench serve` for the template."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "src").mkdir()
    (root / "src" / "app.py").write_text("def handler(event, context):\n    return 1\n")
    (root / "template.yaml").write_text(TEMPLATE)
    with shared_by_tests(tmp_path_factory, root) as engine:
        yield engine


def left(engine: SharedEngine) -> dict[str, str]:
    """What the API changed, and why it would stay."""
    return {f"{each.function} {each.property}": each.why_kept for each in engine.told(lambda client: client.template.overrides())}


def drop_all(engine: SharedEngine) -> None:
    """Have the functions be as the template says: nothing is left of this test, or of another."""
    for name in {each.split()[0] for each in left(engine)}:
        engine.told(lambda client, name=name: client.template.drop_overrides(name))


def write_back(engine: SharedEngine) -> None:
    for name in ("Sam", "Plain"):
        engine.told(lambda client, name=name: client.template.write_back_overrides(name))


def statements(client: Any, name: str, **qualifier: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(client.get_policy(FunctionName=name, **qualifier)["Policy"])["Statement"]
    return found


def test_event_source_mappings_are_written_back(client: Any, engine: SharedEngine) -> None:
    """In an event of SAM's function, and as a resource of their own."""
    template = engine.workspace / "template.yaml"
    [orders] = client.list_event_source_mappings(FunctionName="Sam:live")["EventSourceMappings"]
    [clicks] = client.list_event_source_mappings(FunctionName="Plain")["EventSourceMappings"]
    client.update_event_source_mapping(UUID=orders["UUID"], BatchSize=5, Enabled=False, MaximumBatchingWindowInSeconds=3)
    client.update_event_source_mapping(UUID=clicks["UUID"], BatchSize=50, MaximumRetryAttempts=2)
    for mapping in (orders, clicks):
        while client.get_event_source_mapping(UUID=mapping["UUID"])["State"] not in ("Enabled", "Disabled"):
            pass
    assert set(left(engine).values()) == {""}, left(engine)
    write_back(engine)
    assert left(engine) == {}
    expected = TEMPLATE.replace("BatchSize: 10  #", "BatchSize: 5  #").replace("BatchSize: 100\n", "BatchSize: 50\n")
    for line in ("            BatchSize: 5  # small ones\n", "      BatchSize: 50\n"):
        assert line in template.read_text()
    text = template.read_text()
    for added in ("            Enabled: false\n", "            MaximumBatchingWindowInSeconds: 3\n",
                  "      MaximumRetryAttempts: 2\n"):
        assert added in text
        text = text.replace(added, "")
    assert text == expected
    [orders] = client.list_event_source_mappings(FunctionName="Sam:live")["EventSourceMappings"]
    assert (orders["BatchSize"], orders["State"], left(engine)) == (5, "Disabled", {})
    client.delete_event_source_mapping(UUID=orders["UUID"])
    client.delete_event_source_mapping(UUID=clicks["UUID"])
    while len(left(engine)) < 2:
        pass
    write_back(engine)
    assert left(engine) == {}
    text = template.read_text()
    assert ("Orders" in text, "Read:" in text, "Bucket:" in text) == (False, False, True)
    assert client.list_event_source_mappings()["EventSourceMappings"] == []


def test_permissions_are_written_back(client: Any, engine: SharedEngine) -> None:
    """As resources, under names that CloudFormation gives them; what SAM makes of an event says that it stays."""
    template = engine.workspace / "template.yaml"
    [topic], [prod] = statements(client, "Plain"), statements(client, "Plain", Qualifier="prod")
    client.add_permission(FunctionName="Plain", StatementId="rule-1", Action="lambda:InvokeFunction", SourceAccount=ACCOUNT,
                          Principal="events.amazonaws.com", SourceArn=f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly")
    client.add_permission(FunctionName="Plain", Qualifier="prod", StatementId="account", Action="lambda:InvokeFunction",
                          Principal="111122223333")
    client.add_permission(FunctionName="Sam", Qualifier="live", StatementId="other", Action="lambda:InvokeFunction",
                          Principal="s3.amazonaws.com")
    client.remove_permission(FunctionName="Plain", Qualifier="prod", StatementId=prod["Sid"])
    [bucket, _] = statements(client, "Sam", Qualifier="live")
    client.remove_permission(FunctionName="Sam", Qualifier="live", StatementId=bucket["Sid"])
    told = left(engine)
    [of_event] = [each for each in told if "SamBucketPermission" in each]
    assert told.pop(of_event).startswith("SAM makes this permission of an event, a URL or an API")
    assert set(told.values()) == {""}, told
    write_back(engine)
    text = template.read_text()
    for added in ("""\
  PlainRule1Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Plain
      Action: lambda:InvokeFunction
""", "      FunctionName: !Ref Prod\n", "      FunctionName: !Ref Sam.Alias\n", "Principal: \"111122223333\""):
        assert added in text, text
    assert "OfProd" not in text
    assert statements(client, "Plain")[0]["Sid"] == topic["Sid"]
    assert meanings(statements(client, "Plain"))[1:] == [
        ("events.amazonaws.com", {"StringEquals": {"AWS:SourceAccount": ACCOUNT},
                                  "ArnLike": {"AWS:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly"}})]
    assert meanings(statements(client, "Plain", Qualifier="prod")) == [("arn:aws:iam::111122223333:root", None)]
    assert meanings(statements(client, "Sam", Qualifier="live")) == [("s3.amazonaws.com", None)]
    assert list(left(engine)) == [of_event]


def meanings(found: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    """Whom statements permit, and under which conditions."""
    return [(next(iter(each["Principal"].values())), each.get("Condition")) for each in found]


def test_the_version_of_an_alias_is_written_as_the_resource_that_publishes_it(client: Any, engine: SharedEngine) -> None:
    template = engine.workspace / "template.yaml"
    drop_all(engine)
    before = template.read_text()
    client.update_alias(FunctionName="Plain", Name="prod", FunctionVersion="1")
    assert left(engine) == {"Plain Alias.prod.FunctionVersion": ""}
    engine.told(lambda told: told.template.write_back_overrides("Plain"))
    assert "FunctionVersion: !GetAtt PlainFirst.Version" in template.read_text()
    assert (client.get_alias(FunctionName="Plain", Name="prod")["FunctionVersion"], left(engine)) == ("1", {})
    client.update_alias(FunctionName="Plain", Name="prod", FunctionVersion="$LATEST")
    engine.told(lambda told: told.template.write_back_overrides("Plain"))
    assert (template.read_text().replace('"', ""), left(engine)) == (before.replace('"', ""), {})


def test_a_version_that_no_resource_publishes_stays_with_the_api(client: Any, engine: SharedEngine) -> None:
    for name in ("Sam", "Plain"):  # the template's own versions are published by then
        client.invoke(FunctionName=name)
    client.update_function_configuration(FunctionName="Plain", MemorySize=256)
    client.get_waiter("function_updated_v2").wait(FunctionName="Plain", WaiterConfig={"Delay": 0.1})
    number = client.publish_version(FunctionName="Plain")["Version"]
    assert number == "2"
    client.update_alias(FunctionName="Plain", Name="prod", FunctionVersion=number)
    client.update_alias(FunctionName="Sam", Name="live", FunctionVersion="$LATEST")
    why = left(engine)
    assert why["Plain Alias.prod.FunctionVersion"].startswith("No resource of the template publishes this version")
    assert why["Sam Alias.live.FunctionVersion"].startswith("The template has no place for it: AutoPublishAlias points its alias")
    drop_all(engine)
    assert left(engine) == {}
