"""The pseudo parameters (AWS::Region and the like), together with the values that a person gave in place of a deployment."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import msgspec

from workbench.model.account import ACCOUNT_ID
from workbench.model.lambda_names import Scope
from workbench.workspace.unresolved import GivenValues

_STACK_UUID = "51af3dc0-da77-11e4-872e-1234567db123"  # the one that the SAM CLI uses locally
_STACK_NAME_LENGTH = 32


class NoValue:
    """The type of AWS::NoValue: a property with this value counts as not set."""


NO_VALUE = NoValue()


class PseudoParameters(msgspec.Struct, frozen=True):
    """The values of AWS::Region and the like. The defaults are those that the SAM CLI uses locally.

    `given` are the values of parameters and of other things that only a deployment would know. `root` is the workspace's
    folder: a template may name files outside it only if the folder is trusted; "" means that there is no such restriction.
    """

    region: str = "us-east-1"
    account_id: str = ACCOUNT_ID
    stack_name: str = "local"
    partition: str = "aws"
    url_suffix: str = "amazonaws.com"
    given: GivenValues = GivenValues()
    root: str = ""

    @classmethod
    @functools.lru_cache(maxsize=64)  # asked several times with every request
    def of_workspace(cls, root: Path, region: str = "us-east-1", account_id: str = ACCOUNT_ID) -> PseudoParameters:
        """Return the pseudo parameters of a workspace's stack, which is named after the folder, as with `sam init`.

        Source of the URL suffix: CloudFormation user guide, "Pseudo parameters".
        """
        partition = Scope(region, account_id).partition
        return cls(region=region, account_id=account_id, stack_name=_stack_name(root), root=str(root),
                   partition=partition, url_suffix="amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com")

    def value(self, name: str) -> Any:
        """Return the value of `AWS::Name`, None if there is no such pseudo parameter."""
        stack = f"arn:{self.partition}:cloudformation:{self.region}:{self.account_id}:stack/{self.stack_name}/{_STACK_UUID}"
        return {"AWS::Region": self.region, "AWS::AccountId": self.account_id, "AWS::StackName": self.stack_name,
                "AWS::StackId": stack, "AWS::Partition": self.partition, "AWS::URLSuffix": self.url_suffix,
                "AWS::NoValue": NO_VALUE, "AWS::NotificationARNs": []}.get(name)


@functools.lru_cache(maxsize=64)
def _stack_name(root: Path) -> str:
    """Turn a folder's name into a valid stack name: letters, digits and hyphens, beginning with a letter.

    It is cut short, because names that templates derive from it have limits of their own (64 characters for a function).
    """
    name = re.sub("[^A-Za-z0-9-]+", "-", root.name).strip("-")
    if not name:
        return "local"
    whole = name if name[0].isalpha() else f"stack-{name}"
    return whole[:_STACK_NAME_LENGTH].rstrip("-")
