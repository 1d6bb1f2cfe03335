"""Deliveries to real services: moto's server receives what was sent, and boto3 reads it back.

Source of what each target receives: Lambda guide, "Capturing records of Lambda asynchronous invocations".
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.engines import until
from tests.support.held_clock import HeldClock
from tests.support.moto_servers import moto_url
from tests.support.registry_in_test import resources_in
from tests.support.simulated_engine import ListedEvents
from tests.unit.engine.asynchronous.deliveries.settled_events import FAILED, REQUEST_ID, SCOPE, SUCCEEDED, TRACE, settled
from workbench.engine.asynchronous.deliveries.addresses import Addresses
from workbench.engine.asynchronous.deliveries.deliveries import Deliveries
from workbench.engine.asynchronous.deliveries.inbox import Inbox
from workbench.engine.asynchronous.deliveries.messages import record_of
from workbench.engine.asynchronous.deliveries.targets import ServiceTargets
from workbench.engine.events.stream import Stream
from workbench.engine.invocation.request import InvokeRequest
from workbench.engine.registry.attached import EventInvokeRecord
from workbench.engine.registry.records import Code, Definition, FunctionRecord, Record
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.resources import Resources
from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.model.failures import ServiceError
from workbench.model.lineage import traced

pytestmark = pytest.mark.skipif(find_spec("moto") is None, reason="moto is not installed")
ARN = SCOPE.function_arn("my-function", "$LATEST")
TRACED = traced(TRACE, ARN)
FIFO = "arn:aws:sqs:us-east-1:123456789012:first.fifo"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/x"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_url() as url:
        yield url


class DeliveriesInTest:
    """Deliveries of one function, with what they told and into which functions they went."""

    def __init__(self, folder: Path, resources: Resources, services: ServicesEndpoint) -> None:
        self.clock, self.invoked = HeldClock(), list[InvokeRequest]()
        self.services, self._resources, self._listed = services, resources, ListedEvents()
        self.inbox = Inbox(folder / "inbox.sqlite")
        self.deliveries = Deliveries(
            Addresses(resources), ServiceTargets(services), self.inbox,
            Stream(self._listed, self.clock), self._accept)  # type: ignore[arg-type]

    async def _accept(self, request: InvokeRequest) -> None:
        if request.function_name == "gone":
            raise ServiceError("ResourceNotFoundException", 404, "Function not found: gone")
        self.invoked.append(request)

    async def configure(self, *, success: str = "", failure: str = "", dead_letters: str = "") -> None:
        registry: Registry = self._resources._registry
        settings = {"DeadLetterConfig": {"TargetArn": dead_letters}} if dead_letters else {}
        records: list[Record] = [
            FunctionRecord(scope=SCOPE, name="my-function", definition=Definition(Code(sha256=""), settings), revision_id="",
                           modified_ms=0, state="Active"),
            EventInvokeRecord(scope=SCOPE, function_name="my-function", qualifier="$LATEST", modified_ms=0,
                              on_success=success, on_failure=failure)]
        async with registry.changing() as change:
            for record in records:
                change.keep(record)

    @property
    def told(self) -> list[dict[str, Any]]:
        """The records of `sandbox.delivered` since the last look."""
        events = [json.loads(row) for row in self._listed.rows]
        self._listed.rows.clear()
        assert {(each["type"], each["functionName"], each["requestId"]) for each in events} <= {
            ("sandbox.delivered", "my-function", REQUEST_ID)}
        return [each["record"] for each in events]


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[DeliveriesInTest]:
    services = ServicesEndpoint(tmp_path)
    async with resources_in(tmp_path, HeldClock()) as resources:
        there = DeliveriesInTest(tmp_path, resources, services)
        yield there
        await there.inbox.close()
        await services.close()


Service = Callable[[str], Any]


@pytest.fixture
def aws(moto: str) -> Iterator[Service]:
    with contextlib.ExitStack() as stack:
        def client(name: str) -> Any:
            return stack.enter_context(contextlib.closing(boto3.client(
                name, endpoint_url=moto, region_name=SCOPE.region, aws_access_key_id="test", aws_secret_access_key="test")))

        yield client


def queue_of(sqs: Any, name: str) -> tuple[str, str]:
    """A new queue: its URL and its ARN."""
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def received(sqs: Any, url: str) -> list[dict[str, Any]]:
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])
    return list(answer.get("Messages", []))


def words(attributes: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {name: (each["DataType"], each["StringValue"]) for name, each in attributes.items()}


async def test_a_dead_letter_and_the_record_of_a_failure_in_queues(
    there: DeliveriesInTest, aws: Service, moto: str
) -> None:
    sqs = aws("sqs")
    (letters_url, letters), (records_url, records) = queue_of(sqs, "letters"), queue_of(sqs, "records")
    there.services.follow(moto)
    await there.configure(dead_letters=letters, failure=records)
    await there.deliveries.deliver(settled(payload=b' {"order": 1}'))
    [letter], [record] = received(sqs, letters_url), received(sqs, records_url)
    assert letter["Body"] == ' {"order": 1}'
    assert words(letter["MessageAttributes"]) == {
        "RequestID": ("String", REQUEST_ID), "ErrorCode": ("Number", "200"), "ErrorMessage": ("String", "no such order")}
    assert record["Body"] == record_of(settled(payload=b'{"order":1}')).decode()
    assert "MessageAttributes" not in record
    assert {each["Attributes"]["AWSTraceHeader"] for each in (letter, record)} == {TRACED}
    assert there.told == [{"kind": "dead-letter", "target": letters, "place": "service"},
                          {"kind": "failure", "target": records, "place": "service"}]
    assert await there.inbox.page() == []


async def test_a_topic_passes_it_on_to_its_subscribers(there: DeliveriesInTest, aws: Service, moto: str) -> None:
    sqs, sns = aws("sqs"), aws("sns")
    url, arn = queue_of(sqs, "subscriber")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    there.services.follow(moto)
    await there.configure(dead_letters=topic, success=topic)
    await there.deliveries.deliver(settled(payload='{"ä": "&=%"}'.encode()))
    await there.deliveries.deliver(settled("Success", last=SUCCEEDED, attempts=1))
    letter, record = (json.loads(each["Body"]) for each in received(sqs, url))
    assert letter["Message"] == '{"ä": "&=%"}'
    assert letter["MessageAttributes"] == {
        "RequestID": {"Type": "String", "Value": REQUEST_ID}, "ErrorCode": {"Type": "Number", "Value": "200"},
        "ErrorMessage": {"Type": "String", "Value": "no such order"}}
    assert record["Message"] == record_of(settled("Success", last=SUCCEEDED, attempts=1)).decode()
    assert "MessageAttributes" not in record


@pytest.mark.parametrize(("condition", "outcome"), [("Success", "Success"), ("EventAgeExceeded", "Failure")])
async def test_an_event_bus_has_it_as_an_event(
    there: DeliveriesInTest, aws: Service, moto: str, condition: Any, outcome: str
) -> None:
    sqs, events = aws("sqs"), aws("events")
    url, arn = queue_of(sqs, f"events-{outcome}")
    bus = events.create_event_bus(Name=f"bus-{outcome}")["EventBusArn"]
    events.put_rule(Name="all", EventBusName=f"bus-{outcome}", EventPattern='{"source": ["lambda"]}')
    events.put_targets(Rule="all", EventBusName=f"bus-{outcome}", Targets=[{"Id": "1", "Arn": arn}])
    there.services.follow(moto)
    await there.configure(success=bus, failure=bus)
    await there.deliveries.deliver(settled(condition))
    [message] = received(sqs, url)
    event = json.loads(message["Body"])
    assert (event["source"], event["detail-type"]) == ("lambda", f"Lambda Function Invocation Result - {outcome}")
    assert event["resources"] == [bus, ARN]
    assert event["detail"] == json.loads(record_of(settled(condition)))


async def test_a_bucket_has_it_as_an_object(there: DeliveriesInTest, aws: Service, moto: str) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="records")
    there.services.follow(moto)
    await there.configure(failure="arn:aws:s3:::records")
    await there.deliveries.deliver(settled())
    [entry] = s3.list_objects_v2(Bucket="records")["Contents"]
    assert entry["Key"].startswith("aws/lambda/async/my-function/2019/11/05/2019-11-05T18.16.05-")
    assert s3.get_object(Bucket="records", Key=entry["Key"])["Body"].read() == record_of(settled())


async def test_a_function_is_invoked_with_it_whether_there_are_services_or_not(there: DeliveriesInTest) -> None:
    await there.configure(success=SCOPE.function_arn("other", "live"))
    await there.deliveries.deliver(settled("Success", last=SUCCEEDED))
    [request] = there.invoked
    assert request == InvokeRequest(
        function_name="other", qualifier="live", scope=SCOPE, payload=record_of(settled("Success", last=SUCCEEDED)),
        request_id=request.request_id, trace_id=TRACED)
    assert request.request_id not in ("", REQUEST_ID)
    assert [each["place"] for each in there.told] == ["function"]
    await there.configure(success=SCOPE.function_arn("gone"))
    await there.deliveries.deliver(settled("Success", last=SUCCEEDED))
    assert [each.why for each in await there.inbox.page()] == ["Function not found: gone"]


async def test_without_services_everything_is_in_the_inbox(there: DeliveriesInTest) -> None:
    queue, bucket = "arn:aws:sqs:us-east-1:123456789012:any", "arn:aws:s3:::any"
    await there.configure(dead_letters=queue, failure=bucket)
    await there.deliveries.deliver(settled())
    record, letter = await there.inbox.page()
    assert (letter.target, letter.kind, letter.body, letter.why) == (queue, "dead-letter", '{"order": 1}', "")
    assert (record.target, record.kind, record.body) == (bucket, "failure", record_of(settled()).decode())
    assert (record.trace_header, record.function_arn, record.request_id) == (TRACED, ARN, REQUEST_ID)
    assert there.told == [{"kind": "dead-letter", "target": queue, "place": "inbox"},
                          {"kind": "failure", "target": bucket, "place": "inbox"}]


async def test_nothing_is_sent_where_nothing_is_configured(there: DeliveriesInTest) -> None:
    await there.configure()
    await there.deliveries.deliver(settled())
    await there.deliveries.deliver(settled(function="deleted"))
    assert (there.told, await there.inbox.page()) == ([], [])


async def test_what_a_target_refuses_is_in_the_inbox_with_the_reason(there: DeliveriesInTest, moto: str) -> None:
    missing, bus = "arn:aws:sqs:us-east-1:123456789012:missing", "arn:aws:events:us-east-1:123456789012:event-bus/missing"
    there.services.follow(moto)
    for arn, why in ((missing, "The services endpoint answered 400: "), (FIFO, "It is a FIFO resource"),
                     ("arn:aws:s3:::missing", "The services endpoint answered 404: NoSuchBucket"), (bus, "The services endpoint"),
                     (TABLE, f"{TABLE} is no")):
        await there.configure(failure=arn)
        await there.deliveries.deliver(settled(last=FAILED))
        [told], newest = there.told, (await there.inbox.page())[0]
        assert (told["place"], told["why"], newest.target) == ("inbox", newest.why, arn)
        assert newest.why.startswith(why), newest.why
    assert there.clock.waiting == 0


async def test_services_that_do_not_answer_are_asked_three_times(there: DeliveriesInTest) -> None:
    there.services.follow("http://127.0.0.1:9")
    await there.configure(failure="arn:aws:sqs:us-east-1:123456789012:records")
    delivering = asyncio.create_task(there.deliveries.deliver(settled()))
    for pause_s in (0.2, 1.0):
        await until(lambda: there.clock.waiting)
        await there.clock.forward(pause_s)
    await delivering
    [message] = await there.inbox.page()
    assert message.why.startswith("The services endpoint http://127.0.0.1:9 does not answer.")
