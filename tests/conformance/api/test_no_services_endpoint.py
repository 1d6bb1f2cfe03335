"""Requests for other AWS services where there is no services endpoint: a sentence that every SDK shows.

No source for the sentence: on AWS every service has an endpoint of its own.
"""

from __future__ import annotations

import http.client
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.api_clients import create, lambda_client, refused
from tests.support.shared_engine import SharedEngine

CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("s3", "list_buckets", {}),  # REST with XML
    ("sqs", "list_queues", {}),  # JSON
    ("dynamodb", "list_tables", {}),
    ("iam", "list_roles", {}),  # query
    ("ec2", "describe_vpcs", {}),  # query as EC2 has it
    ("apigateway", "get_rest_apis", {}),  # REST with JSON
    ("route53", "list_hosted_zones", {}),
    ("cloudwatch", "list_metrics", {}),
]


@pytest.mark.parametrize(("service", "operation", "parameters"), CALLS, ids=[service for service, *_ in CALLS])
def test_every_sdk_shows_how_to_have_one(engine: SharedEngine, service: str, operation: str, parameters: dict[str, Any]) -> None:
    with closing(lambda_client(engine.url, service=service)) as client, pytest.raises(ClientError) as told:
        getattr(client, operation)(**parameters)
    assert told.value.response["Error"]["Code"] == "NoServicesEndpoint"
    assert told.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    named = {"cloudwatch": "monitoring"}.get(service, service)
    assert told.value.response["Error"]["Message"] == (
        f"This endpoint serves AWS Lambda. For {named} it needs a services endpoint, and it has none. Start the engine with "
        "--services moto (moto's server, started with it) or --services URL.")


@pytest.mark.parametrize(("request_line", "headers", "body", "form"), [
    ("GET /key", {"Host": "bucket.localhost:9001"}, b"", b"<Error><Code>NoServicesEndpoint</Code>"),
    ("GET /key", {"Host": "bucket.s3.eu-west-1.localhost:9001"}, b"", b"<Error><Code>NoServicesEndpoint</Code>"),
    ("GET /b/key?AWSAccessKeyId=a&Signature=b&Expires=1", {}, b"", b"<Error><Code>NoServicesEndpoint</Code>"),
    ("POST /", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}, b"{}", b'{"__type":"NoServicesEndpoint"'),
    ("POST /", {"X-Amz-Target": "\xff.ListTables"}, b"{}", b'{"__type":"NoServicesEndpoint"'),
    ("POST /", {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/\xff/e"}, b"{}", b'{"__type":"NoServicesEndpoint"'),
    ("POST /", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15",
     b"<Code>NoServicesEndpoint</Code><Message>This endpoint serves AWS Lambda. For sts"),
    ("GET /?Action=ListTopics&Version=2010-03-31", {}, b"", b"<ErrorResponse><Error><Type>Sender</Type>"),
    ("POST /bucket", {"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", b"<Error><Code>NoServicesEndpoint</Code>"),
])
def test_requests_that_are_not_signed_name_their_service_otherwise(
    engine: SharedEngine, request_line: str, headers: dict[str, str], body: bytes, form: bytes
) -> None:
    method, target = request_line.split(" ", 1)
    with closing(http.client.HTTPConnection(urlsplit(engine.url).netloc)) as connection:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        told = answer.read()
    assert answer.status == 400
    assert form in told


def test_what_is_unmistakably_lambdas_stays_here(engine: SharedEngine) -> None:
    """A form is what curl sends with -d, and a bucket's name may look like a version of Lambda's API."""
    with closing(http.client.HTTPConnection(urlsplit(engine.url).netloc)) as connection:
        connection.request("POST", "/2015-03-31/functions/FromTemplate/invocations", b"{}",
                           {"Content-Type": "application/x-www-form-urlencoded", "Host": "lambda.localhost"})
        assert connection.getresponse().read() == b'"template"'


def test_code_in_s3_needs_one(engine: SharedEngine) -> None:
    with closing(lambda_client(engine.url)) as client, pytest.raises(ClientError) as told:
        client.update_function_code(FunctionName="FromTemplate", S3Bucket="bucket", S3Key="key")
    assert str(told.value) == (
        "An error occurred (InvalidParameterValueException) when calling the UpdateFunctionCode operation: Code in Amazon S3 "
        "needs a services endpoint, and there is none. Start the engine with --services moto (moto's server, started with it) or "
        "--services URL.")


def test_dead_letter_targets_are_not_looked_up_without_one(engine: SharedEngine) -> None:
    """Source of the rule: Lambda guide, "Adding a dead-letter queue"; its sentence is ours."""
    queue = "arn:aws:sqs:us-east-1:123456789012:anywhere"
    with closing(lambda_client(engine.url)) as client:
        create(client, "buried", DeadLetterConfig={"TargetArn": queue})
        found = refused(client.update_function_configuration, FunctionName="buried",
                        DeadLetterConfig={"TargetArn": f"{queue}.fifo"})
        client.delete_function(FunctionName="buried")
    assert (found.status, found.code) == (400, "InvalidParameterValueException")
    assert found.body["message"] == f"The dead-letter target {queue}.fifo is a FIFO queue or topic."


def test_the_smithy_protocol_in_cbor_has_its_own_form(engine: SharedEngine) -> None:
    """Source: Smithy documentation, "Smithy RPC v2 CBOR protocol"; botocore reads it."""
    config = Config(retries={"max_attempts": 0})
    with closing(boto3.client("arc-region-switch", endpoint_url=engine.url, region_name="us-east-1", aws_access_key_id="a",
                              aws_secret_access_key="b", config=config)) as client, pytest.raises(ClientError) as told:
        client.list_plans()
    assert told.value.response["Error"]["Code"] == "NoServicesEndpoint"
