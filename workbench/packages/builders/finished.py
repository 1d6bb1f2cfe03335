"""Decide whether a folder of code is already a package when Metadata does not say how it is built."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.model.function import FunctionConfiguration
from workbench.packages.builders.recipes import MAKE, Recipe
from workbench.packages.list_files import read_list


def is_finished(function: FunctionConfiguration, source: Path, recipe: Recipe) -> bool:
    """Whether nothing is left to build: compiled code is there, or the manifest asks for nothing. Blocks.

    Raises DependencyError for a makefile or a Gemfile that cannot be read.
    """
    if recipe is MAKE:
        return (source / "bootstrap").is_file() or not _has_target(source / recipe.manifest, function.logical_id)
    if recipe.language == "java":
        return any(next(source.glob(pattern), None) for pattern in ("lib/*.jar", "*.jar", "*.class", "com/**/*.class"))
    if recipe.language == "dotnet":
        return next(source.glob("*.deps.json"), None) is not None
    if recipe.language == "go":
        return (source / "bootstrap").is_file() or (source / function.handler).is_file()
    return (source / "vendor" / "bundle").is_dir() or not _lists_gems(source / recipe.manifest)


def _has_target(makefile: Path, logical_id: str) -> bool:
    text = read_list(makefile).decode(errors="replace") if makefile.is_file() else ""
    return re.search(rf"^build-{re.escape(logical_id)}\b.*:", text, re.MULTILINE) is not None


def _lists_gems(gemfile: Path) -> bool:
    return re.search(r"^[ \t]*gem\b", read_list(gemfile).decode(errors="replace"), re.MULTILINE) is not None
