"""Find what in a list of packages goes beyond packages and versions, and therefore needs trust.

In an untrusted folder a plain list is installed from the registries that the person has set up, without running any of its code:
only wheels (`--only-binary`), no scripts (`--ignore-scripts`). An address, folder, index or version-control system in a list
would make this machine build, run or contact something that the list's author chose. Source: the manuals of pip (requirements
file format), uv and npm (package.json dependencies, .npmrc).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.model.failures import NotTrusted
from workbench.model.function import FunctionConfiguration
from workbench.packages.build_failures import DependencyError
from workbench.packages.build_variables import allow_hint, allowed_by_name
from workbench.packages.lock_addresses import unusual_addresses
from workbench.packages.node_projects import PACKAGE, NodeProject, listed, read_document
from workbench.packages.python_packages import REQUIREMENTS
from workbench.packages.requirement_lists import requirement_lines

NPM_SETTINGS = ".npmrc"
_SPECIFIER = r"(?:===|[~=!<>]=|[<>=]) ?[\w.*+-]+(?:![\w.*+-]+)?"
_PLAIN_REQUIREMENT = re.compile(
    rf"[A-Za-z0-9][A-Za-z0-9._-]* ?(?:\[[^]]*\] ?)?\(? ?(?:{_SPECIFIER}(?: ?, ?{_SPECIFIER})* ?,? ?)?\)? ?(?:;[^@]*)?"
    r"(?: --hash[= ]\S+)*")
"""Matches a line with single blanks. No text may match in two ways: backtracking on a hostile line would take forever."""
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar|tgz|tbz|txz|tlz|gz|bz2|xz|lzma)\s*$")
"""File names that pip would install as local files rather than look up as packages."""
_PLAIN_OPTIONS = re.compile(r"(?:-r|-c|--requirement|--constraint)[ =]*(?!\w+://)\S+|--(?:only-binary|require-hashes|prefer-binary)\b.*"
                            r"|--hash[= ]\S+")
_PLAIN_SPECIFIER = re.compile(r"(?:npm:(?:@[\w.-]+/)?[\w.-]+(?:@|$))?[\w.*+~^<>=|\s-]*")
_PLAIN_SETTINGS = frozenset({"legacy-peer-deps", "strict-peer-deps", "engine-strict", "save-exact", "save-prefix", "package-lock",
                             "fund", "audit", "loglevel", "progress", "prefer-dedupe", "install-links", "ignore-scripts"})
"""Settings that name no registry, program or file. `ignore-scripts=false` has no effect: npm's arguments take precedence."""
_LONGEST_LINE = 2_000
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)[?]?\}")


def unusual_requirements(files: Mapping[str, bytes]) -> list[str]:
    """The requirement lines that are more than a package with a version."""
    lines = (line for content in files.values() for line in requirement_lines(content))
    return [line for line in lines if not _is_plain(line)]


def _is_plain(line: str) -> bool:
    # The pattern expects single blanks (see there), and a joined line keeps the backslash of its continuation.
    line = " ".join(line.rstrip("\\").split())
    if len(line) > _LONGEST_LINE or _ARCHIVE.search(line.partition(";")[0]):
        return False
    return bool((_PLAIN_OPTIONS if line.startswith("-") else _PLAIN_REQUIREMENT).fullmatch(line))


def unusual_packages(project: NodeProject) -> list[str]:
    """What package.json, a lock or .npmrc contains beyond packages with versions."""
    return [*_unusual_specifiers(project), *_unusual_settings(project), *_unusual_addresses(project)]


def _unusual_specifiers(project: NodeProject) -> Iterator[str]:
    for place, content in project.files.items():
        if Path(place).name != PACKAGE:
            continue
        document = read_document(content)
        sections = [listed(document), *(document.get(name) for name in ("overrides", "peerDependencies", "devDependencies"))]
        for name, specifier in (pair for section in sections for pair in _flat(section)):
            if not _PLAIN_SPECIFIER.fullmatch(specifier) and not _is_member(specifier, project):
                yield f"{name}: {specifier}"


def _flat(section: Any) -> Iterator[tuple[str, str]]:
    for name, value in section.items() if isinstance(section, dict) else ():
        if isinstance(value, dict):
            yield from _flat(value)
        else:
            yield str(name), str(value)


def _is_member(specifier: str, project: NodeProject) -> bool:
    """Whether a specifier names a local folder: it is copied, and without scripts nothing in it runs.

    Folders outside the workspace are asked about separately (`outside`).
    """
    return specifier.startswith(("file:", "link:", "portal:", "workspace:", "./", "../")) and bool(
        project.folders or specifier.startswith("workspace:"))


def _unusual_settings(project: NodeProject) -> Iterator[str]:
    for place, content in project.files.items():
        if Path(place).name == NPM_SETTINGS:
            yield from (f"{NPM_SETTINGS}: {line.partition('=')[0].strip()}" for line in _settings(content)
                        if not _is_plain_setting(line))


def _settings(content: bytes) -> list[str]:
    lines = (line.strip() for line in content.decode("utf-8", errors="replace").splitlines())
    return [line for line in lines if line and not line.startswith(("#", ";"))]


def _is_plain_setting(line: str) -> bool:
    key, _, value = (part.strip() for part in line.partition("="))
    return key in _PLAIN_SETTINGS and re.fullmatch(r"[\w.^~\"'-]*", value) is not None


def _unusual_addresses(project: NodeProject) -> Iterator[str]:
    for place, content in project.files.items():
        name = Path(place).name
        yield from (f"{name}: {text}" for text in unusual_addresses(name, content))


def refuse_unusual(function: FunctionConfiguration, name: str, unusual: Sequence[str]) -> None:
    """Raise NotTrusted if a list in an untrusted folder is more than a plain one."""
    if unusual:
        more = f" and {len(unusual) - 1} more" if len(unusual) > 1 else ""
        raise NotTrusted(f"{name} of {function.name} asks for more than packages with versions: {unusual[0][:200]}{more}.")


def refuse_variables(function: FunctionConfiguration, files: Mapping[str, bytes], passed: Mapping[str, str]) -> None:
    """Raise DependencyError if lists refer to variables of the person, as in addresses, that the person has not allowed by name.

    `passed` are the variables that builds receive.
    """
    for name in variables_named(files):
        if name not in allowed_by_name(passed):
            raise DependencyError(f"{function.name} asks for {name}, a variable of yours, in {REQUIREMENTS} or {NPM_SETTINGS}.",
                                  allow_hint(name))


def variables_named(files: Mapping[str, bytes]) -> list[str]:
    """The names of the variables that lists and settings refer to as ${NAME}, sorted."""
    contents = [content for name, content in files.items() if Path(name).suffix == ".txt" or Path(name).name == NPM_SETTINGS]
    found = (match[1] for content in contents for match in _VARIABLE.finditer(content.decode("utf-8", errors="replace")))
    return sorted(set(found))
