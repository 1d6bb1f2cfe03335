"""SnapStart as it is configured: which functions may have it, and in Lambda's words which may not.

Source: Lambda guide, "Improving startup performance with Lambda SnapStart", "Activating and managing Lambda SnapStart".
"""

from __future__ import annotations

import re

from workbench.engine.registry.records import Settings, VersionRecord
from workbench.model.failures import ServiceError

_RUNTIME = re.compile(r"(python3\.1[2-9]|java(11|17|21|25)|dotnet(8|10))$")
_MOST_STORAGE_MB = 512
IDLE_MS = 14 * 24 * 3_600_000
"""A version that is not invoked for longer becomes Inactive. Source: Lambda guide, "Troubleshooting SnapStart errors"."""


def applies(settings: Settings) -> bool:
    """Whether published versions with these settings have SnapStart."""
    return bool(settings.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions")


def has_snapshot(settings: Settings) -> bool:
    """Whether a snapshot of versions with these settings is made here: of Python in a .zip (see `is_restored`)."""
    return applies(settings) and str(settings.get("Runtime", "")).startswith("python")


def is_idle(version: VersionRecord, now_ms: float) -> bool:
    """Whether a version is Inactive: it has no snapshot any more, because nobody has invoked it for long."""
    return (version.state == "Active" and now_ms - max(version.used_ms, version.modified_ms) > IDLE_MS
            and has_snapshot(version.definition.settings))


def check_snap_start(settings: Settings) -> None:
    """Refuse SnapStart where Lambda does. Raises ServiceError.

    The sentence about runtimes is recorded. What else is refused is in the guide; its sentences here have the same form.
    """
    if not applies(settings):
        return
    runtime = settings.get("Runtime", "")
    refused = ""
    if settings["PackageType"] == "Zip" and not _RUNTIME.match(runtime):
        refused = runtime
    elif settings.get("FileSystemConfigs"):
        refused = "A file system"
    elif settings.get("TenancyConfig"):
        refused = "Tenant isolation"
    elif settings["EphemeralStorage"]["Size"] > _MOST_STORAGE_MB:
        refused = f"Ephemeral storage larger than {_MOST_STORAGE_MB} MB"
    if refused:
        raise ServiceError("InvalidParameterValueException", 400, f"{refused} is not supported for SnapStart enabled functions.",
                           hint="SnapStart is for Python 3.12 and later, Java 11 and later, .NET 8 and later.")


def not_ready(*, was_idle: bool = False) -> ServiceError:
    """The error for a version whose snapshot is being made. Source: Lambda guide, "Troubleshooting SnapStart errors"."""
    message = "Lambda is initializing your function. It will be ready to invoke once your function state becomes ACTIVE."
    why = "It was not invoked for 14 days, so its snapshot was deleted, and is made anew now. " if was_idle else ""
    hint = f"{why}Wait for it with the waiter published_version_active."
    return ServiceError("SnapStartNotReadyException", 409, message, hint=hint)
