"""A function's plain settings: name, numbers, architecture, logging, durable configuration, file systems."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from workbench.model.credentials import ROLE_PATTERN
from workbench.model.function import Architecture, DurableConfiguration, FileSystem, Logging
from workbench.model.quotas import (
    DURABLE_EXECUTION_MAX_S,
    DURABLE_RETENTION_MAX_DAYS,
    EPHEMERAL_STORAGE_MAX_MB,
    EPHEMERAL_STORAGE_MIN_MB,
)
from workbench.workspace.functions.properties import SERVERLESS
from workbench.workspace.functions.resource import FunctionResource, cause, unknown_values
from workbench.workspace.intrinsics import Unresolved, as_text

_FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_LOGGING_FIELDS = {"LogFormat": "format", "ApplicationLogLevel": "applicationLevel", "SystemLogLevel": "systemLevel",
                   "LogGroup": "group"}
_MOUNT_PATH = re.compile(r"/mnt/[a-zA-Z0-9-_.]+")
_DIGITS = re.compile(r"\d{1,9}(\.0*)?")


def function_name(resource: FunctionResource) -> str:
    """Return FunctionName, or the logical ID if it is not set, unknown or invalid."""
    name = resource.known("FunctionName")
    if name is None or name == "":
        return resource.logical_id
    # YAML reads a name of digits as a number.
    if not isinstance(name, (str, int)) or not _FUNCTION_NAME.fullmatch(as_text(name)):
        resource.problems.append(
            f"“{as_text(name)}” cannot be a function name: 1 to 64 letters, digits, - and _ are allowed.")
        return resource.logical_id
    return as_text(name)


def required_text(resource: FunctionResource, name: str) -> str:
    """Return Runtime or Handler; a missing or unknown one is a problem, because there is nothing to run without it."""
    value = resource.setting(name)
    if isinstance(value, Unresolved):
        resource.problems.append(f"{name} is not known before a deployment: {cause(value)}")
        resource.unknown.extend(unknown_values(value, name))
    elif value is None or value == "":
        resource.problems.append(f"{name} is missing.")
    elif not isinstance(value, str):
        resource.problems.append(f"{name} must be a string, but is {as_text(value)}.")
    return value if isinstance(value, str) else as_text(value)


def dead_letter_arn(resource: FunctionResource) -> str:
    """Return the target of SAM's DeadLetterQueue, or of a plain function's DeadLetterConfig; "" for none."""
    config = resource.setting("DeadLetterQueue" if resource.kind == SERVERLESS else "DeadLetterConfig")
    target = config.get("TargetArn") if isinstance(config, dict) else None
    return target if isinstance(target, str) else ""


def role(resource: FunctionResource) -> str:
    """Return the ARN of the function's role if the template has it literally; "" for one that a deployment makes or finds out."""
    value = resource.properties.get("Role")
    return str(value) if isinstance(value, str) and re.fullmatch(ROLE_PATTERN, value) else ""


def number(resource: FunctionResource, name: str, default: int, limits: tuple[int, int]) -> int:
    """Return a property that is a whole number; `default` if it is not set or not a number."""
    return _checked(resource, name, resource.known(name), default, limits)


def storage_mb(resource: FunctionResource) -> int:
    """Return EphemeralStorage in MB, by default 512."""
    storage = resource.known("EphemeralStorage")
    size = storage.get("Size") if isinstance(storage, dict) else storage
    size = resource.without_unknown(size, "EphemeralStorage.Size")
    return _checked(resource, "EphemeralStorage.Size", size, 512, (EPHEMERAL_STORAGE_MIN_MB, EPHEMERAL_STORAGE_MAX_MB))


def architecture(resource: FunctionResource) -> Architecture:
    """Return the function's architecture; Lambda allows exactly one."""
    value = resource.known("Architectures")
    items = [resource.without_unknown(item, "Architectures") for item in value] if isinstance(value, list) else value
    if items is None or items == [] or items == [None]:
        return "x86_64"
    chosen = items[0] if isinstance(items, list) and len(items) == 1 else None
    if chosen not in ("x86_64", "arm64"):
        resource.problems.append(f"Architectures must be one of x86_64 and arm64, but is {as_text(value)}.")
        return "x86_64"
    return cast("Architecture", chosen)


