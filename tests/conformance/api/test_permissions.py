"""AddPermission, GetPolicy and RemovePermission, as clients of AWS see them.

Sources: recorded answers of Lambda (2022 to 2025) for every text and for the order of members and of checks; the limit's text is
from reports of AddPermission's PolicyLengthExceededException; API reference for what is left.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, Refusal, create, plain, refused

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
PERMISSION = {"StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
NO_POLICY = Refusal(404, "ResourceNotFoundException", {"Type": "User", "Message": "The resource you requested does not exist."})
STALE = Refusal(412, "PreconditionFailedException", {
    "Type": "User", "message": "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to "
                               "retrieve the latest Revision Id"})


def missing(message: str) -> Refusal:
    return Refusal(404, "ResourceNotFoundException", {"Type": "User", "Message": message})


def invalid(message: str) -> Refusal:
    return Refusal(400, "InvalidParameterValueException", {"Type": "User", "message": message})


@pytest.fixture
def permitted(client: Any) -> Iterator[str]:
    """A function with a version 1 and an alias `live`."""
    create(client, "permitted", Publish=True)
    client.create_alias(FunctionName="permitted", Name="live", FunctionVersion="1")
    yield "permitted"
    client.delete_function(FunctionName="permitted")


def test_a_statement_and_its_policy(client: Any) -> None:
    """Recorded: add_permission, get_policy. The JSON is compact, and its members have this order."""
    create(client, "policy")
    answer = client.add_permission(FunctionName="policy", SourceArn="arn:aws:s3:::bucket", **PERMISSION)
    statement = ('{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction",'
                 f'"Resource":"{ARN}:policy","Condition":{{"ArnLike":{{"AWS:SourceArn":"arn:aws:s3:::bucket"}}}}}}')
    assert plain(answer) == {"Statement": statement}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    policy = plain(client.get_policy(FunctionName="policy"))
    assert policy.keys() == {"Policy", "RevisionId"}
    assert policy["Policy"] == f'{{"Version":"2012-10-17","Id":"default","Statement":[{statement}]}}'
    assert plain(client.get_policy(FunctionName="policy", Qualifier="$LATEST")) == policy


@pytest.mark.parametrize(("parameters", "principal", "condition"), [
    ({"Principal": "*", "SourceAccount": ACCOUNT}, "*", {"StringEquals": {"AWS:SourceAccount": ACCOUNT}}),
    ({"Principal": "lambda.amazonaws.com"}, {"Service": "lambda.amazonaws.com"}, None),
    ({"Principal": ACCOUNT}, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, None),
    ({"Principal": f"arn:aws:iam::{ACCOUNT}:user/ada"}, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ada"}, None),
    ({"Principal": "alexa-appkit.amazon.com", "EventSourceToken": "amzn1.ask.skill.x"}, {"Service": "alexa-appkit.amazon.com"},
     {"StringEquals": {"lambda:EventSourceToken": "amzn1.ask.skill.x"}}),
    ({"Principal": "*", "InvokedViaFunctionUrl": True}, "*", {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}),
    ({"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "SourceAccount": ACCOUNT, "SourceArn": "arn:aws:s3:::b",
      "FunctionUrlAuthType": "NONE", "PrincipalOrgID": "o-1234567890"}, "*",
     {"StringEquals": {"AWS:SourceAccount": ACCOUNT, "lambda:FunctionUrlAuthType": "NONE", "aws:PrincipalOrgID": "o-1234567890"},
      "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}}),
])
def test_principals_and_conditions(
    client: Any, permitted: str, parameters: dict[str, Any], principal: Any, condition: Any
) -> None:
    """Recorded: add_permission_principal_wildcard, _service, _account, _arn, _optional_fields, _alexa_skill."""
    given = {"StatementId": "who", "Action": "lambda:InvokeFunction", **parameters}
    answer = client.add_permission(FunctionName=permitted, **given)
    expected = {"Sid": "who", "Effect": "Allow", "Principal": principal, "Action": given["Action"],
                "Resource": f"{ARN}:{permitted}", **({"Condition": condition} if condition else {})}
    assert answer["Statement"] == json.dumps(expected, separators=(",", ":"))


@pytest.mark.parametrize(("parameters", "refusal"), [
    ({"StatementId": "example.com", "Qualifier": "$LATEST"}, Refusal(400, "ValidationException", {
        "message": "1 validation error detected: Value 'example.com' at 'statementId' failed to satisfy constraint: Member must "
                   "satisfy regular expression pattern: ([a-zA-Z0-9-_]+)"})),
    ({"FunctionName": "permitted:one", "Qualifier": "42"},
     invalid("The derived qualifier from the function name does not match the specified qualifier.")),
    ({"Qualifier": "$LATEST", "Principal": "nobody"}, invalid("We currently do not support adding policies for $LATEST.")),
    ({"FunctionName": "permitted:$LATEST"}, invalid("We currently do not support adding policies for $LATEST.")),
    ({"FunctionName": "nowhere", "Principal": "invalid.nonaws.com"},
     invalid("The provided principal was invalid. Please check the principal and try again.")),
    ({"FunctionUrlAuthType": "NONE", "Principal": "*"},
     invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")),
    ({"FunctionName": "nowhere"}, missing(f"Function not found: {ARN}:nowhere")),
    ({"Qualifier": "42"}, missing(f"Function not found: {ARN}:permitted:42")),
    ({"FunctionName": "permitted:away"}, missing(f"Cannot find alias arn: {ARN}:permitted:away")),
    ({"Qualifier": "valid-with-$"}, missing(f"Function not found: {ARN}:permitted:valid-with-$")),
    ({"RevisionId": "wrong"}, STALE),
    ({"Qualifier": "live", "RevisionId": "wrong"}, STALE),
    ({"FunctionName": f"{ARN.replace(REGION, 'eu-west-1')}:permitted"},
     missing("Functions from 'eu-west-1' are not reachable in this region ('us-east-1')")),
])
def test_what_add_permission_refuses(client: Any, permitted: str, parameters: dict[str, Any], refusal: Refusal) -> None:
    """Recorded: add_permission_invalid_statement_id, _fn_qualifier_mismatch, _fn_qualifier_latest, _principal_invalid, and so on.

    Each is sent with a mistake that is found later, where there is one: the order of checks shows.
    """
    assert refused(client.add_permission, **{"FunctionName": permitted, **PERMISSION, **parameters}) == refusal


def test_each_qualifier_has_a_policy_of_its_own(client: Any) -> None:
    """Recorded: test_lambda_permission_fn_versioning. An alias without a policy is guarded by its own revision."""
    create(client, "versioned")
    client.add_permission(FunctionName="versioned", **PERMISSION)
    policy = plain(client.get_policy(FunctionName="versioned"))
    client.publish_version(FunctionName="versioned")
    assert plain(client.get_policy(FunctionName="versioned")) == policy
    assert refused(client.get_policy, FunctionName="versioned", Qualifier="1") == NO_POLICY
    client.add_permission(FunctionName="versioned:1", Qualifier="1", **PERMISSION)
    of_version = json.loads(client.get_policy(FunctionName="versioned", Qualifier="1")["Policy"])
    assert [each["Resource"] for each in of_version["Statement"]] == [f"{ARN}:versioned:1"]
    alias = client.create_alias(FunctionName="versioned", Name="live", FunctionVersion="1")
    client.add_permission(FunctionName="versioned", Qualifier="live", RevisionId=alias["RevisionId"], **PERMISSION)
    of_alias = json.loads(client.get_policy(FunctionName="versioned:live")["Policy"])
    assert [each["Resource"] for each in of_alias["Statement"]] == [f"{ARN}:versioned:live"]
    assert plain(client.get_policy(FunctionName="versioned")) == policy
    client.add_permission(FunctionName="versioned", RevisionId=policy["RevisionId"], **{**PERMISSION, "StatementId": "s3_2"})
    after = plain(client.get_policy(FunctionName="versioned"))
    assert after["RevisionId"] != policy["RevisionId"]
    assert [each["Sid"] for each in json.loads(after["Policy"])["Statement"]] == ["s3", "s3_2"]


def test_a_policy_goes_with_its_alias_its_version_and_its_function(client: Any) -> None:
    """Source: API reference, DeleteAlias and DeleteFunction. What is made anew under the same name begins without a policy."""
    create(client, "passing")
    client.publish_version(FunctionName="passing")
    client.create_alias(FunctionName="passing", Name="live", FunctionVersion="1")
    for qualifier in ({}, {"Qualifier": "1"}, {"Qualifier": "live"}):
        client.add_permission(FunctionName="passing", **PERMISSION, **qualifier)
    client.delete_alias(FunctionName="passing", Name="live")
    client.create_alias(FunctionName="passing", Name="live", FunctionVersion="$LATEST")
    assert refused(client.get_policy, FunctionName="passing", Qualifier="live") == NO_POLICY
    client.delete_function(FunctionName="passing", Qualifier="1")
    assert refused(client.get_policy, FunctionName="passing", Qualifier="1") == NO_POLICY
    client.delete_function(FunctionName="passing")
    create(client, "passing")
    assert refused(client.get_policy, FunctionName="passing") == NO_POLICY


def test_a_statement_id_is_taken_once(client: Any) -> None:
    """Recorded: add_permission_conflicting_statement_id."""
    create(client, "taken")
    client.add_permission(FunctionName="taken", **PERMISSION)
    assert refused(client.add_permission, FunctionName="taken", **PERMISSION) == Refusal(409, "ResourceConflictException", {
        "Type": "User", "message": "The statement id (s3) provided already exists. Please provide a new statement id, or remove "
                                   "the existing statement."})


def test_removing(client: Any) -> None:
    """Recorded: test_remove_multi_permissions. The revision moves with each removal, and not with one that fails."""
    create(client, "removing")
    for sid in ("s3", "sqs"):
        client.add_permission(FunctionName="removing", **{**PERMISSION, "StatementId": sid})
    revision = client.get_policy(FunctionName="removing")["RevisionId"]
    gone = missing("Statement away is not found in resource policy.")
    assert refused(client.remove_permission, FunctionName="removing", StatementId="away") == gone
    assert refused(client.remove_permission, FunctionName="removing", StatementId="sqs", RevisionId="wrong") == STALE
    assert client.get_policy(FunctionName="removing")["RevisionId"] == revision
    answer = client.remove_permission(FunctionName="removing", StatementId="sqs", RevisionId=revision)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    policy = client.get_policy(FunctionName="removing")
    assert [each["Sid"] for each in json.loads(policy["Policy"])["Statement"]] == ["s3"]
    assert policy["RevisionId"] != revision
    client.remove_permission(FunctionName="removing", StatementId="s3")
    assert refused(client.get_policy, FunctionName="removing") == NO_POLICY
    assert refused(client.remove_permission, FunctionName="removing", StatementId="s3") == missing(
        "No policy is associated with the given resource.")


@pytest.mark.parametrize(("parameters", "refusal"), [
    ({"FunctionName": "nowhere"}, missing(f"No policy found for: {ARN}:nowhere")),
    ({"FunctionName": "nowhere", "Qualifier": "1"}, missing(f"No policy found for: {ARN}:nowhere")),
    ({"Qualifier": "away"}, missing(f"Cannot find alias arn: {ARN}:permitted:away")),
    ({"Qualifier": "1"}, missing("No policy is associated with the given resource.")),
])
def test_what_remove_permission_does_not_find(client: Any, permitted: str, parameters: dict[str, Any], refusal: Refusal) -> None:
    """Recorded: remove_permission_fn_doesnotexist, _fn_alias_doesnotexist, _policy_doesnotexist."""
    assert refused(client.remove_permission, **{"FunctionName": permitted, "StatementId": "s3", **parameters}) == refusal


@pytest.mark.parametrize("parameters", [{"FunctionName": "nowhere"}, {"Qualifier": "77"}, {"Qualifier": "away"}])
def test_what_has_no_policy(client: Any, permitted: str, parameters: dict[str, Any]) -> None:
    """Recorded: get_policy_fn_doesnotexist, get_policy_fn_version_doesnotexist."""
    assert refused(client.get_policy, **{"FunctionName": permitted, **parameters}) == NO_POLICY


def test_a_policy_has_at_most_20_kb(client: Any) -> None:
    """Source: Lambda guide, "Lambda quotas" (20 KB); the text from reports of the error. What is refused changes nothing."""
    create(client, "long")
    source = "arn:aws:s3:::" + "b" * 9_000
    for sid in ("1", "2"):
        client.add_permission(FunctionName="long", SourceArn=source, **{**PERMISSION, "StatementId": sid})
    before = client.get_policy(FunctionName="long")["Policy"]
    third = json.dumps({**json.loads(before)["Statement"][0], "Sid": "3"}, separators=(",", ":"))
    size = len(before) + 1 + len(third)
    assert refused(client.add_permission, FunctionName="long", SourceArn=source, **{**PERMISSION, "StatementId": "3"}) == Refusal(
        400, "PolicyLengthExceededException",
        {"Type": "User", "message": f"The final policy size ({size}) is bigger than the limit (20480)."})
    assert client.get_policy(FunctionName="long")["Policy"] == before


def test_a_function_of_the_template_has_a_policy_too(client: Any) -> None:
    """Functions of both sources look alike. The logical ID that it may be called by is its name here."""
    client.add_permission(FunctionName="FromTemplate", **PERMISSION)
    policy = json.loads(client.get_policy(FunctionName="FromTemplate")["Policy"])
    assert [each["Resource"] for each in policy["Statement"]] == [f"{ARN}:FromTemplate"]
    client.remove_permission(FunctionName="FromTemplate", StatementId="s3")
    assert refused(client.get_policy, FunctionName="FromTemplate") == NO_POLICY
