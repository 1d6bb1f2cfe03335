"""Event-invoke configurations, as clients of AWS see them.

Source: recorded answers of Lambda (November 2025), for every text and for the order of checks; Lambda guide, "Capturing records
of Lambda asynchronous invocations" (which services may be a destination of successes, which of failures).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, Refusal, create, plain, refused

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"
NOT_THERE = Refusal(404, "ResourceNotFoundException", {"Type": "User", "Message": "The function doesn't exist."})
NOTHING = Refusal(400, "InvalidParameterValueException", {
    "Type": "User", "message": "You must specify at least one of error handling or destination setting."})

ITSELF = Refusal(400, "InvalidParameterValueException", {
    "Type": "User", "message": "You can't specify the function as a destination for itself."})


def without(name: str) -> Refusal:
    return Refusal(404, "ResourceNotFoundException", {
        "Type": "User", "Message": f"The function {ARN}:{name} doesn't have an EventInvokeConfig"})


def invalid(message: str) -> Refusal:
    return Refusal(400, "InvalidParameterValueException", {"Type": "User", "message": message})


def described(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without its time, which is now."""
    found = plain(answer)
    age = datetime.datetime.now(datetime.UTC) - found.pop("LastModified")
    assert datetime.timedelta(seconds=-1) < age < datetime.timedelta(seconds=60)
    return found


def configuration(qualified: str, *, success: str = "", failure: str = "", **others: int) -> dict[str, Any]:
    sides = {"OnSuccess": success, "OnFailure": failure}
    return {"FunctionArn": f"{ARN}:{qualified}", **others,
            "DestinationConfig": {side: {"Destination": arn} if arn else {} for side, arn in sides.items()}}


@pytest.fixture
def name(client: Any) -> Iterator[str]:
    """A function with a version 1 and an alias `live`."""
    create(client, "eventful", Publish=True)
    client.create_alias(FunctionName="eventful", Name="live", FunctionVersion="1")
    yield "eventful"
    client.delete_function(FunctionName="eventful")


def test_put_replaces_and_update_merges(client: Any, name: str) -> None:
    """Recorded: put_pre_overwrite, put_post_overwrite, pre_update_response, update_response, get_invokeconfig."""
    answer = client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=2, MaximumEventAgeInSeconds=60)
    both = configuration(f"{name}:$LATEST", MaximumRetryAttempts=2, MaximumEventAgeInSeconds=60)
    assert described(answer) == both
    assert described(client.get_function_event_invoke_config(FunctionName=name)) == both
    retries = configuration(f"{name}:$LATEST", MaximumRetryAttempts=0)
    assert described(client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)) == retries
    aged = configuration(f"{name}:$LATEST", MaximumRetryAttempts=0, MaximumEventAgeInSeconds=21_600, success=QUEUE)
    assert described(client.update_function_event_invoke_config(
        FunctionName=name, MaximumEventAgeInSeconds=21_600, DestinationConfig={"OnSuccess": {"Destination": QUEUE}})) == aged
    assert described(client.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)) == aged
    assert described(client.get_function_event_invoke_config(FunctionName=f"{name}:$LATEST", Qualifier="$LATEST")) == aged


def test_each_qualifier_has_one(client: Any, name: str) -> None:
    """Recorded: put_destination_version, put_alias_qualifiedarn, put_alias_shorthand, list_configs, list_configs_postdelete."""
    assert plain(client.list_function_event_invoke_configs(FunctionName=name)) == {"FunctionEventInvokeConfigs": []}
    for given in ({}, {"Qualifier": "1"}):
        client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1, **given)
    for named in (f"{ARN}:{name}:live", f"{name}:live"):
        answer = client.put_function_event_invoke_config(FunctionName=named, Qualifier="live", MaximumRetryAttempts=1)
        assert described(answer) == configuration(f"{name}:live", MaximumRetryAttempts=1)
    found = client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    assert [described(each) for each in found] == [
        configuration(f"{name}:{qualifier}", MaximumRetryAttempts=1) for qualifier in ("$LATEST", "1", "live")]
    paginator = client.get_paginator("list_function_event_invoke_configs")
    pages = paginator.paginate(FunctionName=name, PaginationConfig={"PageSize": 2})
    assert [len(each["FunctionEventInvokeConfigs"]) for each in pages] == [2, 1]
    for qualifier in ("$LATEST", "1", "live"):
        answer = client.delete_function_event_invoke_config(FunctionName=name, Qualifier=qualifier)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert plain(client.list_function_event_invoke_configs(FunctionName=name)) == {"FunctionEventInvokeConfigs": []}


def test_it_goes_with_its_alias(client: Any, name: str) -> None:
    """Source: API reference, DeleteAlias; an alias of the same name begins without one."""
    client.put_function_event_invoke_config(FunctionName=name, Qualifier="live", MaximumRetryAttempts=1)
    client.delete_alias(FunctionName=name, Name="live")
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert refused(client.get_function_event_invoke_config, FunctionName=name, Qualifier="live") == without(f"{name}:live")


