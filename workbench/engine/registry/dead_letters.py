"""The target of dead letters that a call gives a function: a standard queue or topic that is there.

Source: Lambda guide, "Adding a dead-letter queue": standard queues and topics. The sentence about a missing queue has the form of
those that the service was recorded with for sources and code (`Error occurred while ReceiveMessage. SQS Error Code: …`); the one
about FIFO is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.registry.checks import invalid
from workbench.engine.services_endpoint.dead_letter_targets import DeadLetterTargets, target_of
from workbench.engine.services_endpoint.failures import ServicesUnavailable
from workbench.model.failures import ServiceError

_MISSING: Mapping[str, str] = {
    "sqs": "Error occurred while SendMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
           "SQS Error Message: The specified queue does not exist.",
    "sns": "Error occurred while Publish. SNS Error Code: NotFound. SNS Error Message: Topic does not exist",
}


async def check_dead_letter_target(targets: DeadLetterTargets, given: Mapping[str, Any]) -> None:
    """Refuse a DeadLetterConfig that Lambda would refuse. Without a services endpoint, whether it exists is not looked up.

    `given` are the parameters of the call. Raises ServiceError.
    """
    target = target_of(given.get("DeadLetterConfig", {}).get("TargetArn", ""))
    if target.service not in _MISSING:
        return
    if target.is_fifo:
        raise invalid(f"The dead-letter target {target.arn} is a FIFO queue or topic.",
                      "Lambda sends dead letters to standard queues and topics only.")
    if not targets.are_looked_up:
        return
    try:
        is_missing = await targets.is_missing(target)
    except ServicesUnavailable as error:
        raise ServiceError("ServiceException", 500, str(error), fault="Service") from error
    if is_missing:
        raise invalid(_MISSING[target.service], f"The services endpoint does not have {target.arn}.")
