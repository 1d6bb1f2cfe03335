"""Functions through the API: whole answers and whole errors, as recorded on AWS.

Source of the texts, where a test names no other: recorded answers of the service (2024 to 2026); API reference, CreateFunction,
GetFunction, ListFunctions, UpdateFunctionCode, UpdateFunctionConfiguration, DeleteFunction.
"""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.request
import uuid
from contextlib import closing
from typing import Any

import pytest

from tests.support.api_clients import (
    ACCOUNT,
    REGION,
    ROLE,
    Refusal,
    create,
    lambda_client,
    plain,
    refused,
    settled,
    waited,
    zipped,
)
from tests.support.shared_engine import SharedEngine

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
DEFAULTS = {
    "Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler", "Description": "", "Timeout": 3, "MemorySize": 128,
    "Version": "$LATEST", "TracingConfig": {"Mode": "PassThrough"}, "PackageType": "Zip", "Architectures": ["x86_64"],
    "EphemeralStorage": {"Size": 512}, "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
}
CREATING = {"State": "Pending", "StateReason": "The function is being created.", "StateReasonCode": "Creating"}
ACTIVE = {"State": "Active", "LastUpdateStatus": "Successful"}
UPDATING = {"State": "Active", "LastUpdateStatus": "InProgress", "LastUpdateStatusReason": "The function is being created.",
            "LastUpdateStatusReasonCode": "Creating"}


@pytest.fixture
def name() -> str:
    return f"f-{uuid.uuid4().hex[:8]}"


def described(name: str, **others: Any) -> dict[str, Any]:
    return {**DEFAULTS, "FunctionName": name, "FunctionArn": f"{ARN}:{name}",
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}, **others}


def result(client: Any, function: str, **parameters: Any) -> Any:
    answer = client.invoke(FunctionName=function, **parameters)
    document = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, document
    return document


def test_a_snap_start_without_members_is_none(client: Any, name: str) -> None:
    """Source: API reference, SnapStart: ApplyOn is not required."""
    assert settled(create(client, name, SnapStart={})) == described(name, **CREATING)


def test_create_answers_pending_and_becomes_active(client: Any, name: str) -> None:
    created = create(client, name)
    assert settled(created) == described(name, **CREATING)
    package = zipped()
    assert created["CodeSha256"] == base64.b64encode(hashlib.sha256(package).digest()).decode()
    assert created["CodeSize"] == len(package)
    assert created["RuntimeVersionConfig"]["RuntimeVersionArn"].startswith(f"arn:aws:lambda:{REGION}::runtime:")
    now = client.get_function(FunctionName=name)
    assert settled(now["Configuration"]) == described(name, **ACTIVE)
    assert now["Configuration"]["RevisionId"] != created["RevisionId"], "becoming active is a revision of its own"
    assert now["Configuration"]["LastModified"] == created["LastModified"]
    assert plain(now).keys() == {"Configuration", "Code"}, "no tags, no concurrency: absent"
    assert result(client, name) == "one"


def test_everything_that_can_be_set_comes_back(client: Any, name: str) -> None:
    given = {
        "Description": "d", "Timeout": 30, "MemorySize": 512, "EphemeralStorage": {"Size": 1024},
        "Environment": {"Variables": {"KEY": "value"}}, "TracingConfig": {"Mode": "Active"}, "Architectures": ["x86_64"],
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/mine"},
        "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        "DeadLetterConfig": {"TargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"},
        "KMSKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1", "Tags": {"team": "blue"},
    }
    create(client, name, **given)
    now = client.get_function(FunctionName=name)
    expected = {
        **given,
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/mine", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"},
        "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "", "Ipv6AllowedForDualStack": False},
    }
    assert settled(now["Configuration"]) == described(name, **ACTIVE, **{key: expected[key] for key in expected if key != "Tags"})
    assert now["Tags"] == {"team": "blue"}


def test_an_empty_environment_comes_back_empty(client: Any, name: str) -> None:
    create(client, name, Environment={"Variables": {}})
    assert client.get_function_configuration(FunctionName=name)["Environment"] == {"Variables": {}}


