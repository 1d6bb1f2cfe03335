"""What CloudFormation's own resources of Lambda declare, as calls of the API.

Source: CloudFormation template reference, "AWS::Lambda::Version" and its neighbors; SAM guide, "AWS::Serverless::LayerVersion".
Properties have the names of the API's parameters unless something is done to them here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workbench.model.declarations import LayerContent
from workbench.workspace.declared.event_permissions import statement_id
from workbench.workspace.declared.event_sources import plain_mapping
from workbench.workspace.declared.functions import declare_function, declare_provisioned, declare_url, tags_of
from workbench.workspace.declared.stack import VERSION, DeclaringStack, mapped
from workbench.workspace.functions.layers import LocalLayer, local_layers, place_of
from workbench.workspace.functions.properties import FUNCTION_TYPES
from workbench.workspace.intrinsics import as_text

Properties = dict[str, Any]
_LAYER = ("Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo")


def declare_all(stack: DeclaringStack) -> None:
    """Read all declarations of a stack."""
    layers = local_layers(stack.template, stack.resolver)
    for key, resource in stack.resources.items():
        kind, logical_id = str(mapped(resource).get("Type")), str(key)
        if stack.resolver.exists(logical_id) is False:
            continue
        if kind in FUNCTION_TYPES:
            declare_function(stack, logical_id)
        elif kind in ("AWS::Lambda::LayerVersion", "AWS::Serverless::LayerVersion"):
            _declare_layer(stack, logical_id, layers)
        elif kind in _OF_FUNCTIONS:
            _declare_part(stack, logical_id, _OF_FUNCTIONS[kind])


Reader = Callable[[DeclaringStack, str, str, str, Properties], None]
"""Reads a resource: its logical ID, the function's name and qualifier, the other properties."""


def _declare_part(stack: DeclaringStack, logical_id: str, read: Reader) -> None:
    """Read a resource that belongs to a function. One of which a property is not known is left out."""
    before = len(stack.warnings)
    properties = stack.properties(stack.resources[logical_id].get("Properties"), logical_id)
    named = properties.pop("FunctionName", properties.pop("TargetFunctionArn", ""))
    function = stack.function(named, logical_id) if len(stack.warnings) == before else None
    if function is not None:
        read(stack, logical_id, function.name, function.qualifier, properties)


def _version(stack: DeclaringStack, logical_id: str, function: str, _: str, properties: Properties) -> None:
    given = _picked(properties, "CodeSha256", "Description")
    stack.add("PublishVersion", logical_id, {"FunctionName": function, **given}, function=function)
    declare_provisioned(stack, logical_id, function, stack.mark(logical_id),
                        mapped(properties.get("ProvisionedConcurrencyConfig")))


def _alias(stack: DeclaringStack, logical_id: str, function: str, _: str, properties: Properties) -> None:
    given = _picked(properties, "Name", "FunctionVersion", "Description")
    weights = _weights(mapped(properties.get("RoutingConfig")).get("AdditionalVersionWeights"))
    routing = {"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {}
    stack.add("CreateAlias", logical_id, {"FunctionName": function, **given, **routing}, function=function)
    declare_provisioned(stack, logical_id, function, as_text(given.get("Name")),
                        mapped(properties.get("ProvisionedConcurrencyConfig")))


def _picked(properties: Properties, *names: str) -> Properties:
    return {name: properties[name] for name in names if name in properties}


def _weights(given: Any) -> Mapping[str, Any]:
    """Return the weights as the API has them: a map instead of CloudFormation's list."""
    if not isinstance(given, list):
        return mapped(given)
    return {as_text(each.get("FunctionVersion")): each.get("FunctionWeight") for each in given if isinstance(each, dict)}


def _permission(stack: DeclaringStack, logical_id: str, function: str, qualifier: str, properties: Properties) -> None:
    stack.add("AddPermission", logical_id,
              {"FunctionName": function, "StatementId": statement_id(stack, logical_id), **properties}, function=function,
              qualifier=qualifier)


def _event_invoke(stack: DeclaringStack, logical_id: str, function: str, _: str, properties: Properties) -> None:
    qualifier = as_text(properties.pop("Qualifier", ""))
    stack.add("PutFunctionEventInvokeConfig", logical_id, {"FunctionName": function, **properties}, function=function,
              qualifier=qualifier)


def _mapping(stack: DeclaringStack, logical_id: str, function: str, qualifier: str, properties: Properties) -> None:
    tags = tags_of(properties.get("Tags"))
    stack.add("CreateEventSourceMapping", logical_id,
              {"FunctionName": function, **plain_mapping(properties), **({"Tags": tags} if tags else {})}, function=function,
              qualifier=qualifier, physical_id=stack.mapping_id(logical_id))


def _url(stack: DeclaringStack, logical_id: str, function: str, qualifier: str, properties: Properties) -> None:
    declare_url(stack, logical_id, function, as_text(properties.pop("Qualifier", qualifier)), properties)


_OF_FUNCTIONS: Mapping[str, Reader] = {
    VERSION: _version, "AWS::Lambda::Alias": _alias, "AWS::Lambda::Permission": _permission,
    "AWS::Lambda::EventInvokeConfig": _event_invoke, "AWS::Lambda::EventSourceMapping": _mapping, "AWS::Lambda::Url": _url,
}
"""The types that belong to a function."""


def _declare_layer(stack: DeclaringStack, logical_id: str, layers: Mapping[str, LocalLayer]) -> None:
    """Read a layer whose content is on this machine or in Amazon S3."""
    reference = stack.reference(logical_id)
    properties = stack.properties(stack.resources[logical_id].get("Properties"), logical_id)
    layer = layers.get(reference)
    if layer is None:
        return  # its content is not known before a deployment
    given = {name: properties[name] for name in _LAYER if name in properties}
    name = as_text(properties.get("LayerName", logical_id))
    stack.add("PublishLayerVersion", logical_id, {"LayerName": name, "Content": {}, **given}, physical_id=reference,
              content=LayerContent(place_of(layer), layer.build))
