"""Resources that SAM generates from a template's, as far as the template can refer to them: `HelloRole`, `HelloUrl`, `Api.Stage`.

Source: SAM guide, "Generated CloudFormation resources for AWS SAM" and "Referencing generated resources".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

_MAPPED_EVENTS = ("SQS", "Kinesis", "DynamoDB", "MSK", "MQ", "SelfManagedKafka", "DocumentDB")
_RULES = ("Schedule", "EventBridgeRule", "CloudWatchEvent")
_EVENT_TYPES = {"ScheduleV2": "AWS::Scheduler::Schedule", "SNS": "AWS::SNS::Subscription", "IoTRule": "AWS::IoT::TopicRule",
                **dict.fromkeys(_MAPPED_EVENTS, "AWS::Lambda::EventSourceMapping"), **dict.fromkeys(_RULES, "AWS::Events::Rule")}
Generated = Iterator[tuple[str, dict[str, Any]]]


def generated_resources(data: Mapping[str, Any], resolve: Callable[[Any], Any]) -> dict[str, dict[str, Any]]:
    """Return what SAM generates, in the form of resources, by the name under which a template can refer to it.

    `resolve` resolves intrinsics in the few properties that names depend on.
    """
    globals_ = _map(data.get("Globals"))
    found: dict[str, dict[str, Any]] = {}
    for name, resource in _map(data.get("Resources")).items():
        kind = _map(resource).get("Type")
        shared = _map(globals_.get(str(kind).removeprefix("AWS::Serverless::")))
        properties = {**shared, **_map(_map(resource).get("Properties"))}
        make = _MAKERS.get(str(kind))
        if make:
            found.update(make(name, properties, resolve))
    return found


def _of_function(name: str, properties: dict[str, Any], resolve: Callable[[Any], Any]) -> Generated:
    if "Role" not in properties:
        yield f"{name}Role", {"Type": "AWS::IAM::Role"}
    if "AutoPublishAlias" in properties:
        yield from _of_alias(name, resolve(properties["AutoPublishAlias"]))
    if "FunctionUrlConfig" in properties:
        yield f"{name}Url", {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": {"Ref": name}}}
    yield from _of_destinations(name, _map(_map(properties.get("EventInvokeConfig")).get("DestinationConfig")))
    yield from _of_events(name, properties)


def _of_alias(name: str, alias: Any) -> Generated:
    published = {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": name}, "Name": alias}}
    yield f"{name}.Alias", published
    yield f"{name}.Version", {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": name}}}
    if isinstance(alias, str):
        yield f"{name}Alias{in_logical_id(alias)}", published


def in_logical_id(alias: str) -> str:
    """Return an alias's name as a part of a logical ID, which has letters and digits only."""
    return alias.replace("-", "D").replace("_", "U")


def _of_destinations(name: str, destinations: dict[str, Any]) -> Generated:
    for outcome, destination in destinations.items():
        kind = _map(destination).get("Type")
        if kind in ("SQS", "SNS") and "Destination" not in destination:
            word = "Queue" if kind == "SQS" else "Topic"
            generated = f"{name}EventInvokeConfig{outcome}{word}"
            resource = {"Type": f"AWS::{kind}::{word}", "Properties": {f"{word}Name": generated}}
            yield generated, resource
            yield f"{name}.Destination{word}", resource


def _of_events(name: str, properties: dict[str, Any]) -> Generated:
    for event_name, event in _map(properties.get("Events")).items():
        kind, settings = _map(event).get("Type"), _map(_map(event).get("Properties"))
        generated = name + event_name
        if kind in _EVENT_TYPES:
            own = settings.get("RuleName") if kind == "EventBridgeRule" else settings.get("Name")
            named = {"Name": own} if kind in (*_RULES, "ScheduleV2") and own is not None else {}
            yield generated, {"Type": _EVENT_TYPES[kind], "Properties": {"Name": generated, **named}}
        # SAM's implicit API, one per template, which all events without an API of their own share.
        elif kind == "Api" and "RestApiId" not in settings:
            yield from _of_rest_api("ServerlessRestApi", {"StageName": "Prod"}, str)
            yield "ServerlessRestApi", {"Type": "AWS::Serverless::Api"}
        elif kind == "HttpApi" and "ApiId" not in settings:
            yield from _of_http_api("ServerlessHttpApi", {}, str)
            yield "ServerlessHttpApi", {"Type": "AWS::Serverless::HttpApi"}


def _of_rest_api(name: str, properties: dict[str, Any], _resolve: Callable[[Any], Any]) -> Generated:
    stage = properties.get("StageName")
    made = {"Type": "AWS::ApiGateway::Stage", "Properties": {"StageName": stage}}
    yield f"{name}.Stage", made
    yield f"{name}{stage if isinstance(stage, str) else ''}Stage", made
    yield f"{name}.Deployment", {"Type": "AWS::ApiGateway::Deployment"}
    if _map(properties.get("Auth")).get("UsagePlan"):
        yield f"{name}.UsagePlan", {"Type": "AWS::ApiGateway::UsagePlan"}
        yield f"{name}.ApiKey", {"Type": "AWS::ApiGateway::ApiKey"}
    domain = _map(properties.get("Domain")).get("DomainName")
    yield f"{name}.DomainName", {"Type": "AWS::ApiGateway::DomainName", "Properties": {"DomainName": domain}}


def _of_http_api(name: str, properties: dict[str, Any], _resolve: Callable[[Any], Any]) -> Generated:
    stage = properties.get("StageName", "$default")
    made = {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"StageName": stage}}
    word = "ApiGatewayDefault" if stage == "$default" else stage if isinstance(stage, str) else ""
    yield f"{name}.Stage", made
    yield f"{name}{word}Stage", made


def _of_socket_api(name: str, properties: dict[str, Any], _resolve: Callable[[Any], Any]) -> Generated:
    stage = properties.get("StageName", "default")
    made = {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"StageName": stage}}
    yield f"{name}.Stage", made
    yield f"{name}{'Default' if stage == 'default' else stage if isinstance(stage, str) else ''}Stage", made


def _of_state_machine(name: str, properties: dict[str, Any], _resolve: Callable[[Any], Any]) -> Generated:
    if "Role" not in properties:
        yield f"{name}Role", {"Type": "AWS::IAM::Role"}
    for event_name, event in _map(properties.get("Events")).items():
        kind = _map(event).get("Type")
        if kind in (*_RULES, "ScheduleV2"):
            yield name + event_name, {"Type": _EVENT_TYPES[kind], "Properties": {"Name": name + event_name}}


_MAKERS: dict[str, Callable[[str, dict[str, Any], Callable[[Any], Any]], Generated]] = {
    "AWS::Serverless::Function": _of_function, "AWS::Serverless::Api": _of_rest_api, "AWS::Serverless::HttpApi": _of_http_api,
    "AWS::Serverless::WebSocketApi": _of_socket_api, "AWS::Serverless::StateMachine": _of_state_machine,
}


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
