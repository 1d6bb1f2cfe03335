"""Where a function's code is: a folder, an archive or a single file on this machine, text inside the template, or Amazon S3."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from workbench.model.s3_objects import S3Object, s3_object
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
    """Return the absolute path of the code. If there is none, notes a problem unless the code is in Amazon S3, and returns the
    template's folder.
    """
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


def code_in_s3(resource: FunctionResource) -> str:
    """Return where the code is in Amazon S3, as `s3://bucket/key`; "" if it is here, or that is not known before a deployment."""
    value = resource.setting(resource.code_property)
    is_here = _asset(resource) or (isinstance(value, dict) and local_artifact(resource.folder, _key(value)))
    return "" if is_here else address_in_s3(value)


def address_in_s3(content: Any) -> str:
    """Return the address of what a template has in Amazon S3, in any of its forms: text, S3Bucket and S3Key, Bucket and Key."""
    if isinstance(content, str) and not isinstance(content, Unresolved):
        found = s3_object(content)
        return found.url if found is not None else ""
    if not isinstance(content, dict) or unknowns_in(content):
        return ""
    names = ("S3Bucket", "S3Key", "S3ObjectVersion") if "S3Bucket" in content else ("Bucket", "Key", "Version")
    bucket, key, version = (as_text(content.get(name)) for name in names)
    return S3Object(bucket, key, version).url if bucket and key else ""


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
    asset = _asset(resource)
    if asset:
        return asset
    value = resource.setting(resource.code_property)
    if isinstance(value, dict):
        return _of_map(resource, value)
    if address_in_s3(value):
        return None
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


def _asset(resource: FunctionResource) -> str:
    """Return the local folder that CDK has in Metadata, "" for none: its Code names the asset's place in a bucket."""
    metadata = resource.metadata()
    asset = metadata.get("aws:asset:path")
    is_code = metadata.get("aws:asset:property", resource.code_property) == resource.code_property
    return asset if isinstance(asset, str) and is_code else ""


def _key(value: dict[str, Any]) -> Any:
    return value.get("S3Key", value.get("Key"))


def _of_map(resource: FunctionResource, value: dict[str, Any]) -> str | None:
    """Return the local path for a map of bucket and key if the artifact is beside the template; else None."""
    found = local_artifact(resource.folder, _key(value))
    if found is not None or address_in_s3(value):
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
