"""Stacks in tests: waited for, and what happened to them."""

from __future__ import annotations

import contextlib
import re
from typing import Any

from botocore.exceptions import WaiterError

VARYING = re.compile(r"(Request ID: |RequestToken: )[0-9a-f-]{36}")


def waited(stacks: Any, word: str, name: str) -> str:
    """Wait for the end of an operation, `create`, `update` or `delete`, however it ends: the stack's status."""
    with contextlib.suppress(WaiterError):
        stacks.get_waiter(f"stack_{word}_complete").wait(StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 600})
    return str(stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])


def told(stacks: Any, name: str, *, after: int = 0) -> list[str]:
    """The events of a stack as `LogicalId STATUS reason`, the first first, without the first `after` of them."""
    events = [event for page in stacks.get_paginator("describe_stack_events").paginate(StackName=name)
              for event in page["StackEvents"]][::-1]
    return [VARYING.sub(r"\1…", f"{event['LogicalResourceId']} {event['ResourceStatus']} {event.get('ResourceStatusReason', '')}"
                        ).strip() for event in events[after:]]


def outputs(stacks: Any, name: str) -> dict[str, str]:
    """The outputs of a stack."""
    return {each["OutputKey"]: each["OutputValue"] for each in stacks.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]}


def physical(stacks: Any, name: str) -> dict[str, str]:
    """The physical IDs of a stack's resources."""
    found = stacks.describe_stack_resources(StackName=name)["StackResources"]
    return {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in found}
