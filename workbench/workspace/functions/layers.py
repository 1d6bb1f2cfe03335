"""A function's layers: those with local content in the template as paths, the others as they are named."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import msgspec

from workbench.model.function import Build
from workbench.model.s3_objects import s3_object
from workbench.workspace.functions.builds import build_of
from workbench.workspace.functions.code import address_in_s3, local_artifact
from workbench.workspace.functions.resource import FunctionResource, absolute, resolved_metadata, too_wide
from workbench.workspace.intrinsics import Resolver, as_text
from workbench.workspace.template import TemplateView


class LocalLayer(msgspec.Struct, frozen=True):
    """A layer in the template: its content as written or its address in Amazon S3, and how Metadata asks for it to be built."""

    content: str
    folder: Path
    build: Build | None


def layers(resource: FunctionResource, elsewhere: Mapping[str, LocalLayer]) -> tuple[tuple[str, ...], tuple[Build | None, ...]]:
    """Return the layers as absolute paths, addresses in Amazon S3 or ARNs (a readable text if unknown), and how each is built
    (() if none is).

    `elsewhere` are the layers of other stacks, by what a reference to them gives.
    """
    references = _references(resource, resource.known("Layers"))
    local = {**elsewhere, **local_layers(resource.template, resource.resolver)} if references else {}
    found = [(_checked(resource, local[reference]), local[reference].build) if reference in local else (reference, None)
             for reference in references]
    builds = tuple(build for _, build in found)
    return tuple(path for path, _ in found), builds if any(builds) else ()


def place_of(layer: LocalLayer) -> str:
    """Return the absolute path of a layer's content, or its address in Amazon S3."""
    return layer.content if s3_object(layer.content) is not None else str(absolute(layer.folder, layer.content))


def _references(resource: FunctionResource, listed: Any) -> list[str]:
    if listed is not None and not isinstance(listed, list):
        resource.problems.append(f"Layers must be a list, but is {as_text(listed)}.")
        return []
    return [as_text(layer) for layer in listed or () if layer is not None]


def local_layers(template: TemplateView, resolver: Resolver) -> dict[str, LocalLayer]:
    """Return the template's layers with local content, by what a reference to them gives (an ARN)."""
    found = {}
    folder = template.path.parent.resolve()
    for name, layer in template.section("Resources").items():
        if isinstance(layer, dict) and str(layer.get("Type", "")).endswith("::LayerVersion"):
            metadata = resolved_metadata(layer, resolver)
            content = _content(folder, resolver.resolve(layer.get("Properties")), layer, metadata)
            if content is not None:
                reference = as_text(resolver.resolve({"Ref": name}))
                found[reference] = LocalLayer(content, folder, build_of(name, metadata, template.path))
    return found


def _content(folder: Path, properties: Any, layer: dict[str, Any], metadata: dict[str, Any]) -> str | None:
    asset = metadata.get("aws:asset:path")
    content = properties.get("ContentUri", properties.get("Content")) if isinstance(properties, dict) else None
    if isinstance(asset, str):
        return asset
    if isinstance(content, dict):
        return local_artifact(folder, content.get("S3Key", content.get("Key"))) or address_in_s3(content) or None
    if content is None and layer.get("Type") == "AWS::Serverless::LayerVersion":
        return "."  # as SAM reads a layer without ContentUri
    return (address_in_s3(content) or content) if isinstance(content, str) else None


def _checked(resource: FunctionResource, layer: LocalLayer) -> str:
    if s3_object(layer.content) is not None:
        return layer.content
    path = absolute(layer.folder, layer.content)
    if not os.path.exists(path):
        resource.problems.append(f"The layer content {layer.content} does not exist.")
    elif os.path.isfile(path) and not is_zipfile(path):
        resource.problems.append(f"The layer content {layer.content} is a file, but not a .zip.")
    if wide := too_wide(path, layer.content, "The layer content"):
        resource.problems.append(wide)
        return str(layer.folder)
    return str(path)
