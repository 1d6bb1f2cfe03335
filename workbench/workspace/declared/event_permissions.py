"""Permissions that SAM makes of a function's events, as parameters of AddPermission.

Source: SAM guide, "EventSource" and the pages of the event types; aws-sam-translator, `model/eventsources/push.py`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.workspace.declared.event_sources import is_through_queue
from workbench.workspace.declared.stack import DeclaringStack, mapped
from workbench.workspace.intrinsics import as_text
from workbench.workspace.made_up_ids import made_up

_PRINCIPALS = {
    "S3": "s3.amazonaws.com", "SNS": "sns.amazonaws.com", "Api": "apigateway.amazonaws.com",
    "HttpApi": "apigateway.amazonaws.com", "Schedule": "events.amazonaws.com", "EventBridgeRule": "events.amazonaws.com",
    "CloudWatchEvent": "events.amazonaws.com", "CloudWatchLogs": "logs.amazonaws.com", "IoTRule": "iot.amazonaws.com",
    "AlexaSkill": "alexa-appkit.amazon.com", "Cognito": "cognito-idp.amazonaws.com",
}
"""The principals of the event types that make a permission."""
_HASH_LENGTH = 10
"""Of the digest that SAM appends to a logical ID instead of a text with other characters."""
_RULES = ("Schedule", "EventBridgeRule", "CloudWatchEvent")


class EventPermission(msgspec.Struct, frozen=True):
    """A permission, under the logical ID that SAM gives it."""

    logical_id: str
    parameters: dict[str, Any]


def permission_of(
    stack: DeclaringStack, function_id: str, event: str, kind: str, properties: Mapping[str, Any]
) -> EventPermission | None:
    """Return the permission that an event of this kind makes for a function; None for kinds that make none."""
    if kind not in _PRINCIPALS or is_through_queue(kind, properties):
        return None
    logical_id = f"{function_id}{event}Permission"
    if kind == "Cognito":
        logical_id = f"{function_id}CognitoPermission"
    if kind == "Api":
        logical_id += _stage(stack, properties)
    source = _Sources(stack, function_id + event, properties).of(kind)
    parameters = {"StatementId": statement_id(stack, logical_id), "Action": "lambda:InvokeFunction",
                  "Principal": _PRINCIPALS[kind], **source}
    return EventPermission(logical_id, parameters)


def statement_id(stack: DeclaringStack, logical_id: str) -> str:
    """Return the StatementId that CloudFormation gives a permission, its physical ID: with an end that is made up here."""
    end = made_up("aZ09:12", f"{stack.pseudo.stack_name}/{logical_id}")
    return f"{stack.pseudo.stack_name}-{logical_id}-{end}"


def _stage(stack: DeclaringStack, properties: Mapping[str, Any]) -> str:
    """Return the end of the logical ID of an API's permission: its stage, if the template spells it."""
    api = properties.get("RestApiId")
    if api is None:
        return "Prod"
    # The name of a resource counts as a reference to it.
    resource = next((each for name, each in stack.resources.items() if api in (name, stack.reference(name))), None)
    if resource is None:
        return "AllStages"
    stage = mapped(mapped(resource).get("Properties")).get("StageName")
    if not isinstance(stage, str):
        return "Stage"
    return stage if stage.isalnum() else hashlib.sha1(stage.encode(), usedforsecurity=False).hexdigest()[:_HASH_LENGTH]


class _Sources:
    """Which caller a permission is for."""

    def __init__(self, stack: DeclaringStack, event_id: str, properties: Mapping[str, Any]) -> None:
        self._stack = stack
        self._event_id = event_id
        self._properties = properties

    def of(self, kind: str) -> dict[str, Any]:
        """Return SourceArn, SourceAccount or EventSourceToken, whatever SAM sets for a kind."""
        given, account = self._properties, self._stack.pseudo.account_id
        if kind in _RULES:
            return {"SourceArn": self._get_att(self._event_id, "Arn")}
        match kind:
            case "S3":
                return {"SourceAccount": account}
            case "SNS":
                return {"SourceArn": as_text(given.get("Topic"))}
            case "Api" | "HttpApi":
                return {"SourceArn": self._stack.arn("execute-api", self._route(kind))}
            case "CloudWatchLogs":
                return {"SourceArn": self._stack.arn("logs", f"log-group:{as_text(given.get('LogGroupName'))}:*")}
            case "IoTRule":
                rule = self._stack.reference(self._event_id)
                return {"SourceAccount": account, "SourceArn": self._stack.arn("iot", f"rule/{rule}")}
            case "Cognito":
                return {"SourceArn": self._pool()}
        token = given.get("SkillId")
        return {} if token is None else {"EventSourceToken": as_text(token)}

    def _route(self, kind: str) -> str:
        """Return API, stage, method and path as an ARN has them: `abc123/*/GET/users/*`."""
        given = self._properties
        member, implicit = ("RestApiId", "ServerlessRestApi") if kind == "Api" else ("ApiId", "ServerlessHttpApi")
        api = given.get(member)
        api_id = self._stack.reference(implicit) if api in (None, implicit) else as_text(api)
        path, method = as_text(given.get("Path", "$default")), as_text(given.get("Method", "any"))
        if path == "$default":
            path = ""
        path = re.sub(r"{[^{}]*}", "*", re.sub(r"^(.+)/$", r"\1", path))
        word = "*" if method.lower() in ("any", "x-amazon-apigateway-any-method") else method.upper()
        if path == "/$default" and word == "*":  # the method would be one too many, as SAM found
            return f"{api_id}/*{path}"
        return f"{api_id}/*/{word}{path}"

    def _pool(self) -> str:
        """Return the ARN of the user pool that a reference leads to."""
        pool = self._properties.get("UserPool")
        name = next((name for name in self._stack.resources if self._stack.reference(name) == pool), "")
        return self._get_att(name, "Arn")

    def _get_att(self, logical_id: str, attribute: str) -> str:
        return as_text(self._stack.resolver.resolve({"Fn::GetAtt": [logical_id, attribute]}))
