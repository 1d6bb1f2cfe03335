"""Functions that are container images: an image on this machine, or one to be built as Metadata says."""

from __future__ import annotations

import os
from typing import Any

from workbench.model.function import ContainerImage, ImageBuild
from workbench.workspace.functions.builds import is_built_template
from workbench.workspace.functions.resource import FunctionResource, cause, too_wide
from workbench.workspace.intrinsics import Unresolved, as_text
from workbench.workspace.unresolved import unknowns_in


def is_image(resource: FunctionResource) -> bool:
    """Whether the function is a container image, judged by PackageType or by how its code is given."""
    package = resource.setting("PackageType")
    code = resource.properties.get("Code")
    return (package == "Image" or (package != "Zip" and "ImageUri" in resource.properties)
            or (isinstance(code, dict) and "ImageUri" in code))


def image(resource: FunctionResource) -> ContainerImage | None:
    """Return the image and what overrides its own ENTRYPOINT, CMD and WORKDIR; None for other functions."""
    if not is_image(resource):
        return None
    build = _build(resource)
    config = resource.known("ImageConfig")
    config = config if isinstance(config, dict) else {}
    return ContainerImage(
        uri="" if build is not None else _uri(resource), build=build, entry_point=_texts(config.get("EntryPoint")),
        command=_texts(config.get("Command")), working_directory=as_text(config.get("WorkingDirectory")))


def _uri(resource: FunctionResource) -> str:
    value = _written_uri(resource)
    if isinstance(value, str) and value and not os.path.isfile(resource.folder / value):
        return value
    if isinstance(value, Unresolved):
        resource.problems.append(f"ImageUri is not known before a deployment: {cause(value)}")
    elif isinstance(value, str) and value:
        resource.problems.append(f"ImageUri names the file {value}: load it (docker load -i {value}) and name the image there.")
    else:
        resource.problems.append("ImageUri names no image on this machine; name one there, or have it built: add Metadata "
                                 "with Dockerfile and DockerContext.")
    return ""


def _written_uri(resource: FunctionResource) -> Any:
    code = resource.setting("Code")
    return code.get("ImageUri") if isinstance(code, dict) else resource.setting("ImageUri")


def _build(resource: FunctionResource) -> ImageBuild | None:
    """Return how Metadata asks for the image to be built; None if it does not, or if that has already been done."""
    metadata = resource.metadata()
    if is_built_template(resource.template_path):
        return None
    if "aws:asset:dockerfile-path" in metadata and isinstance(metadata.get("aws:asset:path"), str):
        return _cdk_build(resource, metadata)
    if not metadata.keys() & {"Dockerfile", "DockerContext"}:
        return None
    return _sam_build(resource, metadata)


def _sam_build(resource: FunctionResource, metadata: dict[str, Any]) -> ImageBuild | None:
    """Read SAM's Metadata. Source: SAM guide, "Building container images"; `sam build` needs both properties."""
    missing = [name for name in ("Dockerfile", "DockerContext") if not metadata.get(name)]
    if missing:
        if not _written_uri(resource):
            resource.problems.append(f"Metadata.{missing[0]} is missing: sam build needs Dockerfile and DockerContext.")
        return None
    return _image_build(resource, metadata, as_text(metadata["DockerContext"]), as_text(metadata["Dockerfile"]))


def _cdk_build(resource: FunctionResource, metadata: dict[str, Any]) -> ImageBuild:
    named = {"DockerBuildArgs": metadata.get("aws:asset:docker-build-args"),
             "DockerBuildTarget": metadata.get("aws:asset:docker-build-target")}
    return _image_build(resource, named, metadata["aws:asset:path"], as_text(metadata["aws:asset:dockerfile-path"]))


def _image_build(resource: FunctionResource, metadata: dict[str, Any], context: str, dockerfile: str) -> ImageBuild:
    folder = resource.path(context)
    if not os.path.isdir(folder):
        resource.problems.append(f"The folder {context} for building the image does not exist.")
    elif not os.path.isfile(folder / dockerfile):
        resource.problems.append(f"There is no {dockerfile} in {context}: the image cannot be built.")
    if wide := too_wide(folder, context, "DockerContext"):
        resource.problems.append(wide)
        folder = resource.folder
    return ImageBuild(
        context=str(folder), dockerfile=dockerfile, tag=as_text(metadata.get("DockerTag")) or "latest",
        target=as_text(metadata.get("DockerBuildTarget")), arguments=_arguments(resource, metadata.get("DockerBuildArgs")))


def _arguments(resource: FunctionResource, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    for name, item in value.items():
        if isinstance(item, Unresolved) or unknowns_in(item):
            resource.without_unknown(item, f"Metadata.DockerBuildArgs.{name}")
    return {name: as_text(item) for name, item in value.items() if not isinstance(item, Unresolved)}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(as_text(item) for item in value) if isinstance(value, list) else ()

