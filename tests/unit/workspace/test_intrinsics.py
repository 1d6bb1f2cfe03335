"""Intrinsic functions without a stack."""

from typing import Any

import pytest

from workbench.workspace.intrinsics import PseudoParameters, Resolver, Unresolved, as_text
from workbench.workspace.unresolved import GivenValues, Unknown, unknowns_in

DATA: dict[str, Any] = {
    "Parameters": {"Stage": {"Type": "String", "Default": "dev"}, "Key": {"Type": "String"},
        "Count": {"Type": "Number", "Default": 3},
                   "Ids": {"Type": "CommaDelimitedList", "Default": "a, b"},
                   "Ami": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/my/ami"}},
    "Mappings": {"Sizes": {"dev": {"memory": 256}, "123456789012": {"memory": 1}}},
    "Conditions": {"IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]}, "Unknown": {"Fn::Equals": [{"Ref": "Key"}, "x"]},
                   "Either": {"Fn::Or": [{"Condition": "Unknown"}, {"Condition": "IsDev"}]},
                   "Both": {"Fn::And": [{"Condition": "Unknown"}, {"Condition": "IsDev"}]},
                   "Circle": {"Fn::Not": [{"Condition": "Circle"}]}},
    "Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": {"Fn::Sub": "t-${Stage}"}}},
                  "Queue": {"Type": "AWS::SQS::Queue"}, "Topic": {"Type": "AWS::SNS::Topic"},
                  "Loop": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "${Loop}${Loop}${Loop}"}}}},
}


def resolve(value: Any, **given: dict[str, str]) -> Any:
    pseudo = PseudoParameters(region="eu-central-1", stack_name="shop", given=GivenValues(**given))
    return Resolver(DATA, pseudo).resolve(value)


@pytest.mark.parametrize(("value", "expected"), [
    ({"Ref": "Stage"}, "dev"), ({"Ref": "Count"}, 3), ({"Ref": "Ids"}, ["a", "b"]), ({"Ref": "AWS::Region"}, "eu-central-1"),
    ({"Ref": "Table"}, "t-dev"), ({"Ref": "Queue"}, "https://sqs.eu-central-1.amazonaws.com/123456789012/Queue"),
    ({"Ref": "Topic"}, "arn:aws:sns:eu-central-1:123456789012:Topic"),
    ({"Fn::GetAtt": ["Table", "Arn"]}, "arn:aws:dynamodb:eu-central-1:123456789012:table/t-dev"),
    ({"Fn::GetAtt": "Queue.QueueName"}, "Queue"),
    ({"Fn::Sub": "${AWS::StackName}-${Stage}-${!kept}-${Table.Arn}"},
     "shop-dev-${kept}-arn:aws:dynamodb:eu-central-1:123456789012:table/t-dev"),
    ({"Fn::Sub": ["${x}-${Stage}", {"x": {"Ref": "Count"}}]}, "3-dev"),
    ({"Fn::Sub": ["${x} ${ Stage }", {"x": "${!kept as it is}"}]}, "${!kept as it is} dev"),
    ({"Fn::Sub": ["${x}", {"x": {"Fn::If": ["IsDev", "yes", "no"]}}]}, "yes"),
    ({"Fn::If": ["IsDev", 1, 2]}, 1), ({"Fn::If": ["Either", 1, 2]}, 1),
    ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "memory"]}, 256),
    ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::AccountId"}, "memory"]}, 1),
    ({"Fn::FindInMap": ["Sizes", "test", "memory", {"DefaultValue": 7}]}, 7),
    ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]}, "a-dev"), ({"Fn::Select": ["1", {"Fn::Split": [",", "x,y"]}]}, "y"),
    ({"Fn::If": ["Unknown", "same", "same"]}, "same"), ({"Fn::Select": [0, ["a", {"Ref": "Key"}]]}, "a"),
    ({"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}]}, "10.0.1.0/24"),
    ({"Fn::Cidr": ["2001:db8::/56", 2, 64]}, ["2001:db8::/64", "2001:db8:0:1::/64"]),
    ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "eu-central-1a"),
    ({"Fn::GetAZs": "us-west-2"}, ["us-west-2a", "us-west-2b", "us-west-2c"]),
    ({"Statement": {"Condition": {"a": 1}}}, {"Statement": {"Condition": {"a": 1}}}),
    ({"Fn::Base64": "hi"}, "aGk="), ({"Fn::Length": {"Ref": "Ids"}}, 2),
    ({"Fn::ToJsonString": {"a": {"Ref": "Stage"}}}, '{"a":"dev"}'),
    ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
])
def test_what_is_known_is_resolved(value: Any, expected: Any) -> None:
    assert resolve(value) == expected


