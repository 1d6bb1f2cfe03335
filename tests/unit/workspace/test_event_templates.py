"""Sample events: each template builds, has the members its service sends, and is read by AWS's own event classes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from aws_lambda_powertools.utilities.data_classes import (
    ALBEvent,
    APIGatewayProxyEvent,
    APIGatewayProxyEventV2,
    APIGatewayWebSocketEvent,
    CloudWatchLogsEvent,
    DynamoDBStreamEvent,
    EventBridgeEvent,
    KafkaEvent,
    KinesisFirehoseEvent,
    KinesisStreamEvent,
    LambdaFunctionUrlEvent,
    S3Event,
    S3EventBridgeNotificationEvent,
    SESEvent,
    SNSEvent,
    SQSEvent,
)
from aws_lambda_powertools.utilities.data_classes.api_gateway_authorizer_event import APIGatewayAuthorizerTokenEvent
from aws_lambda_powertools.utilities.data_classes.cognito_user_pool_event import (
    PostConfirmationTriggerEvent,
    PreSignUpTriggerEvent,
)
from hypothesis import given
from hypothesis import strategies as st

from workbench.model.failures import InvalidInput
from workbench.resource_files import resource_path
from workbench.workspace.event_templates import EventTemplate, Parameter, load_event_templates

NOW = datetime(2026, 11, 5, 10, 11, 12, 123000, UTC)
TEMPLATES = {template.id: template for template in load_event_templates()}


def numbered_ids() -> Callable[[], uuid.UUID]:
    numbers: Iterator[int] = iter(range(1, 1_000_000))
    return lambda: uuid.UUID(int=next(numbers))


def build(template_id: str, **values: str) -> dict[str, Any]:
    return TEMPLATES[template_id].build(values, clock=lambda: NOW, new_id=numbered_ids())


def template_of(event: dict[str, Any], *parameters: Parameter) -> EventTemplate:
    return EventTemplate(id="t", title="T", service="s", description="d", source="x", parameters=parameters, event=event)


REQUIRED = {
    "hello", "s3-object-created-put", "s3-object-removed-delete", "sns-notification", "sqs-receive-message", "dynamodb-update",
    "kinesis-get-records", "eventbridge-scheduled", "eventbridge-custom", "apigateway-rest-proxy", "apigateway-http-api",
    "alb-request", "function-url", "cloudwatch-logs", "ses-email-receiving", "cognito-post-confirmation", "cognito-pre-sign-up",
}


def test_the_templates_everyone_needs_are_there_and_hello_is_first() -> None:
    assert set(TEMPLATES) >= REQUIRED
    assert next(iter(TEMPLATES)) == "hello"


def test_file_names_are_ids() -> None:
    assert {path.stem for path in resource_path("event_templates").glob("*.json")} == set(TEMPLATES)


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_every_template_builds_with_its_defaults_into_json(template_id: str) -> None:
    text = json.dumps(build(template_id), allow_nan=False)
    assert "{{" not in text
    assert msgspec.json.decode(text) == build(template_id), "the same clock and ids must give the same event"


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_every_parameter_is_used_and_described(template_id: str) -> None:
    template = TEMPLATES[template_id]
    source = json.dumps(template.event)
    for parameter in template.parameters:
        assert re.search(rf"\{{\{{(repeat |if |unless )?{parameter.name}[|=}}]", source), parameter.name
        assert parameter.label
        assert (parameter.type == "choice") == bool(parameter.choices)


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_every_choice_and_every_empty_text_builds(template_id: str) -> None:
    for parameter in TEMPLATES[template_id].parameters:
        for value in parameter.choices or ([""] if parameter.type != "integer" else ["3"]):
            json.dumps(build(template_id, **{parameter.name: value}), allow_nan=False)


@given(st.text())
def test_any_text_goes_through_a_placeholder_unchanged(text: str) -> None:
    assert build("hello", key1=text)["key1"] == text
    assert build("sns-notification", message=text)["Records"][0]["Sns"]["Message"] == text


# What each service sends. -----------------------------------------------------------------------------------------------


def test_hello() -> None:
    assert build("hello", key2="two") == {"key1": "value1", "key2": "two", "key3": "value3"}


def test_s3_put() -> None:
    event = build("s3-object-created-put", bucket="photos", key="my folder/a+b=ü (1).jpg", size="12")
    record = event["Records"][0]
    assert record["s3"]["object"] == {"key": "my+folder/a%2Bb%3D%C3%BC+%281%29.jpg", "size": 12, "eTag": f"{1:032x}",
                                      "sequencer": "0A1B2C1793873472123000000"}
    assert set(record) == {"eventVersion", "eventSource", "awsRegion", "eventTime", "eventName", "userIdentity",
                           "requestParameters", "responseElements", "s3"}
    assert record["eventTime"] == "2026-11-05T10:11:12.123Z"
    parsed = S3Event(event)
    assert parsed.bucket_name == "photos"
    assert parsed.object_key == "my folder/a+b=ü (1).jpg"


def test_s3_delete_has_neither_size_nor_etag() -> None:
    event = build("s3-object-removed-delete")
    assert set(event["Records"][0]["s3"]["object"]) == {"key", "sequencer"}
    assert next(S3Event(event).records).event_name == "ObjectRemoved:Delete"


def test_sns() -> None:
    event = build("sns-notification", subject="")
    sns = event["Records"][0]["Sns"]
    assert set(sns) == {"Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature",
                        "SigningCertUrl", "UnsubscribeUrl", "MessageAttributes"}
    assert sns["Subject"] is None
    parsed = SNSEvent(event)
    assert parsed.sns_message == "Hello from SNS!"
    assert next(parsed.records).sns.message_attributes["Test"].value == "TestString"


def test_sns_with_an_s3_notification_inside() -> None:
    message = SNSEvent(build("sns-s3-notification", key="a b")).sns_message
    assert S3Event(json.loads(message)).object_key == "a b"


def test_sqs_batch() -> None:
    event = build("sqs-receive-message", count="3", body='{"order": {{index}}}')
    parsed = list(SQSEvent(event).records)
    assert [record.json_body for record in parsed] == [{"order": 0}, {"order": 1}, {"order": 2}]
    assert len({record.message_id for record in parsed}) == 3
    assert [record.md5_of_body for record in parsed] == [
        hashlib.md5(record.body.encode(), usedforsecurity=False).hexdigest() for record in parsed]
    assert parsed[0].attributes.sent_timestamp == "1793873472123"
    assert parsed[0].queue_url == "https://sqs.us-east-1.amazonaws.com/123456789012/MyQueue"
    assert "MessageGroupId" not in event["Records"][0]["attributes"]
    assert "md5OfMessageAttributes" not in event["Records"][0]


def test_sqs_fifo_adds_its_attributes() -> None:
    attributes = build("sqs-receive-message", group="customer-7")["Records"][0]["attributes"]
    assert attributes["MessageGroupId"] == "customer-7"
    assert {"SequenceNumber", "MessageDeduplicationId"} <= set(attributes)


@pytest.mark.parametrize(("timestamp", "digest"), [
    # Digests the service itself returned for these attributes.
    ("1493147359900", "235c5c510d26fb653d073faed50ae77c"),
    ("1493147359901", "994258b45346a2cc3f9cbb611aa7af30"),
])
def test_sqs_digest_of_message_attributes(timestamp: str, digest: str) -> None:
    attributes = {"timestamp": {"stringValue": timestamp, "stringListValues": [], "binaryListValues": [], "dataType": "Number"}}
    record = build("sqs-receive-message", attributes=json.dumps(attributes))["Records"][0]
    assert record["messageAttributes"] == attributes
    assert record["md5OfMessageAttributes"] == digest


@pytest.mark.parametrize(("change", "images"), [
    ("INSERT", {"NewImage"}), ("MODIFY", {"NewImage", "OldImage"}), ("REMOVE", {"OldImage"}),
])
def test_dynamodb_images_depend_on_the_change(change: str, images: set[str]) -> None:
    event = build("dynamodb-update", event_name=change, new_image='{"Id": 1, "tags": ["a", null, true], "in": {"x": 1.5}}')
    assert {"NewImage", "OldImage"} & set(event["Records"][0]["dynamodb"]) == images
    record = next(DynamoDBStreamEvent(event).records)
    assert record.event_name is not None
    assert record.event_name.name == change
    assert record.dynamodb is not None
    if change != "REMOVE":
        assert event["Records"][0]["dynamodb"]["NewImage"] == {
            "Id": {"N": "1"}, "tags": {"L": [{"S": "a"}, {"NULL": True}, {"BOOL": True}]}, "in": {"M": {"x": {"N": "1.5"}}}}
        assert record.dynamodb.new_image["tags"] == ["a", None, True]


def test_kinesis_data_is_base64() -> None:
    event = build("kinesis-get-records", count="2", data="é{{index}}")
    parsed = list(KinesisStreamEvent(event).records)
    assert [record.kinesis.data_as_text() for record in parsed] == ["é0", "é1"]
    assert parsed[0].kinesis.sequence_number < parsed[1].kinesis.sequence_number
    assert parsed[0].kinesis.approximate_arrival_timestamp == pytest.approx(1793873472.123)
    assert event["Records"][0]["eventID"] == f"shardId-000000000000:{parsed[0].kinesis.sequence_number}"


def test_eventbridge_scheduled() -> None:
    assert build("eventbridge-scheduled", rule="nightly") == {
        "version": "0", "id": str(uuid.UUID(int=1)), "detail-type": "Scheduled Event", "source": "aws.events",
        "account": "123456789012", "time": "2026-11-05T10:11:12Z", "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/nightly"], "detail": {}}


def test_eventbridge_custom() -> None:
    parsed = EventBridgeEvent(build("eventbridge-custom", detail='{"a": [1]}', resources="arn:1\n\narn:2\n"))
    assert parsed.detail == {"a": [1]}
    assert parsed.resources == ["arn:1", "arn:2"]
    assert parsed.detail_type == "Order Placed"


def test_eventbridge_s3_keys_are_not_url_encoded() -> None:
    event = build("eventbridge-s3-object-created", key="a b/ü")
    assert event["detail"]["object"]["key"] == "a b/ü"
    parsed = S3EventBridgeNotificationEvent(event)
    assert (parsed.detail.bucket.name, parsed.detail.object.size) == ("example-bucket", 1024)


def test_rest_proxy() -> None:
    event = build("apigateway-rest-proxy", query="a=1&a=2&b=x%20y", path="/items/7", resource="/items/{id}",
                  path_parameters='{"id": "7"}')
    assert event["queryStringParameters"] == {"a": "2", "b": "x y"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["x y"]}
    assert event["multiValueHeaders"]["Content-Type"] == ["application/json"]
    assert event["requestContext"]["path"] == "/prod/items/7"
    assert event["requestContext"]["requestTime"] == "05/Nov/2026:10:11:12 +0000"
    parsed = APIGatewayProxyEvent(event)
    assert parsed.path_parameters == {"id": "7"}
    assert parsed.json_body == {"test": "body"}
    assert parsed.request_context.identity.source_ip == "127.0.0.1"
    assert parsed.request_context.request_time_epoch == 1793873472123


def test_rest_proxy_has_null_for_what_is_empty() -> None:
    event = build("apigateway-rest-proxy", query="", body="", path_parameters="", headers="", method="GET")
    empty = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "headers",
             "multiValueHeaders", "body")
    assert [event[name] for name in empty] == [None] * len(empty)
    assert event["isBase64Encoded"] is False


def test_http_api() -> None:
    event = build("apigateway-http-api", headers='{"X-Name": "v"}', cookies="a=1\nb=2", query="p=1&p=2&q=")
    assert event["headers"] == {"x-name": "v"}
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["queryStringParameters"] == {"p": "1,2", "q": ""}
    assert event["rawQueryString"] == "p=1&p=2&q="
    parsed = APIGatewayProxyEventV2(event)
    assert parsed.json_body == {"test": "body"}
    assert parsed.request_context.http.method == "POST"


@pytest.mark.parametrize("template_id", ["apigateway-http-api", "function-url"])
def test_payload_2_0_leaves_out_what_is_empty(template_id: str) -> None:
    event = build(template_id, body="", query="", cookies="", method="GET")
    assert set(event) == {"version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded"}


@pytest.mark.parametrize("template_id", ["apigateway-http-api", "apigateway-rest-proxy", "function-url", "alb-request"])
def test_binary_bodies_are_base64(template_id: str) -> None:
    event = build(template_id, body="é", is_binary="true")
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]).decode() == "é"


def test_function_url() -> None:
    parsed = LambdaFunctionUrlEvent(build("function-url", path="/a%20b"))
    assert parsed.raw_path == "/a%20b"
    assert parsed.request_context.domain_prefix == "abcdefghijklmnopqrstuvwxyz012345"


def test_alb() -> None:
    event = build("alb-request", query="a=1%202&a=3")
    assert set(event) == {"requestContext", "httpMethod", "path", "queryStringParameters", "headers", "body", "isBase64Encoded"}
    assert event["queryStringParameters"] == {"a": "3"}
    assert event["body"] == ""
    assert ALBEvent(event).request_context.elb_target_group_arn.startswith("arn:aws:elasticloadbalancing:us-east-1:")


def test_alb_with_multi_value_headers() -> None:
    event = build("alb-request", query="a=1%202&a=3", multi_value="true", headers='{"Host": "h"}')
    assert event["multiValueQueryStringParameters"] == {"a": ["1%202", "3"]}
    assert event["multiValueHeaders"] == {"host": ["h"]}
    assert "headers" not in event
    assert "queryStringParameters" not in event


def test_websocket_and_authorizer() -> None:
    assert APIGatewayWebSocketEvent(build("apigateway-websocket")).request_context.event_type == "MESSAGE"
    parsed = APIGatewayAuthorizerTokenEvent(build("apigateway-token-authorizer", path="/pets/1"))
    assert parsed.parsed_arn.resource == "pets/1"


def test_cloudwatch_logs_are_compressed() -> None:
    event = build("cloudwatch-logs", messages="first\nsecond\n")
    compressed = base64.b64decode(event["awslogs"]["data"])
    assert compressed[4:8] == bytes(4), "a time stamp would make each building differ"
    data = json.loads(gzip.decompress(compressed))
    assert set(data) == {"messageType", "owner", "logGroup", "logStream", "subscriptionFilters", "logEvents"}
    parsed = CloudWatchLogsEvent(event).parse_logs_data()
    assert [entry.message for entry in parsed.log_events] == ["first", "second"]
    assert parsed.log_events[0].timestamp == 1793873472123
    assert parsed.log_events[0].get_id != parsed.log_events[1].get_id


def test_ses() -> None:
    parsed = SESEvent(build("ses-email-receiving", **{"from": "a@example.com", "subject": "Hi", "spam": "FAIL"}))
    assert parsed.mail.source == "a@example.com"
    assert parsed.mail.common_headers.subject == "Hi"
    assert parsed.mail.common_headers.date == "Thu, 05 Nov 2026 10:11:12 +0000"
    assert parsed.receipt.spam_verdict.status == "FAIL"
    assert parsed.receipt.action.invocation_type == "Event"


def test_cognito() -> None:
    confirmed = PostConfirmationTriggerEvent(build("cognito-post-confirmation", user_name="ann"))
    assert confirmed.user_name == "ann"
    assert confirmed.request.user_attributes["email"] == "user@example.com"
    signing_up = PreSignUpTriggerEvent(build("cognito-pre-sign-up", client_metadata='{"from": "app"}'))
    assert signing_up.request.client_metadata == {"from": "app"}
    assert signing_up.response.auto_confirm_user is False
    assert build("cognito-pre-sign-up")["request"]["validationData"] is None


def test_firehose_and_kafka() -> None:
    records = list(KinesisFirehoseEvent(build("firehose-transform", count="2")).records)
    assert [record.data_as_text for record in records] == ["Hello World 0", "Hello World 1"]
    assert records[0].record_id != records[1].record_id
    kafka = list(KafkaEvent(build("msk-records", count="2", topic="orders")).records)
    assert [(record.topic, record.offset, record.decoded_value) for record in kafka] == [
        ("orders", 0, b"Hello, this is a test 0."), ("orders", 1, b"Hello, this is a test 1.")]


# What a person may get wrong. -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("template_id", "name", "value", "label"), [
    ("sqs-receive-message", "count", "many", "Messages"),
    ("sqs-receive-message", "count", "0", "Messages"),
    ("sqs-receive-message", "count", "10001", "Messages"),
    ("sqs-receive-message", "attributes", "{", "Message attributes"),
    ("sqs-receive-message", "attributes", '{"a": 1}', "Message attributes"),
    ("sqs-receive-message", "attributes", '{"a": {"dataType": "String"}}', "Message attributes"),
    ("sqs-receive-message", "attributes", '{"a": {"binaryValue": "?"}}', "Message attributes"),
    ("dynamodb-update", "event_name", "UPSERT", "Change"),
    ("dynamodb-update", "keys", "[1]", "Keys"),
    ("dynamodb-update", "keys", '{"a": NaN}', "Keys"),
    ("eventbridge-custom", "detail", '{"a": 1', "Detail"),
    ("eventbridge-custom", "detail", '"text"', "Detail"),
])
def test_a_wrong_value_names_its_parameter(template_id: str, name: str, value: str, label: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        build(template_id, **{name: value})
    assert caught.value.message.startswith(f"{label}: ")
    assert caught.value.hint


def test_json_mistakes_tell_where() -> None:
    with pytest.raises(InvalidInput, match=r"line 2, column 3"):
        build("eventbridge-custom", detail='{"a": 1,\n  b}')


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no parameter 'bukcet'"):
        build("s3-object-created-put", bukcet="x")


# The placeholder language. ----------------------------------------------------------------------------------------------


def test_text_in_a_value_is_not_a_placeholder_again() -> None:
    assert build("hello", key1="{{key2}} {{index}} {{now}}")["key1"] == "{{key2}} {{index}} {{now}}"


def test_placeholders_inside_texts_and_keys() -> None:
    name = Parameter(name="name", label="Name", type="text", default="ann")
    event = template_of({"{{name}}-1": "Hello {{name|upper}} at {{now|epoch_s}}, {{name}}!"}, name).build({}, clock=lambda: NOW)
    assert event == {"ann-1": "Hello ANN at 1793873472, ann!"}


def test_lists_lose_omitted_items_and_repeats_may_be_empty() -> None:
    lines = Parameter(name="lines", label="Lines", type="multiline", default="")
    template = template_of({"list": ["a", "{{lines|or_omit}}", {"{{repeat lines}}": "{{index}}:{{item}}"}, 1, None]}, lines)
    assert template.build({}) == {"list": ["a", 1, None]}
    assert template.build({"lines": "x\ny"}) == {"list": ["a", "x\ny", "0:x", "1:y", 1, None]}


def test_as_passes_a_built_value_through_filters() -> None:
    count = Parameter(name="count", label="Count", type="integer", default="2")
    template = template_of({"body": {"{{as json|base64}}": {"items": [{"{{repeat count}}": "{{index}}"}]}}}, count)
    assert json.loads(base64.b64decode(template.build({})["body"])) == {"items": [0, 1]}


def test_ids_and_time_are_fresh_by_default() -> None:
    first, second = TEMPLATES["eventbridge-scheduled"].build({}), TEMPLATES["eventbridge-scheduled"].build({})
    assert first["id"] != second["id"]
    assert datetime.fromisoformat(first["time"]) <= datetime.now(UTC)
