"""What !Ref and !GetAtt give, held against the schemas of AWS's resource types (cfn-lint) and the SAM translator."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from workbench.resource_files import resource_path
from workbench.workspace.intrinsics import PseudoParameters, Resolver, Unresolved
from workbench.workspace.made_up_ids import made_up
from workbench.workspace.return_values import ReturnValues, known_types
from workbench.workspace.template import Template
from workbench.workspace.unresolved import unknowns_in

PLACE = PseudoParameters(region="eu-central-1", stack_name="shop")
ACCOUNT = r"123456789012"


def value(intrinsic: dict[str, Any], pseudo: PseudoParameters = PLACE, **resources: dict[str, Any]) -> Any:
    return Resolver({"Resources": resources}, pseudo).resolve(intrinsic)


def of(kind: str, attribute: str = "", **properties: Any) -> Any:
    return value({"Fn::GetAtt": ["It", attribute]} if attribute else {"Ref": "It"}, It={"Type": kind, "Properties": properties})


@pytest.mark.parametrize(("kind", "attribute", "form"), [
    ("AWS::StepFunctions::StateMachine", "", rf"arn:aws:states:eu-central-1:{ACCOUNT}:stateMachine:It"),
    ("AWS::Serverless::StateMachine", "Arn", rf"arn:aws:states:eu-central-1:{ACCOUNT}:stateMachine:It"),
    ("AWS::SecretsManager::Secret", "", rf"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:It-[A-Za-z0-9]{{6}}"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "",
     rf"arn:aws:elasticloadbalancing:eu-central-1:{ACCOUNT}:loadbalancer/app/It/[0-9a-f]{{16}}"),
    ("AWS::CertificateManager::Certificate", "", rf"arn:aws:acm:eu-central-1:{ACCOUNT}:certificate/[0-9a-f-]{{36}}"),
    ("AWS::Cognito::UserPool", "", r"eu-central-1_[A-Za-z0-9]{9}"),
    ("AWS::Cognito::UserPool", "ProviderURL", r"https://cognito-idp\.eu-central-1\.amazonaws\.com/eu-central-1_[A-Za-z0-9]{9}"),
    ("AWS::Cognito::UserPoolClient", "", r"[a-z0-9]{26}"), ("AWS::Cognito::IdentityPool", "", r"eu-central-1:[0-9a-f-]{36}"),
    ("AWS::S3::Bucket", "RegionalDomainName", r"It\.s3\.eu-central-1\.amazonaws\.com"),
    ("AWS::S3::Bucket", "WebsiteURL", r"http://It\.s3-website-eu-central-1\.amazonaws\.com"),
    ("AWS::KMS::Key", "", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    ("AWS::EC2::VPC", "", r"vpc-[0-9a-f]{17}"), ("AWS::EC2::SecurityGroup", "GroupId", r"sg-[0-9a-f]{17}"),
    ("AWS::Serverless::Api", "", r"[a-z0-9]{10}"), ("AWS::Serverless::HttpApi", "ApiEndpoint", r"https://[a-z0-9]{10}\.execute-api\..*"),
    ("AWS::CloudFront::Distribution", "DomainName", r"d[a-z0-9]{13}\.cloudfront\.net"),
    ("AWS::RDS::DBProxy", "Endpoint", r"it\.proxy-[a-z0-9]{12}\.eu-central-1\.rds\.amazonaws\.com"),
    ("AWS::ElastiCache::ReplicationGroup", "PrimaryEndPoint.Address", r"it\.[a-z0-9]{6}\.ng\.0001\.euc1\.cache\.amazonaws\.com"),
    ("AWS::AppSync::GraphQLApi", "GraphQLUrl", r"https://[a-z0-9]{26}\.appsync-api\.eu-central-1\.amazonaws\.com/graphql"),
    ("AWS::IAM::Role", "Arn", rf"arn:aws:iam::{ACCOUNT}:role/It"), ("AWS::IAM::Role", "RoleId", r"AROA[A-Z0-9]{17}"),
    ("AWS::OpenSearchService::Domain", "DomainEndpoint", r"search-It-[a-z0-9]{26}\.eu-central-1\.es\.amazonaws\.com"),
    ("AWS::ECS::Service", "", rf"arn:aws:ecs:eu-central-1:{ACCOUNT}:service/default/It"),
    ("AWS::DynamoDB::Table", "", "It"), ("AWS::SQS::Queue", "", rf"https://sqs\.eu-central-1\.amazonaws\.com/{ACCOUNT}/It"),
])
def test_made_up_values_have_exactly_aws_s_form(kind: str, attribute: str, form: str) -> None:
    given = of(kind, attribute)
    assert re.fullmatch(form, given)
    assert given == of(kind, attribute)


@pytest.mark.parametrize(("kind", "attribute", "properties", "expected"), [
    ("AWS::SSM::Parameter", "Value", {"Value": "v"}, "v"), ("AWS::SSM::Parameter", "Arn", {"Name": "/a/b"},
     "arn:aws:ssm:eu-central-1:123456789012:parameter/a/b"),
    ("AWS::SQS::Queue", "QueueName", {"FifoQueue": True}, "It.fifo"),
    ("AWS::SQS::Queue", "QueueName", {"FifoQueue": True, "QueueName": "a.fifo"}, "a.fifo"),
    ("AWS::IAM::Role", "Arn", {"Path": "/x/", "RoleName": "r"}, "arn:aws:iam::123456789012:role/x/r"),
    ("AWS::Lambda::Alias", "", {"FunctionName": "arn:aws:lambda:eu-central-1:123456789012:function:f", "Name": "live"},
     "arn:aws:lambda:eu-central-1:123456789012:function:f:live"),
    ("AWS::ApiGateway::Stage", "", {"StageName": "prod"}, "prod"), ("AWS::KMS::Alias", "", {"AliasName": "alias/k"}, "alias/k"),
    ("AWS::RDS::DBInstance", "Endpoint.Port", {"Engine": "postgres"}, "5432"),
    ("AWS::RDS::DBInstance", "Endpoint.Port", {"Engine": "postgres", "Port": 6000}, 6000),
    ("AWS::SQS::Queue", "VisibilityTimeout", {"VisibilityTimeout": 30}, 30),
    ("AWS::Glue::Database", "", {"DatabaseInput": {"Name": "db"}}, "db"),
    ("AWS::EC2::Subnet", "AvailabilityZone", {}, "eu-central-1a"), ("AWS::AppFlow::Flow", "", {"FlowName": "f"}, "f"),
    ("AWS::AppFlow::Flow", "", {}, "It"), ("AWS::Bedrock::ResourcePolicy", "", {"ResourceArn": "arn:x"}, "arn:x"),
])
def test_properties_decide_where_they_are_set(kind: str, attribute: str, properties: dict[str, Any], expected: Any) -> None:
    assert of(kind, attribute, **properties) == expected


@pytest.mark.parametrize(("kind", "attribute"), [
    ("AWS::Cognito::UserPoolClient", "ClientSecret"), ("AWS::CloudFormation::CustomResource", "Id"), ("Custom::Thing", ""),
    ("AWS::DynamoDB::Table", "StreamArn"), ("AWS::Serverless::Application", "Outputs.Url"), ("AWS::Nobody::Knows", ""),
])
def test_what_nobody_can_know_says_so_with_its_key(kind: str, attribute: str) -> None:
    (unknown,) = unknowns_in(of(kind, attribute))
    assert (unknown.kind, unknown.key) == ("attribute", f"It.{attribute}" if attribute else "It")


def test_a_name_that_is_not_known_makes_the_arn_unknown() -> None:
    data = {"Parameters": {"P": {"Type": "String"}},
            "Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "P"}}}}}
    (unknown,) = unknowns_in(Resolver(data, PLACE).resolve({"Ref": "T"}))
    assert unknown.key == "P"


def test_two_resources_and_two_stacks_have_different_ids() -> None:
    vpc = {"Type": "AWS::EC2::VPC"}
    ids = {value({"Ref": name}, pseudo, A=vpc, B=vpc) for name in "AB" for pseudo in (PLACE, PseudoParameters(stack_name="x"))}
    assert len(ids) == 4


def test_a_resource_whose_condition_is_false_does_not_exist() -> None:
    data = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
            "Resources": {"T": {"Type": "AWS::SNS::Topic", "Condition": "Never"}}}
    (unknown,) = unknowns_in(Resolver(data, PLACE).resolve({"Ref": "T"}))
    assert unknown.what == "!Ref T, which does not exist (T's condition is false)"
    assert Resolver(data, PLACE).exists("T") is False


# --- the table itself ------------------------------------------------------------------------------------------------------

PLAIN_TYPES = {kind: values for kind, values in known_types().items() if not kind.startswith("AWS::Serverless::")}
TOKEN = re.compile(r"\{([^{}|/]+)(?:/(\w+))?(?:\|[^{}]*)?\}")


def patterns(values: ReturnValues) -> list[str]:
    found: list[str] = []
    rest: list[Any] = [values.ref, *values.attributes.values()]
    while rest:
        pattern = rest.pop()
        if isinstance(pattern, dict):
            rest += [part for key, part in pattern.items() if key != "by"]
        else:
            found.append(pattern)
    return found


def test_the_table_covers_the_types_that_functions_name() -> None:
    assert len(known_types()) >= 120


@pytest.mark.parametrize("kind", PLAIN_TYPES)
def test_every_attribute_and_property_of_the_table_exists(kind: str) -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind)
    values = PLAIN_TYPES[kind]
    assert set(values.attributes) <= set(schema.get_atts)
    properties = set(schema.schema["properties"])
    assert not values.name or values.name.split(".")[0] in properties
    for pattern in patterns(values):
        for token, _form in TOKEN.findall(pattern):
            place = token in ("name", "ref", "region", "account", "partition", "suffix", "stack")
            assert place or made_up(token, "seed") or token.split(".")[0] in properties, token


@pytest.mark.parametrize("kind", PLAIN_TYPES)
def test_ref_gives_an_arn_where_the_type_is_identified_by_its_arn(kind: str) -> None:
    identifier = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema["primaryIdentifier"]
    is_arn = len(identifier) == 1 and re.search("A[rR][nN]$", identifier[0])
    refs = patterns(ReturnValues(PLAIN_TYPES[kind].ref, {}))
    # CloudFormation's documents say otherwise than the schema: Ref of a rule is its name, of a consumer and version its ARN.
    expected = bool(is_arn) and kind != "AWS::Events::Rule"
    if expected:
        assert all(ref.startswith(("arn:", "{StreamARN}", "{TopicArn}", "{StateMachineArn}")) for ref in refs)


def test_types_that_are_referred_to_by_a_property_have_it_as_their_identifier() -> None:
    table = json.loads(resource_path("return_values.json").read_bytes())
    assert not table["names"].keys() & table["types"].keys()
    for kind, name in table["names"].items():
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        assert schema["primaryIdentifier"] == [f"/properties/{name}"]


SAM = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.13, Handler: a.h, AutoPublishAlias: live}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      FunctionUrlConfig: {AuthType: NONE}
      EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SQS}, OnFailure: {Type: SNS}}}
      Events:
        Rest: {Type: Api, Properties: {Path: /, Method: get}}
        Http: {Type: HttpApi}
        Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}
        Queue: {Type: SQS, Properties: {Queue: "arn:aws:sqs:us-east-1:123456789012:q"}}
        Later: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute)}}
        Rule: {Type: EventBridgeRule, Properties: {Pattern: {source: [a]}}}
  R: {Type: AWS::Serverless::Api, Properties: {StageName: dev, DefinitionBody: {swagger: "2.0", paths: {}}}}
  H: {Type: AWS::Serverless::HttpApi, Properties: {StageName: v1, DefinitionBody: {openapi: "3.0", paths: {}}}}
  W:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes: {$connect: {FunctionArn: !GetAtt F.Arn}}
  D: {Type: AWS::Serverless::HttpApi, Properties: {DefinitionBody: {openapi: "3.0", paths: {}}}}
  S:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: X, States: {X: {Type: Pass, End: true}}}
      Policies: [AWSLambdaExecute]
      Events: {Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}}
"""
GENERATED = {
    "FRole": "AWS::IAM::Role", "FUrl": "AWS::Lambda::Url", "FAliaslive": "AWS::Lambda::Alias", "SRole": "AWS::IAM::Role",
    "FEventInvokeConfigOnSuccessQueue": "AWS::SQS::Queue", "FEventInvokeConfigOnFailureTopic": "AWS::SNS::Topic",
    "FTick": "AWS::Events::Rule", "FRule": "AWS::Events::Rule", "FQueue": "AWS::Lambda::EventSourceMapping",
    "FLater": "AWS::Scheduler::Schedule", "STick": "AWS::Events::Rule", "ServerlessRestApi": "AWS::ApiGateway::RestApi",
    "ServerlessRestApiProdStage": "AWS::ApiGateway::Stage", "ServerlessHttpApi": "AWS::ApiGatewayV2::Api",
    "ServerlessHttpApiApiGatewayDefaultStage": "AWS::ApiGatewayV2::Stage", "RdevStage": "AWS::ApiGateway::Stage",
    "WDefaultStage": "AWS::ApiGatewayV2::Stage",
    "Hv1Stage": "AWS::ApiGatewayV2::Stage", "DApiGatewayDefaultStage": "AWS::ApiGatewayV2::Stage",
}


