"""Provisioned concurrency of versions and aliases, as clients of AWS see it; the environments are real.

Sources: recorded answers of Lambda (November 2025); Lambda guide, "Configuring provisioned concurrency for a function".
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, Refusal, create, lambda_client, plain, refused, waited, zipped
from tests.support.shared_engine import SharedEngine
from workbench.model.engine_api import Settings

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
HANDLER = ("import os\nmade = os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n"
           "def handler(event, context):\n    return [made, context.function_version]\n")
UNPUBLISHED = Refusal(400, "InvalidParameterValueException", {
    "Type": "User", "message": "Provisioned Concurrency Configs cannot be applied to unpublished function versions."})
LATEST = Refusal(400, "InvalidParameterValueException", {
    "Type": "User", "message": "The function resource provided must be an alias or a published version."})
NONE = Refusal(404, "ProvisionedConcurrencyConfigNotFoundException", {
    "Type": "User", "message": "No Provisioned Concurrency Config found for this function"})


def missing(message: str) -> Refusal:
    return Refusal(404, "ResourceNotFoundException", {"Type": "User", "Message": message})


def conflict(message: str) -> Refusal:
    return Refusal(409, "ResourceConflictException", {"Type": "User", "message": message})


def without_type(message: str) -> Refusal:
    return Refusal(400, "InvalidParameterValueException", {"message": message})


def described(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without its time, which has this form: the AWS CLI's reference shows it."""
    found = plain(answer)
    moment = found.pop("LastModified")
    assert time.strptime(moment, "%Y-%m-%dT%H:%M:%S+0000")
    return found


def state(requested: int, allocated: int, status: str) -> dict[str, Any]:
    return {"RequestedProvisionedConcurrentExecutions": requested, "AllocatedProvisionedConcurrentExecutions": allocated,
            "AvailableProvisionedConcurrentExecutions": allocated, "Status": status}


def until_it_is(client: Any, name: str, qualifier: str, status: str) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while True:
        found = described(client.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier))
        if found["Status"] == status:
            return found
        assert time.monotonic() < deadline, found


@pytest.fixture
def name(client: Any) -> Iterator[str]:
    """A function with a version 1 and an alias `live` of it."""
    create(client, "provisioned", Publish=True, Code={"ZipFile": zipped(HANDLER)})
    client.create_alias(FunctionName="provisioned", Name="live", FunctionVersion="1")
    yield "provisioned"
    client.delete_function(FunctionName="provisioned")


def test_a_version_is_provisioned(client: Any, name: str) -> None:
    """Recorded: put_provisioned_on_version, delete_provisioned_version, get_provisioned_version_postdelete.

    READY means that the environments exist: the first request finds one, and a request for `$LATEST` does not.
    """
    put, get = client.put_provisioned_concurrency_config, client.get_provisioned_concurrency_config
    answer = put(FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=2)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert described(answer) == state(2, 0, "IN_PROGRESS")
    assert until_it_is(client, name, "1", "READY") == state(2, 2, "READY")
    for qualifier, made in (("1", "provisioned-concurrency"), ("live", "provisioned-concurrency"), ("$LATEST", "on-demand")):
        result = client.invoke(FunctionName=name, Qualifier=qualifier)
        assert json.loads(result["Payload"].read())[0] == made
    found = client.list_provisioned_concurrency_configs(FunctionName=name)["ProvisionedConcurrencyConfigs"]
    assert [each.pop("FunctionArn") for each in found] == [f"{ARN}:{name}:1"]
    assert described(found[0]) == state(2, 2, "READY")
    answer = client.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="1")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refused(get, FunctionName=name, Qualifier="1") == NONE
    assert plain(client.list_provisioned_concurrency_configs(FunctionName=name)) == {"ProvisionedConcurrencyConfigs": []}


def test_an_update_of_latest_leaves_a_version_provisioned(client: Any, name: str) -> None:
    """Source: Lambda guide, "Lambda function versions": a version does not change any more."""
    client.put_provisioned_concurrency_config(FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1)
    until_it_is(client, name, "1", "READY")
    client.update_function_configuration(FunctionName=name, Timeout=5)
    waited(client, "function_updated_v2", name)
    found = described(client.get_provisioned_concurrency_config(FunctionName=name, Qualifier="1"))
    assert found == state(1, 1, "READY")


