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
from workbench.packages.work import CheckPoint
from workbench.resource_files import resource_path

_READ_BYTES = 1 << 22
_SUFFIXES: dict[str, tuple[str, ...]] = {
    "pip": (".py", ".pyc", ".so", ".pyd", ".pth"), "npm": (".js", ".mjs", ".cjs", ".ts", ".node", ".json"),
}


class RuntimeSdk(msgspec.Struct, frozen=True, kw_only=True):
    """What runtimes bring beside their language: `packages` with versions for the `manager`, importable as `modules`.

    `date` and `source` say when and from where the versions were taken.
    """

    runtimes: tuple[str, ...]
    manager: Literal["pip", "npm"]
    packages: tuple[str, ...]
    modules: tuple[str, ...]
    date: str
    source: str

    @property
    def title(self) -> str:
        """The first of the packages, which people know it by: "boto3 1.44.5"."""
        name, version = re.fullmatch(r"(.+?)(?:==|@)([^@]+)", self.packages[0]).groups()  # type: ignore[union-attr]
        return f"{name} {version}"


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
        raise UnreadableSdks(f"{file} can not be read: {error}.") from error


def _read(file: Path) -> tuple[RuntimeSdk, ...]:
    return msgspec.json.decode(file.read_bytes(), type=_Sdks).sdks


def may_need(sdk: RuntimeSdk, folders: Iterable[Path], check: CheckPoint) -> bool:
    """Whether a file of these folders names a module of the SDK that they do not bring themselves. Blocks.

    Code, byte code and libraries are searched for the names as words, comments included: so nothing is missed that is not put
    together while it runs, and too much costs one installation.
    """
    folders = tuple(folders)
    modules = [module for module in sdk.modules if not any(_brings(folder, module, sdk) for folder in folders)]
    if not modules:
        return False
    named = re.compile(_pattern(modules, sdk).encode())
    for folder in folders:
        for path in _code_below(str(folder), _SUFFIXES[sdk.manager]):
            check()
            if _names(path, named):
                return True
    return False


def _brings(folder: Path, module: str, sdk: RuntimeSdk) -> bool:
    places = ("", "python") if sdk.manager == "pip" else ("node_modules", "nodejs/node_modules")
    return any((folder / place / name).exists() for place in places for name in (module, f"{module}.py"))


def _pattern(modules: Iterable[str], sdk: RuntimeSdk) -> str:
    """Python's modules after `import` or in a text of their own; in Node.js names stand in quotes."""
    names = "|".join(map(re.escape, modules))
    return rf"(?<![\w.])(?:{names})(?!\w)" if sdk.manager == "pip" else rf"(?:{names})[/'\"\x00`]"


def _code_below(folder: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NEVER_CODE.names or name == "__pycache__"]
        yield from (os.path.join(parent, name) for name in names if name.endswith(suffixes))


def _names(path: str, named: re.Pattern[bytes]) -> bool:
    try:
        with open(path, "rb") as file:
            while block := file.read(_READ_BYTES):
                if named.search(block):
                    return True
    except OSError:  # what cannot be read here will be told when it is to run
        pass
    return False
