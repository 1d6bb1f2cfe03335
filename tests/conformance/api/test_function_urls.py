"""Configurations of function URLs, as clients of AWS see them.

Source: recorded answers of Lambda (2024 to 2026), for every text, for the order of checks and for when InvokeMode is shown; API
reference, Cors and FunctionUrlConfig; Lambda guide, "Creating and managing Lambda function URLs".
"""

from __future__ import annotations

import datetime
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, Refusal, create, plain, refused
from tests.support.shared_engine import SharedEngine

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
CORS = {"AllowCredentials": True, "AllowHeaders": ["date", "x-own"], "AllowMethods": ["GET", "*"],
        "AllowOrigins": ["https://example.com", "*"], "ExposeHeaders": ["date"], "MaxAge": 86_400}
NO_FUNCTION = Refusal(404, "ResourceNotFoundException", {"Type": "User", "Message": "Function does not exist"})
NO_RESOURCE = Refusal(404, "ResourceNotFoundException", {
    "Type": "User", "Message": "The resource you requested does not exist."})


def violated(*violations: str) -> Refusal:
    count = f"{len(violations)} validation error{'s' if len(violations) > 1 else ''} detected: "
    return Refusal(400, "ValidationException", {"message": count + "; ".join(violations)})


def described(answer: dict[str, Any], port: str) -> dict[str, Any]:
    """An answer without its times, which are now, and its id, which is any."""
    found = plain(answer)
    for member in ("CreationTime", "LastModifiedTime"):
        if member in found:
            at = datetime.datetime.strptime(found.pop(member), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.UTC)
            assert datetime.timedelta(seconds=-1) < datetime.datetime.now(datetime.UTC) - at < datetime.timedelta(seconds=60)
    assert re.fullmatch(rf"http://[a-z0-9]{{32}}\.lambda-url\.us-east-1\.localhost:{port}/", found.pop("FunctionUrl"))
    return found


@pytest.fixture
def port(engine: SharedEngine) -> str:
    return engine.url.rpartition(":")[2]


@pytest.fixture
def name(client: Any) -> Iterator[str]:
    """A function with a version 1 and aliases `live` and `test`."""
    create(client, "addressed", Publish=True)
    for alias in ("test", "live"):
        client.create_alias(FunctionName="addressed", Name=alias, FunctionVersion="1")
    yield "addressed"
    client.delete_function(FunctionName="addressed")


def test_from_creation_to_deletion(client: Any, name: str, port: str) -> None:
    """Recorded: InvokeMode is left out of Create and Update until it is given once, and always in Get and List."""
    answer = client.create_function_url_config(FunctionName=name, AuthType="NONE")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert set(plain(answer)) == {"FunctionUrl", "FunctionArn", "AuthType", "CreationTime"}
    made = {"FunctionArn": f"{ARN}:{name}", "AuthType": "NONE"}
    assert described(answer, port) == made
    found = client.get_function_url_config(FunctionName=name)
    assert {"CreationTime", "LastModifiedTime"} < found.keys()
    assert found["FunctionUrl"] == answer["FunctionUrl"]
    assert described(found, port) == {**made, "InvokeMode": "BUFFERED"}
    updated = client.update_function_url_config(FunctionName=f"{ARN}:{name}", AuthType="AWS_IAM", Cors=CORS)
    assert updated["FunctionUrl"] == answer["FunctionUrl"]
    assert described(updated, port) == {**made, "AuthType": "AWS_IAM", "Cors": CORS}
    streaming = {**made, "AuthType": "AWS_IAM", "Cors": CORS, "InvokeMode": "RESPONSE_STREAM"}
    assert described(client.update_function_url_config(FunctionName=name, InvokeMode="RESPONSE_STREAM"), port) == streaming
    assert described(client.update_function_url_config(FunctionName=name), port) == streaming
    assert client.delete_function_url_config(FunctionName=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refused(client.get_function_url_config, FunctionName=name) == NO_RESOURCE
    again = client.create_function_url_config(FunctionName=name, AuthType="NONE")
    assert again["FunctionUrl"] != answer["FunctionUrl"], "an id is never used again"


def test_cors_is_replaced_as_a_whole(client: Any, name: str, port: str) -> None:
    """Source: API reference, UpdateFunctionUrlConfig. An empty Cors clears it: members without a value are absent."""
    made = client.create_function_url_config(FunctionName=name, AuthType="NONE", Cors=CORS, InvokeMode="BUFFERED")
    assert described(made, port) == {
        "FunctionArn": f"{ARN}:{name}", "AuthType": "NONE", "Cors": CORS, "InvokeMode": "BUFFERED"}
    assert client.update_function_url_config(FunctionName=name, Cors={"MaxAge": 5})["Cors"] == {"MaxAge": 5}
    assert "Cors" not in client.update_function_url_config(FunctionName=name, Cors={})
    assert "Cors" not in client.get_function_url_config(FunctionName=name)


def test_aliases_have_their_own(client: Any, name: str, port: str) -> None:
    """Recorded: Delete without a qualifier leaves those of aliases."""
    for given in ({}, {"Qualifier": "test"}, {"FunctionName": f"{name}:live"}):
        client.create_function_url_config(**{"FunctionName": name, "AuthType": "NONE", **given})
    arns = [f"{ARN}:{name}", f"{ARN}:{name}:live", f"{ARN}:{name}:test"]
    listed = client.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]
    assert [described(each, port) for each in listed] == [
        {"FunctionArn": arn, "AuthType": "NONE", "InvokeMode": "BUFFERED"} for arn in arns]
    pages = client.get_paginator("list_function_url_configs").paginate(FunctionName=name, PaginationConfig={"PageSize": 2})
    assert [[each["FunctionArn"] for each in page["FunctionUrlConfigs"]] for page in pages] == [arns[:2], arns[2:]]
    client.delete_function_url_config(FunctionName=name)
    listed = client.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]
    assert [each["FunctionArn"] for each in listed] == arns[1:]