def test_it_moves_with_its_alias_and_goes_with_it(client: Any, name: str) -> None:
    """Source: Lambda guide, "Configuring provisioned concurrency"; recorded: get_provisioned_alias_postaliasdelete."""
    client.put_provisioned_concurrency_config(FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=1)
    until_it_is(client, name, "live", "READY")
    client.update_function_configuration(FunctionName=name, Timeout=7)
    waited(client, "function_updated_v2", name)
    client.publish_version(FunctionName=name)
    client.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    until_it_is(client, name, "live", "READY")
    result = client.invoke(FunctionName=name, Qualifier="live")
    assert json.loads(result["Payload"].read()) == ["provisioned-concurrency", "2"]
    client.delete_alias(FunctionName=name, Name="live")
    assert refused(client.get_provisioned_concurrency_config, FunctionName=name, Qualifier="live") == missing(
        f"Cannot find alias arn: {ARN}:{name}:live")
    assert plain(client.list_provisioned_concurrency_configs(FunctionName=name)) == {"ProvisionedConcurrencyConfigs": []}


def test_an_alias_with_weights_splits_it(client: Any, name: str) -> None:
    """Source: Lambda guide, "Implement Lambda canary deployments using a weighted alias": each version has its share.

    One that has weights already is refused (seen in public issues, such as hashicorp/terraform 24957).
    """
    client.update_function_configuration(FunctionName=name, Timeout=9)
    waited(client, "function_updated_v2", name)
    client.publish_version(FunctionName=name)
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    client.update_alias(FunctionName=name, Name="live", RoutingConfig=weights)
    put = client.put_provisioned_concurrency_config
    assert refused(put, FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=2) == Refusal(
        400, "InvalidParameterValueException", {
            "Type": "User", "message": "Alias with weights can not be used with Provisioned Concurrency"})
    client.update_alias(FunctionName=name, Name="live", RoutingConfig={})
    put(FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=2)
    client.update_alias(FunctionName=name, Name="live", RoutingConfig=weights)
    assert refused(put, FunctionName=name, Qualifier="2", ProvisionedConcurrentExecutions=1) == conflict(
        "Version is pointed by a Provisioned Concurrency alias")
    assert until_it_is(client, name, "live", "READY") == state(2, 2, "READY")
    for version in ("1", "2"):
        result = client.invoke(FunctionName=name, Qualifier=version)
        assert json.loads(result["Payload"].read()) == ["provisioned-concurrency", version]


def test_a_version_is_not_provisioned_twice(client: Any, name: str) -> None:
    """Recorded: put_provisioned_on_alias_versionconflict, put_provisioned_on_version_conflict."""
    put = client.put_provisioned_concurrency_config
    put(FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1)
    assert refused(put, FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=1) == conflict(
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
    client.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="1")
    put(FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=1)
    assert refused(put, FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1) == conflict(
        "Version is pointed by a Provisioned Concurrency alias")


def test_an_init_that_fails(client: Any, tmp_path: Path) -> None:
    """Recorded: a failed provisioning has this status and reason, and nothing allocated, after six tries of INIT.

    The function stays active.
    """
    tries = tmp_path / "tries"
    code = f"with open({str(tries)!r}, 'a') as file:\n    file.write('x')\nraise RuntimeError('no')\n"
    create(client, "broken", Publish=True, Code={"ZipFile": zipped(code)})
    client.put_provisioned_concurrency_config(FunctionName="broken", Qualifier="1", ProvisionedConcurrentExecutions=1)
    assert until_it_is(client, "broken", "1", "FAILED") == {
        **state(1, 0, "FAILED"), "StatusReason": "FUNCTION_ERROR_INIT_FAILURE"}
    assert tries.read_text() == "x" * 6
    assert client.get_function_configuration(FunctionName="broken")["State"] == "Active"
    client.delete_function(FunctionName="broken")


