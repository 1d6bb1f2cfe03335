"""Where a function's code is: a folder, an archive or a single file on this machine, or text inside the template."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from workbench.workspace.functions.properties import SERVERLESS
from workbench.workspace.functions.resource import FunctionResource, cause, too_wide
from workbench.workspace.intrinsics import Unresolved, as_text
from workbench.workspace.unresolved import unknowns_in

_INLINE_RUNTIMES = ("python", "nodejs")
"""Runtimes that may have code in the template. Source: CloudFormation reference, AWS::Lambda::Function Code, ZipFile."""


def inline_code(resource: FunctionResource) -> str:
    """Return InlineCode or Code.ZipFile; "" if the code is elsewhere. Empty text counts as no inline code, as in SAM."""
    value = resource.setting("InlineCode") if resource.kind == SERVERLESS else None
    code = resource.setting("Code")
    if value is None and isinstance(code, dict):
        value = code.get("ZipFile")
    if value is None:
        return ""
    unknowns = unknowns_in(value)
    if unknowns or isinstance(value, Unresolved):
        resource.problems.append(
            f"The code inside the template is not known before a deployment: {cause(Unresolved(as_text(value), unknowns))}")
        return ""
    runtime = resource.setting("Runtime")
    if isinstance(runtime, str) and not runtime.startswith(_INLINE_RUNTIMES):
        resource.problems.append(f"Only Python and Node.js can have code inside the template; name a folder for {runtime}.")
    return as_text(value)


def code_path(resource: FunctionResource) -> Path:
    """Return the absolute path of the code; if there is none, notes a problem and returns the template's folder."""
    location = _location(resource)
    if location is None:
        return resource.folder
    path = resource.path(location)
    if not os.path.exists(path):
        synthesized = " cdk synth writes it." if "aws:asset:path" in resource.metadata() else ""
        resource.problems.append(f"The code folder {location} does not exist.{synthesized}")
    if wide := too_wide(path, location, resource.code_property):
        resource.problems.append(wide)
        return resource.folder
    return path


def local_artifact(folder: Path, key: Any) -> str | None:
    """Return the file or folder beside a template that a deployment would upload under this key, as a relative path.

    CDK names it `asset.HASH` for the key `HASH.zip`; the Serverless Framework keeps the archive's own name. None if missing.
    """
    name = as_text(key).replace("\\", "/").rsplit("/", 1)[-1]
    if not name or name.startswith("."):
        return None
    stem = name.rsplit(".", 1)[0]
    return next((found for found in (f"asset.{stem}", f"asset.{name}", name) if os.path.exists(folder / found)), None)


def _location(resource: FunctionResource) -> str | None:
    """Return the local path as written; None after noting why there is none."""
    metadata = resource.metadata()
    # CDK's Code names the asset's place in a bucket; the local folder is in Metadata.
    asset = metadata.get("aws:asset:path")
    if isinstance(asset, str) and metadata.get("aws:asset:property", resource.code_property) == resource.code_property:
        return asset
    value = resource.setting(resource.code_property)
    if isinstance(value, dict):
        return _of_map(resource, value)
    if isinstance(value, Unresolved):
        resource.problems.append(f"The code folder is not known before a deployment: {cause(value)}")
    elif isinstance(value, str) and value.startswith(("s3://", "https://", "http://")):
        resource.problems.append(in_s3(resource.code_property))
    elif isinstance(value, list):
        resource.problems.append(f"{resource.code_property} must be a path, but is a list.")
    elif value is None and resource.kind != SERVERLESS:
        resource.problems.append("Code is missing; name the code folder.")
    else:
        return as_text(value) or "."
    return None


def _of_map(resource: FunctionResource, value: dict[str, Any]) -> str | None:
    """Return the local path for a map of bucket and key if the artifact is beside the template; else None."""
    found = local_artifact(resource.folder, value.get("S3Key", value.get("Key")))
    if found is not None:
        return found
    if value.keys() & {"S3Bucket", "S3Key", "Bucket", "Key"}:
        resource.problems.append(in_s3(resource.code_property))
    elif "ZipFile" not in value:
        resource.problems.append(f"{resource.code_property} names no code; name the code folder.")
    return None


def in_s3(name: str) -> str:
    """Return the sentence for content that was uploaded, for example by `sam package`."""
    return (f"The code is in Amazon S3. If sam package wrote this template, open the one that it was made from; "
            f"otherwise name a local folder or .zip in {name}.")