def test_it_goes_with_its_alias_and_its_function(client: Any, name: str) -> None:
    """Source: API reference, DeleteAlias and DeleteFunction: what has their names later begins without a URL."""
    for given in ({}, {"Qualifier": "live"}):
        client.create_function_url_config(FunctionName=name, AuthType="NONE", **given)
    client.delete_alias(FunctionName=name, Name="live")
    assert refused(client.get_function_url_config, FunctionName=name, Qualifier="live") == NO_RESOURCE
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert refused(client.get_function_url_config, FunctionName=name, Qualifier="live") == NO_RESOURCE
    client.delete_function(FunctionName=name)
    create(client, name)
    assert client.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"] == []


def test_a_second_one_is_refused(client: Any, name: str) -> None:
    """Recorded, with two spaces after the colon."""
    for given, arn in (({}, f"{ARN}:{name}"), ({"Qualifier": "live"}, f"{ARN}:{name}:live")):
        client.create_function_url_config(FunctionName=name, AuthType="NONE", **given)
        refusal = refused(client.create_function_url_config, FunctionName=name, AuthType="AWS_IAM", **given)
        assert refusal == Refusal(409, "ResourceConflictException", {
            "Type": "User", "message": f"Failed to create function url config for [functionArn = {arn}]. "
                                       "Error message:  FunctionUrlConfig exists for this Lambda function"})


@pytest.mark.parametrize("given", [{"FunctionName": "nowhere"}, {"FunctionName": "nowhere", "Qualifier": "live"},
                                   {"FunctionName": "addressed", "Qualifier": "away"}])
def test_what_is_not_there(client: Any, name: str, given: dict[str, str]) -> None:
    """Recorded: Create, Update and List say something else than Get and Delete."""
    assert refused(client.create_function_url_config, **given, AuthType="NONE") == NO_FUNCTION
    assert refused(client.update_function_url_config, **given) == NO_FUNCTION
    for call in (client.get_function_url_config, client.delete_function_url_config):
        assert refused(call, **given) == NO_RESOURCE
    assert refused(client.list_function_url_configs, FunctionName="nowhere") == NO_FUNCTION


def test_a_function_without_one(client: Any, name: str) -> None:
    """Recorded: Update answers like Get and Delete."""
    for call in (client.update_function_url_config, client.get_function_url_config, client.delete_function_url_config):
        assert refused(call, FunctionName=name) == NO_RESOURCE
        assert refused(call, FunctionName=name, Qualifier="live") == NO_RESOURCE


@pytest.mark.parametrize(("given", "violations"), [
    ({"AuthType": None}, ["Value null at 'authType' failed to satisfy constraint: Member must not be null"]),
    ({"AuthType": "SOME", "InvokeMode": "SOME"},
     ["Value 'SOME' at 'authType' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AWS_IAM]",
      "Value 'SOME' at 'invokeMode' failed to satisfy constraint: Member must satisfy enum value set: "
      "[RESPONSE_STREAM, BUFFERED]"]),
    *(({"Qualifier": qualifier}, [
        f"Value '{qualifier}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: "
        "((?!^\\d+$)^[0-9a-zA-Z-_]+$)"]) for qualifier in ("1", "$LATEST")),
    ({"Cors": {"MaxAge": 86_401, "AllowMethods": ["GET"] * 7}},
     ["Value '[GET, GET, GET, GET, GET, GET, GET]' at 'cors.allowMethods' failed to satisfy constraint: Member must have length "
      "less than or equal to 6",
      "Value '86401' at 'cors.maxAge' failed to satisfy constraint: Member must have value less than or equal to 86400"]),
    ({"Cors": {"AllowMethods": ["OPTIONS"]}},
     ["Value '[OPTIONS]' at 'cors.allowMethods' failed to satisfy constraint: Member must satisfy constraint: [Member must have "
      "length less than or equal to 6, Member must have length greater than or equal to 0, Member must satisfy regular "
      "expression pattern: .*, Member must not be null]"]),
])
def test_constraints(client: Any, name: str, given: dict[str, Any], violations: list[str]) -> None:
    """Recorded for InvokeMode; the others by the grammar of such messages and the model's constraints, before existence."""
    parameters = {"FunctionName": name, "AuthType": "NONE", **given}
    present = {member: value for member, value in parameters.items() if value is not None}
    assert refused(client.create_function_url_config, **present) == violated(*violations)


def test_qualifiers_that_contradict_each_other(client: Any, name: str) -> None:
    """Recorded: the check comes before existence."""
    refusal = refused(client.get_function_url_config, FunctionName=f"{name}:live", Qualifier="away")
    assert refusal == Refusal(400, "InvalidParameterValueException", {
        "Type": "User",
        "message": "The derived qualifier from the function name does not match the specified qualifier."})


def test_a_function_of_the_template_has_one_too(client: Any, port: str) -> None:
    """Functions of both sources look alike. Recorded: who is not permitted is refused at the URL."""
    url = client.create_function_url_config(FunctionName="FromTemplate", AuthType="NONE")["FunctionUrl"]
    host = url.removeprefix("http://").rstrip("/")
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": host})
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request)
    with error.value as response:
        assert (response.status, response.headers["x-amzn-ErrorType"]) == (403, "AccessDeniedException")
    client.delete_function_url_config(FunctionName="FromTemplate")
