"""REST APIs: AWS::ApiGateway::RestApi, Resource, Method, Deployment, Stage, Account.

Source: CloudFormation template reference, these types; API Gateway API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.cloudformation.handlers import Made
from workbench.engine.cloudformation.service_types.handler import Properties, ServiceType, Step

_CREATED = {
    "Name": "name", "Description": "description", "BinaryMediaTypes": "binaryMediaTypes", "ApiKeySourceType": "apiKeySource",
    "MinimumCompressionSize": "minimumCompressionSize", "DisableExecuteApiEndpoint": "disableExecuteApiEndpoint"}
_STAGE = {
    "RestApiId": "restApiId", "StageName": "stageName", "DeploymentId": "deploymentId", "Description": "description",
    "Variables": "variables", "TracingEnabled": "tracingEnabled"}


def _picked(properties: Properties, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the properties that are given, under the names of the API; texts that mean booleans are booleans."""
    booleans = {"true": True, "false": False}
    found = {names[name]: value for name, value in properties.items() if name in names}
    return {name: booleans.get(value, value) if isinstance(value, str) else value for name, value in found.items()}


def _create_api(given: Properties) -> list[Step]:
    if "Body" in given:
        return [("import_rest_api", {"body": _document(given)})]
    return [("create_rest_api", {"name": given.get("Name", "api"), **_picked(given, _CREATED)})]


def _document(given: Properties) -> bytes:
    """Return the API's definition, with the name and description that the template gives. moto's server asks for both."""
    body = _as_openapi(given["Body"])
    named = {"title": given.get("Name", "api"), "description": given.get("Description", "")}
    return msgspec.json.encode({**body, "info": {"version": "1.0", **named, **body.get("info", {})}})


