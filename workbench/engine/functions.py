"""The functions of the workspace as the engine runs them: read again on every change, told apart by what would be deployed."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from workbench.model.failures import ServiceError, WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.model.limits import check_environment
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.workspace import Workspace

_NOT_CODE = frozenset({".git", ".workbench", ".aws-sam", "__pycache__", ".venv", "venv", ".idea", ".vscode", ".mypy_cache"})


class FunctionRevision(msgspec.Struct, frozen=True):
    """A function and the state of its code: two equal revisions behave alike. The fingerprint is a SHA-256 in hex."""

    configuration: FunctionConfiguration
    code_fingerprint: str
    code_size_bytes: int
    modified_ns: int


class FunctionStore:
    """What can be invoked now. `refresh` on the engine's loop; reading the disk happens in a thread."""

    def __init__(self, root: Path, pseudo: Callable[[], PseudoParameters]) -> None:
        self._root = root
        self._pseudo = pseudo
        self._revisions: dict[str, FunctionRevision] = {}
        self._refreshing = asyncio.Lock()
        self.problem = ""
        """Why the workspace can not be read, with what to do; its last good state stays in use."""

    def get(self, name: str) -> FunctionRevision | None:
        """The function of this name."""
        return self._revisions.get(name)

    def all(self) -> list[FunctionConfiguration]:
        """All functions in the order of the template."""
        return [revision.configuration for revision in self._revisions.values()]

    async def refresh(self) -> set[str]:
        """Read the workspace again; the names of functions that changed, came or went."""
        async with self._refreshing:
            try:
                revisions = await asyncio.to_thread(_read, self._root, self._pseudo())
            except WorkspaceError as error:
                self.problem = str(error)
                return set()
            before, self._revisions, self.problem = self._revisions, revisions, ""
            return {name for name in before.keys() | revisions.keys() if before.get(name) != revisions.get(name)}


def usable(revision: FunctionRevision) -> FunctionConfiguration:
    """Its configuration. Raises ServiceError when Lambda would not have created such a function."""
    function = revision.configuration
    if function.problems:
        raise ServiceError("InvalidParameterValueException", 400, function.problems[0], hint="Correct it in template.yaml.")
    refused = check_environment(function.environment)
    if refused is not None:
        raise ServiceError(refused.code, 400, refused.message, hint=refused.hint)
    return function


def _read(root: Path, pseudo: PseudoParameters) -> dict[str, FunctionRevision]:
    functions = Workspace.open(root, pseudo).functions()
    codes = {path: _code(Path(path), root) for function in functions for path in _places(function)}
    return {function.name: _revision(function, [codes[path] for path in _places(function)]) for function in functions}


def _places(function: FunctionConfiguration) -> list[str]:
    """The code and the layers of this machine: folders or .zip files. A container image is none of them."""
    if function.image is not None:
        return []
    return [function.code_path, *(layer for layer in function.layers if os.path.isabs(layer))]


def _revision(function: FunctionConfiguration, states: list[tuple[str, int, int]]) -> FunctionRevision:
    if function.image is not None:
        return FunctionRevision(function, hashlib.sha256(function.image.uri.encode()).hexdigest(), 0, 0)
    fingerprints = [fingerprint for fingerprint, _, _ in states]
    own = fingerprints[0] if len(fingerprints) == 1 else hashlib.sha256("".join(fingerprints).encode()).hexdigest()
    return FunctionRevision(function, own, states[0][1], max(modified_ns for _, _, modified_ns in states))


def _code(folder: Path, root: Path) -> tuple[str, int, int]:
    """Fingerprint, size and latest change of a code folder. The template and the events beside code are no code."""
    digest = hashlib.sha256()
    total, latest_ns = 0, 0
    for relative, mtime_ns, size in sorted(_files(folder)):
        if folder == root and (relative.startswith("events" + os.sep) or relative in ("template.yaml", "template.yml")):
            continue
        digest.update(f"{relative}\0{mtime_ns}\0{size}\n".encode())
        total += size
        latest_ns = max(latest_ns, mtime_ns)
    return digest.hexdigest(), total, latest_ns


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    if folder.is_file():
        yield "", folder.stat().st_mtime_ns, folder.stat().st_size
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _NOT_CODE]
        for name in names:
            path = Path(parent, name)
            try:
                found = path.stat()
            except OSError:
                continue
            yield str(path.relative_to(folder)), found.st_mtime_ns, found.st_size
