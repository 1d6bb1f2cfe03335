"""The code and the layers of a template's function as packages in the API's store of code."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from workbench.engine.functions import FunctionRevision, require_invocable
from workbench.engine.registry.archives import Archives
from workbench.engine.registry.checks import invalid
from workbench.engine.registry.records import Code, LayerVersionRecord
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.template_versions import Resolve
from workbench.engine.registry.views import FunctionView
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_names import Scope
from workbench.packages.editable import EditablePackages


class PackagedFunction(msgspec.Struct, frozen=True, kw_only=True):
    """A function that was built. `layers` are the ARNs that its list has afterwards, without that of `own_layers`.

    `own_layers`: the content of layers that are no version of a layer here, merged with the others; "" for none.
    """

    built: FunctionConfiguration
    layers: tuple[str, ...] = ()
    own_layers: str = ""


class TemplatePackages:
    """Builds them. Use it on the engine's loop."""

    def __init__(self, registry: Registry, archives: Archives, resolve: Resolve) -> None:
        self._registry = registry
        self._archives = archives
        self._resolve = resolve

    async def build(self, revision: FunctionRevision, scope: Scope) -> PackagedFunction:
        """Build a function's code and layers. Raises WorkbenchError, also for an image that is built here."""
        function = require_invocable(revision)
        if function.image is not None:
            if function.image.build is not None:
                raise invalid(f"The image of {function.name} is built here and cannot be the API's.",
                              "Push the image, and name it in ImageUri.")
            return PackagedFunction(built=function)
        built = (await self._resolve(function)).function
        known = [await self._published(scope, layer) for layer in function.layers]
        if all(known) and not any(function.layer_builds):
            return PackagedFunction(built=built, layers=tuple(known))
        return PackagedFunction(built=built, own_layers=built.layers[0] if built.layers else "")

    async def code(self, packaged: PackagedFunction, view: FunctionView) -> Code:
        """Keep a function's package. Call it within a change. `view` has the code that the API brought, if it did."""
        if packaged.built.image is not None or view.code.object_name:
            return view.code
        return await self._archives.keep_folder(Path(packaged.built.code_path))

    async def layers(self, packaged: PackagedFunction) -> Code:
        """Keep the content of a function's own layers. Call it within a change."""
        return await self._archives.keep_folder(Path(packaged.own_layers))

    async def _published(self, scope: Scope, layer: str) -> str:
        """Return the ARN of a layer: its own, or that of the version of its name with the same content; "" for none."""
        if layer.startswith("arn:"):
            return layer
        folder = Path(layer)
        versions = sorted(self._registry.all(LayerVersionRecord, scope, folder.name), key=lambda each: -each.version)
        packages = [self._archives.path_of(each.code.object_name) for each in versions]
        place = await asyncio.to_thread(_same_package, folder, packages)
        return "" if place is None else versions[place].arn


def _same_package(folder: Path, packages: Sequence[Path]) -> int | None:
    """Return which .zip has the content of a folder, None for none. Blocks."""
    editable = EditablePackages()
    wanted = editable.digest(folder) if packages and folder.is_dir() else ""
    for place, package in enumerate(packages if wanted else ()):
        with tempfile.TemporaryDirectory() as unpacked:
            editable.lay_out(package, Path(unpacked))
            if editable.digest(Path(unpacked)) == wanted:
                return place
    return None