def logging(resource: FunctionResource) -> Logging:
    """Return LoggingConfig. Log levels with the text format are a problem, because Lambda refuses them."""
    config = resource.known("LoggingConfig")
    if not isinstance(config, dict):
        return Logging()
    known = {field: resource.without_unknown(config[name], f"LoggingConfig.{name}")
             for name, field in _LOGGING_FIELDS.items() if name in config}
    chosen = {field: as_text(value) for field, value in known.items() if value is not None}
    try:
        converted = msgspec.convert(chosen, Logging)
    except msgspec.ValidationError as error:
        resource.problems.append(f"LoggingConfig cannot be used: {error}.")
        return Logging()
    if converted.format == "Text" and {"applicationLevel", "systemLevel"} & chosen.keys():
        resource.problems.append("LoggingConfig: log levels can only be set for the JSON log format.")
    return converted


def durable(resource: FunctionResource) -> DurableConfiguration | None:
    """Return DurableConfig, None if there is none; its ExecutionTimeout is required."""
    config = resource.known("DurableConfig")
    if config is None:
        return None
    if not isinstance(config, dict) or config.get("ExecutionTimeout") is None:
        resource.problems.append("DurableConfig.ExecutionTimeout is missing.")
        return None
    return DurableConfiguration(
        execution_timeout_s=_part(resource, config, "ExecutionTimeout", DURABLE_EXECUTION_MAX_S, DURABLE_EXECUTION_MAX_S),
        retention_days=_part(resource, config, "RetentionPeriodInDays", 14, DURABLE_RETENTION_MAX_DAYS))


def is_per_tenant(resource: FunctionResource) -> bool:
    """Return whether TenancyConfig asks for environments of each tenant's own; its only mode does."""
    config = resource.known("TenancyConfig")
    return isinstance(config, dict) and config.get("TenantIsolationMode") == "PER_TENANT"


def snap_start(resource: FunctionResource) -> bool:
    """Return whether SnapStart asks for snapshots of published versions."""
    config = resource.known("SnapStart")
    return isinstance(config, dict) and config.get("ApplyOn") == "PublishedVersions"


def file_systems(resource: FunctionResource, local_folders: Mapping[str, str]) -> tuple[FileSystem, ...]:
    """Return FileSystemConfigs; `local_folders` are the folders on this machine that a person chose, by mount path."""
    configs = resource.known("FileSystemConfigs")
    if configs is None:
        return ()
    if not isinstance(configs, list) or not all(isinstance(config, dict) for config in configs):
        resource.problems.append("FileSystemConfigs must be a list of Arn and LocalMountPath.")
        return ()
    return tuple(found for config in configs if (found := _file_system(resource, config, local_folders)) is not None)


def _file_system(resource: FunctionResource, config: dict[str, Any], local_folders: Mapping[str, str]) -> FileSystem | None:
    mount_path = as_text(resource.without_unknown(config.get("LocalMountPath"), "FileSystemConfigs.LocalMountPath"))
    if not _MOUNT_PATH.fullmatch(mount_path):
        resource.problems.append(f"FileSystemConfigs.LocalMountPath must be /mnt/ and a name, but is “{mount_path}”.")
        return None
    return FileSystem(arn=as_text(config.get("Arn")), mount_path=mount_path, local_folder=local_folders.get(mount_path, ""))


def _part(resource: FunctionResource, config: dict[str, Any], name: str, default: int, most: int) -> int:
    place = f"DurableConfig.{name}"
    return _checked(resource, place, resource.without_unknown(config.get(name), place), default, (1, most))


def _checked(resource: FunctionResource, name: str, value: Any, default: int, limits: tuple[int, int]) -> int:
    if value is None:
        return default
    whole = _whole_number(value)
    if whole is None:
        resource.problems.append(f"{name} must be a whole number, but is {as_text(value)}.")
        return default
    if not limits[0] <= whole <= limits[1]:
        resource.problems.append(f"{name} is {whole}, but Lambda allows {limits[0]:,} to {limits[1]:,}.")
    return whole


def _whole_number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    return int(float(value)) if isinstance(value, str) and _DIGITS.fullmatch(value.strip()) else None