def test_create_with_publish_answers_the_version_with_an_unqualified_arn(client: Any, name: str) -> None:
    created = create(client, name, Publish=True)
    assert settled(created) == described(name, Version="1", **CREATING)
    assert [each["Version"] for each in client.list_versions_by_function(FunctionName=name)["Versions"]] == ["$LATEST", "1"]


def invalid(message: str) -> Refusal:
    return Refusal(400, "InvalidParameterValueException", {"Type": "User", "message": message})


@pytest.mark.parametrize(("changed", "refusal"), [
    ({"Runtime": "python2.7"}, invalid(
        "Value python2.7 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
        "[nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, "
        "python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, "
        "dotnet6, nodejs18.x, provided.al2, java8.al2] or be a valid ARN")),
    ({"Runtime": "python3.7"}, invalid(
        "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions. "
        "We recommend you use a supported runtime while creating or updating functions.")),
    ({"Handler": None}, invalid(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.")),
    ({"Code": {"ZipFile": b"no zip"}}, invalid(
        "Could not unzip uploaded file. Please check your file, then try to upload again.")),
    ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, invalid(
        "Lambda was unable to configure your environment variables because the environment variables you have provided contains "
        "reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION")),
    ({"Layers": [f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:l{number}:1" for number in range(6)]}, invalid(
        "Cannot reference more than 5 layers.")),
    ({"Layers": [f"arn:aws:lambda:eu-west-1:{ACCOUNT}:layer:l:1"]}, invalid(
        f"Layers are not in the same region as the function. Layers are expected to be in region {REGION}.")),
    ({"Timeout": 901, "MemorySize": 1}, Refusal(400, "ValidationException", {
        "message": "2 validation errors detected: Value '901' at 'timeout' failed to satisfy constraint: "
        "Member must have value less than or equal to 900; Value '1' at 'memorySize' failed to satisfy constraint: "
        "Member must have value greater than or equal to 128"})),
])
def test_what_create_refuses_leaves_nothing(client: Any, name: str, changed: dict[str, Any], refusal: Refusal) -> None:
    given = {"Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler", "Code": {"ZipFile": zipped()}, **changed}
    given = {member: value for member, value in given.items() if value is not None}
    assert refused(client.create_function, FunctionName=name, **given) == refusal
    assert refused(client.get_function, FunctionName=name).status == 404


def test_a_name_of_65_characters_is_refused_by_the_service_itself(client: Any) -> None:
    name = "n" * 65
    found = refused(client.create_function, FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="h",
                    Code={"ZipFile": zipped()})
    assert found == invalid(f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
                            "Member must have length less than or equal to 64")


@pytest.mark.parametrize("function", ["FromTemplate", "again"])
def test_a_name_is_taken_once(client: Any, function: str) -> None:
    if function == "again":
        create(client, function)
    found = refused(client.create_function, FunctionName=function, Runtime="python3.12", Role=ROLE, Handler="h",
                    Code={"ZipFile": zipped()})
    assert found == Refusal(
        409, "ResourceConflictException", {"Type": "User", "message": f"Function already exist: {function}"})


@pytest.mark.parametrize("size_bytes", [52_428_801, 52_700_000])
def test_a_package_over_50_mb_is_too_large(client: Any, name: str, size_bytes: int) -> None:
    """Also where it makes the request larger than requests may be: the package is looked at first."""
    found = refused(client.create_function, FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="h",
                    Code={"ZipFile": b"\0" * size_bytes})
    assert (found.status, found.code) == (413, "RequestEntityTooLargeException")
    assert found.body == {"message": "Zipped size must be smaller than 52428800 bytes"}


def test_another_account_cannot_be_created_in(client: Any) -> None:
    found = refused(client.create_function, FunctionName=f"arn:aws:lambda:{REGION}:999999999999:function:f", Runtime="python3.12",
                    Role=ROLE, Handler="h", Code={"ZipFile": zipped()})
    assert (found.status, found.code) == (403, "AccessDeniedException")


def test_update_of_code_is_seen_in_progress_and_runs_when_it_is_done(client: Any, name: str) -> None:
    create(client, name)
    package = zipped("def handler(event, context):\n    return 'two'\n")
    updated = plain(client.update_function_code(FunctionName=name, ZipFile=package))
    assert settled(updated) == described(name, **UPDATING)
    meanwhile = client.get_function(FunctionName=name)
    assert meanwhile["Configuration"]["RevisionId"] == updated["RevisionId"]
    assert meanwhile["Configuration"]["LastUpdateStatus"] == "InProgress"
    with urllib.request.urlopen(meanwhile["Code"]["Location"]) as location:
        assert location.read() == package, "the new package can be downloaded at once"
    found = refused(client.update_function_configuration, FunctionName=name, Timeout=5)
    assert found == Refusal(409, "ResourceConflictException", {
        "Type": "User", "message": "The operation cannot be performed at this time. An update is in progress for resource: "
        f"{ARN}:{name}"})
    waited(client, "function_updated_v2", name)
    now = client.get_function_configuration(FunctionName=name)
    assert settled(plain(now)) == described(name, **ACTIVE)
    assert now["RevisionId"] != updated["RevisionId"]
    assert result(client, name) == "two"


def test_update_of_code_with_publish_answers_the_version(client: Any, name: str) -> None:
    create(client, name)
    published = plain(client.update_function_code(FunctionName=name, ZipFile=zipped("handler = 1"), Publish=True))
    assert settled(published) == described(name, FunctionArn=f"{ARN}:{name}:1", Version="1", **CREATING)
    version = client.get_function(FunctionName=name, Qualifier="1")["Configuration"]
    assert version["RevisionId"] == published["RevisionId"]
    latest = client.get_function(FunctionName=name)["Configuration"]
    assert (latest["State"], latest["LastUpdateStatus"]) == ("Active", "InProgress")
    assert latest["RevisionId"] != published["RevisionId"]


def test_a_dry_run_of_an_update_changes_nothing(client: Any, name: str) -> None:
    create(client, name)
    before = plain(client.get_function_configuration(FunctionName=name))
    package = zipped("handler = 2")
    answer = client.update_function_code(FunctionName=name, ZipFile=package, DryRun=True)
    assert answer["CodeSize"] == len(package)
    assert plain(client.get_function_configuration(FunctionName=name)) == before


def test_update_of_the_configuration(client: Any, name: str) -> None:
    create(client, name, Environment={"Variables": {"A1": "a", "B1": "b"}}, Description="before")
    updated = client.update_function_configuration(
        FunctionName=name, Environment={"Variables": {"C1": "c"}}, Timeout=9, LoggingConfig={"LogGroup": "/mine"})
    expected = {"Environment": {"Variables": {"C1": "c"}}, "Timeout": 9, "Description": "before",
                "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/mine"}}
    assert settled(plain(updated)) == described(name, **UPDATING, **expected)
    waited(client, "function_updated_v2", name)
    client.update_function_configuration(FunctionName=name, LoggingConfig={"LogFormat": "JSON"})
    waited(client, "function_updated_v2", name)
    assert client.get_function_configuration(FunctionName=name)["LoggingConfig"] == {
        "LogFormat": "JSON", "LogGroup": "/mine", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}


def test_a_variable_is_there_when_the_update_is_done(client: Any, name: str) -> None:
    code = "import os\ndef handler(event, context):\n    return [os.environ.get('COLOR'), os.environ['AWS_REGION']]\n"
    create(client, name, Code={"ZipFile": zipped(code)})
    assert result(client, name) == [None, REGION]
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {"COLOR": "blue"}})
    waited(client, "function_updated", name)
    assert result(client, name) == ["blue", REGION]