class NoPolicies(ManagedPolicyLoader):
    """The translator asks IAM for AWS's managed policies; their names are enough here."""

    def __init__(self) -> None:
        super().__init__(None)

    def load(self) -> dict[str, str]:
        return {"AWSLambdaExecute": "arn:aws:iam::aws:policy/AWSLambdaExecute"}


def test_what_sam_generates_can_be_named_as_the_translator_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    template = Template(Path("template.yaml"), SAM)
    translated = transform(json.loads(json.dumps(template.data)), {}, NoPolicies())["Resources"]
    assert {name: translated[name]["Type"] for name in GENERATED} == GENERATED
    resolver = Resolver(template.data, PLACE)
    for name in GENERATED:
        assert not isinstance(resolver.resolve({"Ref": name}), Unresolved), name
    # The translator turns !Ref F.Alias and the like into references to what it generated.
    same = {"F.Alias": "FAliaslive", "R.Stage": "RdevStage", "F.DestinationQueue": "FEventInvokeConfigOnSuccessQueue"}
    for written, generated in same.items():
        assert resolver.resolve({"Ref": written}) == resolver.resolve({"Ref": generated})
    assert resolver.resolve({"Fn::Sub": "${FUrl.FunctionUrl}"}).startswith("https://")
    assert resolver.resolve({"Ref": "F.Version"}) == "arn:aws:lambda:eu-central-1:123456789012:function:F:1"
