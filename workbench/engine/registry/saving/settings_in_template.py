"""A function's settings in the template's terms: the properties of an AWS::Serverless::Function that are not the default.

Source: SAM guide, "AWS::Serverless::Function"; API reference, CreateFunction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.registry.records import Definition

_DEFAULTS: Mapping[str, Any] = {
    "Description": "", "Architectures": ["x86_64"], "MemorySize": 128, "Timeout": 3, "EphemeralStorage": {"Size": 512},
    "SnapStart": {"ApplyOn": "None"}, "Environment": {"Variables": {}},
}
_SAME = ("Handler", "Runtime", "Description", "Architectures", "MemorySize", "Timeout", "EphemeralStorage", "Environment",
         "ImageConfig", "FileSystemConfigs", "DurableConfig", "SnapStart", "TenancyConfig")
"""Members that are properties of the same name and form."""
_ELSEWHERE = frozenset({"PackageType", "Layers", "Role"})
"""Members that are told by other means: Role by a sentence."""
_QUEUES = {"sqs": "SQS", "sns": "SNS"}


def properties_of(name: str, definition: Definition) -> dict[str, Any]:
    """Return the properties, without name, CodeUri and layers; for an image with its URI."""
    settings = definition.settings
    properties: dict[str, Any] = {}
    if definition.code.image_uri:
        properties |= {"PackageType": "Image", "ImageUri": definition.code.image_uri}
    properties |= {member: settings[member] for member in _SAME
                   if member in settings and settings[member] not in (_DEFAULTS.get(member), {})}
    return {**properties, **_logging(name, settings), **_renamed(settings)}


def _logging(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
    own = {member: value for member, value in settings["LoggingConfig"].items() if value != defaults.get(member)}
    return {"LoggingConfig": own} if own else {}


def _renamed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has another name or form in a template."""
    found: dict[str, Any] = {}
    if settings.get("TracingConfig", {}).get("Mode") == "Active":
        found["Tracing"] = "Active"
    if "KMSKeyArn" in settings:
        found["KmsKeyArn"] = settings["KMSKeyArn"]
    network = {member: value for member, value in settings.get("VpcConfig", {}).items() if value}
    if network:
        found["VpcConfig"] = network
    target = settings.get("DeadLetterConfig", {}).get("TargetArn", "")
    if _service(target) in _QUEUES:
        found["DeadLetterQueue"] = {"Type": _QUEUES[_service(target)], "TargetArn": target}
    return found


def kept_settings(settings: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each setting that the template cannot say, and for the role, which it had better not."""
    known = {*_SAME, *_ELSEWHERE, "LoggingConfig", "TracingConfig", "KMSKeyArn", "VpcConfig", "DeadLetterConfig"}
    said = [f"{member} has no place in a SAM template: the API keeps it for this workspace." for member in settings
            if member not in known]
    if "Role" in settings:
        said.append(f"The role {settings['Role']} is not written: a deployment makes one for the function. "
                    "If yours exists there, name it as Role.")
    return said


def _service(arn: str) -> str:
    """Return the service of an ARN, "" for anything else."""
    parts = arn.split(":")
    return parts[2] if len(parts) > 5 else ""


def destination(arn: str) -> dict[str, str] | None:
    """Return a destination of asynchronous invocations with the type that SAM wants to know; None if it knows none for it."""
    kinds = {"sqs": "SQS", "sns": "SNS", "lambda": "Lambda", "events": "EventBridge", "s3": "S3Bucket"}
    kind = kinds.get(_service(arn))
    return None if kind is None else {"Type": kind, "Destination": arn}
