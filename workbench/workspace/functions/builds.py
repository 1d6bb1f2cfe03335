"""How Metadata asks `sam build` to build a function's or a layer's package.

Source: SAM guide, "Building Lambda functions with custom runtimes", "Building layers", "Building Node.js functions with esbuild".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.model.function import Build
from workbench.workspace.intrinsics import as_text

SKIP_BUILD = "SkipBuild"
"""The property of a package that is already built and is taken as it is."""

_FOLDER_KEYS = ("ContextPath", "WorkingDirectory", "ProjectRootDirectory")
"""Keys whose values are folders relative to the template's."""

_BUILDER_KEYS = ("BuildArchitecture", SKIP_BUILD)
"""Other keys of Metadata, besides BuildProperties, that `sam build` reads."""


def build_of(logical_id: str, metadata: dict[str, Any], template_path: Path) -> Build | None:
    """Return the build that Metadata asks for; None if it does not and the runtime decides.

    What `sam build` has built (a template in `.aws-sam/build`) or CDK has staged as an asset is deployed as it is.
    """
    if is_built_template(template_path) or isinstance(metadata.get("aws:asset:path"), str):
        return Build(logical_id=logical_id, properties={SKIP_BUILD: True})
    properties = metadata.get("BuildProperties")
    known = {key: metadata[key] for key in _BUILDER_KEYS if key in metadata}
    folders = {key: str(template_path.parent / metadata[key]) for key in _FOLDER_KEYS if isinstance(metadata.get(key), str)}
    properties = {**(properties if isinstance(properties, dict) else {}), **known, **folders}
    method = as_text(metadata.get("BuildMethod"))
    return Build(logical_id=logical_id, method=method, properties=properties) if method or properties else None


def is_built_template(path: Path) -> bool:
    """Whether `sam build` wrote the template, so that its code is already built."""
    return path.parent.name == "build" and path.parent.parent.name == ".aws-sam"