def test_what_is_not_there(client: Any, name: str) -> None:
    """Recorded: test_provisioned_concurrency_exceptions. Deleting what is not configured is fine."""
    get, delete = client.get_provisioned_concurrency_config, client.delete_provisioned_concurrency_config
    assert refused(get, FunctionName=name, Qualifier="1") == NONE
    assert delete(FunctionName=name, Qualifier="1")["ResponseMetadata"]["HTTPStatusCode"] == 204

    def put(**named: str) -> Any:
        return client.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=1, **named)

    for call in (get, delete, put):
        for function in (name, "nowhere"):
            assert refused(call, FunctionName=function, Qualifier="away") == missing(
                f"Cannot find alias arn: {ARN}:{function}:away")
            assert refused(call, FunctionName=function, Qualifier="10") == missing(f"Function not found: {ARN}:{function}:10")
        assert refused(call, FunctionName=name, Qualifier="$LATEST") == (UNPUBLISHED if call is put else LATEST)
    assert refused(client.list_provisioned_concurrency_configs, FunctionName="nowhere") == missing(
        f"Function not found: {ARN}:nowhere")
    assert refused(client.put_provisioned_concurrency_config, FunctionName="nowhere", Qualifier="1",
                   ProvisionedConcurrentExecutions=0) == Refusal(400, "ValidationException", {
        "message": "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: "
                   "Member must have value greater than or equal to 1"})


def test_what_does_not_fit(engine: SharedEngine) -> None:
    """Recorded: test_provisioned_concurrency_limits; both sentences on reserved concurrency, the one without Type."""
    engine.told(lambda told: told.change_settings(Settings(sandbox="process", machine_environments=100)))
    with closing(lambda_client(engine.url, region="eu-central-1")) as client:
        refuse_what_does_not_fit(client)
    engine.told(lambda told: told.change_settings(Settings(sandbox="process")))


def refuse_what_does_not_fit(client: Any) -> None:
    create(client, "fitting", Publish=True)
    put = client.put_provisioned_concurrency_config
    assert refused(put, FunctionName="fitting", Qualifier="1", ProvisionedConcurrentExecutions=1_001) == without_type(
        "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].")
    for count in (901, 1_000):
        assert refused(put, FunctionName="fitting", Qualifier="1", ProvisionedConcurrentExecutions=count) == without_type(
            "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum "
            "value of [100].")
    client.put_function_concurrency(FunctionName="fitting", ReservedConcurrentExecutions=1)
    assert refused(put, FunctionName="fitting", Qualifier="1", ProvisionedConcurrentExecutions=2) == Refusal(
        400, "InvalidParameterValueException", {
            "Type": "User", "message": "Requested Provisioned Concurrency should not be greater than the "
                                       "reservedConcurrentExecution for function"})
    client.put_function_concurrency(FunctionName="fitting", ReservedConcurrentExecutions=2)
    put(FunctionName="fitting", Qualifier="1", ProvisionedConcurrentExecutions=2)
    assert refused(client.put_function_concurrency, FunctionName="fitting", ReservedConcurrentExecutions=1) == without_type(
        " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].")
    assert client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 998
    client.delete_function_concurrency(FunctionName="fitting")
    assert client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 998
    put(FunctionName="fitting", Qualifier="1", ProvisionedConcurrentExecutions=500)
    found = described(client.get_provisioned_concurrency_config(FunctionName="fitting", Qualifier="1"))
    assert (found["RequestedProvisionedConcurrentExecutions"], found["Status"]) == (500, "IN_PROGRESS")
    assert found["StatusReason"] == (
        "This machine runs at most 100 execution environments at a time, as the workspace's settings say. 500 are requested.")
    client.delete_function(FunctionName="fitting")


def test_a_version_of_a_template_s_function_is_provisioned(client: Any) -> None:
    """Functions of both sources look alike."""
    version = client.publish_version(FunctionName="FromTemplate")["Version"]
    client.put_provisioned_concurrency_config(FunctionName="FromTemplate", Qualifier=version, ProvisionedConcurrentExecutions=1)
    assert until_it_is(client, "FromTemplate", version, "READY") == state(1, 1, "READY")
    client.delete_provisioned_concurrency_config(FunctionName="FromTemplate", Qualifier=version)
