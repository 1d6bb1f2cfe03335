"""Who may use a layer version: whole answers and whole errors, as recorded on AWS.

Source of the texts: recorded answers of the service (2025); API reference, AddLayerVersionPermission, GetLayerVersionPolicy,
RemoveLayerVersionPermission; for the principal's and the organization's form the Lambda guide, "Granting layer access to other
accounts".
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.api.test_layers import CONTENT, arn
from tests.support.api_clients import Refusal, plain, refused

ACTION = "lambda:GetLayerVersion"


@pytest.fixture
def layer(client: Any) -> Iterator[str]:
    """A layer with one version."""
    name = f"l-{uuid.uuid4().hex[:8]}"
    client.publish_layer_version(LayerName=name, Content={"ZipFile": CONTENT})
    yield name
    client.delete_layer_version(LayerName=name, VersionNumber=1)


def allow(client: Any, layer: str, sid: str = "s1", principal: str = "*", **others: Any) -> dict[str, Any]:
    return plain(client.add_layer_version_permission(
        LayerName=layer, VersionNumber=1, StatementId=sid, Action=ACTION, Principal=principal, **others))


def statement(layer: str, sid: str, principal: Any = "*", **others: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": ACTION, "Resource": f"{arn(layer)}:1", **others}


def not_found(message: str) -> Refusal:
    return Refusal(404, "ResourceNotFoundException", {"Type": "User", "Message": message})


def test_statements_come_and_go(client: Any, layer: str) -> None:
    first = allow(client, layer)
    assert json.loads(first["Statement"]) == statement(layer, "s1")
    second = allow(client, arn(layer), "s2")
    assert second["RevisionId"] != first["RevisionId"]
    policy = client.get_layer_version_policy(LayerName=layer, VersionNumber=1)
    assert json.loads(policy["Policy"]) == {"Version": "2012-10-17", "Id": "default",
                                            "Statement": [statement(layer, "s1"), statement(layer, "s2")]}
    assert policy["RevisionId"] == second["RevisionId"]
    removed = client.remove_layer_version_permission(
        LayerName=layer, VersionNumber=1, StatementId="s2", RevisionId=second["RevisionId"])
    assert removed["ResponseMetadata"]["HTTPStatusCode"] == 204
    left = client.get_layer_version_policy(LayerName=layer, VersionNumber=1)
    assert json.loads(left["Policy"])["Statement"] == [statement(layer, "s1")]
    assert left["RevisionId"] not in (first["RevisionId"], second["RevisionId"])


def test_the_last_statement_takes_the_policy_with_it(client: Any, layer: str) -> None:
    allow(client, layer)
    client.remove_layer_version_permission(LayerName=layer, VersionNumber=1, StatementId="s1")
    none = not_found("No policy is associated with the given resource.")
    assert refused(client.get_layer_version_policy, LayerName=layer, VersionNumber=1) == none
    assert refused(client.remove_layer_version_permission, LayerName=layer, VersionNumber=1, StatementId="s1") == none


@pytest.mark.parametrize(("principal", "others", "shown"), [
    ("210987654321", {}, {"Principal": {"AWS": "arn:aws:iam::210987654321:root"}}),
    ("arn:aws:iam::210987654321:root", {}, {"Principal": {"AWS": "arn:aws:iam::210987654321:root"}}),
    ("*", {"OrganizationId": "o-t194hfs8cz"}, {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-t194hfs8cz"}}}),
])
def test_principals(client: Any, layer: str, principal: str, others: dict[str, Any], shown: dict[str, Any]) -> None:
    assert json.loads(allow(client, layer, principal=principal, **others)["Statement"]) == {**statement(layer, "s1"), **shown}


def test_what_is_refused(client: Any, layer: str) -> None:
    allow(client, layer)
    given = {"LayerName": layer, "VersionNumber": 1, "StatementId": "s1"}
    assert refused(client.add_layer_version_permission, **given, Action="*", Principal="*") == Refusal(
        400, "ValidationException", {"message": (
            "1 validation error detected: Value '*' at 'action' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: lambda:GetLayerVersion")})
    assert refused(client.add_layer_version_permission, **given, Action=ACTION, Principal="*") == Refusal(
        409, "ResourceConflictException", {"Type": "User", "message": (
            "The statement id (s1) provided already exists. "
            "Please provide a new statement id, or remove the existing statement.")})
    stale = Refusal(412, "PreconditionFailedException", {"Type": "User", "message": (
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetLayerPolicy API to retrieve the latest Revision Id")})
    assert refused(client.add_layer_version_permission, **{**given, "StatementId": "s2"}, Action=ACTION, Principal="*",
                   RevisionId="wrong") == stale
    assert refused(client.remove_layer_version_permission, **given, RevisionId="wrong") == stale
    assert refused(client.remove_layer_version_permission, **{**given, "StatementId": "doesnotexist"}) == not_found(
        "Statement doesnotexist is not found in resource policy.")


@pytest.mark.parametrize(("suffix", "version"), [("-doesnotexist", 1), ("", 2)])
def test_unknown_layers_and_versions(client: Any, layer: str, suffix: str, version: int) -> None:
    given = {"LayerName": layer + suffix, "VersionNumber": version}
    missing = not_found(f"Layer version {arn(layer + suffix)}:{version} does not exist.")
    assert refused(client.add_layer_version_permission, **given, StatementId="s1", Action=ACTION, Principal="*") == missing
    assert refused(client.get_layer_version_policy, **given) == missing
    assert refused(client.remove_layer_version_permission, **given, StatementId="s1") == missing
