"""TagResource, UntagResource and ListTags, and tags at CreateFunction and in GetFunction, as clients of AWS see them.

Sources: recorded answers of Lambda (November 2025); Lambda guide, "Using tags on Lambda functions" (50 tags).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, ROLE, Refusal, create, plain, refused, zipped

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
OTHER = f"arn:aws:lambda:{REGION}:{ACCOUNT}"
MAPPING = f"{OTHER}:event-source-mapping:12345678-1234-1234-1234-123456789012"
QUALIFIED = Refusal(400, "InvalidParameterValueException", {
    "Type": "User", "message": "Tags on function aliases and versions are not supported. Please specify a function ARN."})
TOO_MANY = Refusal(400, "InvalidParameterValueException", {
    "Type": "User", "message": "Number of tags exceeds resource tag limit."})


def missing(message: str, **kind: str) -> Refusal:
    return Refusal(404, "ResourceNotFoundException", {**kind, "Message": message})


def test_a_function_is_tagged_and_untagged(client: Any) -> None:
    """Recorded: test_tag_lifecycle. Each change of its tags gives the function another revision."""
    arn = create(client, "tagged")["FunctionArn"]
    assert plain(client.list_tags(Resource=arn)) == {"Tags": {}}
    assert "Tags" not in client.get_function(FunctionName="tagged")
    revisions = [client.get_function_configuration(FunctionName="tagged")["RevisionId"]]
    answer = client.tag_resource(Resource=arn, Tags={"A": "tag-a", "B": "tag-b", "C": "tag-c"})
    assert plain(answer) == {}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    revisions.append(client.get_function_configuration(FunctionName="tagged")["RevisionId"])
    client.tag_resource(Resource=arn, Tags={"C": "tag-c-newsuffix", "D": ""})
    tags = {"A": "tag-a", "B": "tag-b", "C": "tag-c-newsuffix", "D": ""}
    assert plain(client.list_tags(Resource=arn)) == {"Tags": tags}
    assert client.get_function(FunctionName="tagged")["Tags"] == tags
    answer = client.untag_resource(Resource=arn, TagKeys=["A", "away"])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    revisions.append(client.get_function_configuration(FunctionName="tagged")["RevisionId"])
    client.untag_resource(Resource=arn, TagKeys=["B", "C"])
    assert plain(client.list_tags(Resource=arn)) == {"Tags": {"D": ""}}
    client.untag_resource(Resource=arn, TagKeys=["D"])
    client.untag_resource(Resource=arn, TagKeys=["D"])
    assert plain(client.list_tags(Resource=arn)) == {"Tags": {}}
    assert "Tags" not in client.get_function(FunctionName="tagged")
    assert len(set(revisions)) == 3


def test_tags_at_create(client: Any) -> None:
    """Recorded: test_create_tag_on_fn_create. Versions show the function's tags, lists and configurations none."""
    arn = create(client, "born-tagged", Tags={"testtag": "x"})["FunctionArn"]
    assert client.get_function(FunctionName="born-tagged")["Tags"] == {"testtag": "x"}
    assert plain(client.list_tags(Resource=arn)) == {"Tags": {"testtag": "x"}}
    assert "Tags" not in client.get_function_configuration(FunctionName="born-tagged")
    client.delete_function(FunctionName="born-tagged")
    create(client, "born-tagged", Tags={})
    assert plain(client.list_tags(Resource=arn)) == {"Tags": {}}


def test_fifty_tags_and_no_more(client: Any) -> None:
    """Recorded: test_tag_limits. Counted over those there and those given; a refused CreateFunction leaves nothing behind."""
    arn = create(client, "fifty")["FunctionArn"]
    assert refused(client.tag_resource, Resource=arn, Tags={f"{number}_key": "v" for number in range(51)}) == TOO_MANY
    client.tag_resource(Resource=arn, Tags={f"{number}_key": "v" for number in range(50)})
    assert refused(client.tag_resource, Resource=arn, Tags={"a_key": "a_value"}) == TOO_MANY
    client.tag_resource(Resource=arn, Tags={"0_key": "another"})
    assert len(client.list_tags(Resource=arn)["Tags"]) == 50
    assert refused(
        client.create_function, FunctionName="fifty-one", Runtime="python3.12", Role=ROLE, Handler="app.handler",
        Code={"ZipFile": zipped()}, Tags={f"{number}_key": "v" for number in range(51)}) == TOO_MANY
    assert refused(client.get_function, FunctionName="fifty-one").status == 404


