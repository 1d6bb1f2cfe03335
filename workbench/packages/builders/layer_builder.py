"""Build layers whose Metadata has a BuildMethod, with the content where `sam build` puts it.

Source: SAM guide, "Building Lambda layers": dependencies are installed into `python/`, `nodejs/` and so on, together with the
content of ContentUri; a makefile creates these folders itself.
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import msgspec

from workbench.model.failures import WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.packages.builders.building import Asked, placed, require_trust
from workbench.packages.builders.recipe_builder import RecipeBuilder
from workbench.packages.builders.recipes import family, is_known, recipe_for
from workbench.packages.builders.trees import NOT_BUILT, TreeHashes
from workbench.packages.builds import STAGE, Builds
from workbench.packages.cancellation import Step, StepHandler, in_thread
from workbench.packages.content import unzipped_size_bytes
from workbench.packages.dependencies import protect
from workbench.packages.dependency_lists import DependencyLists
from workbench.packages.folders import Placed
from workbench.packages.layers import merge
from workbench.packages.mirror import copy_package
from workbench.packages.store import Entry, Note

_FOLDERS = {"python": "python", "nodejs": "nodejs"}


class LayerBuilder:
    """Builds once per state of the content and target. Use it on one event loop."""

    def __init__(self, builds: Builds, trees: TreeHashes, lists: DependencyLists, recipes: RecipeBuilder) -> None:
        self._builds = builds
        self._trees = trees
        self._lists = lists
        self._recipes = recipes

    async def build(self, asked: Asked, progress: StepHandler) -> Placed:
        """The built layer.

        Raises WorkspaceError in SAM's words for a BuildMethod that layers do not support, NotTrusted when a build would run in an
        untrusted folder, and DependencyError when it fails.
        """
        recipe = recipe_for(asked.method, asked.source)
        if recipe is not None and recipe.layer_folder is not None:
            require_trust(asked)
            return placed(await self._recipes.build(asked, recipe, progress))
        folder = _FOLDERS.get(family(asked.method))
        if folder is None:
            raise _not_for_layers(asked.method)
        return await self._of_language(asked, folder, progress)

    async def _of_language(self, asked: Asked, folder: str, progress: StepHandler) -> Placed:
        function, said = _stands_for(asked)
        entry, more = await self._lists.installed(function, asked.target, asked.source, progress, take_installed=False)
        key = await asyncio.to_thread(self._key, asked, folder, entry)

        async def make(aside: Path, told: StepHandler) -> Note:
            told(Step(stage=STAGE, text=f"Putting the layer {asked.build.logical_id} together for {asked.method}"))
            return await in_thread(lambda _: _lay_out(asked.source, entry, aside, folder))

        made = await self._builds.ensure("built", key, f"the layer {asked.build.logical_id}", make, progress)
        return placed(made, (*said, *more))

    def _key(self, asked: Asked, folder: str, entry: Entry | None) -> str:
        left_out = _left_out(entry)
        told = ("layer", folder, self._trees.of(asked.source, left_out), entry.content.parent.name if entry else "")
        return hashlib.sha256("\0".join(told).encode()).hexdigest()


def _lay_out(source: Path, entry: Entry | None, aside: Path, folder: str) -> Note:
    """Lay out the installed packages with the layer's content over them. Blocks."""
    place = aside / "content" / folder
    place.mkdir(parents=True)
    if entry is not None:
        merge([entry.content], place, linked=[True])
    # Over the installed packages: as in `sam build`, the layer's own files win.
    copy_package(source, place, _left_out(entry))
    protect(aside / "content")
    return Note(size_bytes=unzipped_size_bytes(aside / "content"))


def _left_out(entry: Entry | None) -> frozenset[str]:
    return NOT_BUILT | {"node_modules"} if entry is not None else NOT_BUILT


def _stands_for(asked: Asked) -> tuple[FunctionConfiguration, tuple[str, ...]]:
    """A function with the layer's runtime and content, for which the layer's packages are installed; and notices.

    For a process, packages are installed for the interpreter that will load them, whatever runtime the layer is built for.
    """
    function = msgspec.structs.replace(asked.function, name=asked.name, code_path=str(asked.source), build=asked.build)
    if family(asked.method) != family(function.runtime):
        return msgspec.structs.replace(function, runtime=asked.method), ()
    if not asked.target.is_local:
        return msgspec.structs.replace(function, runtime=asked.method), ()
    if asked.method == function.runtime or family(asked.method) != "python":
        return function, ()
    return function, (f"The layer {asked.build.logical_id} is built for {asked.method} and {asked.function.name} runs on "
                      f"{function.runtime}: on Lambda, packages with native code will not load. Here they are installed for "
                      f"{function.runtime}.",)


def _not_for_layers(method: str) -> WorkspaceError:
    if not is_known(method):
        return WorkspaceError(f"'{method}' does not have a supported builder", "Correct BuildMethod in Metadata of the layer.")
    return WorkspaceError(f"'{method}' runtime is not supported for layers",
                          "Name a runtime (python3.13, nodejs22.x) or makefile as BuildMethod of the layer.")
