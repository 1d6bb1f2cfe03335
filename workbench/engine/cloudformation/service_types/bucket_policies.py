"""AWS::S3::BucketPolicy. Source: CloudFormation template reference, this type; IAM user guide, "aws:SecureTransport"."""

from __future__ import annotations

from typing import Any

import msgspec

from workbench.engine.cloudformation.handlers import Made
from workbench.engine.cloudformation.service_types.handler import Properties, ServiceType, Step

_LEFT_OUT = "Statements that deny requests without TLS are left out: on this machine there are no others."


def _statements(given: Properties) -> list[Any]:
    document = given["PolicyDocument"]
    statements = (msgspec.json.decode(document) if isinstance(document, str) else document).get("Statement", [])
    return statements if isinstance(statements, list) else [statements]


def _applicable(given: Properties) -> list[Any]:
    """Return the statements without those that would deny every request here, which is never encrypted."""
    return [each for each in _statements(given)
            if each.get("Effect") != "Deny" or "SecureTransport" not in str(each.get("Condition"))]


def _create(given: Properties) -> list[Step]:
    statements = _applicable(given)
    if not statements:
        return [("delete_bucket_policy", {"Bucket": given["Bucket"]})]
    policy = msgspec.json.encode({"Version": "2012-10-17", "Statement": statements}).decode()
    return [("put_bucket_policy", {"Bucket": given["Bucket"], "Policy": policy})]


def _made(given: Properties, _name: str, _answer: Any) -> Made:
    note = _LEFT_OUT if len(_applicable(given)) < len(_statements(given)) else ""
    return Made(physical_id=given["Bucket"], attributes={"": given["Bucket"]}, note=note)


BUCKET_POLICY = ServiceType(
    service="s3", identity=frozenset({"Bucket"}), create=_create, made=_made,
    delete=lambda given, _id: [("delete_bucket_policy", {"Bucket": given["Bucket"]})])
"""How the policy of a bucket is made."""