@pytest.mark.parametrize(("parameters", "refusal"), [
    ({"FunctionName": "nowhere"}, NOTHING),
    ({"FunctionName": "nowhere", "MaximumRetryAttempts": 1}, NOT_THERE),
    ({"FunctionName": f"{ARN}:nowhere", "MaximumRetryAttempts": 1}, NOT_THERE),
    ({"Qualifier": "liveaway", "MaximumRetryAttempts": 1}, NOT_THERE),
    ({"Qualifier": "7", "MaximumRetryAttempts": 1}, NOT_THERE),
    ({"FunctionName": "eventful:live", "Qualifier": "1", "MaximumRetryAttempts": 1},
     invalid("The derived qualifier from the function name does not match the specified qualifier.")),
    ({"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 59}, Refusal(400, "ValidationException", {
        "message": "2 validation errors detected: Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must "
                   "have value less than or equal to 2; Value '59' at 'maximumEventAgeInSeconds' failed to satisfy constraint: "
                   "Member must have value greater than or equal to 60"})),
])
def test_what_put_and_update_refuse(client: Any, name: str, parameters: dict[str, Any], refusal: Refusal) -> None:
    """Recorded: put_functionname_name_notfound, _nootherargs, put_alias_doesnotexist, put_alias_shorthand_qualifierconflict."""
    given = {"FunctionName": name, **parameters}
    assert refused(client.put_function_event_invoke_config, **given) == refusal
    assert refused(client.update_function_event_invoke_config, **given) == refusal


def test_what_is_not_found(client: Any, name: str) -> None:
    """Recorded: get_function_doesnotexist, get_qualifier_doesnotexist, delete_function_doesnotexist, update_..._doesnotexist."""
    get, delete = client.get_function_event_invoke_config, client.delete_function_event_invoke_config
    for call in (get, delete):
        assert refused(call, FunctionName="nowhere") == without("nowhere:$LATEST")
        assert refused(call, FunctionName=name) == without(f"{name}:$LATEST")
        assert refused(call, FunctionName=name, Qualifier="away") == without(f"{name}:away")
        assert refused(call, FunctionName=name, Qualifier="1221") == without(f"{name}:1221")
    update = client.update_function_event_invoke_config
    assert refused(update, FunctionName=name, MaximumRetryAttempts=1) == without(f"{name}:$LATEST")
    assert refused(update, FunctionName=name, Qualifier="live", MaximumRetryAttempts=1) == without(f"{name}:live")
    assert refused(client.list_function_event_invoke_configs, FunctionName="nowhere") == NOT_THERE


@pytest.mark.parametrize("destination", [
    QUEUE, f"arn:aws:sns:{REGION}:{ACCOUNT}:topic", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
    f"{ARN}:FromTemplate"])
def test_destinations(client: Any, name: str, destination: str) -> None:
    """Recorded: put_destination_other_lambda. Both sides may be given."""
    given = {"OnSuccess": {"Destination": destination}, "OnFailure": {"Destination": destination}}
    answer = client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=given)
    assert described(answer) == configuration(f"{name}:$LATEST", success=destination, failure=destination)


@pytest.mark.parametrize("given", [{"OnSuccess": {}}, {"OnFailure": {}}, {"OnFailure": {"Destination": ""}}, {}])
def test_no_destination_counts_as_one(client: Any, name: str, given: dict[str, Any]) -> None:
    """Recorded: put_destination_success_no_destination_arn, put_destination_failure_no_destination_arn."""
    answer = client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=given)
    assert described(answer) == configuration(f"{name}:$LATEST")


def test_failures_may_go_to_a_bucket_and_successes_not(client: Any, name: str) -> None:
    """Source: Lambda guide, "Capturing records of Lambda asynchronous invocations"."""
    bucket = {"Destination": "arn:aws:s3:::b"}
    put = client.put_function_event_invoke_config
    put(FunctionName=name, DestinationConfig={"OnFailure": bucket})
    assert refused(put, FunctionName=name, DestinationConfig={"OnSuccess": bucket}) == invalid(
        "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:s3:::b), onFailure=null) is "
        "invalid.")


@pytest.mark.parametrize(("given", "refusal"), [
    ({"OnSuccess": {"Destination": f"{ARN}:nowhere"}}, invalid(f"The destination ARN {ARN}:nowhere is invalid.")),
    ({"OnSuccess": {"Destination": f"{ARN}:eventful"}}, ITSELF),
    ({"OnFailure": {"Destination": f"{ARN}:eventful:live"}}, ITSELF),
    ({"OnFailure": {"Destination": "arn:aws:iam::123456789012:role/r"}},
     invalid("The provided destination config DestinationConfig(onSuccess=null, "
             "onFailure=OnFailure(destination=arn:aws:iam::123456789012:role/r)) is invalid.")),
    ({"OnFailure": {"Destination": "kafka://topic"}},
     invalid("The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=kafka://topic)) "
             "is invalid.")),
    ({"OnFailure": {"Destination": "arn:aws:_-/!lambda:x"}}, Refusal(400, "ValidationException", {
        "message": "1 validation error detected: Value 'arn:aws:_-/!lambda:x' at 'destinationConfig.onFailure.destination' "
                   "failed to satisfy constraint: Member must satisfy regular expression pattern: $|kafka://([^.]([a-zA-Z0-9\\-_.]"
                   "{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:"
                   "(.*)"})),
])
def test_what_is_no_destination(client: Any, name: str, given: dict[str, Any], refusal: Refusal) -> None:
    """Recorded: put_destination_lambda_doesntexist, _recursive, _invalid_service_arn, _invalid_arn_pattern."""
    assert refused(client.put_function_event_invoke_config, FunctionName=name, DestinationConfig=given) == refusal


def test_a_function_of_the_template_has_one_too(client: Any) -> None:
    """Functions of both sources look alike."""
    client.put_function_event_invoke_config(FunctionName="FromTemplate", MaximumRetryAttempts=0)
    assert described(client.get_function_event_invoke_config(FunctionName="FromTemplate")) == configuration(
        "FromTemplate:$LATEST", MaximumRetryAttempts=0)
    client.delete_function_event_invoke_config(FunctionName="FromTemplate")
