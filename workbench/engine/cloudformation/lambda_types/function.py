"""AWS::Lambda::Function, made through the Lambda API as CloudFormation's own handler does it.

Source: CloudFormation template reference, "AWS::Lambda::Function".
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping
from typing import Any

from workbench.engine.cloudformation.handlers import Desired, Existing, Made, changed
from workbench.engine.cloudformation.lambda_types.calls import Calls
from workbench.model.lambda_names import Scope

_ALONE = ("Code", "Tags", "ReservedConcurrentExecutions", "RuntimeManagementConfig", "RecursiveLoop", "CodeSigningConfigArn",
          "FunctionName", "PackageType", "Architectures")
"""Properties that UpdateFunctionConfiguration does not take."""
_RENAMED = {"KmsKeyArn": "KMSKeyArn"}
_UNSET: Mapping[str, Any] = {
    "Description": "", "Timeout": 3, "MemorySize": 128, "EphemeralStorage": {"Size": 512}, "Environment": {"Variables": {}},
    "TracingConfig": {"Mode": "PassThrough"}, "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}, "Layers": [],
    "DeadLetterConfig": {"TargetArn": ""}, "FileSystemConfigs": [], "KMSKeyArn": "", "SnapStart": {"ApplyOn": "None"},
    "ImageConfig": {}, "LoggingConfig": {"LogFormat": "Text"},
}
"""What a property becomes that a template no longer has."""
_EXTENSIONS = {"python": "index.py", "nodejs": "index.js"}
_LONGEST_NAME = 64


class FunctionHandler:
    """Makes functions."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def replaces(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Another name or another kind of package needs a new function."""
        return bool(changed(before, after) & {"FunctionName", "PackageType", "DurableConfig", "TenancyConfig"})

    async def create(self, desired: Desired) -> Made:
        """CreateFunction, then what it does not take."""
        scope, properties = desired.scope, desired.properties
        name = str(properties.get("FunctionName") or desired.generated_name(_LONGEST_NAME))
        given = _configuration(properties)
        for member in ("PackageType", "Architectures"):
            if member in properties:
                given[member] = properties[member]
        code = _code(properties)
        if "ImageUri" in code:
            given.setdefault("PackageType", "Image")
        tags = {**desired.tags, **_tags(properties), **_own_tags(desired)}
        await self._calls.call("CreateFunction", scope, {"FunctionName": name, "Code": code, "Tags": tags, **given})
        try:
            made = await self._calls.ready(scope, name)
            await self._configure(scope, name, {}, properties)
        except Exception:
            await self._calls.gone("DeleteFunction", scope, {"FunctionName": name})
            raise
        return _made(name, made)

    async def update(self, desired: Desired, before: Existing) -> Made:
        """UpdateFunctionCode and UpdateFunctionConfiguration, each only for what is different."""
        scope, name, after = desired.scope, before.physical_id, desired.properties
        different = changed(before.properties, after)
        if different & {"Code", "Architectures"}:
            architectures = {"Architectures": after.get("Architectures", ["x86_64"])} if "Architectures" in different else {}
            await self._calls.call("UpdateFunctionCode", scope, {"FunctionName": name, **_code(after), **architectures})
            await self._calls.ready(scope, name)
        settings = _configuration(after)
        different_settings = {_RENAMED.get(each, each) for each in different - set(_ALONE)}
        given = {each: settings.get(each, _UNSET.get(each)) for each in different_settings if each in settings or each in _UNSET}
        if given:
            await self._calls.call("UpdateFunctionConfiguration", scope, {"FunctionName": name, **given})
        made = await self._calls.ready(scope, name)
        await self._configure(scope, name, before.properties, after)
        await self._tag(scope, name, {**before.tags, **_tags(before.properties)}, {**desired.tags, **_tags(after)})
        return _made(name, made)

    async def delete(self, existing: Existing) -> None:
        """DeleteFunction."""
        await self._calls.gone("DeleteFunction", existing.scope, {"FunctionName": existing.physical_id})

    async def _configure(self, scope: Scope, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Bring about what has operations of its own."""
        different = changed(before, after)
        call, function = self._calls.call, {"FunctionName": name}
        if "ReservedConcurrentExecutions" in different:
            if "ReservedConcurrentExecutions" in after:
                count = after["ReservedConcurrentExecutions"]
                await call("PutFunctionConcurrency", scope, {**function, "ReservedConcurrentExecutions": count})
            else:
                await call("DeleteFunctionConcurrency", scope, function)
        if "RuntimeManagementConfig" in different:
            config = after.get("RuntimeManagementConfig", {"UpdateRuntimeOn": "Auto"})
            await call("PutRuntimeManagementConfig", scope, {**function, **config})
        if "RecursiveLoop" in different:
            loop = after.get("RecursiveLoop", "Terminate")
            await call("PutFunctionRecursionConfig", scope, {**function, "RecursiveLoop": loop})

    async def _tag(self, scope: Scope, name: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        resource = {"Resource": scope.function_arn(name)}
        gone = sorted(before.keys() - after.keys())
        if gone:
            await self._calls.call("UntagResource", scope, {**resource, "TagKeys": gone})
        new = {key: value for key, value in after.items() if before.get(key) != value}
        if new:
            await self._calls.call("TagResource", scope, {**resource, "Tags": new})


def _made(name: str, configuration: Mapping[str, Any]) -> Made:
    return Made(physical_id=name, attributes={"": name, "Arn": configuration["FunctionArn"]})


def _configuration(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {_RENAMED.get(name, name): value for name, value in properties.items() if name not in _ALONE}


def _own_tags(desired: Desired) -> dict[str, str]:
    """Return the tags that CloudFormation itself gives. Source: CloudFormation guide, "Resource tags"."""
    return {"aws:cloudformation:stack-name": desired.stack_name, "aws:cloudformation:logical-id": desired.logical_id,
            "aws:cloudformation:stack-id": desired.stack_id}


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    return {each["Key"]: each.get("Value", "") for each in properties.get("Tags", ())}


def _code(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the code as the API takes it: text written in the template is packed as a .zip with one file."""
    code = dict(properties.get("Code", {}))
    text = code.pop("ZipFile", None)
    code.pop("SourceKMSKeyArn", None)
    if text is not None:
        runtime = str(properties.get("Runtime", ""))
        name = next((file for prefix, file in _EXTENSIONS.items() if runtime.startswith(prefix)), "index.py")
        code["ZipFile"] = base64.b64encode(_packed(name, str(text))).decode()
    return code


def _packed(name: str, text: str) -> bytes:
    """Pack one file, with a date of its own so that the same text has the same digest."""
    buffer = io.BytesIO()
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry, text)
    return buffer.getvalue()
