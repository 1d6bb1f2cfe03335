"""What is sent at an event's end, byte for byte.

Source of the members and their order: Lambda guide, "Capturing records of Lambda asynchronous invocations", "Example invocation
record" and "Dead-letter queue message attributes".
"""

from __future__ import annotations

import msgspec

from tests.unit.engine.asynchronous.deliveries.settled_events import FAILED, REQUEST_ID, SUCCEEDED, TRACE, settled
from workbench.engine.asynchronous.deliveries.messages import dead_letter, destination_message, record_of
from workbench.engine.asynchronous.deliveries.targets import object_key
from workbench.engine.asynchronous.events import Attempt
from workbench.model.inbox import MessageAttribute
from workbench.model.lineage import traced

ARN = "arn:aws:lambda:us-east-1:123456789012:function:my-function"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:letters"
CONTEXT = f'"requestContext":{{"requestId":"{REQUEST_ID}","functionArn":"{ARN}'


def test_the_record_of_an_event_that_failed_three_times() -> None:
    assert record_of(settled()).decode() == (
        '{"version":"1.0","timestamp":"2019-11-05T18:16:05.568Z",' + CONTEXT + ':$LATEST","condition":"RetriesExhausted",'
        '"approximateInvokeCount":3},"requestPayload":{"order":1},"responseContext":{"statusCode":200,'
        '"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":{"errorMessage":"no such order",'
        '"errorType":"KeyError"}}')


def test_the_record_of_a_success_has_no_error_and_the_alias_in_its_arn() -> None:
    assert record_of(settled("Success", last=SUCCEEDED, attempts=1, qualifier="live")).decode() == (
        '{"version":"1.0","timestamp":"2019-11-05T18:16:05.568Z",' + CONTEXT + ':live","condition":"Success",'
        '"approximateInvokeCount":1},"requestPayload":{"order":1},"responseContext":{"statusCode":200,"executedVersion":"7"},'
        '"responsePayload":{"ok":true}}')


def test_json_that_few_parsers_read_is_json_in_the_record() -> None:
    payload = b'{"cut": "\\ud83d", "large": 1e400}'
    last = Attempt(status_code=200, executed_version="7", payload=payload)
    assert record_of(settled("Success", last=last, attempts=1)).endswith(b'"responsePayload":' + payload + b"}")


def test_the_record_of_what_never_ran_has_no_response() -> None:
    """Source: observed with a reserved concurrency of 0."""
    record = msgspec.json.decode(record_of(settled("ZeroReservedConcurrency", last=None, attempts=0)))
    assert list(record) == ["version", "timestamp", "requestContext", "requestPayload"]
    assert record["requestContext"]["approximateInvokeCount"] == 0
    throttled = Attempt(status_code=429, executed_version="", payload=b"", error_message="Rate Exceeded.")
    assert "responseContext" not in msgspec.json.decode(record_of(settled("EventAgeExceeded", last=throttled)))


def test_payloads_keep_what_they_say() -> None:
    given = ' { "b" : 1.0, "a":\t[ 12345678901234567890 ],"ä":"é "}'
    record = record_of(settled("Success", payload=given.encode(), last=SUCCEEDED))
    assert '"requestPayload":{"b":1.0,"a":[12345678901234567890],"ä":"é "},' in record.decode()
    for payload, embedded in ((b"", "{}"), (b"null", "null"), (b"not JSON", '"not JSON"'), (b'"\xff"', '"\\"\ufffd\\""')):
        assert f'"requestPayload":{embedded}' in record_of(settled(payload=payload)).decode()
    nothing = Attempt(status_code=200, executed_version="1", payload=b"")
    assert record_of(settled(last=nothing)).endswith(b'"responsePayload":null}')


def test_a_dead_letter_is_the_event_as_it_came() -> None:
    """Source: observed, `ErrorCode` is 200 for errors of the function."""
    letter = dead_letter(settled(payload=b' {"order" : 1} '), QUEUE)
    assert (letter.body, letter.target, letter.kind) == (b' {"order" : 1} ', QUEUE, "dead-letter")
    assert list(letter.attributes.items()) == [
        ("RequestID", MessageAttribute("String", REQUEST_ID)), ("ErrorCode", MessageAttribute("Number", "200")),
        ("ErrorMessage", MessageAttribute("String", "no such order"))]
    assert dead_letter(settled(payload=b""), QUEUE).body == b"{}"


def test_the_error_message_of_a_dead_letter_is_cut_after_1_kb() -> None:
    long = msgspec.structs.replace(FAILED, error_message="x" + "é" * 600)
    message = dead_letter(settled(last=long), QUEUE).attributes["ErrorMessage"].value
    assert message == "x" + "é" * 511


def test_a_dead_letter_without_an_answer() -> None:
    refused = dead_letter(settled("ZeroReservedConcurrency", last=None), QUEUE).attributes
    assert {name: each.value for name, each in refused.items()} == {"RequestID": REQUEST_ID, "ErrorCode": "429"}
    assert list(dead_letter(settled("EventAgeExceeded", last=None), QUEUE).attributes) == ["RequestID"]


def test_messages_carry_the_trace_that_the_function_had() -> None:
    assert destination_message(settled(), QUEUE).trace_header == traced(TRACE, ARN)


def test_the_key_of_an_object() -> None:
    """Source: the guide's naming convention."""
    before, _, unique = object_key(destination_message(settled(), "arn:aws:s3:::records")).partition("-05T18.16.05-")
    assert (before, len(unique)) == ("aws/lambda/async/my-function/2019/11/05/2019-11", 36)