def test_an_old_revision_is_refused(client: Any, name: str) -> None:
    old = create(client, name)["RevisionId"]
    expected = Refusal(412, "PreconditionFailedException", {
        "Type": "User", "message": "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"})
    assert refused(client.update_function_configuration, FunctionName=name, Timeout=4, RevisionId=old) == expected
    assert refused(client.update_function_code, FunctionName=name, ZipFile=zipped(), RevisionId=old) == expected
    assert refused(client.publish_version, FunctionName=name, RevisionId=old) == expected


def test_delete_and_what_is_not_there(client: Any, name: str) -> None:
    create(client, name, Publish=True)
    assert client.delete_function(FunctionName=name)["StatusCode"] == 204
    for call, qualifier in ((client.get_function, ""), (client.get_function_configuration, ""), (client.delete_function, ""),
                            (client.invoke, ":$LATEST")):
        assert refused(call, FunctionName=name) == Refusal(
            404, "ResourceNotFoundException", {"Type": "User", "Message": f"Function not found: {ARN}:{name}{qualifier}"})
    qualified = refused(client.get_function, FunctionName=name, Qualifier="live")
    assert qualified.body["Message"] == f"Function not found: {ARN}:{name}:live"
    deleted = refused(client.delete_function, FunctionName=name, Qualifier="7")
    assert deleted.body["Message"] == f"Function not found: {ARN}:{name}", "without the qualifier"


