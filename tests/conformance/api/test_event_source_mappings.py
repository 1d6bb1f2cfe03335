"""Event source mappings through the API: whole answers and whole errors, as recorded on AWS.

Source of the texts, where a test names no other: recorded answers of the service (2024 to 2026); API reference,
CreateEventSourceMapping, GetEventSourceMapping, ListEventSourceMappings, UpdateEventSourceMapping, DeleteEventSourceMapping.
No queue or stream exists here: without another service that can be asked, none is refused as missing.
"""

from __future__ import annotations

import datetime
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, Refusal, create, lambda_client, plain, refused
from tests.support.shared_engine import SharedEngine

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
NOT_THERE = Refusal(404, "ResourceNotFoundException", {"Type": "User", "Message": "The resource you requested does not exist."})
SERVERS = {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000"]}}
SECRET = [{"Type": "BASIC_AUTH", "URI": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:s"}]
OF_A_STREAM = {
    "BatchSize": 100, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": [], "BisectBatchOnFunctionError": False,
    "DestinationConfig": {"OnFailure": {}}, "LastProcessingResult": "No records processed", "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1, "ParallelizationFactor": 1, "TumblingWindowInSeconds": 0, "StateTransitionReason": "User action",
}


@pytest.fixture
def name(client: Any) -> Iterator[str]:
    """A function of its own."""
    function = f"f-{uuid.uuid4().hex[:8]}"
    create(client, function)
    yield function
    client.delete_function(FunctionName=function)


@pytest.fixture
def queue() -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:q-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def stream() -> str:
    return f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s-{uuid.uuid4().hex[:8]}"


def table(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}/stream/2026-01-01T00:00:00.000"


def settled(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without ids and times, whose forms are asserted here."""
    answer = plain(answer)
    identifier = answer.pop("UUID")
    assert str(uuid.UUID(identifier)) == identifier
    assert answer.pop("EventSourceMappingArn") == f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{identifier}"
    assert abs(answer.pop("LastModified").timestamp() - time.time()) < 60
    return answer


def waited(client: Any, identifier: str, state: str) -> dict[str, Any]:
    """Ask until a mapping has a state, as clients do: there is no waiter for it."""
    until = time.monotonic() + 20
    while (answer := client.get_event_source_mapping(UUID=identifier))["State"] != state:
        assert time.monotonic() < until, answer["State"]
    return plain(answer)


def invalid(message: str) -> Refusal:
    return Refusal(400, "InvalidParameterValueException", {"Type": "User", "message": message})


def test_the_life_of_a_mapping_of_a_queue(client: Any, name: str, queue: str) -> None:
    created = client.create_event_source_mapping(FunctionName=name, EventSourceArn=queue)
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 202
    expected = {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "EventSourceArn": queue, "FunctionResponseTypes": [],
                "FunctionArn": f"{FUNCTION}:{name}", "StateTransitionReason": "USER_INITIATED"}
    assert settled(created) == {**expected, "State": "Creating"}
    identifier = created["UUID"]
    assert settled(waited(client, identifier, "Enabled")) == {**expected, "State": "Enabled"}
    for parameters, on_the_way, then in (
        ({"Enabled": False}, "Disabling", "Disabled"), ({"Enabled": True}, "Enabling", "Enabled"),
        ({"BatchSize": 5}, "Updating", "Enabled"),
    ):
        updated = client.update_event_source_mapping(UUID=identifier, **parameters)
        assert (updated["State"], updated["ResponseMetadata"]["HTTPStatusCode"]) == (on_the_way, 202)
        assert waited(client, identifier, then)["StateTransitionReason"] == "USER_INITIATED"
    deleted = client.delete_event_source_mapping(UUID=identifier)
    assert settled(deleted) == {**expected, "BatchSize": 5, "State": "Deleting"}
    until = time.monotonic() + 20
    while identifier in [each["UUID"] for each in client.list_event_source_mappings()["EventSourceMappings"]]:
        assert time.monotonic() < until
    assert refused(client.get_event_source_mapping, UUID=identifier) == NOT_THERE


def test_a_mapping_of_a_stream(client: Any, name: str, stream: str) -> None:
    created = client.create_event_source_mapping(FunctionName=name, EventSourceArn=stream, StartingPosition="TRIM_HORIZON")
    expected = {**OF_A_STREAM, "EventSourceArn": stream, "FunctionArn": f"{FUNCTION}:{name}", "StartingPosition": "TRIM_HORIZON"}
    assert settled(created) == {**expected, "State": "Creating"}
    enabled = waited(client, created["UUID"], "Enabled")
    assert settled(enabled) == {**expected, "State": "Enabled"}, "nothing was processed, and nothing says so"


def test_a_mapping_of_a_table_with_everything(client: Any, name: str) -> None:
    """Source: recorded answers, test_event_source_mapping_lifecycle, with more parameters."""
    given = {
        "BatchSize": 1, "MaximumBatchingWindowInSeconds": 1, "MaximumRetryAttempts": 1, "MaximumRecordAgeInSeconds": 60,
        "BisectBatchOnFunctionError": True, "ParallelizationFactor": 2, "TumblingWindowInSeconds": 30,
        "FunctionResponseTypes": ["ReportBatchItemFailures"], "StartingPosition": "LATEST",
        "DestinationConfig": {"OnFailure": {"Destination": f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed"}},
        "FilterCriteria": {"Filters": [{"Pattern": '{"eventName":["INSERT"]}'}]},
    }
    created = client.create_event_source_mapping(FunctionName=name, EventSourceArn=table(name), Tags={"team": "blue"}, **given)
    assert settled(created) == {**OF_A_STREAM, **given, "EventSourceArn": table(name), "FunctionArn": f"{FUNCTION}:{name}",
                                "State": "Creating"}
    waited(client, created["UUID"], "Enabled")
    updated = client.update_event_source_mapping(UUID=created["UUID"], FilterCriteria={"Filters": []}, DestinationConfig={})
    assert "FilterCriteria" not in updated
    assert updated["DestinationConfig"] == {"OnFailure": {}}


def test_tags_of_a_mapping(client: Any, name: str, queue: str) -> None:
    """Source: API reference, TagResource, UntagResource, ListTags; facts on tags for the limit, which counts at create too."""
    too_many = {f"k{number}": "v" for number in range(51)}
    refusal = invalid("Number of tags exceeds resource tag limit.")
    assert refused(client.create_event_source_mapping, FunctionName=name, EventSourceArn=queue, Tags=too_many) == refusal
    arn = client.create_event_source_mapping(FunctionName=name, EventSourceArn=queue, Tags={"a": "1"})["EventSourceMappingArn"]
    client.tag_resource(Resource=arn, Tags={"b": "2"})
    assert plain(client.list_tags(Resource=arn)) == {"Tags": {"a": "1", "b": "2"}}
    assert refused(client.tag_resource, Resource=arn, Tags=too_many) == refusal
    client.untag_resource(Resource=arn, TagKeys=["a", "c"])
    assert plain(client.list_tags(Resource=arn)) == {"Tags": {"b": "2"}}
    unknown = f"{arn[:-36]}{uuid.uuid4()}"
    assert refused(client.list_tags, Resource=unknown) == Refusal(404, "ResourceNotFoundException", {
        "Type": "User", "Message": f"Event source mapping not found: {unknown}"})


def test_a_position_in_time(client: Any, name: str, stream: str) -> None:
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    created = client.create_event_source_mapping(
        FunctionName=name, EventSourceArn=stream, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=moment)
    assert (created["StartingPosition"], created["StartingPositionTimestamp"]) == ("AT_TIMESTAMP", moment)


def test_a_mapping_of_kafka(client: Any, name: str) -> None:
    """Source: recorded answers, test_create_event_source_self_managed."""
    given = {"Topics": ["topic"], "SourceAccessConfigurations": SECRET, "SelfManagedEventSource": SERVERS}
    created = client.create_event_source_mapping(FunctionName=name, **given)
    identifier = created["UUID"]
    assert settled(created) == {
        **given, "BatchSize": 100, "FunctionArn": f"{FUNCTION}:{name}", "LastProcessingResult": "No records processed",
        "SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": identifier}, "StartingPosition": "TRIM_HORIZON",
        "State": "Creating", "StateTransitionReason": "USER_INITIATED"}
    other = client.create_event_source_mapping(
        FunctionName=name, **{**given, "Topics": ["topic_2"]}, BatchSize=1, StartingPosition="LATEST",
        SelfManagedKafkaEventSourceConfig={"ConsumerGroupId": "random_id"})
    assert (other["SelfManagedKafkaEventSourceConfig"], other["StartingPosition"]) == ({"ConsumerGroupId": "random_id"}, "LATEST")
    two = {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000", "kafka:2000"]}}
    for servers, shown in ((SERVERS, "kafka:1000"), (two, "kafka:1000,kafka:2000")):
        message = (f'An event source mapping with event source ("{shown}"), function ("{FUNCTION}:{name}"), topics ("topic") '
                   f"already exists. Please update or delete the existing mapping with UUID {identifier}")
        assert refused(client.create_event_source_mapping, FunctionName=name, **{**given, "SelfManagedEventSource": servers}) == (
            Refusal(409, "ResourceConflictException", {"Type": "User", "message": message}))
    without = {member: value for member, value in given.items() if member != "SourceAccessConfigurations"}
    assert refused(client.create_event_source_mapping, FunctionName=name, **without) == invalid(
        "Required 'sourceAccessConfigurations' parameter is missing.")


@pytest.mark.parametrize(("form", "shown"), [
    ("{name}", "{name}"), ("{name}:$LATEST", "{name}:$LATEST"), ("{name}:1", "{name}:1"), ("{name}:live", "{name}:live"),
    (f"{FUNCTION}:{{name}}", "{name}"), (f"{FUNCTION}:{{name}}:1", "{name}:1"), (f"{FUNCTION}:{{name}}:live", "{name}:live"),
])
def test_the_function_is_shown_as_it_was_named(client: Any, name: str, queue: str, form: str, shown: str) -> None:
    """Source: recorded answers, test_function_name_variations."""
    client.publish_version(FunctionName=name)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    created = client.create_event_source_mapping(FunctionName=form.format(name=name), EventSourceArn=queue)
    assert created["FunctionArn"] == f"{FUNCTION}:{shown.format(name=name)}"
    found = client.list_event_source_mappings(FunctionName=form.format(name=name))["EventSourceMappings"]
    assert [each["UUID"] for each in found] == [created["UUID"]]


def test_functions_of_the_template_have_mappings_too(client: Any, queue: str) -> None:
    created = client.create_event_source_mapping(FunctionName="FromTemplate", EventSourceArn=queue)
    assert created["FunctionArn"] == f"{FUNCTION}:FromTemplate"


def test_what_create_refuses_before_it_looks_for_the_function(client: Any, queue: str, stream: str) -> None:
    def refusal(**parameters: Any) -> Refusal:
        return refused(client.create_event_source_mapping, FunctionName="doesnotexist", **parameters)

    destination = {"Destination": f"arn:aws:sqs:{REGION}:{ACCOUNT}:other"}
    no_destination = invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
    assert refusal() == invalid("Unrecognized event source.")
    assert refusal(EventSourceArn=queue, DestinationConfig={"OnSuccess": destination}) == no_destination
    assert refusal(EventSourceArn=queue, DestinationConfig={"OnFailure": destination}) == no_destination
    assert refusal(EventSourceArn=stream) == invalid(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.")
    assert refusal(EventSourceArn=stream, StartingPosition="invalid") == Refusal(400, "ValidationException", {"message": (
        "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: "
        "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]")})
    assert refusal(EventSourceArn=table("t"), StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=-1) == invalid(
        f"Unsupported starting position for arn type: {table('t')}")
    assert refusal(EventSourceArn=stream, StartingPosition="LATEST", StartingPositionTimestamp=1) == invalid(
        "Timestamp only valid with StartingPosition AT_TIMESTAMP")
    assert refusal(EventSourceArn=stream, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=-1) == invalid(
        "Received Exception while reading from provided stream. class java.lang.Long can not be converted to a Timestamp")
    assert refusal(EventSourceArn=queue, StartingPosition="LATEST") == invalid(
        "StartingPosition is not valid for SQS event sources.")
    # Source: serverless/serverless, issue 7049.
    assert refusal(EventSourceArn=queue, ParallelizationFactor=1) == invalid(
        "Unsupported ParallelizationFactor parameter for given event source mapping type.")
    # Source: aws/chalice, issue 1778; aws/aws-lambda-dotnet, pull request 1758.
    assert refusal(EventSourceArn=queue, BatchSize=11) == invalid(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
    assert refusal(EventSourceArn=f"{queue}.fifo", MaximumBatchingWindowInSeconds=5) == invalid(
        "Batching window is not supported for FIFO queues")
    # Source: hashicorp/terraform-provider-aws, pull request 16113.
    assert refusal(EventSourceArn=stream, StartingPosition="LATEST", MaximumRecordAgeInSeconds=59) == invalid(
        "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)")
    assert refusal(EventSourceArn=queue, FilterCriteria={"Filters": [{"Pattern": '{"body":"text"}'}]}) == invalid(
        "Invalid filter pattern definition.")
    assert refusal(EventSourceArn=queue) == invalid("Function does not exist")
    assert refused(client.create_event_source_mapping, FunctionName="FromTemplate:nope", EventSourceArn=queue) == invalid(
        "Function does not exist")
    assert client.list_event_source_mappings(EventSourceArn=queue)["EventSourceMappings"] == []


def test_one_mapping_for_a_function_and_a_source(client: Any, name: str, queue: str, stream: str) -> None:
    """Source: recorded answers, test_duplicate_event_source_mappings. The quotes have spaces inside them."""
    by_queue = {"FunctionName": name, "EventSourceArn": queue}
    identifier = client.create_event_source_mapping(**by_queue)["UUID"]
    existing = f"already exists. Please update or delete the existing mapping with UUID {identifier}"
    assert refused(client.create_event_source_mapping, **by_queue) == Refusal(409, "ResourceConflictException", {
        "Type": "User", "message": f'An event source mapping with SQS arn (" {queue} ") and function (" {name} ") {existing}'})
    by_stream = {"FunctionName": f"{FUNCTION}:{name}", "EventSourceArn": stream, "StartingPosition": "LATEST"}
    identifier = client.create_event_source_mapping(**by_stream)["UUID"]
    existing = f"already exists. Please update or delete the existing mapping with UUID {identifier}"
    assert refused(client.create_event_source_mapping, **by_stream) == Refusal(409, "ResourceConflictException", {
        "Type": "User",
        "message": f'The event source arn (" {stream} ") and function (" {name} ") provided mapping {existing}'})
    create(client, f"{name}-2")
    client.create_event_source_mapping(**{**by_queue, "FunctionName": f"{name}-2"})


def test_a_mapping_that_changes_its_state_is_in_use(client: Any, name: str, queue: str) -> None:
    """Source: reports of what Lambda answers to Terraform and others who delete at once."""
    identifier = client.create_event_source_mapping(FunctionName=name, EventSourceArn=queue)["UUID"]
    for call, what in ((client.update_event_source_mapping, "update"), (client.delete_event_source_mapping, "delete")):
        waited(client, identifier, "Enabled")
        client.update_event_source_mapping(UUID=identifier)
        assert refused(call, UUID=identifier) == Refusal(400, "ResourceInUseException", {
            "Type": "User", "Message": f"Cannot {what} the event source mapping because it is in use."})


def test_unknown_mappings(client: Any) -> None:
    identifier = str(uuid.uuid4())
    for call in (client.get_event_source_mapping, client.update_event_source_mapping, client.delete_event_source_mapping):
        assert refused(call, UUID=identifier) == NOT_THERE
    refusal = refused(client.get_event_source_mapping, UUID="short")
    assert refusal == Refusal(400, "ValidationException", {"message": (
        "1 validation error detected: Value 'short' at 'uUID' failed to satisfy constraint: "
        "Member must have length greater than or equal to 36")})


def test_a_disabled_mapping_points_to_another_function(client: Any, name: str, queue: str) -> None:
    created = client.create_event_source_mapping(FunctionName=name, EventSourceArn=queue, Enabled=False)
    assert created["State"] == "Disabled"
    create(client, f"{name}-2")
    updated = client.update_event_source_mapping(
        UUID=created["UUID"], FunctionName=f"{name}-2", ScalingConfig={"MaximumConcurrency": 2})
    assert (updated["State"], updated["FunctionArn"]) == ("Updating", f"{FUNCTION}:{name}-2")
    assert waited(client, created["UUID"], "Disabled")["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert refused(client.update_event_source_mapping, UUID=created["UUID"], FunctionName="doesnotexist") == invalid(
        "Function does not exist")


def test_a_mapping_outlives_its_function(client: Any, queue: str) -> None:
    """Source: recorded answers, test_event_source_mapping_lifecycle_delete_function."""
    create(client, "short-lived")
    identifier = client.create_event_source_mapping(FunctionName="short-lived", EventSourceArn=queue)["UUID"]
    waited(client, identifier, "Enabled")
    client.delete_function(FunctionName="short-lived")
    assert client.get_event_source_mapping(UUID=identifier)["State"] == "Enabled"


def test_lists(engine: SharedEngine, client: Any, name: str, queue: str, stream: str) -> None:
    """Filters need not name anything that exists. Source: recorded answers, test_event_source_mapping_exceptions."""
    made = [client.create_event_source_mapping(FunctionName=name, EventSourceArn=queue)["UUID"],
            client.create_event_source_mapping(FunctionName=name, EventSourceArn=stream, StartingPosition="LATEST")["UUID"]]

    def found(**wanted: Any) -> list[str]:
        return [each["UUID"] for each in client.list_event_source_mappings(**wanted)["EventSourceMappings"]]

    assert found(FunctionName=name) == sorted(made)
    assert found(EventSourceArn=queue) == [made[0]]
    assert found(FunctionName=name, EventSourceArn=stream) == [made[1]]
    assert found(FunctionName="doesnotexist") == found(EventSourceArn=f"{queue}-other") == []
    paginator = client.get_paginator("list_event_source_mappings")
    pages = list(paginator.paginate(FunctionName=name, PaginationConfig={"PageSize": 1}))
    assert [[each["UUID"] for each in page["EventSourceMappings"]] for page in pages] == [[each] for each in sorted(made)]
    with closing(lambda_client(engine.url, region="eu-west-1")) as other:
        assert other.list_event_source_mappings()["EventSourceMappings"] == []
        assert refused(other.get_event_source_mapping, UUID=made[0]) == NOT_THERE