def _as_openapi(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition in OpenAPI 3, the only one that moto's server reads; SAM writes Swagger 2.

    What SAM writes is the same in both but for where schemas and authorizers are. Source: OpenAPI specification, "Components".
    """
    if "swagger" not in body:
        return dict(body)
    moved = {"definitions": "schemas", "securityDefinitions": "securitySchemes"}
    components = {name: body[before] for before, name in moved.items() if before in body}
    rest = {name: value for name, value in body.items() if name not in ("swagger", *moved)}
    return {"openapi": "3.0.1", **rest, **({"components": components} if components else {})}


def _update_api(given: Properties, api: str) -> list[Step]:
    if "Body" in given:
        return [("put_rest_api", {"restApiId": api, "mode": "overwrite", "body": _document(given)})]
    replaced = [{"op": "replace", "path": f"/{name}", "value": given[prop]}
                for prop, name in (("Name", "name"), ("Description", "description")) if prop in given]
    return [("update_rest_api", {"restApiId": api, "patchOperations": replaced})] if replaced else []


def _api(_given: Properties, _name: str, answer: Mapping[str, Any]) -> Made:
    identifier = answer["id"]
    return Made(physical_id=identifier, attributes={
        "": identifier, "RestApiId": identifier, "RootResourceId": answer.get("rootResourceId", "")})


def _update_stage(given: Properties, name: str) -> list[Step]:
    deployed = {"op": "replace", "path": "/deploymentId", "value": given["DeploymentId"]}
    return [("update_stage", {"restApiId": given["RestApiId"], "stageName": name, "patchOperations": [deployed]})]


def _account(given: Properties) -> list[Step]:
    role = {"op": "replace", "path": "/cloudwatchRoleArn", "value": given.get("CloudWatchRoleArn", "")}
    return [("update_account", {"patchOperations": [role]})]


def _named(name: str, attribute: str) -> Made:
    return Made(physical_id=name, attributes={"": name, attribute: name})


def _deployment(given: Properties) -> dict[str, Any]:
    return _picked(given, {"RestApiId": "restApiId", "StageName": "stageName", "Description": "description"})


def _delete_deployment(given: Properties, deployment: str) -> list[Step]:
    """A deployment that made a stage goes after it."""
    api = {"restApiId": given["RestApiId"]}
    stage: list[Step] = [("delete_stage", {**api, "stageName": given["StageName"]})] if "StageName" in given else []
    return [*stage, ("delete_deployment", {**api, "deploymentId": deployment})]


_METHOD = {
    "AuthorizationType": "authorizationType", "AuthorizerId": "authorizerId", "ApiKeyRequired": "apiKeyRequired",
    "RequestParameters": "requestParameters", "RequestModels": "requestModels", "OperationName": "operationName"}
_INTEGRATION = {
    "Type": "type", "IntegrationHttpMethod": "integrationHttpMethod", "Uri": "uri", "Credentials": "credentials",
    "RequestTemplates": "requestTemplates", "RequestParameters": "requestParameters",
    "PassthroughBehavior": "passthroughBehavior", "TimeoutInMillis": "timeoutInMillis"}
_RESPONSE = {"StatusCode": "statusCode", "ResponseParameters": "responseParameters", "ResponseModels": "responseModels"}
_INTEGRATION_RESPONSE = {
    "StatusCode": "statusCode", "ResponseParameters": "responseParameters", "ResponseTemplates": "responseTemplates",
    "SelectionPattern": "selectionPattern", "ContentHandling": "contentHandling"}


def _method(given: Properties) -> list[Step]:
    place = {"restApiId": given["RestApiId"], "resourceId": given["ResourceId"], "httpMethod": given["HttpMethod"]}
    integration = given.get("Integration", {})
    responses, integrated = given.get("MethodResponses", ()), integration.get("IntegrationResponses", ())
    return [
        ("put_method", {**place, "authorizationType": "NONE", **_picked(given, _METHOD)}),
        *(("put_method_response", {**place, **_picked(each, _RESPONSE)}) for each in responses),
        *([("put_integration", {**place, **_picked(integration, _INTEGRATION)})] if integration else []),
        *(("put_integration_response", {**place, **_picked(each, _INTEGRATION_RESPONSE)}) for each in integrated)]


def _delete_method(given: Properties, _id: str) -> list[Step]:
    return [("delete_method", {
        "restApiId": given["RestApiId"], "resourceId": given["ResourceId"], "httpMethod": given["HttpMethod"]})]


REST_API_TYPES: Mapping[str, ServiceType] = {
    "AWS::ApiGateway::RestApi": ServiceType(
        service="apigateway", identity=frozenset(), create=_create_api, made=_api, update=_update_api,
        delete=lambda _given, api: [("delete_rest_api", {"restApiId": api})]),
    "AWS::ApiGateway::Stage": ServiceType(
        service="apigateway", identity=frozenset({"RestApiId", "StageName"}),
        create=lambda given: [("create_stage", _picked(given, _STAGE))],
        made=lambda given, _name, _answer: Made(physical_id=given["StageName"], attributes={"": given["StageName"]}),
        update=_update_stage,
        delete=lambda given, name: [("delete_stage", {"restApiId": given["RestApiId"], "stageName": name})]),
    "AWS::ApiGateway::Resource": ServiceType(
        service="apigateway", create=lambda given: [("create_resource", {
            "restApiId": given["RestApiId"], "parentId": given["ParentId"], "pathPart": given["PathPart"]})],
        made=lambda _given, _name, answer: _named(answer["id"], "ResourceId"),
        delete=lambda given, name: [("delete_resource", {"restApiId": given["RestApiId"], "resourceId": name})]),
    "AWS::ApiGateway::Method": ServiceType(
        service="apigateway", create=_method, made=lambda _given, name, _answer: _named(name, "Id"), delete=_delete_method),
    "AWS::ApiGateway::Deployment": ServiceType(
        service="apigateway", identity=frozenset({"RestApiId"}), create=lambda given: [("create_deployment", _deployment(given))],
        made=lambda _given, _name, answer: _named(answer["id"], "DeploymentId"), update=lambda _given, _id: [],
        delete=_delete_deployment),
    "AWS::ApiGateway::Account": ServiceType(
        service="apigateway", identity=frozenset(), create=_account, delete=lambda _given, _id: [],
        made=lambda _given, name, _answer: _named(name, "Id")),
}
"""How each of these types is made."""
