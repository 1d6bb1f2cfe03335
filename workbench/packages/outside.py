"""List a function's code, layers and other files outside its workspace, which are asked about before they are copied."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from workbench.model.function import Build, FunctionConfiguration
from workbench.model.left_out import NEVER_CODE, LeftOut
from workbench.model.trust import Brought, digest_of
from workbench.packages.build_failures import DependencyError
from workbench.packages.builders.recipes import family
from workbench.packages.code_rules import code_rules
from workbench.packages.mirror import NOT_COPIED
from workbench.packages.node_packages import node_project
from workbench.packages.python_packages import REQUIREMENTS, local_paths, python_files
from workbench.packages.sources import ENTRIES_LIMIT
from workbench.packages.targets import language
from workbench.packages.uv_projects import UV_METHOD, project_places, requirements_of

_FOLDERS_OF_BUILDS = ("ContextPath", "WorkingDirectory", "ProjectRootDirectory")
_MOST_NAMED = 20
_BUILT = LeftOut(NOT_COPIED & NEVER_CODE.names)
"""What copies for a build always leave out."""


def outside_of(root: Path, function: FunctionConfiguration, fetched: Path) -> tuple[Brought, ...]:
    """What this function's package would include from outside `root`, links followed. Blocks: it walks the code.

    `fetched` is the folder of what the engine has fetched for it, which is no part of the person's files.

    Raises DependencyError for a list of packages that cannot be read.
    """
    home, ours = Path(os.path.realpath(root)), Path(os.path.realpath(fetched))
    found: dict[str, Brought] = {}
    for what, place in _places(function):
        real = os.path.realpath(place)
        if not _is_inside(real, (home, ours)):
            text = f"{what} of {function.name} is outside this folder: {real}"
            digest = digest_of(("outside", real))
            found.setdefault(real, Brought(kind="outside", text=text, digest=digest, functions=(function.name,)))
    links = {item.text: item for item in _links(home, function)}
    return _named_at_most(function, [*found.values(), *links.values()])


def _named_at_most(function: FunctionConfiguration, items: Sequence[Brought]) -> tuple[Brought, ...]:
    """At most _MOST_NAMED items: nobody reads thousands. The rest become one, whose digest covers them all."""
    if len(items) <= _MOST_NAMED:
        return tuple(items)
    more = items[_MOST_NAMED:]
    text = f"{function.name} takes {len(more)} more files or folders from outside this folder"
    digest = digest_of(("more", *sorted(item.digest for item in more)))
    return (*items[:_MOST_NAMED], Brought(kind="outside", text=text, digest=digest, functions=(function.name,)))


def _places(function: FunctionConfiguration) -> Iterator[tuple[str, Path]]:
    if function.image is not None:
        image = function.image.build
        if image is not None:
            yield from (("The image's context", Path(image.context)), ("The Dockerfile", Path(image.context, image.dockerfile)))
        return
    for what, source, build, runtime in _sources(function):
        yield what, source
        yield from (("The build", place) for place in _of_build(build, source))
        if source.is_dir():
            yield from (("A package", place) for place in _named(runtime, source, build))


def _sources(function: FunctionConfiguration) -> Iterator[tuple[str, Path, Build | None, str]]:
    """The code and the layers: a description, the path, the build and the runtime of each."""
    if not function.inline_code:
        yield "The code", Path(function.code_path), function.build, function.runtime
    for number, layer in enumerate(function.layers):
        build = function.layer_builds[number] if number < len(function.layer_builds) else None
        runtime = build.method if build is not None and family(build.method) else function.runtime
        if os.path.isabs(layer):  # otherwise it is an ARN
            yield "A layer", Path(layer), build, runtime


def _of_build(build: Build | None, code: Path) -> Iterator[Path]:
    for name in _FOLDERS_OF_BUILDS if build is not None else ():
        value = build.properties.get(name) if build is not None else None
        if value:
            yield code / str(value)


def _named(runtime: str, code: Path, build: Build | None) -> Iterator[Path]:
    """The folders and files that its lists of packages name, and the lists that they include."""
    spoken = language(runtime)[0]
    if spoken == "nodejs":
        project = node_project(code, take_installed=False)
        yield from project.folders.values() if project is not None else ()
    elif spoken == "python":
        with_uv = build is not None and build.method == UV_METHOD
        files = python_files(code, (requirements_of(code) if with_uv else "") or REQUIREMENTS)
        yield from (code / name for name in files)
        yield from local_paths(code, files)
        yield from project_places(code) if with_uv else ()


def _links(home: Path, function: FunctionConfiguration) -> Iterator[Brought]:
    """Links in the code and the layers that lead outside. The digest covers the target's path, not its content."""
    for folder, rules in _walked(function):
        inside = (home, Path(os.path.realpath(folder)))
        for link, target in _leading_out(inside, folder, rules):
            text = f"{link.relative_to(folder)} in the code of {function.name} is a link out of this folder: {target}"
            yield Brought(kind="outside", text=text, digest=digest_of(("link", target)), functions=(function.name,))


def _walked(function: FunctionConfiguration) -> Iterator[tuple[Path, LeftOut]]:
    """The folders that are copied, each with the rules for what its copy leaves out."""
    if function.image is not None:
        return
    for what, source, build, runtime in _sources(function):
        is_built = build is not None and bool(build.method)
        yield source, _BUILT if is_built else code_rules(function) if what == "The code" else NEVER_CODE
        yield from ((place, _BUILT) for place in _of_build(build, source))
        if source.is_dir():
            yield from ((place, _BUILT) for place in _named(runtime, source, build) if place.is_dir())


def _leading_out(inside: Sequence[Path], folder: Path, rules: LeftOut) -> Iterator[tuple[Path, str]]:
    """Yield links that lead outside all of the `inside` folders, with their targets. Follows links that stay inside.

    Raises DependencyError for a folder with more entries than can be packaged.
    """
    looked_at, entries_left = set[str](), ENTRIES_LIMIT
    waiting = [str(folder)]
    while waiting:
        current = waiting.pop()
        real = os.path.realpath(current)
        # Links may form circles, and several may lead to one folder.
        if real in looked_at:
            continue
        looked_at.add(real)
        entries = _entries(current, entries_left)
        entries_left -= len(entries)
        if entries_left <= 0:
            raise DependencyError(f"{folder} has more than {ENTRIES_LIMIT:,} files.", "Name a smaller folder in CodeUri.")
        for entry in entries:
            if rules.has(entry.name):
                continue
            if entry.is_symlink() and not _is_inside(target := os.path.realpath(entry.path), inside):
                # Broken links contribute nothing to a package (`sources`), so they are not asked about.
                if os.path.exists(target):
                    yield Path(entry.path), target
            elif _is_folder(entry):
                waiting.append(entry.path)


def _entries(folder: str, most: int) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listing:
            return list(islice(listing, most))
    except OSError:
        return []


def _is_inside(path: str, folders: Sequence[Path]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
