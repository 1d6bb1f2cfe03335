"""Notices about code that must be built first when nothing says how. It is run all the same, as Lambda would run it."""

from __future__ import annotations

from pathlib import Path

from workbench.model.function import FunctionConfiguration
from workbench.packages.builders.finished import is_finished
from workbench.packages.builders.recipes import RUBY, recipe_for
from workbench.packages.list_files import read_list_if_there
from workbench.packages.node_projects import PACKAGE, read_document
from workbench.packages.targets import language

_LOADED = (".js", ".mjs", ".cjs", "/index.js")
_TYPESCRIPT = (".ts", ".mts", ".cts", ".tsx")


def unbuilt_notice(function: FunctionConfiguration, source: Path) -> str:
    """A sentence on code that has not been built, "" if there is nothing to say. Blocks.

    It covers a handler that exists only as TypeScript or would be made by the project's own build, and gems not installed.
    """
    family = language(function.runtime)[0]
    if family == "ruby" and recipe_for(function.runtime, source) is RUBY and not is_finished(function, source, RUBY):
        return (f"The Gemfile of {function.name} lists gems, which are not installed because Bundler was not found: requiring "
                "one will fail. Install Bundler (gem install bundler), or run sam build and open .aws-sam/build.")
    if family != "nodejs" or function.handler.startswith("/"):
        return ""
    return _unbuilt_handler(function, source)


def _unbuilt_handler(function: FunctionConfiguration, source: Path) -> str:
    folder, slash, name = function.handler.rpartition("/")
    module = folder + slash + name.partition(".")[0]
    if any((source / f"{module}{end}").is_file() for end in _LOADED):
        return ""
    written = next((f"{module}{end}" for end in _TYPESCRIPT if (source / f"{module}{end}").is_file()), "")
    if written:
        return (f"{written} of {function.name} is TypeScript, which the runtime does not load: give {function.logical_id} "
                "Metadata with BuildMethod: esbuild, or compile it and name the result in Handler.")
    if _has_build(source):
        return (f"{module}.js of {function.name} is not there, and its {PACKAGE} has a build script: run npm run build in "
                f"{source.name} first.")
    return ""


def _has_build(source: Path) -> bool:
    scripts = read_document(read_list_if_there(source / PACKAGE)).get("scripts")
    return isinstance(scripts, dict) and "build" in scripts
