"""What Lambda checks beyond the constraints of its model before it creates or updates a function, with its words.

Source: recorded answers of the service; API reference, CreateFunction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workbench.engine.registry.records import Settings
from workbench.engine.registry.snap_start import check_snap_start
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import Scope
from workbench.model.limits import check_environment, check_function_name
from workbench.model.quotas import LAYERS_LIMIT, TAGS_LIMIT, ZIPPED_LIMIT_BYTES
from workbench.model.runtime_names import RUNTIMES

_INVALID = "InvalidParameterValueException"
_BLOCKED = frozenset({"java8", "go1.x", "provided", "ruby2.7", "nodejs14.x", "nodejs12.x", "python3.7", "dotnetcore3.1"})
_LAYER = re.compile(r"arn:[^:]+:lambda:(?P<region>[^:]*):(?P<account>[^:]*):layer:(?P<name>[^:]+):(?P<version>\d+)")


def invalid(message: str, hint: str = "") -> ServiceError:
    """The error for a parameter that the service itself refuses."""
    return ServiceError(_INVALID, 400, message, hint=hint)


def check_new_name(name: str) -> None:
    """Refuse a bare name that is too long: with the sentence of a constraint, but another code."""
    refused = check_function_name(name)
    if refused is not None:
        raise ServiceError(refused.code, 400, refused.message, hint=refused.hint)


def check_zip_size(content: bytes | None) -> None:
    """Refuse a .zip in the request that is too large."""
    if content is not None and len(content) > ZIPPED_LIMIT_BYTES:
        raise zip_too_large()


def zip_too_large() -> ServiceError:
    """The error for a .zip in a request that is too large."""
    message = f"Zipped size must be smaller than {ZIPPED_LIMIT_BYTES} bytes"
    return ServiceError("RequestEntityTooLargeException", 413, message, hint="Lambda takes a larger one only from Amazon S3.")


def check_settings(settings: Settings, scope: Scope, given: Mapping[str, Any]) -> None:
    """Refuse settings that Lambda would refuse; `given` are the parameters of the call. Raises ServiceError."""
    if settings["PackageType"] == "Zip":
        _check_zip(settings)
    elif "ImageConfig" in given and settings["PackageType"] != "Image":
        raise invalid("ImageConfig is only supported for functions of PackageType Image.")
    check_snap_start(settings)
    if "Environment" in settings:
        refused = check_environment(settings["Environment"].get("Variables", {}), repeated=True)
        if refused is not None:
            raise ServiceError(refused.code, 400, refused.message, hint=refused.hint)
    _check_layers(settings.get("Layers", ()), scope)
    logging = given.get("LoggingConfig", {})
    if settings["LoggingConfig"]["LogFormat"] == "Text" and logging.keys() & {"ApplicationLogLevel", "SystemLogLevel"}:
        raise invalid("To use ApplicationLogLevel or SystemLogLevel, you must set LogFormat to JSON.",
                      "Levels filter log lines in JSON alone.")


def _check_zip(settings: Settings) -> None:
    runtime = settings.get("Runtime", "")
    if not runtime or "Handler" not in settings:
        raise invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    if runtime in _BLOCKED:
        raise invalid(f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
                      "We recommend you use a supported runtime while creating or updating functions.")
    if runtime not in RUNTIMES and not runtime.startswith("arn:"):
        raise invalid(f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
                      f"[{', '.join(RUNTIMES)}] or be a valid ARN")


def _check_layers(layers: tuple[str, ...] | list[str], scope: Scope) -> None:
    if len(layers) > LAYERS_LIMIT:
        raise invalid(f"Cannot reference more than {LAYERS_LIMIT} layers.")
    seen: dict[str, str] = {}
    for arn in layers:
        found = _LAYER.fullmatch(arn)
        if found is None:  # a layer of AWS's own has neither Region nor account
            continue
        if found["region"] and found["region"] != scope.region:
            raise invalid("Layers are not in the same region as the function. "
                          f"Layers are expected to be in region {scope.region}.")
        layer = arn.rpartition(":")[0]
        if layer in seen:
            raise invalid("Two different versions of the same layer are not allowed to be referenced in the same function. "
                          f"{seen[layer]} and {arn} are versions of the same layer.")
        seen[layer] = arn


def check_no_tenants(settings: Settings, what: str) -> None:
    """Refuse what a function that isolates tenants cannot have; `what` is plural. Raises ServiceError.

    Source: Lambda guide, "Tenant isolation", "Supported features and limitations". The rule is Lambda's; no recorded answer was
    found, so the words are ours.
    """
    if settings.get("TenancyConfig"):
        raise invalid(f"{what} are not supported for functions that are enabled with tenancy configuration.",
                      "Lambda invokes such a function directly or through API Gateway alone; TenancyConfig is for ever: make "
                      "another function without it.")


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse more tags than a resource may have. AWS's own do not count. Source: AWS tagging guide, "Tag naming limits"."""
    if sum(not key.startswith("aws:") for key in tags) > TAGS_LIMIT:
        raise invalid("Number of tags exceeds resource tag limit.", f"A resource has at most {TAGS_LIMIT} tags.")


def check_revision(given: str | None, current: str, call: str = "GetFunction/GetAlias") -> None:
    """Refuse a RevisionId that is not the present one."""
    if given is not None and given != current:
        raise ServiceError("PreconditionFailedException", 412, "The Revision Id provided does not match the latest Revision Id. "
                           f"Call the {call} API to retrieve the latest Revision Id")
