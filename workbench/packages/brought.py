"""What building a function's packages would run on this machine, listed with digests for the question about trust.

A digest covers what decides what runs (Metadata, a makefile and the scripts it starts, package.json's scripts, a build backend, a
Dockerfile) but not the code that is packaged: editing a handler does not ask again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from workbench.model.function import Build, ContainerImage, FunctionConfiguration
from workbench.model.trust import Brought, digest_of
from workbench.packages.builders.building import skips_build
from workbench.packages.builders.finished import is_finished
from workbench.packages.builders.recipes import ESBUILD, MAKE, PYTHON_UV, Recipe, family, recipe_for
from workbench.packages.list_files import read_list, read_list_if_there
from workbench.packages.lock_addresses import registries
from workbench.packages.node_packages import node_project
from workbench.packages.node_projects import PACKAGE, read_document
from workbench.packages.plain_lists import NPM_SETTINGS, unusual_packages, unusual_requirements
from workbench.packages.project_backends import backend_files, project_words
from workbench.packages.python_packages import REQUIREMENTS, local_paths, python_files
from workbench.packages.sources import read_source
from workbench.packages.started_scripts import started_by
from workbench.packages.targets import language
from workbench.packages.uv_projects import PYPROJECT, UV_LOCK, requirements_of

_ALSO_READ = {
    "java": ("settings.gradle", "settings.gradle.kts", "gradle.properties", "init.gradle", "gradlew", "gradlew.bat",
             "gradle/wrapper/gradle-wrapper.properties", "gradle/wrapper/gradle-wrapper.jar", "mvnw", ".mvn/extensions.xml",
             ".mvn/jvm.config", ".mvn/maven.config", ".mvn/wrapper/maven-wrapper.properties", ".mvn/wrapper/maven-wrapper.jar"),
    "rust": ("build.rs", ".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain", "Cargo.lock"),
    "dotnet": ("Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json", "nuget.config",
               "NuGet.Config", ".config/dotnet-tools.json"),
    "ruby": ("Gemfile.lock", ".bundle/config"), "go": ("go.work", "vendor/modules.txt"),
}
UV_SETTINGS = "uv.toml"
_MOST_BYTES = 1 << 20
_MOST_HASHED_BYTES = 256 << 20
"""A larger file is no script or list: reading it would take seconds each time that somebody is asked."""
_MOST_FILES = 200


def brought_by(function: FunctionConfiguration) -> tuple[Brought, ...]:
    """What building the packages of this function, its layers or its image would run. Blocks. Missing files are ignored."""
    if function.image is not None:
        return (_image(function, function.image),)
    code = Path(function.code_path)
    own = [] if function.inline_code or not code.is_dir() else list(_of_folder(function, code, function.build))
    return (*own, *_of_layers(function))


def _of_layers(function: FunctionConfiguration) -> Iterator[Brought]:
    for number, layer in enumerate(function.layers):
        build = function.layer_builds[number] if number < len(function.layer_builds) else None
        if build is not None and build.method and os.path.isabs(layer) and Path(layer).is_dir():
            runtime = build.method if family(build.method) else function.runtime
            meant = msgspec.structs.replace(function, name=f"the layer {build.logical_id}", runtime=runtime)
            yield from _of_folder(meant, Path(layer), build, names=(function.name,), is_layer=True)


def _of_folder(function: FunctionConfiguration, code: Path, build: Build | None, *, names: tuple[str, ...] = (),
               is_layer: bool = False) -> Iterator[Brought]:
    if skips_build(build) or ".aws-sam" in code.parts:
        return
    names = names or (function.name,)
    method = build.method if build is not None and build.method else function.runtime
    recipe = recipe_for(method, code)
    asked_for = build is not None and bool(build.method)
    if method == ESBUILD:
        # No return: esbuild bundles from packages that npm installs first, and their scripts run as well.
        yield _esbuild(function, code, build, names)
    elif recipe is not None and method != PYTHON_UV and (asked_for or not is_finished(function, code, recipe)):
        yield _recipe(function, code, build, recipe, names)
        return  # these builders install packages themselves, as part of what is listed here
    yield from _packages(function, code, build, names, take_installed=not is_layer)


def _packages(function: FunctionConfiguration, code: Path, build: Build | None, names: tuple[str, ...], *,
              take_installed: bool) -> Iterator[Brought]:
    spoken = language(function.runtime)[0]
    if spoken == "python":
        yield from _of_python(function, code, build, names)
    elif spoken == "nodejs":
        yield from _of_node(code, build, names, take_installed)


def _of_python(function: FunctionConfiguration, code: Path, build: Build | None, names: tuple[str, ...]) -> Iterator[Brought]:
    with_uv = build is not None and build.method == PYTHON_UV
    name = requirements_of(code) if with_uv else REQUIREMENTS
    if with_uv and not name:
        if (code / PYPROJECT).is_file():
            text = f"uv reads {_shown(code / PYPROJECT)} for {function.name}: build backends of its packages run"
            settings = _contents([code / UV_SETTINGS]) if (code / UV_SETTINGS).is_file() else []
            digest = digest_of(("uv", *project_words(code), *_contents(backend_files(code, with_project=False)), *settings,
                                *sorted(registries(UV_LOCK, read_list_if_there(code / UV_LOCK)))))
            yield Brought(kind="packages", text=text, functions=names, digest=digest)
        return
    files = python_files(code, name)
    unusual = unusual_requirements(files)
    if unusual:
        places = [path for place in local_paths(code, files) for path in backend_files(place)]
        text = f"{_shown(code / name)} installs {_listed(unusual)}: setup.py or another build backend runs"
        yield Brought(kind="packages", text=text, functions=names, digest=digest_of(("pip", *unusual, *_contents(places))))
    elif files:
        # The digest is the same for all plain lists, so that adding one more package does not ask again.
        text = f"Packages of {_shown(code / name)} that come without a wheel are built: their setup.py runs"
        yield Brought(kind="packages", text=text, functions=names, asks=False, digest=digest_of(("pip", "plain")))


def _of_node(code: Path, build: Build | None, names: tuple[str, ...], take_installed: bool) -> Iterator[Brought]:
    strict = build is not None and build.properties.get("UseNpmCi") is True
    project = node_project(code, use_npm_ci=strict, take_installed=take_installed)
    if project is None:
        return
    unusual = unusual_packages(project)
    scripts = [part for place in (code, *project.folders.values()) for part in _scripts(place)]
    settings = [content for name, content in project.files.items() if Path(name).name == NPM_SETTINGS]
    hosts = sorted({host for name, content in project.files.items() for host in registries(Path(name).name, content)})
    more = f", with {_listed(unusual)}" if unusual else ""
    text = f"npm install for {_shown(code / PACKAGE)}{more}: install scripts of its packages run"
    yield Brought(kind="packages", text=text, functions=names, asks=bool(unusual),
                  digest=digest_of(("npm", *unusual, *scripts, *settings, *hosts)))


def _scripts(folder: Path) -> list[str | bytes]:
    """The scripts in a package.json and the contents of the files that they start."""
    said = read_document(read_list_if_there(folder / PACKAGE)).get("scripts")
    text = json.dumps(said, sort_keys=True)
    return [text, *_contents(started_by([], (folder,), "\n".join(_texts(said)).encode()))] if said else []


def _texts(said: Any) -> list[str]:
    return [str(text) for text in said.values()] if isinstance(said, dict) else []


def _esbuild(function: FunctionConfiguration, code: Path, build: Build | None, names: tuple[str, ...]) -> Brought:
    # The places and number of levels in which `EsbuildTool` looks for it.
    own = next((folder / "node_modules/.bin/esbuild" for folder in (code, *code.parents[:6])
                if (folder / "node_modules/.bin/esbuild").is_file()), None)
    program = f", the program {'/'.join(own.parts[-4:])}" if own is not None else ""
    return Brought(kind="build", text=f"esbuild bundles {function.name}{program}", functions=names,
                   digest=digest_of(("esbuild", _properties(build), str(own or ""), *_program(own), *_scripts(code))))


def _program(own: Path | None) -> list[str]:
    """What distinguishes a program from another one of the same name: its real path and its hash."""
    if own is None:
        return []
    real = Path(os.path.realpath(own))
    return [str(real), hashlib.sha256(read_list(real)).hexdigest()]


def _recipe(function: FunctionConfiguration, code: Path, build: Build | None, recipe: Recipe, names: tuple[str, ...]) -> Brought:
    logical_id = build.logical_id if build is not None else function.logical_id
    project = _folder_of(build, "ProjectRootDirectory", code)
    folder = _folder_of(build, "ContextPath", project)
    if recipe is MAKE:
        file = next((folder / name for name in (recipe.manifest, recipe.manifest.lower()) if (folder / name).is_file()),
                    folder / recipe.manifest)
        text = f"make build-{logical_id}, as {_shown(file)} says, for {function.name}"
        files = started_by([file], (folder, project))
    else:
        manifests = sorted(folder.glob(f"*{recipe.manifest}")) if recipe.manifest.startswith(".") else [folder / recipe.manifest]
        text = f"{recipe.tools[-1]} builds {function.name}, as {_shown(manifests[0] if manifests else folder)} says"
        read = [*manifests, *(folder / name for name in _ALSO_READ.get(recipe.language, ()))]
        files = started_by([*read, *_build_sources(folder)], (folder,))
    return Brought(kind="build", text=text, functions=names,
                   digest=digest_of((recipe.language, logical_id, _properties(build), *_contents(files))))


def _build_sources(folder: Path) -> list[Path]:
    """The files in buildSrc, which Gradle compiles and runs before the build itself."""
    own = folder / "buildSrc"
    return [found.path for found in read_source(own).files[:_MOST_FILES]] if own.is_dir() else []


def _folder_of(build: Build | None, name: str, otherwise: Path) -> Path:
    value = build.properties.get(name) if build is not None else None
    return Path(os.path.normpath(otherwise / str(value))) if value else otherwise


def _image(function: FunctionConfiguration, image: ContainerImage) -> Brought:
    said = json.dumps(msgspec.to_builtins(image), sort_keys=True)
    if image.build is None:
        return Brought(kind="image", text=f"The image {image.uri} runs as {function.name}", functions=(function.name,),
                       digest=digest_of(("image", said)))
    dockerfile = Path(image.build.context, image.build.dockerfile)
    return Brought(kind="image", text=f"Docker builds {_shown(dockerfile)} for {function.name}", functions=(function.name,),
                   digest=digest_of(("dockerfile", said, _content(dockerfile))))


def _properties(build: Build | None) -> str:
    return json.dumps([build.method, build.properties] if build is not None else [], sort_keys=True, default=str)


def _contents(files: Sequence[Path]) -> list[bytes]:
    return [part for file in files for part in (str(file.name).encode(errors="surrogateescape"), _content(file))]


def _content(path: Path) -> bytes:
    """A file's content, for a digest: all of it counts, but what is beyond _MOST_BYTES by its hash.

    Returns b"" when there is no such file or it cannot be read. Blocks.
    """
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
            return content + _rest(file)
    except OSError:
        return b""


def _rest(file: BinaryIO) -> bytes:
    """The hash of the rest of a file, b"" for no rest. If it is not read to its end, its size and time of change count too."""
    digest, read_bytes = hashlib.sha256(), 0
    while read_bytes < _MOST_HASHED_BYTES and (part := file.read(_MOST_BYTES)):
        digest.update(part)
        read_bytes += len(part)
    if read_bytes >= _MOST_HASHED_BYTES:
        status = os.fstat(file.fileno())
        digest.update(f"{status.st_size} {status.st_mtime_ns}".encode())
    return digest.digest() if read_bytes else b""


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
