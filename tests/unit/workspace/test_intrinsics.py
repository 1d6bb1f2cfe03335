"""Intrinsic functions without a stack."""

from typing import Any

import pytest

from workbench.workspace.intrinsics import PseudoParameters, Resolver, Unresolved, as_text

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


def resolve(value: Any) -> Any:
    return Resolver(DATA, PseudoParameters(region="eu-central-1", stack_name="shop")).resolve(value)


@pytest.mark.parametrize(("value", "expected"), [
    ({"Ref": "Stage"}, "dev"), ({"Ref": "Count"}, 3), ({"Ref": "Ids"}, ["a", "b"]), ({"Ref": "AWS::Region"}, "eu-central-1"),
    ({"Ref": "Table"}, "t-dev"), ({"Ref": "Queue"}, "https://sqs.eu-central-1.amazonaws.com/123456789012/Queue"),
    ({"Ref": "Topic"}, "arn:aws:sns:eu-central-1:123456789012:Topic"),
    ({"Fn::GetAtt": ["Table", "Arn"]}, "arn:aws:dynamodb:eu-central-1:123456789012:table/t-dev"),
    ({"Fn::GetAtt": "Queue.QueueName"}, "Queue"),
    ({"Fn::Sub": "${AWS::StackName}-${Stage}-${!kept}-${Table.Arn}"},
     "shop-dev-${kept}-arn:aws:dynamodb:eu-central-1:123456789012:table/t-dev"),
    ({"Fn::Sub": ["${x}-${Stage}", {"x": {"Ref": "Count"}}]}, "3-dev"),
    ({"Fn::If": ["IsDev", 1, 2]}, 1), ({"Fn::If": ["Either", 1, 2]}, 1),
    ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "memory"]}, 256),
    ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::AccountId"}, "memory"]}, 1),
    ({"Fn::FindInMap": ["Sizes", "test", "memory", {"DefaultValue": 7}]}, 7),
    ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]}, "a-dev"), ({"Fn::Select": ["1", {"Fn::Split": [",", "x,y"]}]}, "y"),
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
    assert resolve(value) == Unresolved(text)


def test_a_name_that_needs_itself_ends() -> None:
    assert resolve({"Ref": "Loop"}) == "LoopLoopLoop"


@pytest.mark.parametrize(("value", "text"),
    [(True, "true"), (None, ""), (1, "1"), (1.5, "1.5"), (["a", 2], "a,2"), ({"a": 1}, '{"a": 1}')])
def test_values_become_the_text_cloudformation_makes_of_them(value: Any, text: str) -> None:
    assert as_text(value) == text