@pytest.mark.parametrize(("value", "text"), [
    ({"Ref": "Key"}, "<unresolved: parameter Key>"), ({"Ref": "Ami"}, "<unresolved: SSM parameter /my/ami>"),
    ({"Ref": "Nothing"}, "<unresolved: !Ref Nothing>"),
    ({"Fn::GetAtt": ["Table", "StreamArn"]}, "<unresolved: !GetAtt Table.StreamArn>"),
    ({"Fn::ImportValue": "vpc"}, "<unresolved: !ImportValue vpc>"), ({"Fn::If": ["Unknown", 1, 2]}, "<unresolved: !If Unknown>"),
    ({"Fn::If": ["Both", 1, 2]}, "<unresolved: !If Both>"), ({"Fn::If": ["Circle", 1, 2]}, "<unresolved: !If Circle>"),
    ({"Fn::Sub": "https://${Key}/x"}, "https://<unresolved: parameter Key>/x"),
    ({"Fn::Join": [",", ["a", {"Ref": "Key"}]]}, "a,<unresolved: parameter Key>"),
    ({"Fn::Select": [9, ["a"]]}, "<unresolved: !Select [9, [\"a\"]]>"), ({"Fn::Join": 5}, "<unresolved: !Join 5>"),
    ({"Fn::Sub": []}, "<unresolved: !Sub []>"),
    ({"Fn::FindInMap": ["Sizes", "x", "y"]}, '<unresolved: !FindInMap ["Sizes", "x", "y"]>'),
    ({"Fn::ToJsonString": {"a": {"Ref": "Key"}}}, '{"a":"<unresolved: parameter Key>"}'),
])
def test_what_is_not_known_has_a_readable_placeholder(value: Any, text: str) -> None:
    result = resolve(value)
    assert isinstance(result, Unresolved)
    assert result.text == text


def test_a_name_that_needs_itself_ends() -> None:
    assert "Loop, which refers to itself" in resolve({"Ref": "Loop"}).text


@pytest.mark.parametrize(("value", "text"),
    [(True, "true"), (None, ""), (1, "1"), (1.5, "1.5"), (["a", 2], "a,2"), ({"a": 1}, '{"a": 1}')])
def test_values_become_the_text_cloudformation_makes_of_them(value: Any, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(("value", "unknowns"), [
    ({"Ref": "Key"}, [Unknown("parameter", "parameter Key", "Key")]),
    ({"Ref": "Ami"}, [Unknown("ssm", "SSM parameter /my/ami", "ssm:/my/ami")]),
    ({"Fn::ImportValue": {"Fn::Sub": "${Stage}-vpc"}}, [Unknown("import", "!ImportValue dev-vpc", "import:dev-vpc")]),
    ({"Fn::GetAtt": ["Table", "Nonsense"]}, [Unknown("attribute", "!GetAtt Table.Nonsense", "Table.Nonsense")]),
    ({"Fn::If": ["Unknown", 1, 2]}, [Unknown("parameter", "parameter Key", "Key")]),
    ("a{{resolve:ssm:/app/y:1}}b", [Unknown("ssm", "SSM parameter /app/y:1", "resolve:ssm:/app/y:1")]),
    ({"Fn::Sub": "{{resolve:secretsmanager:${Stage}/db:SecretString:password}}-${Key}"},
     [Unknown("parameter", "parameter Key", "Key"),
      Unknown("secret", "secret dev/db:SecretString:password", "resolve:secretsmanager:dev/db:SecretString:password")]),
    ({"Fn::Join": ["", ["{{resolve:ssm-secure:", "k", ":1}}"]]},
     [Unknown("ssm", "secure SSM parameter k:1", "resolve:ssm-secure:k:1")]),
    ([{"Ref": "Key"}, {"a": {"Ref": "Key"}}], [Unknown("parameter", "parameter Key", "Key")]),
])
def test_what_is_not_known_says_how_it_can_be_given(value: Any, unknowns: list[Unknown]) -> None:
    assert list(unknowns_in(resolve(value))) == unknowns


@pytest.mark.parametrize(("value", "expected"), [
    ({"Ref": "Key"}, "k1"), ({"Ref": "Stage"}, "prod"), ({"Ref": "Ids"}, ["x", "y"]), ({"Ref": "Ami"}, "ami-1"),
    ({"Fn::If": ["IsDev", 1, 2]}, 2), ({"Fn::ImportValue": "vpc"}, "vpc-1"), ({"Fn::GetAtt": ["Table", "Nonsense"]}, "n"),
    ({"Ref": "Nothing"}, "thing"), ({"Fn::Sub": "${Key}-{{resolve:ssm:/app/y:1}}"}, "k1-y1"),
])
def test_what_a_person_gives_counts_before_all(value: Any, expected: Any) -> None:
    others = {"ssm:/my/ami": "ami-1", "resolve:ssm:/app/y:1": "y1", "Table.Nonsense": "n", "Nothing": "thing",
              "import:vpc": "vpc-1"}
    assert resolve(value, parameters={"Key": "k1", "Stage": "prod", "Ids": "x,y"}, others=others) == expected
