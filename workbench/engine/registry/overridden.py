"""A function of the template with what the API overrode, in the API's terms and as the engine runs it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from workbench.engine.functions import FunctionRevision
from workbench.engine.registry.override_records import OverriddenCode, Overrides
from workbench.engine.registry.records import Code, Definition
from workbench.engine.registry.settings import configuration_of, settings_of
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_names import Scope

PathOf = Callable[[str], Path]
"""Returns where the archive of a package is."""

_FIELDS = {
    "Description": "description", "Timeout": "timeout_s", "MemorySize": "memory_mb", "Runtime": "runtime", "Handler": "handler",
    "EphemeralStorage": "ephemeral_storage_mb", "Architectures": "architecture", "Environment": "environment",
    "Layers": "layers", "LoggingConfig": "logging", "FileSystemConfigs": "file_systems", "DurableConfig": "durable",
    "DeadLetterConfig": "dead_letter_arn", "Role": "role", "SnapStart": "snap_start",
}
"""The field of FunctionConfiguration that a member becomes. ImageConfig becomes part of one; the others have no effect here."""
_CODE_PLACES = frozenset({"Code", "CodeUri", "InlineCode", "ImageUri"})


def written_value(written: FunctionRevision, scope: Scope, member: str) -> Any:
    """Return the template's value of a member of the settings; None if it is not set. Layers may be folders of the workspace."""
    if member == "Layers":
        return list(written.configuration.layers) or None
    return settings_of(written.configuration, scope).get(member)


def definition_of(written: FunctionRevision, overrides: Overrides, scope: Scope, own: Code) -> Definition:
    """Return code and settings in the API's terms; `own` is the template's code."""
    settings = settings_of(written.configuration, scope)
    settings |= {member: each.value for member, each in overrides.settings.items()}
    present = {member: value for member, value in settings.items() if value is not None}
    code = _code(written, overrides)
    return Definition(own if code is None else code.value, present)


def overridden(written: FunctionRevision, overrides: Overrides, scope: Scope, path_of: PathOf) -> FunctionRevision:
    """Return what the engine runs. Fields that no override touches stay as the template has them, whatever they are."""
    if overrides.is_empty:
        return written
    function = written.configuration
    own = Code(sha256="", image_uri=function.image.uri if function.image is not None else "")
    api = configuration_of(scope, function.name, definition_of(written, overrides, scope, own), "")
    fields = {field: getattr(api, field) for member, field in _FIELDS.items() if member in overrides.settings}
    if "Layers" in overrides.settings:
        fields["layer_builds"] = ()
    fields |= _image(function, api, overrides)
    fields |= {"unknown": _unknown(function, overrides), "without_effect": _without_effect(function, api, overrides)}
    changed = msgspec.structs.replace(written, configuration=msgspec.structs.replace(function, **fields))
    code = _code(written, overrides)
    return changed if code is None else _with_code(changed, code, path_of)


def _code(written: FunctionRevision, overrides: Overrides) -> OverriddenCode | None:
    """Return the code that the API brought; None also if the function has become one of an image, or is no longer one."""
    code = overrides.code
    is_fitting = code is not None and bool(code.value.image_uri) == (written.configuration.image is not None)
    return code if is_fitting else None


def _with_code(revision: FunctionRevision, code: OverriddenCode, path_of: PathOf) -> FunctionRevision:
    function = msgspec.structs.replace(revision.configuration, code_source="api")
    if function.image is not None:
        fingerprint = code.value.sha256
    else:
        fingerprint = base64.b64decode(code.value.sha256).hex()
        function = msgspec.structs.replace(function, code_path=str(path_of(code.value.object_name)), build=None, inline_code="")
    return msgspec.structs.replace(
        revision, configuration=function, code_fingerprint=fingerprint, code_size_bytes=code.value.size_bytes)


def _image(function: FunctionConfiguration, api: FunctionConfiguration, overrides: Overrides) -> dict[str, Any]:
    image = function.image
    if image is None or api.image is None:
        return {}
    if overrides.code is not None and overrides.code.value.image_uri:
        image = msgspec.structs.replace(image, uri=overrides.code.value.image_uri, build=None)
    if "ImageConfig" in overrides.settings:
        image = msgspec.structs.replace(image, entry_point=api.image.entry_point, command=api.image.command,
                                        working_directory=api.image.working_directory)
    return {"image": image}


def _unknown(function: FunctionConfiguration, overrides: Overrides) -> tuple[Any, ...]:
    """Values that the template leaves open, without those in whose place something else is in force."""
    replaced = overrides.settings.keys() | (_CODE_PLACES if overrides.code is not None else frozenset())
    return tuple(each for each in function.unknown if each.place.partition(".")[0] not in replaced)


def _without_effect(function: FunctionConfiguration, api: FunctionConfiguration, overrides: Overrides) -> tuple[str, ...]:
    kept = tuple(name for name in function.without_effect if name not in overrides.settings)
    return (*kept, *(name for name in api.without_effect if name in overrides.settings))
