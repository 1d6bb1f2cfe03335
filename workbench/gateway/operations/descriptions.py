"""Functions as the API describes them: `FunctionConfiguration` of the model, with members left out that have no value.

Source: recorded answers of the service.
"""

from __future__ import annotations

import hashlib
from typing import Any

from workbench.engine.registry.views import FunctionView
from workbench.model.function_version import LATEST
from workbench.model.moments import universal_time

_IN_THE_MAKING = {"StateReason": "The function is being created.", "StateReasonCode": "Creating"}
_IN_PROGRESS = {"LastUpdateStatusReason": "The function is being created.", "LastUpdateStatusReasonCode": "Creating"}


def listed(view: FunctionView) -> dict[str, Any]:
    """Describe a function as lists do: without its state."""
    settings = dict(view.settings)
    description = {
        "FunctionName": view.name, "FunctionArn": view.arn, "CodeSize": view.code.size_bytes, "CodeSha256": view.code.sha256,
        "LastModified": last_modified(view.modified_ms), "Version": view.version, "RevisionId": view.revision_id, **settings,
        "SnapStart": {"ApplyOn": settings["SnapStart"]["ApplyOn"], "OptimizationStatus": _optimization(view)},
    }
    if "ImageConfig" in settings:
        description["ImageConfigResponse"] = {"ImageConfig": description.pop("ImageConfig")}
    if "Layers" in settings:
        description["Layers"] = [{"Arn": arn, "CodeSize": view.layer_sizes.get(arn)} for arn in settings["Layers"]]
    if "VpcConfig" in settings:
        description["VpcConfig"] = {"VpcId": "", "Ipv6AllowedForDualStack": False, **settings["VpcConfig"]}
    return description


def described(view: FunctionView) -> dict[str, Any]:
    """Describe a function with its state, as GetFunctionConfiguration does."""
    description = {**listed(view), "State": view.state}
    if view.state == "Pending":
        description |= _IN_THE_MAKING
    if view.reason:
        description |= {"StateReason": view.reason, "StateReasonCode": view.reason_code}
    if view.update:
        description["LastUpdateStatus"] = view.update
    if view.update == "InProgress":
        description |= _IN_PROGRESS
    elif view.update == "Failed":
        description |= {"LastUpdateStatusReason": view.reason, "LastUpdateStatusReasonCode": view.reason_code}
    if view.settings["PackageType"] == "Zip":
        description["RuntimeVersionConfig"] = {"RuntimeVersionArn": _runtime_arn(view)}
    return description


def _optimization(view: FunctionView) -> str:
    """OptimizationStatus. Source: Lambda guide, "Activating and managing Lambda SnapStart"."""
    return "On" if view.version != LATEST and view.settings["SnapStart"]["ApplyOn"] == "PublishedVersions" else "Off"


def last_modified(modified_ms: int) -> str:
    """Return a time as the API has it: `2026-11-05T12:34:56.789+0000`."""
    return f"{universal_time(modified_ms // 1000).isoformat()[:19]}.{modified_ms % 1000:03d}+0000"


def _runtime_arn(view: FunctionView) -> str:
    """An ARN of the form that AWS's runtime versions have. Which version runs here is the interpreter's own."""
    digest = hashlib.sha256(str(view.settings.get("Runtime", "")).encode()).hexdigest()
    return f"arn:{view.scope.partition}:lambda:{view.scope.region}::runtime:{digest}"
