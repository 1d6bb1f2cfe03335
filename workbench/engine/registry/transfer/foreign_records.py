"""Records that came in an archive, which anyone may have written: only what our own API could have made is taken.

Parameters are checked as if they had come in a request, by whoever knows the constraints of the API (`Checked`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from workbench.engine.registry.attached import ConcurrencyRecord, FunctionUrlRecord, PolicyRecord, ProvisionedRecord
from workbench.engine.registry.checks import check_settings
from workbench.engine.registry.declared.overlay import base_of, noted_key
from workbench.engine.registry.event_sources.kinds import kind_of
from workbench.engine.registry.override_records import (
    ChangedPart,
    ChangedRecord,
    DeclaredLayerRecord,
    DeclaredVersionRecord,
    OverriddenSetting,
    OverrideRecord,
    Overrides,
)
from workbench.engine.registry.records import (
    AliasRecord,
    Code,
    Definition,
    EventSourceMappingRecord,
    FrozenTemplate,
    FunctionPart,
    FunctionRecord,
    LayerRecord,
    LayerVersionRecord,
    NumberingRecord,
    Record,
    VersionRecord,
)
from workbench.engine.registry.settings import created_settings
from workbench.engine.registry.transfer.contents import codes_of
from workbench.engine.registry.transfer.state_archive import damaged
from workbench.model.allowances import Allowance
from workbench.model.failures import ServiceError
from workbench.model.function import FunctionConfiguration
from workbench.model.function_version import LATEST
from workbench.model.lambda_names import Scope, function_reference

Checked = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Returns the parameters of an operation, given its name and them as JSON. Raises ServiceError if they break a constraint."""

