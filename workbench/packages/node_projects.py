"""Collect what npm needs of a Node.js project: package.json, locks, local packages that it names, and npm workspaces.

npm works on a mirror of these files, so that relative paths stay valid and nothing is written into the person's folder. Source:
npm's manual, "package.json" (local paths, workspaces) and "package-locks".
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from workbench.packages.list_files import read_list, read_list_if_there
from workbench.packages.workspace_patterns import matching_folders

PACKAGE = "package.json"
LOCKS = ("npm-shrinkwrap.json", "package-lock.json")
_TAKEN = (*LOCKS, "yarn.lock", ".npmrc")
_LOCAL = ("file:", "link:", "portal:")
_PATHS = ("./", "../", ".\\", "..\\")
_SECTIONS = ("dependencies", "optionalDependencies")
_LEVELS_UP = 6
_ROOT: dict[str, Any] = {"scripts": {}, "dependencies": {}, "devDependencies": {}}


class NodeProject(msgspec.Struct, frozen=True, kw_only=True):
    """What is mirrored. All names are relative to one common folder, with forward slashes.

    `code` is the function's folder. `files` are manifests, locks and npm's settings. `folders` are local packages that are copied
    whole. `workspace_root` is the root of the npm workspaces that the function is one of, None if it is not. `rewritten` names
    the dependencies that npm itself would not understand.
    """

    code: str
    files: Mapping[str, bytes]
    folders: Mapping[str, Path] = msgspec.field(default_factory=dict)
    workspace_root: str | None = None
    rewritten: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        """The folder to run npm in."""
        return self.code if self.workspace_root is None else self.workspace_root

    @property
    def is_locked(self) -> bool:
        """Whether there is a lock that npm respects."""
        return any(join(self.base, name) in self.files for name in LOCKS)


def join(folder: str, name: str) -> str:
    """Join a name to a relative folder; "" stands for the common folder."""
    return f"{folder}/{name}" if folder else name


def read_document(content: bytes) -> dict[str, Any]:
    """The parsed package.json; {} if it is not one, because Node.js itself will say what is wrong with it."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def listed(document: Mapping[str, Any]) -> dict[str, str]:
    """The run-time dependencies of a package: specifiers by name."""
    found: dict[str, str] = {}
    for section in _SECTIONS:
        entries = document.get(section)
        if isinstance(entries, dict):
            found.update({str(name): str(specifier) for name, specifier in entries.items()})
    return found


def read_project(code: Path, *, keep_whole: bool = False) -> NodeProject:
    """Read the project around a folder with a package.json. Blocks.

    `keep_whole` keeps development dependencies, which `npm ci` needs: it compares package.json with the lock.
    """
    return _Reading(code.resolve(), keep_whole).project()


