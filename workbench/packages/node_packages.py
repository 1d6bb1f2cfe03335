"""`package.json` beside a Node.js function: whether it asks for anything, and how npm installs it.

Source: Lambda developer guide, "Deploy Node.js Lambda functions with .zip file archives"; npm's manual.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.model.function import FunctionConfiguration
from workbench.packages.dependencies import DependencyError, Plan
from workbench.packages.targets import Target, is_foreign

PACKAGE = "package.json"
_LOCKS = ("npm-shrinkwrap.json", "package-lock.json")
_TAKEN = (PACKAGE, *_LOCKS, "yarn.lock", ".npmrc")
_LOCAL = ("file:", "link:", "workspace:", "portal:")
_QUIET = {"NO_COLOR": "1", "NO_UPDATE_NOTIFIER": "1", "npm_config_update_notifier": "false"}
_CPUS = {"x86_64": "x64", "arm64": "arm64"}


def node_files(code: Path) -> dict[str, bytes]:
    """package.json, its lock and npm's settings, {} when there is nothing to install. Blocks."""
    package = code / PACKAGE
    if ".aws-sam" in code.parts or (code / "node_modules").exists() or not package.is_file():
        return {}
    document = _document(package.read_bytes())
    if not any(document.get(name) for name in ("dependencies", "optionalDependencies")):
        return {}
    return {name: (code / name).read_bytes() for name in _TAKEN if (code / name).is_file()}


def _document(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}  # Node.js itself will say what is wrong with it
    return found if isinstance(found, dict) else {}


def node_plan(function: FunctionConfiguration, target: Target, files: Mapping[str, bytes], variables: Mapping[str, str]) -> Plan:
    """How npm installs the dependencies: as locked where there is a lock. Raises DependencyError when npm is not there.

    It works on copies. The package's own scripts are left out (husky and builds have no place there), those of its dependencies
    run unless they would build for another platform than the function's.
    """
    document = _document(files[PACKAGE])
    _refuse_local(function, document)
    npm, folder = _npm(function, target, variables)
    path = os.pathsep.join(filter(None, (folder, variables.get("PATH", ""))))
    arguments = ["ci" if any(name in files for name in _LOCKS) else "install", "--omit=dev", "--no-audit", "--no-fund",
                 "--loglevel=http", "--progress=false"]
    if is_foreign(function, target):
        arguments += ["--os=linux", f"--cpu={_CPUS[function.architecture]}", "--libc=glibc", "--ignore-scripts"]
    copied = {name: value for name, value in document.items() if name != "scripts"}
    return Plan(tool="npm", command=(*npm, *arguments), variables={**variables, **_QUIET, "PATH": path},
                inputs={**files, PACKAGE: json.dumps(copied).encode()}, made="node_modules")


def _refuse_local(function: FunctionConfiguration, document: Mapping[str, Any]) -> None:
    listed = {**(document.get("optionalDependencies") or {}), **(document.get("dependencies") or {})}
    local = [name for name, version in listed.items() if str(version).startswith(_LOCAL)]
    if local:
        raise DependencyError(
            f"The {PACKAGE} of {function.name} lists packages of this machine ({', '.join(local)}), which are not copied.",
            f"Run npm install --install-links beside {PACKAGE}: with node_modules there, it is taken as it is.")


def _npm(function: FunctionConfiguration, target: Target, variables: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    """npm's command and the folder of its Node.js: the one beside the function's interpreter, else of PATH."""
    own = str(Path(target.interpreter).parent) if target.interpreter else ""
    places = os.pathsep.join(filter(None, (own, variables.get("PATH", ""))))
    found = shutil.which("npm", path=places)
    if found is None:
        raise DependencyError(f"{function.name} has a {PACKAGE} with dependencies, but npm was not found to install them.",
                              "Install Node.js with npm (nodejs.org), or run npm install beside the code elsewhere.")
    if not found.lower().endswith((".cmd", ".bat")):
        return (found,), own
    # Windows starts no script without a shell: run what npm.cmd would.
    program = Path(found).parent / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return (shutil.which("node", path=places) or "node", str(program)), own
