"""The AWS SDK and its companions that a runtime brings, for processes of this machine; AWS's images bring their own.

Which packages in which versions is data: `resources/runtime_sdks.json`, replaced for single runtimes by a file of the person's
own. AWS moves its versions with runtime updates, so a pinned one is near and never exact.
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
    """What runtimes bring beside their language: `packages` with versions for the `manager`, importable as `modules`.

    `date` and `source` say when and from where the versions were taken. With npm `modules` are names or
    scopes, of which what a function names is installed (see `node_sdk`).
    """

    runtimes: tuple[str, ...]
    manager: Literal["pip", "npm"]
    packages: tuple[str, ...]
    modules: tuple[str, ...]
    date: str
    source: str

    @property
    def title(self) -> str:
        """The first of the packages, which people know it by: "boto3 1.44.5", "the AWS SDK for JavaScript 3.1175.0"."""
        name, version = re.fullmatch(r"(.+?)(?:==|@)(?:<=)?([^@/]+)", self.packages[0]).groups()  # type: ignore[union-attr]
        return f"the AWS SDK for JavaScript {version}" if self.manager == "npm" else f"{name} {version}"


class _Sdks(msgspec.Struct, frozen=True):
    sdks: tuple[RuntimeSdk, ...]


class UnreadableSdks(Exception):
    """The person's own list is not to be read; the text says why."""


def find_sdk(runtime: str, own_file: Path | None = None) -> RuntimeSdk | None:
    """What this runtime brings, None when nothing is known. Entries of the person's own file win. Blocks.

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
    """Whether a file of these folders names a module of a Python SDK that they do not bring themselves. Blocks.

    Code, byte code and libraries are searched for the names as words, comments included: so nothing is missed that is not put
    together while it runs, and too much costs one installation.
    """
    folders = tuple(folders)
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
    """After `import`, or in a text of their own."""
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
    except OSError:  # what cannot be read here will be told when it is to run
        pass
    return False
