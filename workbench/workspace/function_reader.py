"""Reads function configurations from a template: merges Globals as SAM does, resolves intrinsics, describes problems."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.model.function import FunctionConfiguration
from workbench.model.quotas import MEMORY_MAX_MB, MEMORY_MIN_MB, TIMEOUT_MAX_S, TIMEOUT_MIN_S
from workbench.workspace.expansion import expand
from workbench.workspace.functions import settings
from workbench.workspace.functions.builds import build_of
from workbench.workspace.functions.code import code_in_s3, code_path, inline_code
from workbench.workspace.functions.effects import without_effect
from workbench.workspace.functions.images import image, is_image
from workbench.workspace.functions.layers import LocalLayer, layers
from workbench.workspace.functions.properties import function_ids
from workbench.workspace.functions.resource import FunctionResource, shortened, unknown_values
from workbench.workspace.functions.told import told
from workbench.workspace.functions.variables import environment
from workbench.workspace.intrinsics import PseudoParameters, Resolver, Unresolved
from workbench.workspace.parameters import parameter_problems
from workbench.workspace.template import Template, TemplateView

_log = logging.getLogger(__name__)


def read_functions(
    template: Template, pseudo: PseudoParameters, local_folders: Mapping[str, str] | None = None,
    layers_elsewhere: Mapping[str, LocalLayer] | None = None,
) -> tuple[FunctionConfiguration, ...]:
    """Return all functions of a template, in its order, without those whose Condition is false.

    `local_folders` stand in for file systems, by mount path; `layers_elsewhere` are those of other stacks. Blocks, because it
    looks for code folders on the disk.
    """
    meant = expand(template, pseudo)
    resolver = Resolver(meant.data, pseudo)
    existing = [logical_id for logical_id in function_ids(meant) if resolver.exists(logical_id) is not False]
    refused = tuple(f"{problem}." for problem in parameter_problems(meant.section("Parameters"), pseudo.given))
    return tuple(_of_stack(_read(FunctionReader(meant, resolver, logical_id, local_folders, layers_elsewhere)), resolver, refused)
                 for logical_id in existing)


class Remarks(msgspec.Struct, frozen=True):
    """What people should know about a template besides its functions.

    `warnings` are sentences on what has no effect or cannot be resolved here. `absent` maps the logical ID of each function that
    does not exist because its condition is false to the condition's name.
    """

    warnings: tuple[str, ...]
    absent: dict[str, str]


def remarks(template: Template, pseudo: PseudoParameters) -> Remarks:
    """Return the remarks on a template. Blocks on reading the files that it includes."""
    meant = expand(template, pseudo)
    resolver = Resolver(meant.data, pseudo)
    absent = {name: str(meant.section("Resources")[name]["Condition"]) for name in function_ids(meant)
              if resolver.exists(name) is False}
    return Remarks(meant.warnings, absent)


def _read(reader: FunctionReader) -> FunctionConfiguration:
    """Read one function. An unforeseen failure becomes that function's problem, so that the others stay usable."""
    try:
        return reader.configuration()
    except Exception as failure:
        _log.exception("The function %s cannot be read", reader.logical_id)
        return reader.unreadable(failure)


def _of_stack(function: FunctionConfiguration, resolver: Resolver, refused: tuple[str, ...]) -> FunctionConfiguration:
    """Add what the stack says about a function: an unknown condition, parameter values that CloudFormation refuses."""
    exists = resolver.exists(function.logical_id)
    unknown = unknown_values(exists, "Condition") if isinstance(exists, Unresolved) else ()
    return msgspec.structs.replace(function, unknown=(*unknown, *function.unknown), problems=(*function.problems, *refused))


class FunctionReader:
    """Reads one function and collects problems on the way."""

    def __init__(
        self, template: TemplateView, resolver: Resolver, logical_id: str, local_folders: Mapping[str, str] | None = None,
        layers_elsewhere: Mapping[str, LocalLayer] | None = None,
    ) -> None:
        """The arguments are those of `read_functions`."""
        self.logical_id = logical_id
        self._resource = FunctionResource(template, resolver, logical_id)
        self._local_folders = local_folders or {}
        self._layers_elsewhere = layers_elsewhere or {}

    def configuration(self) -> FunctionConfiguration:
        """Return the function; unusable values are replaced by Lambda's defaults and named in `problems`."""
        resource = self._resource
        has_image = is_image(resource)
        inline = "" if has_image else inline_code(resource)
        layer_paths, layer_builds = layers(resource, self._layers_elsewhere)
        return FunctionConfiguration(
            name=settings.function_name(resource), logical_id=resource.logical_id,
            runtime=resource.text("Runtime") if has_image else settings.required_text(resource, "Runtime"),
            handler=resource.text("Handler") if has_image else settings.required_text(resource, "Handler"),
            code_path=str(resource.folder if has_image or inline else code_path(resource)),
            code_in_s3="" if has_image or inline else code_in_s3(resource),
            memory_mb=settings.number(resource, "MemorySize", 128, (MEMORY_MIN_MB, MEMORY_MAX_MB)),
            timeout_s=settings.number(resource, "Timeout", 3, (TIMEOUT_MIN_S, TIMEOUT_MAX_S)),
            ephemeral_storage_mb=settings.storage_mb(resource), architecture=settings.architecture(resource),
            environment=environment(resource), description=resource.text("Description"), layers=layer_paths,
            layer_builds=layer_builds, image=image(resource), logging=settings.logging(resource), inline_code=inline,
            build=None if has_image else build_of(resource.logical_id, resource.metadata(), resource.template_path),
            durable=settings.durable(resource), is_per_tenant=settings.is_per_tenant(resource),
            file_systems=settings.file_systems(resource, self._local_folders),
            dead_letter_arn=settings.dead_letter_arn(resource), role=settings.role(resource),
            snap_start=settings.snap_start(resource),
            without_effect=without_effect(
                resource.kind, resource.properties, is_image=has_image,
                is_restored=not has_image and resource.text("Runtime").startswith("python")),
            told=told(resource), unknown=tuple(dict.fromkeys(resource.unknown)),
            problems=tuple(map(shortened, resource.problems)))

    def unreadable(self, failure: Exception) -> FunctionConfiguration:
        """Return a stand-in for a function for which `configuration` failed: it is listed but cannot be invoked."""
        problem = f"{self.logical_id} cannot be read ({type(failure).__name__}: {failure}); look for an unusual value."
        return FunctionConfiguration(name=self.logical_id, logical_id=self.logical_id, runtime="", handler="",
                                     code_path=str(self._resource.folder), problems=(shortened(problem),))

    def setting(self, name: str) -> Any:
        """Return a property with Globals merged and intrinsics resolved; None if it is not set, `Unresolved` if unknown."""
        return self._resource.setting(name)

    def environment(self) -> dict[str, str]:
        """Return the environment variables as text, without those that only a deployment knows."""
        return environment(self._resource)
