"""Find which packages of the AWS SDK for JavaScript a function names, and install them. Node.js runtimes include the SDK.

On Lambda all of its more than 400 packages are there, a gigabyte of files. Here only those are installed that the code or a layer
names in quotes. A release of the SDK publishes only the packages that changed, so its version is an upper bound.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from workbench.model.function import FunctionConfiguration
from workbench.model.left_out import NEVER_CODE
from workbench.packages.cancellation import CheckPoint
from workbench.packages.dependencies import Plan
from workbench.packages.node_packages import npm_command
from workbench.packages.node_projects import PACKAGE
from workbench.packages.runtime_sdk import RuntimeSdk
from workbench.packages.targets import Target

_CODE = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx")
_TYPES = (".d.ts", ".d.mts", ".d.cts")
_INSTALL = ("install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock",
            "--loglevel=http", "--progress=false", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000")
"""With few retries: without a network, the function runs without the SDK after seconds instead of npm's minutes."""


def named_packages(modules: Sequence[str], folders: Iterable[Path], check: CheckPoint) -> tuple[str, ...]:
    """The SDK's packages that code in these folders names but does not contain, sorted. Blocks.

    `modules` are names ("aws-sdk", "@aws/x@1.2.3") or scopes ("@aws-sdk"). Installed packages of the SDK are not searched, since
    their own dependencies were installed with them.
    """
    modules = [_parts(module)[0] for module in modules]
    pattern, hints = _specifiers(modules), [module.encode() for module in modules]
    named: set[str] = set()
    brought: set[str] = set()
    for folder in folders:
        for file in _code_below(str(folder), modules, brought):
            check()
            content = _content(file)
            if any(hint in content for hint in hints):
                named.update(match[2].decode() for match in pattern.finditer(content))
    return tuple(sorted(named - brought))


def _specifiers(modules: Sequence[str]) -> re.Pattern[bytes]:
    """A pattern for a package's name in quotes, alone or followed by a path within the package."""
    names = "|".join(re.escape(name) + ("/[a-z0-9][a-z0-9-]*[a-z0-9]" if _is_scope(name) else "") for name in modules)
    return re.compile(rf"""(["'`])({names})(?:/[\w./-]*)?\1""".encode())


def _code_below(root: str, modules: Sequence[str], brought: set[str]) -> Iterator[str]:
    """Yield the files of code below a folder, and add the SDK's packages that are installed there to `brought`.

    Skips those packages, and packages whose package.json does not name the SDK.
    """
    hints = [module.encode() for module in modules]
    for parent, folders, names in os.walk(root):
        if _is_package(parent) and PACKAGE in names and not _mentions(os.path.join(parent, PACKAGE), hints):
            # Its own nested packages may name the SDK even if it does not.
            folders[:] = [name for name in folders if name == "node_modules"]
            continue
        if os.path.basename(parent) == "node_modules":
            for module in modules:
                brought.update(_names_of(parent, module))
            folders[:] = [name for name in folders if name not in modules]
        folders[:] = [name for name in folders if name not in NEVER_CODE.names]
        yield from (os.path.join(parent, name) for name in names if name.endswith(_CODE) and not name.endswith(_TYPES))


def _is_package(folder: str) -> bool:
    above, name = os.path.split(os.path.dirname(folder))
    return name == "node_modules" or (name.startswith("@") and os.path.basename(above) == "node_modules")


def _mentions(file: str, hints: Sequence[bytes]) -> bool:
    content = _content(file)
    return any(hint in content for hint in hints)


def _names_of(node_modules: str, module: str) -> Iterator[str]:
    place = os.path.join(node_modules, module)
    if os.path.isdir(place):
        yield from (f"{module}/{name}" for name in os.listdir(place)) if _is_scope(module) else (module,)


def _is_scope(module: str) -> bool:
    return module.startswith("@") and "/" not in module


def _parts(package: str) -> tuple[str, str]:
    """Split "@aws/x@1.2.3" into ("@aws/x", "1.2.3"); the second part is "" if there is none."""
    name, _, versions = package[1:].partition("@")
    return package[0] + name, versions


def _content(file: str) -> bytes:
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except OSError:  # the runtime will report it if it needs the file
        return b""


def node_sdk_plan(function: FunctionConfiguration, target: Target, sdk: RuntimeSdk, named: Sequence[str],
                  variables: Mapping[str, str]) -> Plan:
    """How npm installs the SDK's base packages and the `named` ones, in their own versions or those of their scope.

    Named packages are optional dependencies, because text in quotes may only look like a package's name: npm skips what does not
    exist. It also skips packages that require another Node.js. Raises DependencyError when npm is not found.
    """
    always = dict(map(_parts, sdk.packages))
    always |= {name: versions for name, versions in map(_parts, sdk.modules) if versions and name in named}
    of_scope = {name.split("/")[0]: versions for name, versions in reversed(always.items())}
    optional = {name: of_scope.get(name.split("/")[0], "*") for name in named if name not in always}
    wanted = {"private": True, "dependencies": always, "optionalDependencies": optional}
    command, environment = npm_command(function, target, variables)
    return Plan(tool="npm", command=(*command, *_INSTALL), variables=environment, inputs={PACKAGE: json.dumps(wanted).encode()},
                made=("node_modules",))
