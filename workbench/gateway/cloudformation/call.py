"""One call of an operation of CloudFormation, and the pages of its lists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec

from workbench.engine.cloudformation.parameters import GivenParameter
from workbench.engine.cloudformation.refusals import invalid
from workbench.engine.cloudformation.submissions import Given
from workbench.model.lambda_names import Scope

T = TypeVar("T")
PAGE_SIZE = 100


class StackCall(msgspec.Struct, frozen=True):
    """A checked call. `parameters` have the model's names and keep its constraints."""

    scope: Scope
    parameters: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Return a parameter, "" if it is not given."""
        return str(self.parameters.get(name, ""))

    def given(self) -> Given:
        """Return what CreateStack, UpdateStack, CreateChangeSet and GetTemplateSummary have in common."""
        parameters = self.parameters
        tags = parameters.get("Tags")
        notified = parameters.get("NotificationARNs")
        return Given(
            body=self.text("TemplateBody"), url=self.text("TemplateURL"),
            use_previous=bool(parameters.get("UsePreviousTemplate")),
            parameters=tuple(map(_parameter, parameters.get("Parameters", ()))),
            capabilities=tuple(parameters.get("Capabilities", ())), role_arn=self.text("RoleARN"),
            tags=None if tags is None else {each["Key"]: each["Value"] for each in tags},
            notification_arns=None if notified is None else tuple(notified))

    def page(self, member: str, items: Sequence[T], described: Callable[[T], Any]) -> dict[str, Any]:
        """Return a page of a list with the token of the next one, which is the number of its first item. Raises ServiceError."""
        token = self.text("NextToken")
        if token and not (token.isascii() and token.isdecimal() and len(token) < 10):
            raise invalid("Invalid NextToken")
        start = int(token or 0)
        following = start + PAGE_SIZE
        return {member: [described(each) for each in items[start:following]],
                "NextToken": str(following) if following < len(items) else None}


def _parameter(given: Mapping[str, Any]) -> GivenParameter:
    return GivenParameter(given.get("ParameterKey", ""), given.get("ParameterValue"), bool(given.get("UsePreviousValue")))


Handler: TypeAlias = Callable[[StackCall], Awaitable[Mapping[str, Any]]]
