"""What the properties of a function declare: concurrency, tags, version and alias, event-invoke configuration, events.

Sources: SAM guide, "AWS::Serverless::Function"; aws-sam-translator, which makes resources of these; CloudFormation template
reference, "AWS::Lambda::Function".
"""

from __future__ import annotations

from typing import Any

import msgspec

from workbench.workspace.declared.event_permissions import permission_of
from workbench.workspace.declared.event_sources import mapping_of
from workbench.workspace.declared.stack import DeclaringStack, mapped
from workbench.workspace.functions.properties import SERVERLESS, merge_globals, own_properties, shared_properties
from workbench.workspace.intrinsics import as_text


class FunctionTarget(msgspec.Struct, frozen=True):
    """Whom events invoke: the function, or the alias that is published automatically ("" for none)."""

    logical_id: str
    name: str
    alias: str = ""


def declare_function(stack: DeclaringStack, logical_id: str) -> None:
    """Read what a function declares beside itself."""
    is_sam = stack.resources[logical_id].get("Type") == SERVERLESS
    written = merge_globals(shared_properties(stack.template, logical_id), own_properties(stack.template, logical_id))
    target = FunctionTarget(logical_id, stack.function_name(logical_id))
    _declare_settings(stack, target, written)
    if is_sam:
        target = _declare_alias(stack, target, written)
        _declare_event_invoke(stack, target, written)
        for name, event in mapped(written.get("Events")).items():
            _declare_event(stack, target, str(name), mapped(event))


def _declare_settings(stack: DeclaringStack, target: FunctionTarget, written: dict[str, Any]) -> None:
    """Read what SAM's functions and plain ones have in common."""
    name = target.name
    for member, operation in _OF_ONE_VALUE.items():
        value = stack.known(written.get(member), target.logical_id, member)
        if value is not None:
            stack.add(operation, target.logical_id, {"FunctionName": name, member: value}, function=name)
    runtime = stack.properties(written.get("RuntimeManagementConfig"), target.logical_id)
    if runtime:
        stack.add("PutRuntimeManagementConfig", target.logical_id, {"FunctionName": name, **runtime}, function=name)
    tags = tags_of(stack.known(written.get("Tags"), target.logical_id, "Tags"))
    if tags:
        stack.add("TagResource", target.logical_id, {"Tags": tags}, function=name)


_OF_ONE_VALUE = {"ReservedConcurrentExecutions": "PutFunctionConcurrency", "RecursiveLoop": "PutFunctionRecursionConfig"}
"""Properties that are an operation's only parameter, under the same name."""


def tags_of(value: Any) -> dict[str, str]:
    """Return tags as a map, from SAM's map or CloudFormation's list of keys and values."""
    if isinstance(value, list):
        pairs = [each for each in value if isinstance(each, dict) and "Key" in each]
        return {as_text(each["Key"]): as_text(each.get("Value", "")) for each in pairs}
    return {as_text(key): as_text(each) for key, each in mapped(value).items()}


def _declare_alias(stack: DeclaringStack, target: FunctionTarget, written: dict[str, Any]) -> FunctionTarget:
    """Read AutoPublishAlias, and return whom events invoke then."""
    provisioned = stack.properties(written.get("ProvisionedConcurrencyConfig"), target.logical_id)
    alias = as_text(stack.known(written.get("AutoPublishAlias"), target.logical_id, "AutoPublishAlias"))
    if not alias:
        if provisioned:
            stack.warn(target.logical_id, "To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function")
        return target
    name, version_id = target.name, f"{target.logical_id}.Version"
    described = stack.properties({"Description": written.get("VersionDescription")}, target.logical_id)
    stack.add("PublishVersion", version_id, {"FunctionName": name, **described}, function=name, follows=True)
    alias_id = f"{target.logical_id}Alias{alias}"
    stack.add("CreateAlias", alias_id, {"FunctionName": name, "Name": alias, "FunctionVersion": stack.mark(version_id)},
              function=name)
    declare_provisioned(stack, alias_id, name, alias, provisioned)
    return msgspec.structs.replace(target, alias=alias)


def declare_provisioned(
    stack: DeclaringStack, logical_id: str, function: str, qualifier: str, properties: dict[str, Any]
) -> None:
    """Add the provisioned concurrency of a version or alias, if there are properties of one."""
    count = properties.get("ProvisionedConcurrentExecutions")
    if count is not None:
        stack.add("PutProvisionedConcurrencyConfig", logical_id, {"FunctionName": function, **properties}, function=function,
                  qualifier=qualifier)


def _declare_event_invoke(stack: DeclaringStack, target: FunctionTarget, written: dict[str, Any]) -> None:
    config = stack.properties(written.get("EventInvokeConfig"), target.logical_id)
    if not config:
        return
    logical_id = f"{target.logical_id}EventInvokeConfig{target.alias}"
    sides = mapped(config.pop("DestinationConfig", None))
    destinations = {side: _destination(stack, target, str(side), mapped(given)) for side, given in sides.items()}
    if destinations:
        config["DestinationConfig"] = destinations
    stack.add("PutFunctionEventInvokeConfig", logical_id, {"FunctionName": target.name, **config}, function=target.name,
              qualifier=target.alias)


def _destination(stack: DeclaringStack, target: FunctionTarget, side: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return a destination without SAM's Type; a queue or topic that is not named is generated by SAM."""
    if "Destination" not in given and given.get("Type") in _GENERATED:
        word, attribute = _GENERATED[given["Type"]]
        generated = f"{target.logical_id}EventInvokeConfig{side}{word}"
        return {"Destination": as_text(stack.resolver.resolve({"Fn::GetAtt": [generated, attribute]}))}
    return {name: value for name, value in given.items() if name != "Type"}


_GENERATED = {"SQS": ("Queue", "Arn"), "SNS": ("Topic", "TopicArn")}


def _declare_event(stack: DeclaringStack, target: FunctionTarget, name: str, event: dict[str, Any]) -> None:
    """Read an event: it makes an event source mapping, a permission, or neither."""
    logical_id, kind = target.logical_id + name, as_text(event.get("Type"))
    before = len(stack.warnings)
    properties = stack.properties(event.get("Properties"), logical_id)
    if len(stack.warnings) > before:
        return  # part of it is not known: half an event would be another one
    mapping = mapping_of(kind, properties)
    if mapping is not None:
        stack.add("CreateEventSourceMapping", logical_id, {"FunctionName": target.name, **mapping}, function=target.name,
                  qualifier=target.alias, physical_id=stack.reference(logical_id))
    permission = permission_of(stack, target.logical_id, name, kind, properties)
    if permission is not None:
        stack.add("AddPermission", permission.logical_id, {"FunctionName": target.name, **permission.parameters},
                  function=target.name, qualifier=target.alias)