class _Reading:
    """Reads one project, following local packages from one to the next."""

    def __init__(self, code: Path, keep_whole: bool) -> None:
        self._code = code
        self._keep_whole = keep_whole
        self._workspaces = _workspaces_around(code)
        self._needed: dict[Path, None] = {}
        self._rewritten: list[str] = []

    def project(self) -> NodeProject:
        self._follow(self._code)
        root, members = self._workspaces if self._workspaces else (None, {})
        locked = root is not None and any((root / name).is_file() for name in LOCKS)
        # A lock describes all workspaces, and npm compares it with all of their manifests, needed or not.
        manifests = [self._code, *self._needed, *([root] if root else ()), *(members.values() if locked else ())]
        base = Path(os.path.commonpath([str(path if path.is_dir() else path.parent) for path in manifests]))
        folders = {_relative(path, base): path for path in self._needed}
        files: dict[str, bytes] = {}
        for folder in dict.fromkeys(path for path in manifests if (path / PACKAGE).is_file()):
            files[join(_relative(folder, base), PACKAGE)] = self._manifest(folder)
        if root and not locked:  # reduce the workspaces to those needed, or npm would fetch what all the others need too
            only = [_relative(path, root) for path in manifests if path in members.values()]
            files[join(_relative(root, base), PACKAGE)] = json.dumps({**_document_of(root), **_ROOT, "workspaces": only}).encode()
        for folder in dict.fromkeys(filter(None, (self._code, root))):
            files.update({join(_relative(folder, base), name): read_list(folder / name)
                          for name in _TAKEN if (folder / name).is_file()})
        return NodeProject(code=_relative(self._code, base), files=files, folders=folders, rewritten=tuple(self._rewritten),
                           workspace_root=_relative(root, base) if root else None)

    def _follow(self, folder: Path) -> None:
        """Collect the local packages that a package names, by path or by the name of a workspace."""
        members = self._workspaces[1] if self._workspaces else {}
        for name, specifier in listed(_document_of(folder)).items():
            path = _local_path(specifier, folder) or (members.get(name) if name in members else None)
            if path is None or path == self._code or path in self._needed or not os.path.exists(path):
                continue
            self._needed[path] = None
            if path.is_dir():
                self._follow(path)
        if folder == self._code:
            for path in _members(folder, _document_of(folder)).values():  # the function itself is the root of workspaces
                self._needed.setdefault(path, None)

    def _manifest(self, folder: Path) -> bytes:
        """The package.json without scripts: builds and hooks of a package under development have no place here.

        Local packages other than the function's keep their install scripts.
        """
        document = _document_of(folder)
        dropped = ("scripts",) if self._keep_whole else ("scripts", "devDependencies")
        kept = {name: value for name, value in document.items() if name not in dropped}
        if folder != self._code and isinstance(document.get("scripts"), dict):
            kept["scripts"] = {name: text for name, text in document["scripts"].items() if name.endswith("install")}
        for section in _SECTIONS:
            if isinstance(kept.get(section), dict):
                kept[section] = {name: self._understood(name, str(text)) for name, text in kept[section].items()}
        return json.dumps(kept, indent=1).encode()

    def _understood(self, name: str, specifier: str) -> str:
        """The specifier in npm's terms. `link:` and `portal:` are yarn's, `workspace:` is yarn's and pnpm's."""
        head, _, rest = specifier.partition(":")
        if head not in ("link", "portal", "workspace"):
            return specifier
        self._rewritten.append(f"{name} ({specifier})")
        return "*" if head == "workspace" else f"file:{rest}"


def _document_of(folder: Path) -> dict[str, Any]:
    return read_document(read_list_if_there(folder / PACKAGE))


def _local_path(specifier: str, folder: Path) -> Path | None:
    """The local folder or file that a specifier names; None if it names something else."""
    if specifier.startswith(_LOCAL):
        place = specifier.partition(":")[2].removeprefix("//")
    elif specifier.startswith(_PATHS):
        place = specifier
    else:
        return None
    return Path(os.path.normpath(folder / os.path.expanduser(place)))


def _relative(path: Path, base: Path) -> str:
    name = path.relative_to(base).as_posix()
    return "" if name == "." else name


def _workspaces_around(code: Path) -> tuple[Path, dict[str, Path]] | None:
    """The root of the npm workspaces that a folder belongs to, with all of them by package name; None if it belongs to none."""
    for parent in list(code.parents)[:_LEVELS_UP]:
        document = _document_of(parent)
        members = _members(parent, document)
        if code in members.values():
            return parent, members
        # The root of the repository: a package.json above it belongs to something else.
        if (parent / ".git").exists():
            break
    return None


def _members(root: Path, document: Mapping[str, Any]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in _matching(root, _patterns(document)):
        name = _document_of(folder).get("name")
        found[str(name or folder.name)] = folder
    return found


def _patterns(document: Mapping[str, Any]) -> list[str]:
    value = document.get("workspaces")
    if isinstance(value, dict):
        value = value.get("packages")
    return [str(pattern) for pattern in value] if isinstance(value, list) else []


def _matching(root: Path, patterns: Iterable[str]) -> Iterator[Path]:
    for pattern in patterns:
        for folder in matching_folders(root, pattern):
            if (folder / PACKAGE).is_file():
                yield folder
