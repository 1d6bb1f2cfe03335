"""Asynchronous invocations whose records and dead letters go to real resources of moto's, which boto3 reads back.

Source: Lambda guide, "Capturing records of Lambda asynchronous invocations": what each kind of target receives, the example
record, the attributes of dead letters; observed messages of the service (`AWSTraceHeader`, `ErrorCode` 200).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from tests.conformance.api.asynchronous.functions import TOPIC
from tests.support.api_clients import ACCOUNT, REGION, lambda_client
from tests.support.engines import until
from tests.support.shared_engine import SharedEngine

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Orders"
TIME = re.compile(r'"timestamp":"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"')
TRACE = re.compile(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=1:[0-9a-f]{8}:0")
Service = Callable[[str], Any]


@pytest.fixture
def aws(engine: SharedEngine) -> Iterator[Service]:
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(closing(lambda_client(engine.url, service=name)))


def queue_of(sqs: Any, name: str) -> tuple[str, str]:
    """A new queue: its URL and its ARN."""
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def sent(client: Any, event: Any, *, function: str = "Orders", **destinations: str) -> str:
    """Invoke asynchronously, without retries, with these destinations; returns the request ID."""
    client.put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=0,
        DestinationConfig={side: {"Destination": arn} for side, arn in destinations.items()})
    answer = client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event))
    return str(answer["ResponseMetadata"]["RequestId"])


def received(sqs: Any, url: str) -> dict[str, Any]:
    """The one message that arrives in a queue."""
    found: list[dict[str, Any]] = []

    def arrived() -> bool:
        found.extend(sqs.receive_message(
            QueueUrl=url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]).get("Messages", []))
        return bool(found)

    asyncio.run(until(arrived, 30))
    [message] = found
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return message


def words(attributes: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {name: (each["DataType"], each["StringValue"]) for name, each in attributes.items()}


def success(request_id: str, event: str) -> str:
    """The record of a success, without its time."""
    return (f'{{"version":"1.0","requestContext":{{"requestId":"{request_id}","functionArn":"{ARN}:$LATEST",'
            f'"condition":"Success","approximateInvokeCount":1}},"requestPayload":{event},"responseContext":{{"statusCode":200,'
            f'"executedVersion":"$LATEST"}},"responsePayload":{{"seen":{event}}}}}')


def timeless(record: str) -> str:
    """A record without its time."""
    text, count = TIME.subn("", record)
    assert count == 1
    return text.replace(",,", ",", 1)


def test_a_failure_is_a_dead_letter_in_a_queue_and_a_record_in_another(client: Any, aws: Service) -> None:
    sqs = aws("sqs")
    url, records = queue_of(sqs, "records")
    request_id = sent(client, {"fail": "no such order"}, OnFailure=records)
    letter, record = received(sqs, sqs.get_queue_url(QueueName="letters")["QueueUrl"]), received(sqs, url)
    assert letter["Body"] == '{"fail": "no such order"}'
    assert words(letter["MessageAttributes"]) == {
        "RequestID": ("String", request_id), "ErrorCode": ("Number", "200"), "ErrorMessage": ("String", "no such order")}
    assert "MessageAttributes" not in record
    assert all(TRACE.fullmatch(each["Attributes"]["AWSTraceHeader"]) for each in (letter, record))
    before, _, after = timeless(record["Body"]).partition('"stackTrace":')
    assert before == (
        f'{{"version":"1.0","requestContext":{{"requestId":"{request_id}","functionArn":"{ARN}:$LATEST",'
        '"condition":"RetriesExhausted","approximateInvokeCount":1},"requestPayload":{"fail":"no such order"},'
        '"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},'
        f'"responsePayload":{{"errorMessage":"no such order","errorType":"ValueError","requestId":"{request_id}",')
    assert after.endswith("]}}")


def test_a_function_that_is_off_fails_without_a_response(client: Any, aws: Service) -> None:
    """Source: observed with a reserved concurrency of 0."""
    url, records = queue_of(sqs := aws("sqs"), "of-what-is-off")
    client.put_function_concurrency(FunctionName="Topical", ReservedConcurrentExecutions=0)
    try:
        request_id = sent(client, {"n": 3}, function="Topical", OnFailure=records)
        assert timeless(received(sqs, url)["Body"]) == (
            f'{{"version":"1.0","requestContext":{{"requestId":"{request_id}","functionArn":"{ARN[:-6]}Topical:$LATEST",'
            '"condition":"ZeroReservedConcurrency","approximateInvokeCount":0},"requestPayload":{"n":3}}')
    finally:
        client.delete_function_concurrency(FunctionName="Topical")


def test_a_topic_passes_the_record_on(client: Any, aws: Service) -> None:
    sqs, sns = aws("sqs"), aws("sns")
    url, arn = queue_of(sqs, "subscriber")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    request_id = sent(client, {"text": "ä & = %"}, OnSuccess=topic)
    notification = json.loads(received(sqs, url)["Body"])
    assert (notification["TopicArn"], "MessageAttributes" in notification) == (topic, False)
    assert json.loads(timeless(notification["Message"])) == json.loads(success(request_id, '{"text":"ä & = %"}'))


def test_a_topic_as_dead_letter_queue(client: Any, aws: Service) -> None:
    sqs, sns = aws("sqs"), aws("sns")
    url, arn = queue_of(sqs, "letters-of-a-topic")
    sns.create_topic(Name="letters")
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=arn)
    request_id = sent(client, {"fail": "again"}, function="Topical")
    notification = json.loads(received(sqs, url)["Body"])
    assert notification["Message"] == '{"fail": "again"}'
    assert notification["MessageAttributes"] == {
        "RequestID": {"Type": "String", "Value": request_id}, "ErrorCode": {"Type": "Number", "Value": "200"},
        "ErrorMessage": {"Type": "String", "Value": "again"}}


def test_an_event_bus_has_the_record_as_detail(client: Any, aws: Service) -> None:
    sqs, events = aws("sqs"), aws("events")
    url, arn = queue_of(sqs, "of-the-bus")
    bus = events.create_event_bus(Name="bus")["EventBusArn"]
    events.put_rule(Name="all", EventBusName="bus", EventPattern='{"source": ["lambda"]}')
    events.put_targets(Rule="all", EventBusName="bus", Targets=[{"Id": "1", "Arn": arn}])
    for event, outcome in (({"n": 1}, "Success"), ({"fail": "so"}, "Failure")):
        request_id = sent(client, event, OnSuccess=bus, OnFailure=bus)
        found = json.loads(received(sqs, url)["Body"])
        assert (found["source"], found["detail-type"]) == ("lambda", f"Lambda Function Invocation Result - {outcome}")
        assert found["resources"] == [bus, f"{ARN}:$LATEST"]
        assert (found["detail"]["requestContext"]["requestId"], found["detail"]["requestPayload"]) == (request_id, event)


def test_a_bucket_has_the_record_of_a_failure_as_an_object(client: Any, aws: Service) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="records")
    request_id = sent(client, {"fail": "stored"}, OnFailure="arn:aws:s3:::records")
    asyncio.run(until(lambda: s3.list_objects_v2(Bucket="records")["KeyCount"], 30))
    [entry] = s3.list_objects_v2(Bucket="records")["Contents"]
    assert re.fullmatch(r"aws/lambda/async/Orders/20\d\d/\d\d/\d\d/20\d\d-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}", entry["Key"])
    record = json.loads(s3.get_object(Bucket="records", Key=entry["Key"])["Body"].read())
    assert (record["requestContext"]["requestId"], record["requestPayload"]) == (request_id, {"fail": "stored"})


def test_a_function_is_invoked_with_the_record(client: Any, aws: Service) -> None:
    sqs = aws("sqs")
    url, arn = queue_of(sqs, "of-the-next")
    client.put_function_event_invoke_config(FunctionName="Next", DestinationConfig={"OnSuccess": {"Destination": arn}})
    request_id = sent(client, {"n": 2}, OnSuccess=client.get_function(FunctionName="Next")["Configuration"]["FunctionArn"])
    message = received(sqs, url)
    record = json.loads(message["Body"])["requestPayload"]
    assert json.dumps({name: record[name] for name in record if name != "timestamp"}, separators=(",", ":")) == success(
        request_id, '{"n":2}')
    assert re.search(r"Lineage=2:[0-9a-f]{8}:0$", message["Attributes"]["AWSTraceHeader"]), "the chain is one"


async def test_what_a_target_refuses_is_in_the_inbox_with_the_reason(engine: SharedEngine, client: Any) -> None:
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/missing"
    for arn, why in ((f"arn:aws:sqs:{REGION}:{ACCOUNT}:missing", "The services endpoint answered 400: "), (bus, ""),
                     ("arn:aws:s3:::missing", "The services endpoint answered 404: NoSuchBucket: ")):
        request_id = sent(client, {"fail": "nowhere"}, OnFailure=arn)

        async def arrived(request_id: str = request_id) -> bool:
            found = await engine.ask(lambda each: each.inbox.page())
            return bool([each for each in found if each.request_id == request_id])

        await until(arrived, 30)
        newest = (await engine.ask(lambda each: each.inbox.page()))[0]
        assert (newest.target, newest.kind) == (arn, "failure")
        assert newest.why.startswith(why), newest.why
        assert newest.why
