"""A function's layers: those that the template makes from local content as paths, the others as they are named."""

from __future__ import annotations

import os
from typing import Any
from zipfile import is_zipfile

import msgspec

from workbench.model.function import Build
from workbench.workspace.functions.builds import build_of
from workbench.workspace.functions.code import local_artifact
from workbench.workspace.functions.resource import FunctionResource, resolved_metadata
from workbench.workspace.intrinsics import as_text


class LocalLayer(msgspec.Struct, frozen=True):
    """A layer of the template: its content as it is written, and how Metadata has it built."""

    content: str
    build: Build | None


def layers(resource: FunctionResource) -> tuple[tuple[str, ...], tuple[Build | None, ...]]:
    """The layers, absolute paths or ARNs (or a readable text for what is not known), and beside each how it is built."""
    listed = resource.setting("Layers")
    references = [as_text(layer) for layer in listed if layer is not None] if isinstance(listed, list) else []
    local = _local_layers(resource) if references else {}
    found = [(_checked(resource, local[reference]), local[reference].build) if reference in local else (reference, None)
             for reference in references]
    builds = tuple(build for _, build in found)
    return tuple(path for path, _ in found), builds if any(builds) else ()


def _local_layers(resource: FunctionResource) -> dict[str, LocalLayer]:
    """The template's layers with local content, by what a reference to them gives (an ARN)."""
    found = {}
    for name, layer in resource.resources.items():
        if isinstance(layer, dict) and str(layer.get("Type", "")).endswith("::LayerVersion"):
            metadata = resolved_metadata(layer, resource.resolver)
            content = _content(resource, layer, metadata)
            if content is not None:
                reference = as_text(resource.resolver.resolve({"Ref": name}))
                found[reference] = LocalLayer(content, build_of(name, metadata, resource.template_path))
    return found


def _content(resource: FunctionResource, layer: dict[str, Any], metadata: dict[str, Any]) -> str | None:
    properties = resource.resolver.resolve(layer.get("Properties"))
    asset = metadata.get("aws:asset:path")
    content = properties.get("ContentUri", properties.get("Content")) if isinstance(properties, dict) else None
    if isinstance(asset, str):
        return asset
    if isinstance(content, dict):
        return local_artifact(resource.folder, content.get("S3Key", content.get("Key")))
    if content is None and layer.get("Type") == "AWS::Serverless::LayerVersion":
        return "."  # as SAM reads a layer without ContentUri
    return content if isinstance(content, str) and not content.startswith("s3://") else None


def _checked(resource: FunctionResource, layer: LocalLayer) -> str:
    path = resource.path(layer.content)
    if not os.path.exists(path):
        resource.problems.append(f"The layer content {layer.content} does not exist.")
    elif os.path.isfile(path) and not is_zipfile(path):
        resource.problems.append(f"The layer content {layer.content} is a file, but not a .zip.")
    return str(path)
