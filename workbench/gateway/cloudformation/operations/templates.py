"""Operations on templates."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.cloudformation.documents import checked, parsed, section, transforms_of
from workbench.engine.cloudformation.room import CloudFormation
from workbench.engine.cloudformation.submissions import capability
from workbench.gateway.cloudformation.call import StackCall
from workbench.workspace.value_text import as_text


class TemplateOperations:
    """Show and check templates."""

    def __init__(self, room: CloudFormation) -> None:
        self._room = room

    async def get_template(self, call: StackCall) -> Mapping[str, Any]:
        """GetTemplate, as it was submitted or after its transforms."""
        if call.text("ChangeSetName"):
            _, change_set = self._room.change_sets.find(call.scope, call.text("ChangeSetName"), call.text("StackName"))
            submission = change_set.submission
        else:
            submission = self._room.ledger.require(call.scope, call.text("StackName")).submission
        if not submission.text:  # a stack that only has change sets
            return {"StagesAvailable": ["Original"]}
        processed = call.text("TemplateStage") == "Processed"
        body = msgspec.json.encode(submission.processed).decode() if processed else submission.text
        return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}

    async def validate_template(self, call: StackCall) -> Mapping[str, Any]:
        """ValidateTemplate."""
        template = await self._template(call)
        declared = section(template, "Parameters")
        return {
            "Parameters": [{"ParameterKey": name, "DefaultValue": _text(each, "Default"), "NoEcho": _is_hidden(each),
                            "Description": _text(each, "Description")} for name, each in declared.items()],
            **_summary(template),
        }

    async def get_template_summary(self, call: StackCall) -> Mapping[str, Any]:
        """GetTemplateSummary, of a template or a stack."""
        template = await self._template(call)
        declared = section(template, "Parameters")
        return {
            "Parameters": [{
                "ParameterKey": name, "DefaultValue": _text(each, "Default"),
                "ParameterType": as_text(each.get("Type", "String")), "NoEcho": _is_hidden(each),
                "Description": _text(each, "Description"),
                "ParameterConstraints": {"AllowedValues": [as_text(value) for value in each["AllowedValues"]]}
                if "AllowedValues" in each else {}} for name, each in declared.items()],
            "ResourceTypes": sorted({str(each["Type"]) for each in template["Resources"].values()}),
            "Version": _text(template, "AWSTemplateFormatVersion"), "Metadata": _json(template.get("Metadata")),
            **_summary(template),
        }

    async def _template(self, call: StackCall) -> Mapping[str, Any]:
        if call.text("StackName"):
            text = self._room.ledger.require(call.scope, call.text("StackName")).submission.text
        else:
            text = await self._room.submissions.text(call.scope, call.given())
        return checked(await asyncio.to_thread(parsed, text))


def _summary(template: Mapping[str, Any]) -> dict[str, Any]:
    needed = capability(template)
    transforms = transforms_of(template)
    capabilities = [*([needed] if needed else []), *(["CAPABILITY_AUTO_EXPAND"] if transforms else [])]
    types = sorted({str(each["Type"]) for each in template["Resources"].values() if str(each["Type"]).startswith("AWS::IAM::")})
    reason = f"The following resource(s) require capabilities: [{', '.join(types or transforms)}]" if capabilities else None
    return {"Description": _text(template, "Description"), "Capabilities": capabilities or None, "CapabilitiesReason": reason,
            "DeclaredTransforms": transforms or None}


def _text(value: Mapping[str, Any], name: str) -> str | None:
    return as_text(value[name]) if value.get(name) is not None else None


def _is_hidden(parameter: Mapping[str, Any]) -> bool:
    return as_text(parameter.get("NoEcho")).lower() == "true"


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
