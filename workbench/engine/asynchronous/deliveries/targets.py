"""The services that receive messages: Amazon SQS, Amazon SNS, Amazon EventBridge and Amazon S3, through the services endpoint.

Requests are those of the SDKs. Sources: API references of the services (SendMessage, Publish, PutEvents, PutObject); Lambda
guide, "Capturing records of Lambda asynchronous invocations" (what each receives).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from workbench.engine.asynchronous.deliveries.messages import Message
from workbench.engine.services_endpoint.protocol import Endpoint, HttpAnswer
from workbench.model.events import iso_time
from workbench.model.failures import WorkbenchError
from workbench.model.lambda_names import Scope

_TEXTS = re.compile(r"<Code>([^<]*)</Code>|<Message>([^<]*)</Message>", re.IGNORECASE)
_SAID_CHARACTERS = 300
_TOO_MANY = 429


class Arn(msgspec.Struct, frozen=True):
    """The parts of an ARN that name a resource. `region` and `account` are "" for a bucket."""

    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def of(cls, text: str) -> Arn:
        """Read an ARN; anything else has no service."""
        parts = text.split(":", 5)
        return cls(*parts[2:6]) if len(parts) == 6 and parts[0] == "arn" else cls("", "", "", text)

    def scope(self, of_function: Scope) -> Scope:
        """Return where the resource is: what the ARN does not say is the function's."""
        return Scope(self.region or of_function.region, self.account or of_function.account)


class NotDelivered(Exception):
    """A target did not take a message. `why` is a sentence for people; `is_final`: trying again would not help."""

    def __init__(self, why: str, *, is_final: bool = True) -> None:
        super().__init__(why)
        self.why = why
        self.is_final = is_final


class ServiceTargets:
    """Sends messages to resources of other services. Use it on the engine's loop."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._ways = {"sqs": self._to_queue, "sns": self._to_topic, "events": self._to_bus, "s3": self._to_bucket}

    @property
    def are_there(self) -> bool:
        """Whether a services endpoint is set."""
        return bool(self._endpoint.choice)

    async def send(self, message: Message, target: Arn) -> None:
        """Send a message. Raises NotDelivered."""
        way = self._ways.get(target.service)
        if way is None:
            raise NotDelivered(f"{message.target} is no queue, topic, event bus, bucket or function.")
        await way(message, target)

    async def _to_queue(self, message: Message, queue: Arn) -> None:
        scope = queue.scope(message.scope)
        found = await self._json(
            "sqs", scope, "AmazonSQS.GetQueueUrl", {"QueueName": queue.resource, "QueueOwnerAWSAccountId": scope.account})
        request: dict[str, Any] = {"QueueUrl": found.get("QueueUrl", ""), "MessageBody": message.body.decode()}
        if message.attributes:
            request["MessageAttributes"] = {
                name: {"DataType": each.data_type, "StringValue": each.value} for name, each in message.attributes.items()}
        if message.trace_header:
            request["MessageSystemAttributes"] = {
                "AWSTraceHeader": {"DataType": "String", "StringValue": message.trace_header}}
        await self._json("sqs", scope, "AmazonSQS.SendMessage", request)

    async def _to_topic(self, message: Message, topic: Arn) -> None:
        pairs = {"Action": "Publish", "Version": "2010-03-31", "TopicArn": message.target, "Message": message.body.decode()}
        for number, (name, each) in enumerate(message.attributes.items(), 1):
            entry = f"MessageAttributes.entry.{number}"
            pairs |= {f"{entry}.Name": name, f"{entry}.Value.DataType": each.data_type, f"{entry}.Value.StringValue": each.value}
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", **_tracing(message)}
        await self._answer("sns", topic.scope(message.scope), "POST", "/", headers, urlencode(pairs).encode())

    async def _to_bus(self, message: Message, bus: Arn) -> None:
        outcome = "Success" if message.kind == "success" else "Failure"
        entry = {
            "Source": "lambda", "DetailType": f"Lambda Function Invocation Result - {outcome}",
            "Resources": [message.target, message.function_arn], "Detail": message.body.decode(), "EventBusName": message.target}
        if message.trace_header:
            entry["TraceHeader"] = message.trace_header
        answer = await self._json("events", bus.scope(message.scope), "AWSEvents.PutEvents", {"Entries": [entry]}, "1.1")
        if answer.get("FailedEntryCount"):
            failed = answer.get("Entries") or [{}]
            raise NotDelivered(f"Amazon EventBridge refused it: {failed[0].get('ErrorCode')}: {failed[0].get('ErrorMessage')}")

    async def _to_bucket(self, message: Message, bucket: Arn) -> None:
        headers = {"Content-Type": "application/json", **_tracing(message)}
        target = f"/{quote(bucket.resource, safe='')}/{object_key(message)}"
        await self._answer("s3", bucket.scope(message.scope), "PUT", target, headers, message.body)

    async def _json(
        self, service: str, scope: Scope, operation: str, parameters: Mapping[str, Any], version: str = "1.0"
    ) -> dict[str, Any]:
        headers = {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": operation}
        answer = await self._answer(service, scope, "POST", "/", headers, msgspec.json.encode(parameters))
        try:
            return msgspec.json.decode(answer.body, type=dict[str, Any])
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise NotDelivered(f"The services endpoint answered {operation} with what is no JSON document.") from None

    async def _answer(
        self, service: str, scope: Scope, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> HttpAnswer:
        try:
            answer = await self._endpoint.request(service, scope, method, target, headers, body)
        except WorkbenchError as error:
            raise NotDelivered(str(error), is_final=False) from error
        if answer.status >= 300:
            may_change = answer.status >= 500 or answer.status == _TOO_MANY
            raise NotDelivered(f"The services endpoint answered {answer.status}: {_said(answer.body)}", is_final=not may_change)
        return answer


def object_key(message: Message) -> str:
    """Return a new key for a record in a bucket. The time is the record's, in UTC."""
    date, _, time = iso_time(message.time_ms)[:19].partition("T")
    day, stamp = date.replace("-", "/"), f"{date}T{time.replace(':', '.')}"
    return f"aws/lambda/async/{message.function_name}/{day}/{stamp}-{uuid.uuid4()}"


def _tracing(message: Message) -> dict[str, str]:
    return {"X-Amzn-Trace-Id": message.trace_header} if message.trace_header else {}


def _said(body: bytes) -> str:
    """Return what an error says, of XML or JSON, as one line."""
    text = body.decode("utf-8", "replace")
    try:
        document = msgspec.json.decode(body, type=dict[str, Any])
        text = ": ".join(str(document[name]) for name in ("__type", "message", "Message") if document.get(name))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        found = [code or words for code, words in _TEXTS.findall(text)]
        text = ": ".join(found) or text
    return " ".join(text.split())[:_SAID_CHARACTERS] or "nothing more"