@pytest.mark.parametrize(("qualifier", "message"), [
    ("$LATEST", "$LATEST version cannot be deleted without deleting the function."),
    ("live", "Deletion of aliases is not currently supported.")])
def test_what_delete_refuses_before_it_looks_for_the_function(client: Any, qualifier: str, message: str) -> None:
    found = refused(client.delete_function, FunctionName="is-not-there", Qualifier=qualifier)
    assert found == invalid(message)


def test_names_in_all_their_forms(client: Any, name: str) -> None:
    create(client, name)
    for form in (name, f"function:{name}", f"{ACCOUNT}:function:{name}", f"{ARN}:{name}"):
        assert client.get_function_configuration(FunctionName=form)["FunctionArn"] == f"{ARN}:{name}"
    for form in (f"{name}:$LATEST", f"{ARN}:{name}:$LATEST"):
        assert client.get_function_configuration(FunctionName=form)["FunctionArn"] == f"{ARN}:{name}:$LATEST"


def test_a_qualifier_that_contradicts_the_name(client: Any, name: str) -> None:
    found = refused(client.get_function, FunctionName=f"{ARN}:{name}:$LATEST", Qualifier="1")
    assert found == invalid("The derived qualifier from the function name does not match the specified qualifier.")


def test_an_arn_of_another_region(client: Any) -> None:
    found = refused(client.get_function, FunctionName=f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f")
    assert found == Refusal(404, "ResourceNotFoundException", {
        "Type": "User", "Message": f"Functions from 'eu-west-1' are not reachable in this region ('{REGION}')"})


def test_regions_and_accounts_do_not_see_each_other(engine: SharedEngine, client: Any, name: str) -> None:
    with closing(lambda_client(engine.url, region="eu-west-1")) as other, \
            closing(lambda_client(engine.url, key="999999999999")) as account:
        create(client, name)
        code = "import os\ndef handler(event, context):\n    return [os.environ['AWS_REGION'], context.invoked_function_arn]\n"
        created = create(other, name, Code={"ZipFile": zipped(code)})
        assert created["FunctionArn"] == f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}"
        assert result(other, name) == ["eu-west-1", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}"]
        assert result(client, name) == "one", "the other Region's function is another one"
        found = refused(account.get_function, FunctionName=name)
        assert found.body["Message"] == f"Function not found: arn:aws:lambda:{REGION}:999999999999:function:{name}"
        assert account.get_function(FunctionName=f"{ARN}:{name}")["Configuration"]["FunctionArn"] == f"{ARN}:{name}"
        other.delete_function(FunctionName=name)
        assert client.get_function(FunctionName=name)


def test_lists_have_pages_and_no_states(client: Any) -> None:
    names = sorted(f"listed-{number}" for number in range(3))
    for each in names:
        create(client, each)
    pages = list(client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2}))
    assert all(len(page["Functions"]) <= 2 for page in pages)
    functions = [function for page in pages for function in page["Functions"]]
    found = [function["FunctionName"] for function in functions]
    assert found == sorted(found)
    assert {*names, "FromTemplate"} <= set(found)
    for function in functions:
        assert not function.keys() & {"State", "LastUpdateStatus", "RuntimeVersionConfig"}
        assert client.get_function_configuration(FunctionName=function["FunctionName"])["RevisionId"] == function["RevisionId"]
    everything = [function["FunctionArn"] for page in client.get_paginator("list_functions").paginate(FunctionVersion="ALL")
                  for function in page["Functions"]]
    assert f"{ARN}:{names[0]}:$LATEST" in everything


def test_functions_of_the_template_look_like_the_others(client: Any) -> None:
    now = client.get_function(FunctionName="FromTemplate")
    assert settled(now["Configuration"]).keys() == {*described("FromTemplate"), *ACTIVE}
    assert result(client, "FromTemplate") == "template"