R = TypeVar("R", bound=Record)
_NAME = re.compile(r"[a-zA-Z0-9_$.-]{1,140}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,6}(-[a-z0-9]+){1,4}", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_NUMBER = re.compile(r"[1-9]\d{0,17}", re.ASCII)
_URL_ID = re.compile(r"[0-9a-z]{32}", re.ASCII)
_PACKAGE = re.compile(r"[0-9a-f]{64}\.zip", re.ASCII)
_ROLE = "arn:aws:iam::123456789012:role/any"
_UNSET = frozenset({"Layers", "FileSystemConfigs", "KMSKeyArn", "DeadLetterConfig", "ImageConfig"})
_OVERRIDABLE = _UNSET | {
    "Role", "Handler", "Description", "Timeout", "MemorySize", "VpcConfig", "Environment", "Runtime", "TracingConfig",
    "EphemeralStorage", "SnapStart", "LoggingConfig", "DurableConfig", "CapacityProviderConfig", "Architectures"}
"""Members of UpdateFunctionConfiguration and UpdateFunctionCode that change a function; `_UNSET`: those that may be unset."""
_LAST_MS = 253_402_300_799_999
"""The end of the year 9999, after which no date can be told."""
_LAYER_SETTINGS = ("Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo")


def admitted(record: Record, checked: Checked) -> Record:
    """Return a record as it may be kept. Raises InvalidInput for one that our API does not make. Blocks for a moment."""
    try:
        _check_members(record)
        return _admitted(record, checked)
    except ServiceError as error:
        raise damaged(f"{type(record).__name__} {record.names[0]!r}: {error.message}") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise damaged(f"{type(record).__name__} {record.names[0]!r} is not complete") from error


def _admitted(record: Record, checked: Checked) -> Record:
    match record:
        case FunctionRecord():
            previous = None if record.previous is None else _definition(record.scope, record.name, record.previous, checked)
            definition = _definition(record.scope, record.name, record.definition, checked)
            return msgspec.structs.replace(record, definition=definition, previous=previous, moving="")
        case VersionRecord():
            return _version(record, checked)
        case LayerVersionRecord():
            return _layer_version(record, checked)
        case EventSourceMappingRecord():
            return _mapping(record, checked)
        case OverrideRecord():
            previous_overrides = None if record.previous is None else _overrides(record.previous, checked)
            return msgspec.structs.replace(
                record, overrides=_overrides(record.overrides, checked), previous=previous_overrides)
        case AliasRecord():
            checked("CreateAlias", {"FunctionName": record.function_name, "Name": record.name,
                                    "FunctionVersion": record.version, "Description": record.description,
                                    "RoutingConfig": {"AdditionalVersionWeights": dict(record.weights)}})
        case FunctionUrlRecord():
            return _function_url(record, checked)
        case ChangedRecord() | ChangedPart():
            return _note(record, checked)
        case DeclaredVersionRecord():
            _require(bool(_NUMBER.fullmatch(record.version)))
        case PolicyRecord():
            _require(bool(record.statements) and all(isinstance(each["Sid"], str) for each in record.statements))
    return record


def _version(record: VersionRecord, checked: Checked) -> VersionRecord:
    _require(bool(_NUMBER.fullmatch(record.version)))
    template = record.template
    definition = _definition(record.scope, record.function_name, record.definition, checked, is_new=template is None)
    if template is not None:
        _require(not template.layers_object or bool(_PACKAGE.fullmatch(template.layers_object)))
        template = msgspec.structs.replace(template, configuration=_frozen(record, template))
    return msgspec.structs.replace(record, definition=definition, template=template)


def _frozen(record: VersionRecord, template: FrozenTemplate) -> FunctionConfiguration:
    """Return what runs a version without all that would reach for this machine: folders, builds, allowances."""
    frozen = template.configuration
    _require(frozen.name == record.function_name and (frozen.image is None) == bool(record.definition.code.object_name))
    image = None if frozen.image is None else msgspec.structs.replace(frozen.image, build=None)
    return msgspec.structs.replace(
        frozen, region="", account="", code_path="", inline_code="", build=None, layers=(), layer_builds=(), image=image,
        allowed=Allowance(), file_systems=tuple(msgspec.structs.replace(each, local_folder="") for each in frozen.file_systems))


def _definition(scope: Scope, name: str, definition: Definition, checked: Checked, *, is_new: bool = True) -> Definition:
    """Return a function's code and settings; `is_new`: they came through the API, and not from a template."""
    code, given = definition.code, dict(definition.settings)
    source = {"ImageUri": code.image_uri} if code.image_uri else {}
    found = created_settings(checked("CreateFunction", {**given, "FunctionName": name, "Code": source}))
    settings = {member: found[member] for member in (*given, *found) if member in found}  # in the order that they had
    _require((settings["PackageType"] == "Zip") == bool(code.object_name))
    if is_new:
        check_settings(settings, scope, settings)
    return Definition(code, settings)


def _overrides(overrides: Overrides, checked: Checked) -> Overrides:
    """Return what differs from the template; members that every function has cannot be unset."""
    given = {member: each.value for member, each in overrides.settings.items() if each.value is not None}
    _require(given.keys() <= _OVERRIDABLE and overrides.settings.keys() - given.keys() <= _UNSET)
    found = checked("CreateFunction", {"Role": _ROLE, **given, "FunctionName": "f", "Code": {}})
    _require({"LogFormat", "LogGroup"} <= found.get("LoggingConfig", {"LogFormat": "", "LogGroup": ""}).keys())
    return msgspec.structs.replace(overrides, settings={
        member: OverriddenSetting(found[member] if member in given else None, each.base)
        for member, each in overrides.settings.items()})


def _layer_version(record: LayerVersionRecord, checked: Checked) -> LayerVersionRecord:
    given = {name: record.settings[name] for name in _LAYER_SETTINGS if name in record.settings}
    found = checked("PublishLayerVersion", {**given, "LayerName": record.layer_name, "Content": {}})
    _require(bool(record.code.object_name) and all(isinstance(each["Sid"], str) for each in record.statements))
    return msgspec.structs.replace(record, settings={"Description": "", **{name: found[name] for name in given}})


def _note(record: ChangedRecord | ChangedPart, checked: Checked) -> Record:
    """Return the note that the API changed what a template declares, with a base that could be such a declaration."""
    kind, key = noted_key(record.key)
    base = admitted(base_of(record, kind), checked)
    _require(base.key == key and isinstance(base, FunctionPart) == isinstance(record, ChangedPart))
    return msgspec.structs.replace(record, base=msgspec.to_builtins(base))


def _mapping(record: EventSourceMappingRecord, checked: Checked) -> EventSourceMappingRecord:
    found = checked("CreateEventSourceMapping", {**record.settings, "FunctionName": record.function_arn})
    settings = {name: found[name] for name in record.settings if name in found}
    kind_of(settings)
    function_reference(record.function_arn)
    _require(isinstance(settings["BatchSize"], int))
    return msgspec.structs.replace(record, settings=settings)


def _function_url(record: FunctionUrlRecord, checked: Checked) -> FunctionUrlRecord:
    named = record.function_name if record.qualifier == LATEST else f"{record.function_name}:{record.qualifier}"
    mode = {"InvokeMode": record.invoke_mode} if record.invoke_mode else {}
    found = checked("CreateFunctionUrlConfig", {
        "FunctionName": named, "AuthType": record.auth_type, "Cors": dict(record.cors), **mode})
    _require(bool(_URL_ID.fullmatch(record.url_id)))
    return msgspec.structs.replace(record, cors=found["Cors"])


def _check_members(record: Record) -> None:
    """Check what records of several kinds have: where and whose they are, times, numbers, packages."""
    members = msgspec.structs.asdict(record)
    _require(bool(_REGION.fullmatch(record.scope.region) and _ACCOUNT.fullmatch(record.scope.account)))
    _require(all(_NAME.fullmatch(name) for name in record.names))
    _require(all(0 <= value <= _LAST_MS for name, value in members.items() if name.endswith("_ms")))
    match record:
        case FunctionRecord() | NumberingRecord() | LayerRecord():
            _require(0 <= record.last_version < 10**18)
        case LayerVersionRecord() | DeclaredLayerRecord():
            _require(0 < record.version < 10**18)
        case ConcurrencyRecord():
            _require(record.reserved >= 0)
        case ProvisionedRecord():
            _require(record.count > 0)
    _require(all(map(_is_possible, codes_of(record))))


def _is_possible(code: Code) -> bool:
    return bool(_PACKAGE.fullmatch(code.object_name)) != bool(code.image_uri) and code.size_bytes >= 0


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError
