"""What a template declares beside functions, read as SAM and CloudFormation would deploy it.

Sources of logical IDs, principals and ARNs: aws-sam-translator's output for the same events; CloudFormation template reference.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from workbench.model.declarations import Declaration, Declarations
from workbench.workspace.declared.reading import read_declarations
from workbench.workspace.workspace import Workspace

HEAD = "Transform: AWS::Serverless-2016-10-31\n"
FUNCTION = """
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: .
"""
ARN = "arn:aws:{}:us-east-1:123456789012:{}"


def read(root: Path, resources: str, head: str = "") -> Declarations:
    """Read a template with these resources."""
    (root / "template.yaml").write_text(f"{HEAD}{textwrap.dedent(head)}Resources:\n{resources}")
    workspace = Workspace.open(root)
    return read_declarations(workspace.stacks(), workspace.functions())


def function(properties: str) -> str:
    """Return the function F with further properties."""
    return FUNCTION + textwrap.indent(textwrap.dedent(properties).strip("\n"), "      ") + "\n"


def only(found: Declarations, operation: str) -> Declaration:
    assert not found.warnings
    [declaration] = [each for each in found.all if each.operation == operation]
    return declaration


def event(root: Path, kind: str, properties: str, more: str = "") -> Declaration:
    """Return what an event E of the function F declares."""
    found = read(root, function(f"Events: {{E: {{Type: {kind}, Properties: {properties}}}}}") + more)
    [declaration] = found.all
    assert not found.warnings
    return declaration


def test_a_function_alone_declares_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, FUNCTION).all == ()


def test_a_version_and_an_alias_are_published_automatically_from_globals_too(tmp_path: Path) -> None:
    found = read(tmp_path, FUNCTION, "Globals: {Function: {AutoPublishAlias: live}}\n")
    assert found.all == (
        Declaration(logical_id="F.Version", operation="PublishVersion", parameters={"FunctionName": "F"}, function="F",
                    follows=True, is_generated=True),
        Declaration(logical_id="FAliaslive", operation="CreateAlias", function="F", is_generated=True,
                    parameters={"FunctionName": "F", "Name": "live", "FunctionVersion": "@F.Version"}))


def test_provisioned_concurrency_is_the_aliass(tmp_path: Path) -> None:
    provisioned = "ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}\n"
    found = only(read(tmp_path, function("AutoPublishAlias: live\n" + provisioned)), "PutProvisionedConcurrencyConfig")
    assert (found.qualifier, found.parameters["ProvisionedConcurrentExecutions"]) == ("live", 2)
    assert read(tmp_path, function(provisioned)).warnings == (
        "F: To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function",)


@pytest.mark.parametrize(("written", "operation", "parameters"), [
    ("ReservedConcurrentExecutions: 0", "PutFunctionConcurrency", {"FunctionName": "F", "ReservedConcurrentExecutions": 0}),
    ("RecursiveLoop: Allow", "PutFunctionRecursionConfig", {"FunctionName": "F", "RecursiveLoop": "Allow"}),
    ("Tags: {team: shop}", "TagResource", {"Tags": {"team": "shop"}}),
    ("RuntimeManagementConfig: {UpdateRuntimeOn: FunctionUpdate}", "PutRuntimeManagementConfig",
     {"FunctionName": "F", "UpdateRuntimeOn": "FunctionUpdate"}),
    ("EventInvokeConfig: {MaximumRetryAttempts: 1, DestinationConfig: {OnSuccess: {Type: SQS}}}", "PutFunctionEventInvokeConfig",
     {"FunctionName": "F", "MaximumRetryAttempts": 1,
      "DestinationConfig": {"OnSuccess": {"Destination": ARN.format("sqs", "FEventInvokeConfigOnSuccessQueue")}}}),
])
def test_a_property_is_the_call_that_would_set_it(
    tmp_path: Path, written: str, operation: str, parameters: dict[str, Any]
) -> None:
    found = only(read(tmp_path, function(written)), operation)
    assert (found.function, found.qualifier, dict(found.parameters)) == ("F", "", parameters)


QUEUE = "\n  Q: {Type: AWS::SQS::Queue}\n"
MAPPINGS = [
    ("SQS", "{Queue: !GetAtt Q.Arn, BatchSize: 5}", {"EventSourceArn": ARN.format("sqs", "Q"), "BatchSize": 5}),
    ("Kinesis", "{Stream: 'arn:k', StartingPosition: LATEST, DestinationConfig: {OnFailure: {Type: SQS, Destination: 'arn:d'}}}",
     {"EventSourceArn": "arn:k", "StartingPosition": "LATEST", "DestinationConfig": {"OnFailure": {"Destination": "arn:d"}}}),
    ("DynamoDB", "{Stream: 'arn:d', StartingPosition: LATEST}", {"EventSourceArn": "arn:d", "StartingPosition": "LATEST"}),
    ("MSK", "{Stream: 'arn:m', StartingPosition: LATEST, Topics: [t], ConsumerGroupId: g}",
     {"EventSourceArn": "arn:m", "StartingPosition": "LATEST", "Topics": ["t"],
      "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": "g"}}),
    ("MQ", "{Broker: 'arn:b', Queues: [q]}", {"EventSourceArn": "arn:b", "Queues": ["q"]}),
    ("SelfManagedKafka", "{KafkaBootstrapServers: ['h:1'], Topics: [t]}",
     {"SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["h:1"]}}, "Topics": ["t"]}),
    ("DocumentDB", "{Cluster: 'arn:c', DatabaseName: d}",
     {"EventSourceArn": "arn:c", "DocumentDBEventSourceConfig": {"DatabaseName": "d"}}),
]


@pytest.mark.parametrize(("kind", "properties", "parameters"), MAPPINGS)
def test_an_event_that_is_pulled_is_a_mapping(tmp_path: Path, kind: str, properties: str, parameters: dict[str, Any]) -> None:
    found = event(tmp_path, kind, properties, QUEUE)
    assert (found.operation, found.logical_id) == ("CreateEventSourceMapping", "FE")
    assert dict(found.parameters) == {"FunctionName": "F", **parameters}
    assert len(found.physical_id) == 36


EXECUTE = "arn:aws:execute-api:us-east-1:123456789012:"
PERMISSIONS = [
    ("S3", "{Bucket: !Ref B, Events: 's3:ObjectCreated:*'}", "FEPermission", "s3.amazonaws.com",
     {"SourceAccount": "123456789012"}),
    ("SNS", "{Topic: 'arn:t'}", "FEPermission", "sns.amazonaws.com", {"SourceArn": "arn:t"}),
    ("Api", "{Path: '/a/{id}/', Method: get, RestApiId: abc}", "FEPermissionAllStages", "apigateway.amazonaws.com",
     {"SourceArn": f"{EXECUTE}abc/*/GET/a/*"}),
    ("HttpApi", "{ApiId: abc}", "FEPermission", "apigateway.amazonaws.com", {"SourceArn": f"{EXECUTE}abc/*/*"}),
    ("Schedule", "{Schedule: rate(1 minute)}", "FEPermission", "events.amazonaws.com",
     {"SourceArn": ARN.format("events", "rule/FE")}),
    ("EventBridgeRule", "{Pattern: {source: [a]}}", "FEPermission", "events.amazonaws.com",
     {"SourceArn": ARN.format("events", "rule/FE")}),
    ("EventBridgeRule", "{Pattern: {source: [a]}, RuleName: mine}", "FEPermission", "events.amazonaws.com",
     {"SourceArn": ARN.format("events", "rule/mine")}),
    ("HttpApi", "{ApiId: abc, Path: /$default, Method: any}", "FEPermission", "apigateway.amazonaws.com",
     {"SourceArn": f"{EXECUTE}abc/*/$default"}),
    ("CloudWatchLogs", "{LogGroupName: g, FilterPattern: ''}", "FEPermission", "logs.amazonaws.com",
     {"SourceArn": ARN.format("logs", "log-group:g:*")}),
    ("Cognito", "{UserPool: !Ref P, Trigger: PreSignUp}", "FCognitoPermission", "cognito-idp.amazonaws.com", None),
    ("AlexaSkill", "{SkillId: s}", "FEPermission", "alexa-appkit.amazon.com", {"EventSourceToken": "s"}),
]


@pytest.mark.parametrize(("kind", "properties", "logical_id", "principal", "source"), PERMISSIONS)
def test_an_event_that_is_pushed_is_a_permission(
    tmp_path: Path, kind: str, properties: str, logical_id: str, principal: str, source: dict[str, str] | None
) -> None:
    others = "\n  B: {Type: AWS::S3::Bucket}\n  P: {Type: AWS::Cognito::UserPool}\n"
    found = event(tmp_path, kind, properties, others)
    assert (found.operation, found.logical_id, found.function) == ("AddPermission", logical_id, "F")
    given = {name: value for name, value in found.parameters.items() if name not in ("StatementId", "FunctionName")}
    if source is None:
        source = {"SourceArn": given["SourceArn"]}
        assert source["SourceArn"].startswith("arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_")
    assert given == {"Action": "lambda:InvokeFunction", "Principal": principal, **source}
    assert found.parameters["StatementId"].startswith(f"{tmp_path.name.replace('_', '-')[:32].rstrip('-')}-{logical_id}-")


def test_the_implicit_apis_stage_is_part_of_the_name(tmp_path: Path) -> None:
    assert event(tmp_path, "Api", "{Path: /, Method: any}").logical_id == "FEPermissionProd"
    own = "\n  A: {Type: AWS::Serverless::Api, Properties: {StageName: %s}}\n"
    given = "{Path: /, Method: any, RestApiId: !Ref A}"
    assert event(tmp_path, "Api", given, own % "v1").logical_id == "FEPermissionv1"
    assert event(tmp_path, "Api", given, own % "!Sub v1").logical_id == "FEPermissionStage"
    assert event(tmp_path, "Api", given, own % "hoge-fuga").logical_id == "FEPermission0c8ecc62cb"


def test_a_public_url_is_permitted_to_everyone(tmp_path: Path) -> None:
    found = read(tmp_path, function("FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}"))
    url, invoke_url, invoke = found.all
    assert (url.operation, url.logical_id, len(url.physical_id)) == ("CreateFunctionUrlConfig", "FUrl", 32)
    assert url.parameters == {"FunctionName": "F", "AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM"}
    assert (invoke_url.logical_id, invoke_url.parameters["Action"]) == ("FUrlPublicPermissions", "lambda:InvokeFunctionUrl")
    assert (invoke.logical_id, invoke.parameters["InvokedViaFunctionUrl"]) == ("FURLInvokeAllowPublicAccess", True)
    assert [each.operation for each in read(tmp_path, function("FunctionUrlConfig: {AuthType: AWS_IAM}")).all] == [
        "CreateFunctionUrlConfig"]
    plain = FUNCTION + "  U: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !GetAtt F.Arn, AuthType: AWS_IAM}}\n"
    assert only(read(tmp_path, plain), "CreateFunctionUrlConfig").function == "F"


def test_events_invoke_the_alias_that_is_published(tmp_path: Path) -> None:
    found = read(tmp_path, function("AutoPublishAlias: live\nEvents: {E: {Type: SQS, Properties: {Queue: 'arn:q'}}}"))
    assert [each.qualifier for each in found.all if each.operation == "CreateEventSourceMapping"] == ["live"]


def test_a_topic_through_a_queue_is_a_mapping_of_the_queue(tmp_path: Path) -> None:
    found = event(tmp_path, "SNS", "{Topic: 'arn:t', SqsSubscription: true}")
    assert (found.logical_id, found.parameters["EventSourceArn"]) == ("FEEventSourceMapping", ARN.format("sqs", "FEQueue"))
    own = "{Topic: 'arn:t', SqsSubscription: {QueueArn: 'arn:q', QueueUrl: u, BatchSize: 3}}"
    assert event(tmp_path, "SNS", own).parameters == {
        "FunctionName": "F", "EventSourceArn": "arn:q", "BatchSize": 3, "Enabled": True}


def test_the_route_of_everything_makes_the_only_permission_of_an_http_api(tmp_path: Path) -> None:
    events = "Events: {A: {Type: HttpApi}, B: {Type: HttpApi, Properties: {Path: /b, Method: get}}}"
    assert [each.logical_id for each in read(tmp_path, function(events)).all] == ["FAPermission"]


@pytest.mark.parametrize(("api", "logical_id", "source"), [
    ("{Type: AWS::Serverless::Api, Properties: {StageName: p, Auth: {Authorizers: {Mine: {FunctionArn: !GetAtt F.Arn}}}}}",
     "AMineAuthorizerPermission", "/authorizers/*"),
    ("{Type: AWS::Serverless::HttpApi, Properties: {Auth: {Authorizers: {Mine: {FunctionArn: !GetAtt F.Arn, "
     "EnableFunctionDefaultPermissions: true}}}}}", "AMineAuthorizerPermission", "/authorizers/*"),
    ("{Type: AWS::Serverless::WebSocketApi, Properties: {Routes: {$connect: {FunctionArn: !GetAtt F.Arn}}}}",
     "AConnectPermission", "/default/$connect"),
])
def test_an_api_permits_itself_to_invoke(tmp_path: Path, api: str, logical_id: str, source: str) -> None:
    found = only(read(tmp_path, f"{FUNCTION}  A: {api}\n"), "AddPermission")
    assert (found.logical_id, found.function) == (logical_id, "F")
    assert found.parameters["SourceArn"].startswith(EXECUTE)
    assert found.parameters["SourceArn"].endswith(source)


def test_authorizers_of_the_implicit_api_are_in_globals(tmp_path: Path) -> None:
    found = read(tmp_path, function("Events: {E: {Type: Api, Properties: {Path: /, Method: get}}}"),
                 "Globals: {Api: {Auth: {Authorizers: {Mine: {FunctionArn: !GetAtt F.Arn}}}}}\n")
    assert [each.logical_id for each in found.all] == ["FEPermissionProd", "ServerlessRestApiMineAuthorizerPermission"]


def test_events_that_make_nothing_of_lambdas_declare_nothing(tmp_path: Path) -> None:
    schedule = "Events: {E: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute)}}}"
    assert read(tmp_path, function(schedule)).all == ()


PLAIN = """
  F:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: named, Runtime: python3.13, Handler: app.handler, Code: ., Tags: [{Key: a, Value: b}]}
  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F, Description: first}}
  A:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !GetAtt F.Arn
      Name: live
      FunctionVersion: !GetAtt V.Version
      RoutingConfig: {AdditionalVersionWeights: [{FunctionVersion: '7', FunctionWeight: 0.25}]}
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}
  P: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref A, Action: 'lambda:InvokeFunction', Principal: '*'}}
  I: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref F, Qualifier: live, MaximumRetryAttempts: 0}}
  M:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref V, EventSourceArn: 'arn:q', Tags: [{Key: c, Value: d}]}
