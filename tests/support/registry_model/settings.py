"""Settings of functions as answers have them. Sources: API reference, CreateFunction; recorded answers of the service."""

from __future__ import annotations

from typing import Any

DEFAULTS = {
    "Description": "", "Timeout": 3, "MemorySize": 128, "PackageType": "Zip", "Architectures": ["x86_64"],
    "EphemeralStorage": {"Size": 512}, "TracingConfig": {"Mode": "PassThrough"},
    "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
}
CREATING = {"StateReason": "The function is being created.", "StateReasonCode": "Creating"}
IN_PROGRESS = {"LastUpdateStatusReason": "The function is being created.", "LastUpdateStatusReasonCode": "Creating"}


def cleaned(settings: dict[str, Any]) -> dict[str, Any]:
    """Members that were cleared are absent."""
    return {member: value for member, value in settings.items() if member != "Layers" or value}


def same_but_description(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether settings are the same; a version has a description of its own."""
    return {**one, "Description": ""} == {**other, "Description": ""}
