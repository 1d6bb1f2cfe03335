"""Permissions that SAM makes of its APIs: for the functions of authorizers, and those of a WebSocket API's routes.

Source: SAM guide, "ApiAuth", "HttpApiAuth", "AWS::Serverless::WebSocketApi"; aws-sam-translator, `model/api`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.workspace.declared.event_permissions import statement_id
from workbench.workspace.declared.stack import DeclaringStack, mapped
from workbench.workspace.functions.properties import merge_globals

REST, HTTP, WEB_SOCKET = "AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::Serverless::WebSocketApi"
_IMPLICIT = {"ServerlessRestApi": REST, "ServerlessHttpApi": HTTP}
_PREFIX = "AWS::Serverless::"


def declare_apis(stack: DeclaringStack) -> None:
    """Read the permissions of all APIs of a stack, the implicit ones included."""
    for logical_id, kind, own in [*_explicit(stack), *_implicit(stack)]:
        shared = mapped(stack.template.section("Globals")).get(kind.removeprefix(_PREFIX))
        properties = mapped(merge_globals(mapped(shared), own))
        if kind == WEB_SOCKET:
            _declare_routes(stack, logical_id, properties)
        else:
            _declare_authorizers(stack, logical_id, kind, mapped(properties.get("Auth")))


def _explicit(stack: DeclaringStack) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for logical_id, resource in stack.resources.items():
        kind = str(mapped(resource).get("Type"))
        if kind in (REST, HTTP, WEB_SOCKET) and stack.resolver.exists(logical_id) is not False:
            yield str(logical_id), kind, mapped(resource.get("Properties"))


def _implicit(stack: DeclaringStack) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the APIs that SAM makes for events without one of their own, if there are such events."""
    for logical_id, kind in _IMPLICIT.items():
        if logical_id not in stack.resources and stack.is_generated(logical_id):
            yield logical_id, kind, {}


def _declare_authorizers(stack: DeclaringStack, api_id: str, kind: str, auth: dict[str, Any]) -> None:
    for name, given in mapped(auth.get("Authorizers")).items():
        authorizer = mapped(given)
        flag = authorizer.get("DisableFunctionDefaultPermissions" if kind == REST else "EnableFunctionDefaultPermissions", False)
        if "FunctionArn" in authorizer and bool(stack.resolver.resolve(flag)) == (kind == HTTP):
            _permit(stack, f"{api_id}{name}AuthorizerPermission", authorizer["FunctionArn"], api_id, "authorizers/*")


def _declare_routes(stack: DeclaringStack, api_id: str, properties: dict[str, Any]) -> None:
    stage = stack.resolver.resolve(properties.get("StageName", "default"))
    for key, route in mapped(properties.get("Routes")).items():
        if "FunctionArn" in mapped(route):
            logical_id = f"{api_id}{str(key).removeprefix('$').capitalize()}Permission"
            _permit(stack, logical_id, route["FunctionArn"], api_id, f"{stage if isinstance(stage, str) else '*'}/{key}")
    auth = mapped(properties.get("Auth"))
    if auth.get("AuthType") == "CUSTOM" and "AuthArn" in auth and "InvokeRole" not in auth:
        _permit(stack, f"{api_id}AuthorizerPermission", auth["AuthArn"], api_id, "authorizers/*")


def _permit(stack: DeclaringStack, logical_id: str, function_arn: Any, api_id: str, resource: str) -> None:
    function = stack.function(function_arn, logical_id)
    if function is None:
        return
    source = stack.arn("execute-api", f"{stack.reference(api_id)}/{resource}")
    stack.add("AddPermission", logical_id, {
        "FunctionName": function.name, "StatementId": statement_id(stack, logical_id), "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com", "SourceArn": source,
    }, function=function.name, qualifier=function.qualifier)
