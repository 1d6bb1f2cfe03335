"""Code, layers and other files of a function that lie outside of its workspace: named and asked about before they are copied."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from workbench.model.function import Build, FunctionConfiguration
from workbench.model.left_out import NEVER_CODE, LeftOut
from workbench.model.trust import Brought, digest_of
from workbench.packages.code_rules import code_rules
from workbench.packages.node_packages import node_project
from workbench.packages.python_packages import REQUIREMENTS, local_paths, python_files
from workbench.packages.targets import language

_FOLDERS_OF_BUILDS = ("ContextPath", "WorkingDirectory", "ProjectRootDirectory")
_MOST_NAMED = 20
_MOST_ENTRIES = 200_000


def outside_of(root: Path, function: FunctionConfiguration) -> tuple[Brought, ...]:
    """What a package of this function would take from outside of `root`, links followed. Blocks: it walks the code."""
    home = Path(os.path.realpath(root))
    found: dict[str, Brought] = {}
    for what, place in _places(function):
        real = os.path.realpath(place)
        if not Path(real).is_relative_to(home) and len(found) < _MOST_NAMED:
            text = f"{what} of {function.name} is outside of this folder: {real}"
            found[real] = Brought(kind="outside", text=text, digest=digest_of(("outside", real)), functions=(function.name,))
    if not found:
        found |= {item.text: item for item in _links(home, function)}
    return tuple(found.values())


def _places(function: FunctionConfiguration) -> Iterator[tuple[str, Path]]:
    if function.image is not None:
        build = function.image.build
        if build is not None:
            yield from (("The image's context", Path(build.context)), ("The Dockerfile", Path(build.context, build.dockerfile)))
        return
    code = Path(function.code_path)
    if not function.inline_code:
        yield "The code", code
    yield from (("A layer", Path(layer)) for layer in function.layers if os.path.isabs(layer))
    yield from (("The build", place) for place in _of_build(function.build, code))
    if not function.inline_code and code.is_dir():
        yield from (("A package", place) for place in _named(function, code))


def _of_build(build: Build | None, code: Path) -> Iterator[Path]:
    for name in _FOLDERS_OF_BUILDS if build is not None else ():
        value = build.properties.get(name) if build is not None else None
        if value:
            yield code / str(value)


def _named(function: FunctionConfiguration, code: Path) -> Iterator[Path]:
    """Folders and files that its lists of packages name, and lists that these include."""
    spoken = language(function.runtime)[0]
    if spoken == "nodejs":
        project = node_project(code, take_installed=False)
        yield from project.folders.values() if project is not None else ()
    elif spoken == "python":
        files = python_files(code, REQUIREMENTS)
        yield from (code / name for name in files)
        yield from local_paths(code, files)


def _links(home: Path, function: FunctionConfiguration) -> Iterator[Brought]:
    """Links among the code and the layers that lead out: where they lead decides, not what is there."""
    if function.image is not None:
        return
    folders = [] if function.inline_code else [(Path(function.code_path), code_rules(function))]
    folders += [(Path(layer), NEVER_CODE) for layer in function.layers if os.path.isabs(layer)]
    left = _MOST_NAMED
    for folder, rules in folders:
        for link, target in _leading_out(home, folder, rules):
            text = f"{link.relative_to(folder)} in the code of {function.name} is a link out of this folder: {target}"
            yield Brought(kind="outside", text=text, digest=digest_of(("link", target)), functions=(function.name,))
            left -= 1
            if not left:
                return


def _leading_out(home: Path, folder: Path, rules: LeftOut) -> Iterator[tuple[Path, str]]:
    """Links inside are followed by whoever packages: what is in the folder that one leads to is looked at where it is."""
    looked_at, entries_left = set[str](), _MOST_ENTRIES
    waiting = [str(folder)]
    while waiting:
        current = waiting.pop()
        real = os.path.realpath(current)
        if real in looked_at:
            continue
        looked_at.add(real)
        try:
            entries = list(os.scandir(current))
        except OSError:
            continue
        entries_left -= len(entries)
        for entry in entries if entries_left > 0 else ():
            if rules.has(entry.name):
                continue
            if entry.is_symlink() and not Path(target := os.path.realpath(entry.path)).is_relative_to(home):
                if os.path.exists(target):
                    yield Path(entry.path), target
            elif entry.is_dir():
                waiting.append(entry.path)
