"""Versions and aliases through the API: whole answers and whole errors, as recorded on AWS.

Source of the texts: recorded answers of the service (2024 to 2026); API reference, PublishVersion, CreateAlias, UpdateAlias.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, Refusal, create, plain, refused, waited, zipped
from tests.support.shared_engine import SharedEngine

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
SEEN = "def handler(event, context):\n    return [{number}, context.function_version, context.invoked_function_arn]\n"


@pytest.fixture
def name(client: Any) -> Iterator[str]:
    """A function with the versions 1 and 2, which answer 1 and 2."""
    name = f"v-{uuid.uuid4().hex[:8]}"
    create(client, name, Code={"ZipFile": zipped(SEEN.replace("{number}", "1"))}, Publish=True, Description="d")
    client.update_function_code(FunctionName=name, ZipFile=zipped(SEEN.replace("{number}", "2")))
    waited(client, "function_updated_v2", name)
    client.publish_version(FunctionName=name, Description="second")
    yield name
    client.delete_function(FunctionName=name)


def invoked(client: Any, function: str, **parameters: Any) -> tuple[str, Any]:
    answer = client.invoke(FunctionName=function, **parameters)
    return answer["ExecutedVersion"], json.loads(answer["Payload"].read())


def not_found(arn: str) -> Refusal:
    return Refusal(404, "ResourceNotFoundException", {"Type": "User", "Message": f"Function not found: {arn}"})


def test_nothing_is_published_without_a_change(client: Any, name: str) -> None:
    again = plain(client.publish_version(FunctionName=name, Description="other"))
    assert (again["Version"], again["Description"]) == ("2", "second")
    assert again["FunctionArn"] == f"{ARN}:{name}:2"
    assert (again["State"], again["LastUpdateStatus"]) == ("Active", "Successful")
    client.update_function_configuration(FunctionName=name, Timeout=7)
    waited(client, "function_updated_v2", name)
    third = client.publish_version(FunctionName=name)
    assert (third["Version"], third["Timeout"], third["Description"]) == ("3", 7, "d"), "without one, it takes the function's"


def test_another_description_of_the_function_is_a_change(client: Any, name: str) -> None:
    """AWS Lambda Power Tuning has versions published so, each with cold starts of its own."""
    assert described_and_published(client, name) == [("3", "one"), ("4", "two"), ("4", "two")]


def test_publishing_moves_the_revision_of_latest_alone(client: Any, name: str) -> None:
    client.update_function_configuration(FunctionName=name, Timeout=8)
    waited(client, "function_updated_v2", name)
    before = client.get_function_configuration(FunctionName=name)["RevisionId"]
    version = client.publish_version(FunctionName=name, RevisionId=before)
    assert client.get_function_configuration(FunctionName=name)["RevisionId"] != before
    assert client.get_function_configuration(FunctionName=name, Qualifier="3")["RevisionId"] == version["RevisionId"]


def test_a_digest_that_is_not_the_present_one(client: Any, name: str) -> None:
    actual = client.get_function_configuration(FunctionName=name)["CodeSha256"]
    found = refused(client.publish_version, FunctionName=name, CodeSha256="x")
    assert found == Refusal(400, "InvalidParameterValueException", {
        "Type": "User", "message": f"CodeSHA256 (x) is different from current CodeSHA256 in $LATEST ({actual}). "
        "Please try again with the CodeSHA256 in $LATEST."})


def test_each_version_runs_its_own_code(client: Any, name: str) -> None:
    assert invoked(client, name, Qualifier="1") == ("1", [1, "1", f"{ARN}:{name}:1"])
    assert invoked(client, f"{name}:2") == ("2", [2, "2", f"{ARN}:{name}:2"])
    assert invoked(client, name) == ("$LATEST", [2, "$LATEST", f"{ARN}:{name}"])
    assert invoked(client, name, Qualifier="$LATEST") == ("$LATEST", [2, "$LATEST", f"{ARN}:{name}:$LATEST"])
    assert refused(client.invoke, FunctionName=name, Qualifier="9") == not_found(f"{ARN}:{name}:9")


def test_versions_are_listed_and_deleted_and_numbers_never_used_again(client: Any, name: str) -> None:
    versions = client.list_versions_by_function(FunctionName=name)["Versions"]
    assert [each["FunctionArn"] for each in versions] == [f"{ARN}:{name}:$LATEST", f"{ARN}:{name}:1", f"{ARN}:{name}:2"]
    assert client.delete_function(FunctionName=name, Qualifier="2")["StatusCode"] == 204
    assert refused(client.get_function, FunctionName=name, Qualifier="2") == not_found(f"{ARN}:{name}:2")
    assert client.publish_version(FunctionName=name)["Version"] == "3"


def test_an_alias_and_its_whole_life(client: Any, name: str) -> None:
    created = plain(client.create_alias(FunctionName=name, Name="live", FunctionVersion="1"))
    revision = created.pop("RevisionId")
    alias = {"AliasArn": f"{ARN}:{name}:live", "Name": "live", "FunctionVersion": "1", "Description": ""}
    assert created == alias
    assert plain(client.get_alias(FunctionName=name, Name="live")) == {**alias, "RevisionId": revision}
    assert invoked(client, name, Qualifier="live") == ("1", [1, "1", f"{ARN}:{name}:live"])
    updated = plain(client.update_alias(
        FunctionName=name, Name="live", FunctionVersion="2", Description="new", RevisionId=revision))
    assert updated.pop("RevisionId") != revision
    assert updated == {**alias, "FunctionVersion": "2", "Description": "new"}
    assert client.get_function(FunctionName=name, Qualifier="live")["Configuration"]["FunctionArn"] == f"{ARN}:{name}:2"
    client.create_alias(FunctionName=name, Name="beta", FunctionVersion="$LATEST")
    assert [each["Name"] for each in client.list_aliases(FunctionName=name)["Aliases"]] == ["beta", "live"]
    assert [each["Name"] for each in client.list_aliases(FunctionName=name, FunctionVersion="2")["Aliases"]] == ["live"]
    assert client.delete_alias(FunctionName=name, Name="live")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert client.delete_alias(FunctionName=name, Name="live")["ResponseMetadata"]["HTTPStatusCode"] == 204
    arn = f"{ARN}:{name}:live"
    assert refused(client.get_alias, FunctionName=name, Name="live") == Refusal(
        404, "ResourceNotFoundException", {"Type": "User", "Message": f"Cannot find alias arn: {arn}"})
    assert refused(client.update_alias, FunctionName=name, Name="live") == Refusal(
        404, "ResourceNotFoundException", {"Type": "User", "Message": f"Alias not found: {arn}"})
    assert refused(client.invoke, FunctionName=name, Qualifier="live") == not_found(arn)


def test_a_weighted_alias_shares_out_its_requests(client: Any, name: str) -> None:
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    created = client.create_alias(FunctionName=name, Name="live", FunctionVersion="1", RoutingConfig=weights)
    assert created["RoutingConfig"] == weights
    seen = {invoked(client, name, Qualifier="live")[0] for _ in range(40)}
    assert seen == {"1", "2"}
    updated = plain(client.update_alias(FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {}}))
    assert "RoutingConfig" not in updated
    assert {invoked(client, name, Qualifier="live")[0] for _ in range(5)} == {"1"}


def test_what_aliases_refuse(client: Any, name: str) -> None:
    def create_alias(**given: Any) -> Refusal:
        return refused(client.create_alias, **{"FunctionName": name, "Name": "live", "FunctionVersion": "1", **given})

    def invalid(message: str) -> Refusal:
        return Refusal(400, "InvalidParameterValueException", {"Type": "User", "message": message})

    def routed(**weights: float) -> dict[str, Any]:
        return {"RoutingConfig": {"AdditionalVersionWeights": {key.removeprefix("v"): value for key, value in weights.items()}}}

    assert create_alias(**routed(v1=0.1, v2=0.1)) == invalid(
        "Number of items in AdditionalVersionWeights cannot be greater than 1")
    assert create_alias(**routed(v1=0.1)) == invalid(
        "Invalid function version 1. Function version 1 is already included in routing configuration.")
    assert create_alias(FunctionVersion="$LATEST", **routed(v1=0.1)) == Refusal(400, "InvalidParameterValueException", {
        "message": "$LATEST is not supported for an alias pointing to more than 1 version"})
    assert create_alias(FunctionVersion="7") == not_found(f"{ARN}:{name}:7")
    assert create_alias(**routed(v7=0.1)) == not_found(f"{ARN}:{name}:7")
    assert create_alias(FunctionName="is-not-there") == not_found(f"{ARN}:is-not-there:1")
    assert create_alias(Name="123").code == "ValidationException"
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert create_alias() == Refusal(
        409, "ResourceConflictException", {"Type": "User", "message": f"Alias already exists: {ARN}:{name}:live"})
    assert refused(client.update_alias, FunctionName=name, Name="live", RevisionId="old").code == "PreconditionFailedException"
    assert refused(client.delete_function, FunctionName=name, Qualifier="1").code == "ResourceConflictException"


def test_versions_of_the_templates_functions_are_frozen(client: Any, engine: SharedEngine) -> None:
    """No source: Lambda has no templates. A version is what a deployment of the template would have published."""
    first = client.publish_version(FunctionName="FromTemplate", Description="as it was")
    assert (first["Version"], first["FunctionArn"]) == ("1", f"{ARN}:FromTemplate:1")
    assert client.publish_version(FunctionName="FromTemplate")["Version"] == "1", "nothing changed"
    client.create_alias(FunctionName="FromTemplate", Name="live", FunctionVersion="1")
    code = engine.workspace / "fromtemplate" / "app.py"
    code.write_text("def handler(event, context):\n    return ['new', context.function_version]\n")
    asyncio.run(engine.refresh())
    assert invoked(client, "FromTemplate")[1] == ["new", "$LATEST"]
    assert invoked(client, "FromTemplate", Qualifier="live") == ("1", "template")
    assert client.publish_version(FunctionName="FromTemplate")["Version"] == "2"
    assert invoked(client, "FromTemplate", Qualifier="2") == ("2", ["new", "2"])
    listed = client.list_versions_by_function(FunctionName="FromTemplate")["Versions"]
    assert [(each["Version"], each["Description"]) for each in listed] == [("$LATEST", ""), ("1", "as it was"), ("2", "")]
    client.delete_alias(FunctionName="FromTemplate", Name="live")
    client.delete_function(FunctionName="FromTemplate", Qualifier="1")
    assert refused(client.invoke, FunctionName="FromTemplate", Qualifier="1") == not_found(f"{ARN}:FromTemplate:1")


def test_another_description_of_a_templates_function_is_a_change(client: Any) -> None:
    (first, one), *others = described_and_published(client, "FromTemplate")
    second = str(int(first) + 1)
    assert (one, others) == ("one", [(second, "two"), (second, "two")])


def described_and_published(client: Any, function: str) -> list[tuple[str, str]]:
    """Number and description of the versions that are published after the function's description was changed."""
    found = []
    for described in ("one", "two", "two"):
        client.update_function_configuration(FunctionName=function, Description=described)
        waited(client, "function_updated_v2", function)
        version = client.publish_version(FunctionName=function)
        found.append((version["Version"], version["Description"]))
    return found
