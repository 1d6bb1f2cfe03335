"""Bundle TypeScript and JavaScript with esbuild through AWS's builder, as `sam build` does.

Source: SAM guide, "Building Node.js Lambda functions with esbuild"; SAM CLI, `samcli.lib.build.bundler` (source maps, handler).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_folders import LAYER_ROOT
from workbench.packages.builders.building import Asked, failure, placed
from workbench.packages.builders.bundle_inputs import BundleInputs, outside_inputs
from workbench.packages.builders.esbuild_tool import EsbuildTool, FoundEsbuild
from workbench.packages.builders.trees import NOT_BUILT, TreeHashes
from workbench.packages.builds import STAGE, Builds
from workbench.packages.cancellation import Step, StepHandler, in_thread
from workbench.packages.dependencies import protect
from workbench.packages.dependency_lists import DependencyLists
from workbench.packages.folders import Placed
from workbench.packages.mirror import copy_package
from workbench.packages.narration import Narration
from workbench.packages.node_projects import PACKAGE
from workbench.packages.store import Entry, Note

SOURCE_MAPS = "--enable-source-maps"
_NODE_OPTIONS = "NODE_OPTIONS"
_MODULES = "node_modules"
_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class EsbuildBuilder:
    """Bundles once per state of the inputs. Use it on one event loop."""

    def __init__(self, builds: Builds, trees: TreeHashes, lists: DependencyLists, tool: EsbuildTool) -> None:
        self._builds = builds
        self._trees = trees
        self._lists = lists
        self._tool = tool
        self._inputs = BundleInputs(builds.store, trees)

    def outside(self, source: Path) -> tuple[Path, ...]:
        """The inputs outside a folder that its bundle was made from; () before it is known."""
        return self._inputs.of(source)

    async def build(self, asked: Asked, progress: StepHandler) -> Placed:
        """The bundle. Raises DependencyError when npm or esbuild is not available, or esbuild reports an error."""
        modules, said = await self._modules(asked, progress)
        esbuild = await self._tool.find(asked, modules, progress)
        options = build_options(asked.function, asked.build.properties)
        base = await asyncio.to_thread(self._base_key, asked, modules, esbuild, options)
        key = await asyncio.to_thread(self._inputs.key, base, asked.source)

        async def make(aside: Path, told: StepHandler) -> Note:
            return await self._make(asked, modules, esbuild, options, key, aside, told)

        entry = await self._builds.ensure("built", key, f"the bundle of {asked.name}", make, progress)
        return _built(asked, entry, options, (*said, *esbuild.notices))

    async def _modules(self, asked: Asked, progress: StepHandler) -> tuple[Path | None, tuple[str, ...]]:
        """The node_modules to bundle from, None without a package.json or packages; and notices.

        They are installed for this machine whatever the sandbox, because esbuild runs here.
        """
        if not (asked.source / PACKAGE).is_file():
            return None, ()
        here = await asyncio.to_thread(self._tool.machine, asked)
        entry, said = await self._lists.installed(asked.function, here, asked.source, progress)
        own = asked.source / _MODULES
        return (entry.content / _MODULES if entry else own if own.is_dir() else None), said

    def _base_key(self, asked: Asked, modules: Path | None, esbuild: FoundEsbuild, options: Mapping[str, Any]) -> str:
        # The path is part of the key because packages are also looked up in the folders above it.
        source = self._trees.of(asked.source, NOT_BUILT | {_MODULES})
        told = (str(asked.source), source, str(modules), esbuild.identity, json.dumps(options, sort_keys=True, default=str))
        return hashlib.sha256("\0".join(told).encode(errors="surrogateescape")).hexdigest()

    async def _make(self, asked: Asked, modules: Path | None, esbuild: FoundEsbuild, options: Mapping[str, Any], key: str,
                    aside: Path, progress: StepHandler) -> Note:
        from workbench.packages.builders.source_maps import name_the_sources
        from workbench.packages.builders.workflow import Workflow, WorkflowFailed, run_workflow

        progress(Step(stage=STAGE, text=f"Bundling {asked.name} with esbuild {esbuild.version}".rstrip()))
        content, scratch = aside / "content", aside / "scratch"
        scratch.mkdir()
        place = await in_thread(lambda _: _working_place(asked.source, modules, aside))
        listing = aside / "inputs.json"
        workflow = Workflow(
            language="nodejs", manager="npm-esbuild", source=place, manifest=place / PACKAGE, runtime=asked.function.runtime,
            options={**options, "metafile": str(listing)}, search=(esbuild.folder,),
            # The packages are linked into `place` already. A folder of dependencies, even an empty one, keeps the builder from
            # calling npm; in_source keeps it from copying `place` once more, without the link.
            in_source=True, dependencies=scratch)
        try:
            await run_workflow(
                workflow, content, scratch, self._tool.variables(asked), Narration("esbuild", progress).line, self._builds.runner,
                aside=aside, readable=(asked.source, self._builds.store.folder, *_installed_at(esbuild.folder / "esbuild"),
                                       *([modules, Path(os.path.realpath(modules))] if modules is not None else ())))
        except WorkflowFailed as error:
            raise failure(asked, error.lines, {str(place): str(asked.source)}) from error
        await in_thread(lambda _: name_the_sources(content, place, asked.source))
        outside = await in_thread(lambda _: outside_inputs(listing, place, self._builds.store.folder))
        # These inputs are part of the key from the next request on.
        await asyncio.to_thread(self._inputs.note, key, asked.source, outside)
        size_bytes = await in_thread(lambda _: protect(content))
        progress(Step(stage=STAGE, text=f"Bundled {asked.name}", fraction=1.0))
        return Note(size_bytes=size_bytes)


def _installed_at(program: Path) -> tuple[Path, ...]:
    """The node_modules folders around a program that npm has installed: it is a link to a script that loads other packages."""
    # Both paths: Node.js resolves the link and then searches the folders above the real script.
    real = Path(os.path.realpath(program))
    return tuple(folder for folder in (program, *program.parents, real, *real.parents) if folder.name == _MODULES)


def build_options(function: FunctionConfiguration, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The options for the builder: BuildProperties in its spelling, plus an entry point and source maps as SAM CLI adds them."""
    # EntryPoints becomes entry_points: properties are in CamelCase, the builder's options in snake_case.
    options = {_WORD_START.sub("_", key).lower(): value for key, value in properties.items() if key not in _NOT_OPTIONS}
    if not options.get("entry_points"):
        options["entry_points"] = [function.handler.split(".")[0]]
    if options.get("sourcemap") is None and SOURCE_MAPS in function.environment.get(_NODE_OPTIONS, "").split():
        options["sourcemap"] = True
    return options


