"""Settings in the API's terms, and the configuration that the engine runs: one becomes the other.

Sources: API reference, CreateFunction, UpdateFunctionConfiguration and FunctionConfiguration; recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.registry.records import Definition, Settings
from workbench.engine.registry.snap_start import applies, has_snapshot
from workbench.model.function import (
    ContainerImage,
    DurableConfiguration,
    FileSystem,
    FunctionConfiguration,
    Logging,
)
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope

_NOT_SETTINGS = frozenset({"FunctionName", "Code", "Tags", "Publish", "PublishTo", "RevisionId", "CodeSigningConfigArn"})
_WITHOUT_EFFECT = ("VpcConfig", "KMSKeyArn", "TracingConfig")
_ABSENT_IF_EMPTY = ("Layers", "FileSystemConfigs", "KMSKeyArn", "ImageConfig")
_LOG_LEVELS = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}


def created_settings(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a new function: what CreateFunction was given, and the service's defaults for the rest."""
    settings: dict[str, Any] = {
        "Description": "", "Timeout": 3, "MemorySize": 128, "PackageType": "Zip", "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512}, "TracingConfig": {"Mode": "PassThrough"}, "SnapStart": {"ApplyOn": "None"},
    }
    settings |= {name: value for name, value in parameters.items() if name not in _NOT_SETTINGS}
    settings["LoggingConfig"] = _logging(parameters["FunctionName"], {}, settings.get("LoggingConfig", {}))
    return _cleaned(settings)


def updated_settings(name: str, before: Settings, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings after UpdateFunctionConfiguration: a member that is given replaces the one before as a whole.

    Only LoggingConfig is merged. DeadLetterConfig without a target leaves the target that was there.
    """
    settings = dict(before)
    for member, value in parameters.items():
        if member in _NOT_SETTINGS:
            continue
        if member == "LoggingConfig":
            value = _logging(name, before.get("LoggingConfig", {}), value)
        if member == "VpcConfig":
            value = {"SubnetIds": [], "SecurityGroupIds": [], **value}
        if member == "DeadLetterConfig" and "TargetArn" not in value:
            continue
        settings[member] = value
    return _cleaned(settings)


def given_settings(parameters: Mapping[str, Any]) -> list[str]:
    """Return the names of the parameters of UpdateFunctionConfiguration that are settings."""
    return [name for name in parameters if name not in _NOT_SETTINGS]


def _cleaned(settings: dict[str, Any]) -> dict[str, Any]:
    """Leave out what counts as not set: members without a value are absent from answers. `SnapStart: {}` means its default."""
    settings["SnapStart"] = {"ApplyOn": "None", **settings.get("SnapStart", {})}
    empty = {member for member in _ABSENT_IF_EMPTY if not settings.get(member)}
    if not settings.get("DeadLetterConfig", {}).get("TargetArn"):
        empty.add("DeadLetterConfig")
    return {member: value for member, value in settings.items() if member not in empty}


def _logging(name: str, before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the merged LoggingConfig: levels exist for JSON alone, and are INFO unless they are given."""
    merged = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}", **before, **given}
    if merged["LogFormat"] == "JSON":
        return {**_LOG_LEVELS, **merged}
    return {member: value for member, value in merged.items() if member not in _LOG_LEVELS}


def settings_of(function: FunctionConfiguration, scope: Scope) -> dict[str, Any]:
    """Return the settings of a template's function in the API's terms."""
    settings: dict[str, Any] = {
        "Role": f"arn:{scope.partition}:iam::{scope.account}:role/workbench", "Description": function.description,
        "Timeout": function.timeout_s, "MemorySize": function.memory_mb, "TracingConfig": {"Mode": "PassThrough"},
        "Architectures": [function.architecture], "EphemeralStorage": {"Size": function.ephemeral_storage_mb},
        "SnapStart": {"ApplyOn": "PublishedVersions" if function.snap_start else "None"},
        "LoggingConfig": _logging_of(function), **_code_kind(function), **function.told,
    }
    if function.durable is not None:
        settings["DurableConfig"] = {"ExecutionTimeout": function.durable.execution_timeout_s,
                                     "RetentionPeriodInDays": function.durable.retention_days}
    layers = [layer for layer in function.layers if layer.startswith("arn:")]
    if layers:  # those that lie in the workspace have no ARN
        settings["Layers"] = layers
    if function.dead_letter_arn:
        settings["DeadLetterConfig"] = {"TargetArn": function.dead_letter_arn}
    if function.environment:
        settings["Environment"] = {"Variables": dict(function.environment)}
    return settings