"""


def test_cloudformations_own_resources_are_calls_about_the_function_by_its_name(tmp_path: Path) -> None:
    found = read(tmp_path, PLAIN)
    told = {(each.operation, each.logical_id): each for each in found.all}
    assert not found.warnings
    assert {each.function for each in found.all} == {"named"}
    assert told["TagResource", "F"].parameters == {"Tags": {"a": "b"}}
    assert told["PublishVersion", "V"].parameters == {"FunctionName": "named", "Description": "first"}
    assert told["CreateAlias", "A"].parameters == {
        "FunctionName": "named", "Name": "live", "FunctionVersion": "@V",
        "RoutingConfig": {"AdditionalVersionWeights": {"7": 0.25}}}
    assert told["PutProvisionedConcurrencyConfig", "A"].qualifier == "live"
    assert told["AddPermission", "P"].qualifier == "live"
    assert told["PutFunctionEventInvokeConfig", "I"].qualifier == "live"
    mapping = told["CreateEventSourceMapping", "M"]
    assert (mapping.qualifier, mapping.parameters["Tags"]) == ("@V", {"c": "d"})


def test_a_layer_with_its_content_here_is_published(tmp_path: Path) -> None:
    layer = "  L: {Type: AWS::Serverless::LayerVersion, Properties: {LayerName: common, ContentUri: layer/, LicenseInfo: MIT}}\n"
    (tmp_path / "layer").mkdir()
    found = only(read(tmp_path, layer), "PublishLayerVersion")
    assert found.parameters == {"LayerName": "common", "Content": {}, "LicenseInfo": "MIT"}
    assert found.physical_id == ARN.format("lambda", "layer:common:1")
    assert found.content is not None
    assert found.content.path == str(tmp_path / "layer")
    in_s3 = only(read(tmp_path, layer.replace("layer/", "s3://b/k")), "PublishLayerVersion")
    assert in_s3.content is not None
    assert in_s3.content.path == "s3://b/k"


def test_what_is_not_known_is_left_out_and_told(tmp_path: Path) -> None:
    found = read(tmp_path, function("Events: {E: {Type: SQS, Properties: {Queue: !Ref Source}}}"),
                 "Parameters: {Source: {Type: String}}\n")
    assert found.all == ()
    assert found.warnings == ("FE: Queue is left out: parameter Source has no value here. "
                              "Give it under Parameters and values (workbench values set Source …).",)


def test_what_a_false_condition_leaves_out_is_not_declared(tmp_path: Path) -> None:
    version = "  V: {Type: AWS::Lambda::Version, Condition: Never, Properties: {FunctionName: !Ref F}}\n"
    assert read(tmp_path, FUNCTION + version, "Conditions: {Never: !Equals [a, b]}\n").all == ()


def test_versions_of_nested_stacks_have_the_stacks_path(tmp_path: Path) -> None:
    (tmp_path / "child.yaml").write_text(HEAD + "Resources:\n" + PLAIN)
    found = read(tmp_path, "  C: {Type: AWS::Serverless::Application, Properties: {Location: child.yaml}}\n")
    told = {each.logical_id: each for each in found.all if each.operation in ("PublishVersion", "CreateAlias")}
    assert set(told) == {"C/V", "C/A"}
    assert told["C/A"].parameters["FunctionVersion"] == "@C/V"


@pytest.mark.parametrize("resources", [
    "  F: {Type: AWS::Serverless::Function, Properties: {Events: [1], Tags: 3, EventInvokeConfig: x, AutoPublishAlias: [a]}}\n",
    "  V: {Type: AWS::Lambda::Version}\n  A: {Type: AWS::Lambda::Alias, Properties: {FunctionName: [a], RoutingConfig: 1}}\n",
    "  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref V}}\n",
    "  L: {Type: AWS::Lambda::LayerVersion, Properties: 3}\n  M: {Type: AWS::Lambda::EventSourceMapping, Properties: []}\n",
    "  F: {Type: AWS::Serverless::Function, Properties: {Events: {E: 3, G: {Type: [a]}, H: {Type: Api, Properties: {Path: 3}}}}}",
])
def test_odd_values_do_not_stop_the_reading(tmp_path: Path, resources: str) -> None:
    assert isinstance(read(tmp_path, resources), Declarations)