_NOT_OPTIONS = ("SkipBuild", "ContextPath", "WorkingDirectory", "ProjectRootDirectory", "BuildArchitecture")


def _built(asked: Asked, entry: Entry, options: Mapping[str, Any], notices: tuple[str, ...]) -> Placed:
    return msgspec.structs.replace(
        placed(entry, notices), handler=_handler(asked.function.handler, entry.content),
        variables=_variables(asked.function.environment, options))


def _handler(handler: str, content: Path) -> str:
    """The handler without its folders if esbuild put the bundle at the top level; "" if the handler stays as it is."""
    place = PurePosixPath(handler)
    expected = (place.parent / place.stem).as_posix() + ".js"
    if expected.startswith(LAYER_ROOT) or (content / expected).is_file():
        return ""
    return place.name if place.name != handler else ""


def _variables(environment: Mapping[str, str], options: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The variables to add: like `sam build`, make Node.js use the source maps that were built."""
    before = environment.get(_NODE_OPTIONS, "")
    if not options.get("sourcemap") or SOURCE_MAPS in before.split():
        return ()
    return ((_NODE_OPTIONS, f"{before} {SOURCE_MAPS}".strip()),)


def _working_place(source: Path, modules: Path | None, aside: Path) -> Path:
    """The folder in which esbuild runs: a copy with the packages, or without a package.json the source itself. Blocks.

    Without a package.json `sam build` bundles in place too, so that packages in folders above are found.
    """
    if not (source / PACKAGE).is_file():
        return source
    place = aside / "work" / source.name
    copy_package(source, place, NOT_BUILT | {_MODULES})
    if modules is not None:
        _link_folder(modules, place / _MODULES)
    return place


def _link_folder(target: Path, link: Path) -> None:
    try:
        os.symlink(target, link, target_is_directory=True)
    except OSError:  # on Windows, creating links needs a privilege that few users have
        copy_package(target, link, frozenset())
