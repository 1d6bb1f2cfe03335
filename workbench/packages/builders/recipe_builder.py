"""Build packages with AWS's builders from a copy of the source: makefile, Maven, Gradle, .NET, Go, Rust, Bundler."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.packages.builders.building import Asked, failure
from workbench.packages.builders.recipes import MAKE, Recipe, check_tools
from workbench.packages.builders.trees import NOT_BUILT, TreeHashes
from workbench.packages.builds import STAGE, Builds
from workbench.packages.cancellation import Step, StepHandler, in_thread
from workbench.packages.dependencies import protect
from workbench.packages.mirror import copy_package
from workbench.packages.narration import Narration
from workbench.packages.store import Entry, Note

if TYPE_CHECKING:
    from workbench.packages.builders.workflow import Workflow

_FOLDERS = ("WorkingDirectory", "ContextPath")


class RecipeBuilder:
    """Builds once per state of the source. `variables` is the environment for tools. Use it on one event loop."""

    def __init__(self, builds: Builds, trees: TreeHashes, variables: Mapping[str, str]) -> None:
        self._builds = builds
        self._trees = trees
        self._variables = dict(variables)

    async def build(self, asked: Asked, recipe: Recipe, progress: StepHandler) -> Entry:
        """The package. Raises DependencyError when a tool is missing or the build fails."""
        check_tools(recipe, asked.method, asked.name, asked.source, self._variables)
        project = _place(asked, "ProjectRootDirectory") or asked.source
        key = await asyncio.to_thread(self._key, asked, recipe, project)

        async def make(aside: Path, told: StepHandler) -> Note:
            return await self._make(asked, recipe, project, aside, told)

        return await self._builds.ensure("built", key, f"the package of {asked.name}", make, progress)

    def _key(self, asked: Asked, recipe: Recipe, project: Path) -> str:
        """A hash of what decides the result, as far as that can be known: a makefile may read anything."""
        places = [place for name in ("WorkingDirectory", "ContextPath") if (place := _place(asked, name))]
        trees = [self._trees.of(place) for place in (project, *places)]
        function = asked.function
        told = (asked.method, asked.build.logical_id, str(asked.is_layer), function.handler if recipe.language == "go" else "",
                # PATH stands for the tools: after a switch to another JDK or Go, the result may differ.
                function.runtime, function.architecture, platform.machine(), self._variables.get("PATH", ""),
                json.dumps(asked.build.properties, sort_keys=True, default=str), *trees)
        return hashlib.sha256("\0".join(told).encode(errors="surrogateescape")).hexdigest()

    async def _make(self, asked: Asked, recipe: Recipe, project: Path, aside: Path, progress: StepHandler) -> Note:
        from workbench.packages.builders.workflow import WorkflowFailed, run_workflow

        progress(Step(stage=STAGE, text=f"Building the package of {asked.name} with {asked.method}"))
        mirror, scratch = aside / "work" / project.name, aside / "scratch"
        await in_thread(lambda _: copy_package(project, mirror, NOT_BUILT))
        scratch.mkdir()
        content = aside / "content"
        artifacts = content / (recipe.layer_folder or "") if asked.is_layer else content
        artifacts.mkdir(parents=True, exist_ok=True)
        narration = Narration(asked.method, progress)
        try:
            await run_workflow(_workflow(asked, recipe, project, mirror), artifacts, scratch, self._variables,
                               narration.line, self._builds.runner, aside=aside,
                               readable=[place for name in _FOLDERS if (place := _place(asked, name))])
        except WorkflowFailed as error:
            raise failure(asked, error.lines, {str(mirror): str(project), str(scratch): "…"}) from error
        size_bytes = await in_thread(lambda _: protect(content))
        progress(Step(stage=STAGE, text=f"Built the package of {asked.name}", fraction=1.0))
        return Note(size_bytes=size_bytes, notices=_notices(asked, recipe, size_bytes))


def _notices(asked: Asked, recipe: Recipe, size_bytes: int) -> tuple[str, ...]:
    if recipe is not MAKE:
        return ()
    return tuple(_notices_on_make(asked, size_bytes))


def _notices_on_make(asked: Asked, size_bytes: int) -> Iterator[str]:
    names = os.listdir(_place(asked, "ContextPath") or _place(asked, "ProjectRootDirectory") or asked.source)
    if MAKE.manifest not in names and MAKE.manifest.lower() in names:
        yield f"The makefile of {asked.name} is called {MAKE.manifest.lower()}: on Linux, sam build finds only {MAKE.manifest}."
    if not size_bytes:
        yield (f"make build-{asked.build.logical_id} left nothing in ARTIFACTS_DIR: the package of {asked.name} is empty.")


def _workflow(asked: Asked, recipe: Recipe, project: Path, mirror: Path) -> Workflow:
    from workbench.packages.builders.workflow import Workflow  # not with the engine's start

    context = _place(asked, "ContextPath") or project
    search = (mirror, mirror.parent) if recipe.manager == "gradle" else ()
    manifest = _manifest(_in(mirror, project, context), recipe)
    # A makefile works in the mirror itself, to which working_directory leads too; other builders decide where they work.
    return Workflow(
        language=recipe.language, manager=recipe.manager, source=mirror, manifest=manifest,
        runtime=asked.method if asked.is_layer else asked.function.runtime, architecture=_architecture(asked),
        options=_options(asked, recipe, project, mirror), search=search, in_source=recipe is MAKE, is_layer=asked.is_layer)


def _manifest(folder: Path, recipe: Recipe) -> Path:
    """The manifest's path. A lowercase makefile is accepted like make does; on case-sensitive disks `sam build` misses it."""
    written_small = folder / recipe.manifest.lower()
    return folder / recipe.manifest if recipe is not MAKE or not written_small.is_file() else written_small


def _architecture(asked: Asked) -> Any:
    """The architecture to build for: the function's, but this machine's own if it runs as a process."""
    if not asked.target.is_local:
        return asked.function.architecture
    return "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"


def _options(asked: Asked, recipe: Recipe, project: Path, mirror: Path) -> dict[str, Any]:
    properties = asked.build.properties
    if recipe is MAKE:
        working = _place(asked, "WorkingDirectory")
        there = {"working_directory": _in(mirror, project, working).as_posix()} if working else {}
        return {"build_logical_id": asked.build.logical_id, **there}
    if recipe.language == "go":
        return {"artifact_executable_name": asked.function.handler, "trim_go_path": properties.get("TrimGoPath", False)}
    if recipe.language == "rust" and "Binary" in properties:
        return {"artifact_executable_name": properties["Binary"]}
    return {}


def _place(asked: Asked, name: str) -> Path | None:
    """The folder that the build property `name` gives, None if it is not set."""
    value = asked.build.properties.get(name)
    return Path(os.path.normpath(asked.source / str(value))) if value else None


def _in(mirror: Path, project: Path, place: Path) -> Path:
    """The copy of a folder within the project; a folder elsewhere as it is."""
    return mirror / place.relative_to(project) if place.is_relative_to(project) else place
