"""HTTP and WebSocket APIs: AWS::ApiGatewayV2::Api, Integration, Route, Stage, Deployment, Authorizer.

Source: CloudFormation template reference, these types; API Gateway version 2 API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.cloudformation.handlers import Made
from workbench.engine.cloudformation.service_types.handler import Properties, ServiceType, Step

_NOT_CREATED = ("FailOnWarnings", "BasePath", "Body")


def _create_api(given: Properties) -> list[Step]:
    """An API with a definition is created empty: moto's server does not import one otherwise."""
    info = given.get("Body", {}).get("info", {})
    named = {"Name": info.get("title", "api"), "ProtocolType": "HTTP"} if "Body" in given else {}
    return [("create_api", {**named, **{name: value for name, value in given.items() if name not in _NOT_CREATED}})]


def _fill_api(given: Properties, api: str) -> list[Step]:
    body = {"Body": msgspec.json.encode(given["Body"]).decode()} if "Body" in given else {}
    return [("reimport_api", {"ApiId": api, **body})] if body else []


def _update_api(given: Properties, api: str) -> list[Step]:
    return _fill_api(given, api) or [("update_api", {"ApiId": api, **{
        name: value for name, value in given.items() if name not in (*_NOT_CREATED, "ProtocolType", "Tags")}})]


def _api(_given: Properties, _name: str, answer: Mapping[str, Any]) -> Made:
    identifier = answer["ApiId"]
    return Made(physical_id=identifier, attributes={
        "": identifier, "ApiId": identifier, "ApiEndpoint": answer.get("ApiEndpoint", "")})


def _part(word: str) -> ServiceType:
    """Return how a part of an API is made, whose ID the service gives: an integration, a route and so on."""
    lower, member = word.lower(), f"{word}Id"

    def made(_given: Properties, _name: str, answer: Mapping[str, Any]) -> Made:
        identifier = answer[member]
        return Made(physical_id=identifier, attributes={"": identifier, member: identifier})

    return ServiceType(
        service="apigatewayv2", identity=frozenset({"ApiId"}),
        create=lambda given: [(f"create_{lower}", dict(given))], made=made,
        update=lambda given, physical_id: [(f"update_{lower}", {**given, member: physical_id})],
        delete=lambda given, physical_id: [(f"delete_{lower}", {"ApiId": given["ApiId"], member: physical_id})])


def _stage(given: Properties) -> dict[str, Any]:
    stage = {name: value for name, value in given.items() if name != "AutoDeploy"}
    return {**stage, "AutoDeploy": str(given["AutoDeploy"]).lower() == "true"} if "AutoDeploy" in given else stage


HTTP_API_TYPES: Mapping[str, ServiceType] = {
    "AWS::ApiGatewayV2::Api": ServiceType(
        service="apigatewayv2", identity=frozenset({"ProtocolType"}), create=_create_api, made=_api, filled=_fill_api,
        update=_update_api,
        delete=lambda _given, api: [("delete_api", {"ApiId": api})]),
    "AWS::ApiGatewayV2::Stage": ServiceType(
        service="apigatewayv2", identity=frozenset({"ApiId", "StageName"}),
        create=lambda given: [("create_stage", _stage(given))],
        made=lambda given, _name, _answer: Made(physical_id=given["StageName"], attributes={"": given["StageName"]}),
        update=lambda given, _name: [("update_stage", {name: value for name, value in _stage(given).items() if name != "Tags"})],
        delete=lambda given, name: [("delete_stage", {"ApiId": given["ApiId"], "StageName": name})]),
    **{f"AWS::ApiGatewayV2::{word}": _part(word) for word in ("Integration", "Route", "Deployment", "Authorizer")},
}
"""How each of these types is made."""
