"""The code and the layers of a template's function as packages in the API's store of code."""

from __future__ import annotations

from pathlib import Path

import msgspec

from workbench.engine.functions import FunctionRevision, require_invocable
from workbench.engine.registry.archives import Archives
from workbench.engine.registry.checks import invalid
from workbench.engine.registry.records import Code
from workbench.engine.registry.template_versions import Resolve
from workbench.engine.registry.views import FunctionView
from workbench.model.function import FunctionConfiguration


class PackagedFunction(msgspec.Struct, frozen=True, kw_only=True):
    """A function that was built. `layers` are the ARNs that its list has afterwards, without that of `own_layers`.

    `own_layers`: the content of the layers that lie in the workspace, merged with others that are here; "" for none.
    """

    built: FunctionConfiguration
    layers: tuple[str, ...] = ()
    own_layers: str = ""


class TemplatePackages:
    """Builds them. Use it on the engine's loop."""

    def __init__(self, archives: Archives, resolve: Resolve) -> None:
        self._archives = archives
        self._resolve = resolve

    async def build(self, revision: FunctionRevision) -> PackagedFunction:
        """Build a function's code and layers. Raises WorkbenchError, also for an image that is built here."""
        function = require_invocable(revision)
        if function.image is not None:
            if function.image.build is not None:
                raise invalid(f"The image of {function.name} is built here and cannot be the API's.",
                              "Push the image, and name it in ImageUri.")
            return PackagedFunction(built=function)
        built = (await self._resolve(function)).function
        if all(layer.startswith("arn:") for layer in function.layers):
            return PackagedFunction(built=built, layers=function.layers)
        return PackagedFunction(built=built, own_layers=built.layers[0] if built.layers else "")

    async def code(self, packaged: PackagedFunction, view: FunctionView) -> Code:
        """Keep a function's package. Call it within a change. `view` has the code that the API brought, if it did."""
        if packaged.built.image is not None or view.code.object_name:
            return view.code
        return await self._archives.keep_folder(Path(packaged.built.code_path))

    async def layers(self, packaged: PackagedFunction) -> Code:
        """Keep the content of a function's own layers. Call it within a change."""
        return await self._archives.keep_folder(Path(packaged.own_layers))
