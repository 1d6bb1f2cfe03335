"""Looks up queues and topics at the services endpoint, which functions name as targets of dead letters.

Sources: Amazon SQS API reference, GetQueueUrl; Amazon SNS API reference, GetTopicAttributes; the "Common errors" of both.
"""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from workbench.engine.services_endpoint.endpoint import ServicesEndpoint
from workbench.model.lambda_names import Scope

_JSON = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.GetQueueUrl"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class Target(msgspec.Struct, frozen=True):
    """A queue (`service` "sqs") or topic ("sns") as its ARN names it; the service is "" for what is no ARN."""

    arn: str
    service: str
    scope: Scope
    name: str

    @property
    def is_fifo(self) -> bool:
        """Whether it keeps the order of messages. Source: SQS and SNS guides: such a name ends with `.fifo`, no other does."""
        return self.name.endswith(".fifo")


def target_of(arn: str) -> Target:
    """Read an ARN."""
    parts = [*arn.split(":", 5), *[""] * 5]
    return Target(arn, parts[2] if parts[0] == "arn" else "", Scope(parts[3], parts[4]), parts[5])


class DeadLetterTargets:
    """Queues and topics that the services endpoint has. Use it on the engine's loop."""

    def __init__(self, services: ServicesEndpoint) -> None:
        self._services = services

    @property
    def are_looked_up(self) -> bool:
        """Whether there is a services endpoint to ask."""
        return bool(self._services.choice)

    async def is_missing(self, target: Target) -> bool:
        """Whether a queue or topic is not there. An endpoint that refuses for another reason is believed to have it.

        Raises ServicesUnavailable if the endpoint does not answer.
        """
        if target.service == "sqs":
            body = msgspec.json.encode({"QueueName": target.name, "QueueOwnerAWSAccountId": target.scope.account})
            answer = await self._services.request("sqs", target.scope, "POST", "/", _JSON, body)
            return answer.status == 400 and (b"NonExistentQueue" in answer.body or b"QueueDoesNotExist" in answer.body)
        form = f"Action=GetTopicAttributes&Version=2010-03-31&TopicArn={quote(target.arn, safe='')}"
        answer = await self._services.request("sns", target.scope, "POST", "/", _FORM, form.encode())
        return answer.status == 404
