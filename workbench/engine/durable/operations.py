"""The operations of a durable execution, as its checkpoints change them, in the terms of the Lambda API.

Source: Lambda API reference, CheckpointDurableExecution (Operation, OperationUpdate); AWS's durable execution SDKs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.model.failures import ServiceError

Document = dict[str, Any]
_STATUSES = {"START": "STARTED", "SUCCEED": "SUCCEEDED", "FAIL": "FAILED"}
_RECORDED = ("STEP", "CONTEXT")
_DETAILS = {"STEP": "StepDetails", "CONTEXT": "ContextDetails"}
_COPIED = ("ParentId", "Name", "SubType")
_LATER = {"WAIT": "a wait", "CALLBACK": "a callback", "CHAINED_INVOKE": "an invocation of another function"}


def later(update: Mapping[str, Any]) -> str:
    """Return what an update asks for that needs another invocation, as part of a sentence for people; "" for nothing.

    Only steps and the contexts around them end within the invocation that begins them.
    """
    kind, named = str(update["Type"]), f" {update['Name']!r}" if update.get("Name") else ""
    if update["Action"] == "RETRY":
        delay_s = update.get("StepOptions", {}).get("NextAttemptDelaySeconds", 0)
        return f"the retry of {f'step{named}' if named else 'a step'} after {delay_s:,} s"
    if kind == "WAIT":
        return f"a wait{named} of {update.get('WaitOptions', {}).get('WaitSeconds', 1):,} s"
    return f"{_LATER[kind]}{named}" if kind in _LATER else ""


def changed(before: Document | None, update: Mapping[str, Any], now_s: float) -> Document:
    """Return the operation after an update of a step or context. Times are epoch seconds. Raises ServiceError if invalid."""
    kind, action = update["Type"], update["Action"]
    if kind not in _RECORDED or action not in _STATUSES:
        raise invalid(f"Invalid operation type or action: {kind} {action}.")
    operation = before or {"Id": update["Id"], "Type": kind, "StartTimestamp": now_s}
    ended = {} if action == "START" else {"EndTimestamp": now_s}
    copied = {name: update[name] for name in _COPIED if update.get(name)}
    return {**operation, **copied, **ended, "Status": _STATUSES[action], _DETAILS[kind]: _details(update)}


def _details(update: Mapping[str, Any]) -> Document:
    details: Document = {"Attempt": 1} if update["Type"] == "STEP" else dict(update.get("ContextOptions", {}))
    for name, given in (("Result", "Payload"), ("Error", "Error")):
        if given in update:
            details[name] = update[given]
    return details


def invalid(message: str, hint: str = "") -> ServiceError:
    """Return Lambda's answer to a checkpoint that it refuses."""
    return ServiceError("InvalidParameterValueException", 400, message, hint=hint)
