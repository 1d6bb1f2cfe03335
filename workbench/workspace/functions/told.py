"""Settings that have no effect here, and are told by the API as the template has them.

Source: SAM guide, "AWS::Serverless::Function"; CloudFormation template reference, "AWS::Lambda::Function".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workbench.workspace.functions.resource import FunctionResource
from workbench.workspace.intrinsics import Unresolved
from workbench.workspace.unresolved import unknowns_in


def _mode(value: Any) -> dict[str, str]:
    return {"Mode": "Active" if value == "Active" else "PassThrough"}


def _network(value: Any) -> dict[str, Any]:
    return {"SubnetIds": [], "SecurityGroupIds": [], **value}


def _target(value: Any) -> dict[str, str]:
    return {"TargetArn": str(value["TargetArn"])}


TOLD: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "Tracing": ("TracingConfig", _mode), "TracingConfig": ("TracingConfig", dict), "KmsKeyArn": ("KMSKeyArn", str),
    "VpcConfig": ("VpcConfig", _network), "DeadLetterQueue": ("DeadLetterConfig", _target),
    "DeadLetterConfig": ("DeadLetterConfig", _target), "TenancyConfig": ("TenancyConfig", dict),
}
"""The member of CreateFunction that a property is, and its value there."""


def told(resource: FunctionResource) -> dict[str, Any]:
    """Return these settings in the API's terms, without those whose values are not known or have another form."""
    found: dict[str, Any] = {}
    for name, (member, made) in TOLD.items():
        value = resource.setting(name)
        if value is None or isinstance(value, Unresolved) or unknowns_in(value):
            continue
        try:
            found[member] = made(value)
        except (KeyError, TypeError, ValueError):
            continue
    return found
