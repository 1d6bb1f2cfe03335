"""Recognizes requests for other AWS services than Lambda that are not signed, or whose signature does not name the service.

Sources: botocore's service models (`targetPrefix`, `apiVersion`); Amazon S3 user guide, "Virtual hosting of general purpose
buckets", and "Browser-based uploads using POST".
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web

FORM = "application/x-www-form-urlencoded"
ACTION_LIMIT_BYTES = 1 << 20
"""The maximum size of a form: the longest documents in one, of IAM and CloudFormation, are far smaller."""
_LOCAL = ".localhost"
_NO_BUCKETS = frozenset({"lambda", "lambda-url"})
"""Host names below localhost that are Lambda's own."""
_SERVICES = frozenset({
    "apigateway", "cloudformation", "dynamodb", "ec2", "events", "execute-api", "iam", "kinesis", "kms", "logs", "s3",
    "secretsmanager", "sns", "sqs", "ssm", "states", "sts"})
"""Services that are named in host names, as in AWS's own: `sqs.us-east-1.localhost`."""
_TARGETS: Mapping[str, str] = {
    "DynamoDB_20120810": "dynamodb", "DynamoDBStreams_20120810": "dynamodb", "Logs_20140328": "logs", "AWSEvents": "events",
    "AmazonSSM": "ssm", "Kinesis_20131202": "kinesis", "AmazonSQS": "sqs", "TrentService": "kms", "AWSStepFunctions": "states",
    "AWSCognitoIdentityProviderService": "cognito-idp", "AWSCognitoIdentityService": "cognito-identity"}
_VERSIONS: Mapping[str, str] = {
    "2011-06-15": "sts", "2010-05-08": "iam", "2012-11-05": "sqs", "2010-03-31": "sns", "2010-05-15": "cloudformation",
    "2016-11-15": "ec2", "2010-08-01": "monitoring"}


def named_service(request: web.Request) -> str:
    """Return the service that an unsigned request names by a header or its host, "" if it names none but Lambda."""
    target = request.headers.get("X-Amz-Target", "")
    if target:
        prefix = target.rpartition(".")[0]
        return _TARGETS.get(prefix, prefix.partition("_")[0].lower() or "another service")
    return service_of_host(request.headers.get("Host", ""))


def service_of_host(host: str) -> str:
    """Return the service of a host name below localhost: one that it names, else Amazon S3, whose bucket it then is."""
    name = host.rpartition(":")[0] or host
    if not name.lower().endswith(_LOCAL):
        return ""
    labels = name.lower().removesuffix(_LOCAL).split(".")
    if not _NO_BUCKETS.isdisjoint(labels):
        return ""
    return next((label for label in reversed(labels) if label in _SERVICES), "s3")


def may_be_anothers(request: web.Request) -> bool:
    """Whether a request without a signature has a form in which other services take theirs."""
    return "Action" in request.query or is_form(request) or is_upload_form(request)


def is_form(request: web.Request) -> bool:
    """Whether the body is a form as query-protocol services take it."""
    return request.method == "POST" and request.content_type == FORM


def is_upload_form(request: web.Request) -> bool:
    """Whether a browser's form uploads a file to a bucket. No operation of Lambda's takes such a body."""
    return request.method == "POST" and request.content_type == "multipart/form-data"


def service_of_action(body: bytes, query: Mapping[str, str]) -> str:
    """Return the service of a query-protocol request by its API version, "" if there is no `Action` in it."""
    fields = {**dict(parse_qsl(body.decode("utf-8", "replace"))), **query}
    return _VERSIONS.get(fields.get("Version", ""), "another service") if "Action" in fields else ""
