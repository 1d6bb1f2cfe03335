"""What `!Ref` and `!GetAtt` give for resources whose names can be told without deploying.

A resource without a name of its own gets one from CloudFormation that holds its logical id; locally the logical id stands for it,
as in the SAM CLI. Source: CloudFormation template reference, "Return values" of each type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Place(Protocol):
    """Where the stack would be (see `intrinsics.PseudoParameters`)."""

    @property
    def region(self) -> str:
        """The Region, such as us-east-1."""

    @property
    def account_id(self) -> str:
        """The twelve digits."""

    @property
    def partition(self) -> str:
        """`aws` outside China and the government clouds."""

    @property
    def url_suffix(self) -> str:
        """`amazonaws.com` outside China."""


_NAME_PROPERTIES = {
    "AWS::Serverless::Function": "FunctionName", "AWS::Lambda::Function": "FunctionName",
    "AWS::DynamoDB::Table": "TableName", "AWS::Serverless::SimpleTable": "TableName", "AWS::S3::Bucket": "BucketName",
    "AWS::SQS::Queue": "QueueName", "AWS::SNS::Topic": "TopicName", "AWS::Events::EventBus": "Name",
    "AWS::Logs::LogGroup": "LogGroupName", "AWS::Kinesis::Stream": "Name", "AWS::SSM::Parameter": "Name",
    "AWS::Serverless::LayerVersion": "LayerName", "AWS::Lambda::LayerVersion": "LayerName",
}
_ARNS = {
    "AWS::Serverless::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::Serverless::SimpleTable": "dynamodb:{region}:{account}:table/{name}",
    "AWS::S3::Bucket": "s3:::{name}", "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}", "AWS::Events::EventBus": "events:{region}:{account}:event-bus/{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::Kinesis::Stream": "kinesis:{region}:{account}:stream/{name}",
    # The first version: a local template has published none yet.
    "AWS::Serverless::LayerVersion": "lambda:{region}:{account}:layer:{name}:1",
    "AWS::Lambda::LayerVersion": "lambda:{region}:{account}:layer:{name}:1",
}
_REF_IS_ARN = ("AWS::SNS::Topic", "AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion")


def name_of(logical_id: str, kind: str, names: Mapping[str, str], place: Place) -> str | None:
    """What `!Ref logical_id` gives; `names` are the resource's resolved properties that end in Name."""
    name = names.get(_NAME_PROPERTIES.get(kind, ""), logical_id)
    if kind == "AWS::SQS::Queue":
        return f"https://sqs.{place.region}.{place.url_suffix}/{place.account_id}/{name}"
    return _arn(kind, name, place) if kind in _REF_IS_ARN else name


def attribute_of(logical_id: str, kind: str, names: Mapping[str, str], place: Place, attribute: str) -> str | None:
    """What `!GetAtt logical_id.attribute` gives, or None when only a deployment can tell."""
    name = names.get(_NAME_PROPERTIES.get(kind, ""), logical_id)
    if attribute == ("LayerVersionArn" if kind.endswith("::LayerVersion") else "Arn") and kind in _ARNS:
        return _arn(kind, name, place)
    if (kind, attribute) in (("AWS::SQS::Queue", "QueueName"), ("AWS::SNS::Topic", "TopicName")):
        return name
    if (kind, attribute) == ("AWS::SQS::Queue", "QueueUrl"):
        return name_of(logical_id, kind, names, place)
    return None


def _arn(kind: str, name: str, place: Place) -> str:
    rest = _ARNS[kind].format(region=place.region, account=place.account_id, name=name)
    return f"arn:{place.partition}:{rest}"
