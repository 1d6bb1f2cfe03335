"""What a stack's template is evaluated with: its parameters, the pseudo parameters, other stacks' exports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.engine.cloudformation.parameters import StackParameters, values_of
from workbench.engine.cloudformation.records import StackRecord, Submission
from workbench.engine.cloudformation.refusals import invalid
from workbench.workspace.pseudo_parameters import NO_VALUE, PseudoParameters


class StackSurroundings:
    """Those of one stack. `stacks` are all of its Region."""

    def __init__(self, stack: StackRecord, submission: Submission, stacks: Iterable[StackRecord]) -> None:
        self._stacks = tuple(stacks)
        scope = stack.scope
        pseudo = PseudoParameters(
            region=scope.region, account_id=scope.account, stack_name=stack.name, partition=scope.partition,
            url_suffix="amazonaws.com.cn" if scope.partition == "aws-cn" else "amazonaws.com")
        names = ("Region", "AccountId", "StackName", "Partition", "URLSuffix")
        parameters = StackParameters(submission.parameters, submission.resolved, submission.no_echo)
        self.names: Mapping[str, Any] = {
            **values_of(submission.processed, parameters), **{f"AWS::{name}": pseudo.value(f"AWS::{name}") for name in names},
            "AWS::StackId": stack.arn, "AWS::NotificationARNs": list(submission.notification_arns), "AWS::NoValue": NO_VALUE}

    def imported(self, export: str) -> str:
        """Return another stack's output. Raises ServiceError if no stack exports it."""
        for stack in self._stacks:
            for output in stack.outputs:
                if output.export == export and stack.status != "DELETE_COMPLETE":
                    return output.value
        raise invalid(f"No export named {export} found.")
