"""What the properties of a function declare: concurrency, tags, version and alias, event-invoke configuration, events.

Sources: SAM guide, "AWS::Serverless::Function"; aws-sam-translator, which makes resources of these; CloudFormation template
reference, "AWS::Lambda::Function".
"""

from __future__ import annotations

from typing import Any

import msgspec

from workbench.workspace.declared.event_permissions import permission_of, statement_id
from workbench.workspace.declared.event_sources import is_through_queue, mapping_of
from workbench.workspace.declared.stack import DeclaringStack, mapped
from workbench.workspace.functions.properties import SERVERLESS, merge_globals, own_properties, shared_properties
from workbench.workspace.generated_resources import in_logical_id
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
        _declare_url(stack, target, written)
        events = {str(name): mapped(event) for name, event in mapped(written.get("Events")).items()}
        for name, event in events.items():
            if not _has_default_route(event, events):
                _declare_event(stack, target, name, event)


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
    alias_id = f"{target.logical_id}Alias{in_logical_id(alias)}"
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


def _declare_url(stack: DeclaringStack, target: FunctionTarget, written: dict[str, Any]) -> None:
    """Read FunctionUrlConfig. A URL that asks for no signature is permitted to everyone, as SAM does it."""
    config = stack.properties(written.get("FunctionUrlConfig"), target.logical_id)
    if not config:
        return
    declare_url(stack, f"{target.logical_id}Url", target.name, target.alias, config)
    if config.get("AuthType") != "NONE":
        return
    for suffix, given in _PUBLIC.items():
        logical_id = target.logical_id + suffix
        stack.add("AddPermission", logical_id, {
            "FunctionName": target.name, "StatementId": statement_id(stack, logical_id), "Principal": "*", **given,
        }, function=target.name, qualifier=target.alias)


_PUBLIC: dict[str, dict[str, Any]] = {
    "UrlPublicPermissions": {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"},
    "URLInvokeAllowPublicAccess": {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
}
"""The permissions for a public URL, by the ends of their logical IDs."""


def declare_url(
    stack: DeclaringStack, logical_id: str, function: str, qualifier: str, properties: dict[str, Any]
) -> None:
    """Add a function URL. Its host is the one that `!GetAtt` gives."""
    url = as_text(stack.resolver.resolve({"Fn::GetAtt": [logical_id, "FunctionUrl"]}))
    stack.add("CreateFunctionUrlConfig", logical_id, {"FunctionName": function, **properties}, function=function,
              qualifier=qualifier, physical_id=url.removeprefix("https://").partition(".")[0])


def _declare_event_invoke(stack: DeclaringStack, target: FunctionTarget, written: dict[str, Any]) -> None:
    config = stack.properties(written.get("EventInvokeConfig"), target.logical_id)
    if not config:
        return
    logical_id = f"{target.logical_id}EventInvokeConfig"
    sides = mapped(config.pop("DestinationConfig", None))
    destinations = {side: _destination(stack, target, str(side), mapped(given)) for side, given in sides.items()}
    if destinations:
        config["DestinationConfig"] = destinations
    stack.add("PutFunctionEventInvokeConfig", logical_id, {"FunctionName": target.name, **config}, function=target.name,
              qualifier=target.alias)


def _destination(stack: DeclaringStack, target: FunctionTarget, side: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return a destination without SAM's Type; a queue or topic that is not named is generated by SAM."""
    if "Destination" not in given and given.get("Type") in _GENERATED:
        name = f"{target.logical_id}EventInvokeConfig{side}{_GENERATED[given['Type']]}"
        return {"Destination": stack.arn(given["Type"].lower(), name)}
    return {name: value for name, value in given.items() if name != "Type"}


_GENERATED = {"SQS": "Queue", "SNS": "Topic"}


def _has_default_route(event: dict[str, Any], events: dict[str, dict[str, Any]]) -> bool:
    """Whether another event of the function has all routes of the same HTTP API, so that SAM makes one permission for both."""
    if event.get("Type") != "HttpApi" or _is_default(event):
        return False
    api = mapped(event.get("Properties")).get("ApiId")
    return any(each.get("Type") == "HttpApi" and _is_default(each) and mapped(each.get("Properties")).get("ApiId") == api
               for each in events.values())


def _is_default(event: dict[str, Any]) -> bool:
    return bool(mapped(event.get("Properties")).get("Path", "$default") == "$default")


def _declare_event(stack: DeclaringStack, target: FunctionTarget, name: str, event: dict[str, Any]) -> None:
    """Read an event: it makes an event source mapping, a permission, or neither."""
    logical_id, kind = target.logical_id + name, as_text(event.get("Type"))
    before = len(stack.warnings)
    properties = stack.properties(event.get("Properties"), logical_id)
    if len(stack.warnings) > before:
        return  # part of it is not known: half an event would be another one
    mapping = mapping_of(kind, properties)
    if mapping is not None:
        mapping_id = logical_id
        if is_through_queue(kind, properties):
            mapping_id, mapping = f"{logical_id}EventSourceMapping", {**stack.queue_of(logical_id), **mapping}
        stack.add("CreateEventSourceMapping", mapping_id, {"FunctionName": target.name, **mapping}, function=target.name,
                  qualifier=target.alias, physical_id=stack.mapping_id(mapping_id))
    permission = permission_of(stack, target.logical_id, name, kind, properties)
    if permission is not None:
        stack.add("AddPermission", permission.logical_id, {"FunctionName": target.name, **permission.parameters},
                  function=target.name, qualifier=target.alias)