@pytest.mark.parametrize(("arn", "refusal"), [
    (f"{ARN}:nowhere", missing(f"Function not found: {ARN}:nowhere", Type="User")),
    (f"{ARN}:nowhere:1", QUALIFIED),
    (f"{ARN}:nowhere:$LATEST", QUALIFIED),
    (f"{ARN}:nowhere:alias", QUALIFIED),
    (f"{ARN.replace(REGION, 'eu-west-1')}:nowhere",
     missing("Functions from 'eu-west-1' are not reachable in this region ('us-east-1')", Type="User")),
    (MAPPING, missing(f"Event source mapping not found: {MAPPING}", Type="User")),
    (f"{OTHER}:capacity-provider:p", missing(f"Capacity provider not found: {OTHER}:capacity-provider:p", Type="User")),
    (f"{OTHER}:code-signing-config:csc-12345678901234567", missing(
        f"The Lambda code signing configuration {OTHER}:code-signing-config:csc-12345678901234567 can not be found.")),
])
def test_resources_that_have_no_tags(client: Any, arn: str, refusal: Refusal) -> None:
    """Recorded: test_tag_exceptions, test_tag_versions, test_code_signing_not_found_excs (its text without Type)."""
    assert refused(client.list_tags, Resource=arn) == refusal
    assert refused(client.tag_resource, Resource=arn, Tags={"a": "b"}) == refusal
    assert refused(client.untag_resource, Resource=arn, TagKeys=["a"]) == refusal


def test_what_breaks_a_constraint(client: Any) -> None:
    """Recorded: tag_lambda_invalidarn, untag_empty_keys, tag_empty_tags. The pattern is that of botocore's model."""
    arn = create(client, "constrained")["FunctionArn"]
    refusal = refused(client.list_tags, Resource="arn:aws:something")
    assert (refusal.status, refusal.code) == (400, "ValidationException")
    assert refusal.body["message"].startswith(
        "1 validation error detected: Value 'arn:aws:something' at 'resource' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}")
    assert refused(client.untag_resource, Resource=arn, TagKeys=[]) == Refusal(400, "ValidationException", {
        "message": "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null"})
    assert refused(client.tag_resource, Resource=arn, Tags={}) == Refusal(400, "InvalidParameterValueException", {
        "Type": "User", "message": "An error occurred and the request cannot be processed."})


def test_an_event_source_mapping_is_tagged(client: Any) -> None:
    """Recorded: test_tag_lifecycle of an event source mapping, test_create_tag_on_esm_create."""
    mapping = client.create_event_source_mapping(
        FunctionName="FromTemplate", EventSourceArn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:tagged", Tags={"testtag": "x"})
    arn = mapping["EventSourceMappingArn"]
    assert plain(client.list_tags(Resource=arn)) == {"Tags": {"testtag": "x"}}
    client.tag_resource(Resource=arn, Tags={"A": "tag-a"})
    client.untag_resource(Resource=arn, TagKeys=["testtag"])
    assert plain(client.list_tags(Resource=arn)) == {"Tags": {"A": "tag-a"}}
    assert refused(client.tag_resource, Resource=arn, Tags={f"{number}_key": "v" for number in range(50)}) == TOO_MANY


def test_a_function_of_the_template_is_tagged_too(client: Any) -> None:
    """Functions of both sources look alike."""
    client.tag_resource(Resource=f"{ARN}:FromTemplate", Tags={"team": "shop"})
    assert client.get_function(FunctionName="FromTemplate")["Tags"] == {"team": "shop"}
    client.untag_resource(Resource=f"{ARN}:FromTemplate", TagKeys=["team"])
    assert plain(client.list_tags(Resource=f"{ARN}:FromTemplate")) == {"Tags": {}}
