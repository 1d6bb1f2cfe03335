"""Choose the builder for a function's or layer's package, as `sam build` would."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workbench.model.failures import WorkspaceError
from workbench.model.function import Build, FunctionConfiguration
from workbench.packages.builders.building import Asked, placed, require_trust, skips_build
from workbench.packages.builders.esbuild import EsbuildBuilder
from workbench.packages.builders.esbuild_tool import EsbuildTool
from workbench.packages.builders.finished import is_finished
from workbench.packages.builders.layer_builder import LayerBuilder
from workbench.packages.builders.recipe_builder import RecipeBuilder
from workbench.packages.builders.recipes import ESBUILD, PYTHON_UV, RUBY, is_known, missing_tools, recipe_for
from workbench.packages.builders.trees import TreeHashes
from workbench.packages.builds import Builds
from workbench.packages.cancellation import StepHandler
from workbench.packages.dependencies import Dependencies
from workbench.packages.dependency_lists import DependencyLists
from workbench.packages.folders import Placed
from workbench.packages.targets import Target


class Builders:
    """Builds packages into a store. `variables` is the environment for tools, including PATH. Use it on one event loop."""

    def __init__(self, builds: Builds, dependencies: Dependencies, lists: DependencyLists, variables: Mapping[str, str]) -> None:
        trees = TreeHashes()
        self._variables = dict(variables)
        self._recipes = RecipeBuilder(builds, trees, variables)
        self._esbuild = EsbuildBuilder(builds, trees, lists, EsbuildTool(dependencies, variables))
        self._layers = LayerBuilder(builds, trees, lists, self._recipes)

    def outside(self, source: Path) -> tuple[Path, ...]:
        """Files outside a folder of code that its package was built from, as far as known; see `BundleInputs`."""
        return self._esbuild.outside(source)

    async def function(self, function: FunctionConfiguration, target: Target, progress: StepHandler) -> Placed | None:
        """The built package of a function whose code is a folder; None when nothing is built but its dependencies are installed.

        Raises WorkspaceError in SAM's words for an unknown BuildMethod, NotTrusted when a build would run in an untrusted folder,
        and DependencyError when a tool is missing or fails.
        """
        source = Path(function.code_path)
        build = function.build or Build(logical_id=function.logical_id)
        if skips_build(build) or ".aws-sam" in source.parts:
            return None
        if build.method and not is_known(build.method):
            raise WorkspaceError(f"'{build.method}' does not have a supported builder",
                                 f"Correct BuildMethod in Metadata of {function.logical_id}.")
        asked = Asked(function=function, target=target, source=source, build=build, method=build.method or function.runtime)
        if build.method == ESBUILD:
            require_trust(asked)
            return await self._esbuild.build(asked, progress)
        return await self._by_recipe(asked, progress)

    async def layer(self, function: FunctionConfiguration, target: Target, source: Path, build: Build | None,
                    progress: StepHandler) -> Placed | None:
        """The built layer; None when its folder is the layer as it is. `sam build` builds only layers with a BuildMethod."""
        if build is None or not build.method or skips_build(build) or ".aws-sam" in source.parts:
            return None
        asked = Asked(function=function, target=target, source=source, build=build, method=build.method, is_layer=True)
        return await self._layers.build(asked, progress)

    async def _by_recipe(self, asked: Asked, progress: StepHandler) -> Placed | None:
        recipe = recipe_for(asked.method, asked.source)
        if recipe is None or asked.method == PYTHON_UV:
            return None
        # Only where Metadata names no method: a method that the template names is always run, as by `sam build`.
        if not asked.build.method and is_finished(asked.function, asked.source, recipe):
            return None
        if not asked.build.method and recipe is RUBY and missing_tools(recipe, asked.source, self._variables):
            return None  # many Ruby functions run without their gems, so this is only a notice (`unbuilt_notice`)
        require_trust(asked)
        return placed(await self._recipes.build(asked, recipe, progress))