def _logging_of(function: FunctionConfiguration) -> dict[str, Any]:
    logging = function.logging
    given = {"LogFormat": logging.format, "ApplicationLogLevel": logging.application_level,
             "SystemLogLevel": logging.system_level}
    return _logging(function.name, {}, {**given, "LogGroup": logging.group} if logging.group else given)


def _code_kind(function: FunctionConfiguration) -> dict[str, Any]:
    if function.image is None:
        return {"PackageType": "Zip", "Runtime": function.runtime, "Handler": function.handler}
    image = function.image
    config = {"EntryPoint": list(image.entry_point), "Command": list(image.command), "WorkingDirectory": image.working_directory}
    return {"PackageType": "Image", "ImageConfig": {name: value for name, value in config.items() if value}}


def configuration_of(
    scope: Scope, name: str, definition: Definition, code_path: str, version: str = LATEST
) -> FunctionConfiguration:
    """Return what the engine runs of a function that was made through the API; `code_path` is its .zip, "" for an image."""
    settings = definition.settings
    image = _image(definition)
    durable = settings.get("DurableConfig")
    logging = settings["LoggingConfig"]
    return FunctionConfiguration(
        name=name, logical_id=name, version=version, region=scope.region, account=scope.account, source="api",
        runtime="" if image else settings.get("Runtime", ""), handler="" if image else settings.get("Handler", ""),
        code_path=code_path, memory_mb=settings["MemorySize"], timeout_s=settings["Timeout"],
        ephemeral_storage_mb=settings["EphemeralStorage"]["Size"], architecture=settings["Architectures"][0],
        environment=settings.get("Environment", {}).get("Variables", {}), description=settings["Description"],
        layers=tuple(settings.get("Layers", ())), image=image,
        dead_letter_arn=settings.get("DeadLetterConfig", {}).get("TargetArn", ""), role=settings.get("Role", ""),
        snap_start=applies(settings),
        logging=Logging(format=logging["LogFormat"], group=logging["LogGroup"],
                        application_level=logging.get("ApplicationLogLevel", "INFO"),
                        system_level=logging.get("SystemLogLevel", "INFO")),
        durable=None if durable is None else DurableConfiguration(
            execution_timeout_s=durable.get("ExecutionTimeout", 86_400), retention_days=durable.get("RetentionPeriodInDays", 14)),
        is_per_tenant=bool(settings.get("TenancyConfig")),
        file_systems=tuple(FileSystem(arn=each["Arn"], mount_path=each["LocalMountPath"])
                           for each in settings.get("FileSystemConfigs", ())),
        without_effect=(*(member for member in _WITHOUT_EFFECT if _has_effect_on_lambda(member, settings)),
                        *(("SnapStart",) if applies(settings) and not has_snapshot(settings) else ())),
    )


def _has_effect_on_lambda(member: str, settings: Settings) -> bool:
    value = settings.get(member)
    return bool(value) and value not in ({"Mode": "PassThrough"}, {"SubnetIds": [], "SecurityGroupIds": []})


def _image(definition: Definition) -> ContainerImage | None:
    if definition.settings["PackageType"] != "Image":
        return None
    config = definition.settings.get("ImageConfig", {})
    return ContainerImage(uri=definition.code.image_uri, entry_point=tuple(config.get("EntryPoint", ())),
                          command=tuple(config.get("Command", ())), working_directory=config.get("WorkingDirectory", ""))
