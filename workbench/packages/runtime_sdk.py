"""The AWS SDK and related packages that a runtime includes, for functions run as processes. AWS's images have their own.

The packages and versions are data: `resources/runtime_sdks.json`, which a file of the person's own overrides per runtime. AWS
changes the versions with runtime updates, so a pinned version is close but never exact.
Source: Lambda developer guide, "Runtime-included SDK versions" of Python and Node.js.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from workbench.model.left_out import NEVER_CODE
from workbench.packages.cancellation import CheckPoint
from workbench.resource_files import resource_path
from workbench.storage.decoding import decoder_of

_READ_BYTES = 1 << 22
_SUFFIXES = (".py", ".pyc", ".so", ".pyd", ".pth")


class RuntimeSdk(msgspec.Struct, frozen=True, kw_only=True):
    """What runtimes include besides their language: `packages` with versions for the `manager`, importable as `modules`.

    `date` and `source` say when and where the versions were recorded. With npm, `modules` are names or scopes, of which only
    those that a function names are installed (see `node_sdk`).
    """

    runtimes: tuple[str, ...]
    manager: Literal["pip", "npm"]
    packages: tuple[str, ...]
    modules: tuple[str, ...]
    date: str
    source: str

    @property
    def title(self) -> str:
        """The name that people know it by, with its version: "boto3 1.44.5", "the AWS SDK for JavaScript 3.1175.0"."""
        name, version = re.fullmatch(r"(.+?)(?:==|@)(?:<=)?([^@/]+)", self.packages[0]).groups()  # type: ignore[union-attr]
        return f"the AWS SDK for JavaScript {version}" if self.manager == "npm" else f"{name} {version}"


class _Sdks(msgspec.Struct, frozen=True):
    sdks: tuple[RuntimeSdk, ...]


class UnreadableSdks(Exception):
    """The person's own list cannot be read; the text says why."""


def find_sdk(runtime: str, own_file: Path | None = None) -> RuntimeSdk | None:
    """The SDK that a runtime includes, None if none is known. The person's own file takes precedence. Blocks.

    Raises UnreadableSdks.
    """
    return next((sdk for sdk in (*_own(own_file), *_read(resource_path("runtime_sdks.json"))) if runtime in sdk.runtimes), None)


def _own(file: Path | None) -> tuple[RuntimeSdk, ...]:
    if file is None or not file.is_file():
        return ()
    try:
        return _read(file)
    except (OSError, msgspec.MsgspecError) as error:
        raise UnreadableSdks(f"{file} cannot be read: {error}.") from error


def _read(file: Path) -> tuple[RuntimeSdk, ...]:
    return decoder_of(_Sdks).decode(file.read_bytes()).sdks


def may_need(sdk: RuntimeSdk, folders: Iterable[Path], check: CheckPoint) -> bool:
    """Whether any file in these folders names a module of a Python SDK that the folders do not contain. Blocks.

    Source, bytecode and libraries are searched for the names as words, even in comments. This misses only names that are put
    together at run time, and a false match costs no more than one installation.
    """
    folders = tuple(folders)
    # A copy in the package or a layer comes before the runtime's on the search path, so ours would never be imported.
    modules = [module for module in sdk.modules if not any(_brings(folder, module) for folder in folders)]
    if not modules:
        return False
    named = re.compile(_pattern(modules).encode())
    for folder in folders:
        for path in _code_below(str(folder)):
            check()
            if _names(path, named):
                return True
    return False


def _brings(folder: Path, module: str) -> bool:
    return any((folder / place / name).exists() for place in ("", "python") for name in (module, f"{module}.py"))


def _pattern(modules: Iterable[str]) -> str:
    """A pattern for the modules' names as whole words, not as attributes."""
    return rf"(?<![\w.])(?:{'|'.join(map(re.escape, modules))})(?!\w)"


def _code_below(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NEVER_CODE.names or name == "__pycache__"]
        yield from (os.path.join(parent, name) for name in names if name.endswith(_SUFFIXES))


def _names(path: str, named: re.Pattern[bytes]) -> bool:
    try:
        with open(path, "rb") as file:
            while block := file.read(_READ_BYTES):
                if named.search(block):
                    return True
    except OSError:  # the runtime will report it if it needs the file
        pass
    return False
