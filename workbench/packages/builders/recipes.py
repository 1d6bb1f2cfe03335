"""What a BuildMethod or runtime needs: which of AWS's builders, which programs on this machine, and a layer's content folder.

Source: SAM CLI, `samcli.lib.build.workflow_config` (version 1.170); SAM guide, "Building Lambda functions", "Building layers".
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from workbench.packages.build_failures import DependencyError

MAKEFILE = "makefile"
ESBUILD = "esbuild"
PYTHON_UV = "python-uv"

_RUNTIME = re.compile(r"(python|nodejs|ruby|java|dotnet|go|provided)\d*[.\w]*")
_GET = {
    "make": "Install make (GNU Make; on Debian and Ubuntu: apt install make, on macOS: xcode-select --install).",
    "mvn": "Install Apache Maven (maven.apache.org).",
    "gradle": "Install Gradle (gradle.org), or add its wrapper, gradlew, beside the code.",
    "java": "Install a JDK of the function's version.",
    "dotnet": "Install the .NET SDK (dot.net).",
    "go": "Install Go (go.dev).",
    "cargo": "Install Rust (rustup.rs).",
    "cargo-lambda": "Install cargo-lambda (cargo-lambda.info).",
    "ruby": "Install Ruby (ruby-lang.org).",
    "bundle": "Install Bundler (gem install bundler).",
}


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """One of AWS's builders.

    `tools` must be on PATH. `layer_folder` is where a layer's content goes, "" for the top level, None if it builds no layers.
    """

    language: str
    manager: str | None
    manifest: str
    tools: tuple[str, ...]
    layer_folder: str | None = None


MAKE = Recipe(language="provided", manager=None, manifest="Makefile", tools=("make",), layer_folder="")
_RUST = Recipe(language="rust", manager="cargo", manifest="Cargo.toml", tools=("cargo", "cargo-lambda"))
_GO = Recipe(language="go", manager="modules", manifest="go.mod", tools=("go",))
RUBY = Recipe(language="ruby", manager="bundler", manifest="Gemfile", tools=("ruby", "bundle"), layer_folder="ruby/lib")
_DOTNET = Recipe(language="dotnet", manager="cli-package", manifest=".csproj", tools=("dotnet",), layer_folder="dotnet")
_MAVEN = Recipe(language="java", manager="maven", manifest="pom.xml", tools=("java", "mvn"), layer_folder="java")
_GRADLE = Recipe(language="java", manager="gradle", manifest="build.gradle", tools=("java", "gradle"), layer_folder="java")
_GRADLE_KTS = msgspec.structs.replace(_GRADLE, manifest="build.gradle.kts")
# In SAM CLI's order: the first builder whose manifest is in the folder is used.
_OF_LANGUAGE = {"provided": (MAKE,), "go": (_GO,), "ruby": (RUBY,), "dotnet": (_DOTNET,),
                "java": (_GRADLE, _GRADLE_KTS, _MAVEN)}


def is_known(method: str) -> bool:
    """Whether `sam build` supports, or once supported, this BuildMethod."""
    return method in (MAKEFILE, ESBUILD, PYTHON_UV, "rust-cargolambda", "dotnet") or _RUNTIME.fullmatch(method) is not None


def family(method: str) -> str:
    """The language of a BuildMethod that names a runtime: "python" for python3.12, "" for others."""
    match = _RUNTIME.fullmatch(method)
    return match[1] if match else ""


def recipe_for(method: str, source: Path) -> Recipe | None:
    """AWS's builder for a BuildMethod or runtime, given the manifests in the folder; None when no such builder applies."""
    if method in (MAKEFILE, "rust-cargolambda"):
        return MAKE if method == MAKEFILE else _RUST
    language = "dotnet" if method == "dotnet" else family(method)
    return next((recipe for recipe in _OF_LANGUAGE.get(language, ()) if has_manifest(recipe, source)), None)


def has_manifest(recipe: Recipe, source: Path) -> bool:
    """Whether the folder has the file that this builder reads."""
    if recipe.manifest == ".csproj":
        return any(next(source.glob(pattern), None) for pattern in ("*.csproj", "*.fsproj", "*.vbproj"))
    return (source / recipe.manifest).is_file()


def check_tools(recipe: Recipe, method: str, name: str, source: Path, variables: Mapping[str, str]) -> None:
    """Raise DependencyError for the first missing program that the builder needs."""
    for tool in missing_tools(recipe, source, variables):
        raise DependencyError(
            f"{name} is built with {method}, which needs {tool}, and {tool} was not found on PATH.",
            f"{_GET[tool]} Or run sam build elsewhere and open .aws-sam/build.")


def missing_tools(recipe: Recipe, source: Path, variables: Mapping[str, str]) -> list[str]:
    """The programs that the builder needs and that are not on PATH. Gradle's wrapper beside the code replaces Gradle."""
    wrapped = any((source / name).is_file() for name in ("gradlew", "gradlew.bat"))
    return [tool for tool in recipe.tools
            if not (tool == "gradle" and wrapped) and shutil.which(tool, path=variables.get("PATH")) is None]
