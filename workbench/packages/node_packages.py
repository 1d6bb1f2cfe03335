"""Decide what a `package.json` beside a Node.js function needs, and how npm installs it.

Source: Lambda developer guide, "Deploy Node.js Lambda functions with .zip file archives"; SAM guide, "Building Node.js
functions": `npm install`, and `npm ci` only where `UseNpmCi` says so; npm's manual.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.model.function import FunctionConfiguration
from workbench.packages.build_failures import DependencyError
from workbench.packages.dependencies import Plan
from workbench.packages.list_files import read_list
from workbench.packages.lock_addresses import without_registries
from workbench.packages.node_projects import LOCKS, PACKAGE, NodeProject, join, listed, read_document, read_project
from workbench.packages.targets import Target, is_foreign

_QUIET = {"NO_COLOR": "1", "NO_UPDATE_NOTIFIER": "1", "npm_config_update_notifier": "false", "npm_config_color": "false"}
_CPUS = {"x86_64": "x64", "arm64": "arm64"}
_EXACT = re.compile(r"=?v?(\d+\.\d+\.\d+\S*)")


def node_project(code: Path, *, use_npm_ci: bool = False, take_installed: bool = True) -> NodeProject | None:
    """The project to install for a folder, None if nothing is to be installed. Blocks.

    With `take_installed`, a `node_modules` is used as it is if it has every package that package.json lists, in the exact version
    if one is given: a person who ran npm install expects that to run. `sam build` would install anew. Raises DependencyError for
    a list that cannot be read.
    """
    package = code / PACKAGE
    if ".aws-sam" in code.parts or not package.is_file():
        return None
    wanted = listed(read_document(read_list(package)))
    if not wanted or (take_installed and _is_installed(code, wanted)):
        return None
    project = read_project(code)
    return read_project(code, keep_whole=True) if use_npm_ci and project.is_locked else project


def _is_installed(code: Path, wanted: Mapping[str, str]) -> bool:
    modules = code / "node_modules"
    return modules.is_dir() and all(_is_there(modules / name, specifier) for name, specifier in wanted.items())


def _is_there(folder: Path, specifier: str) -> bool:
    if not os.path.isdir(folder):
        return False
    exact = _EXACT.fullmatch(specifier)
    if exact is None or not (folder / PACKAGE).is_file():
        return True
    return bool(read_document(read_list(folder / PACKAGE)).get("version") == exact[1])


def node_plan(function: FunctionConfiguration, target: Target, project: NodeProject, variables: Mapping[str, str], *,
              use_npm_ci: bool = False) -> Plan:
    """How npm installs the dependencies. Raises DependencyError when npm is not found.

    npm works on copies. The package's own scripts are left out (husky and builds have no place there). Scripts of dependencies
    run in a trusted folder, unless they would build for this platform while the function runs on another. A lock decides the
    versions; if it lags behind package.json, npm updates the copy.
    """
    npm, environment = npm_command(function, target, variables)
    strict = use_npm_ci and project.is_locked
    arguments = ["ci" if strict else "install", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=http", "--progress=false"]
    if project.workspace_root is not None:
        arguments += [f"--workspace={project.code or '.'}", "--include-workspace-root=false"]
    elif not strict:
        arguments += ["--install-links"]  # install local packages; by default npm links to them, and a link would not be deployed
    if is_foreign(function, target):
        arguments += ["--os=linux", f"--cpu={_CPUS[function.architecture]}", "--libc=glibc"]
    if is_foreign(function, target) or not target.trusted:
        arguments += ["--ignore-scripts"]
    files = project.files if strict else {name: _mended(name, content) for name, content in project.files.items()}
    if not target.trusted:
        files = {name: without_registries(Path(name).name, content) for name, content in files.items()}
    return Plan(tool="npm", command=(*npm, *arguments), variables=environment, inputs=files,
                copies=project.folders, inside=project.base, made=_made(project), notices=_notices(function, project),
                runs_code="--ignore-scripts" not in arguments)


def _made(project: NodeProject) -> tuple[str, ...]:
    """The folders in which npm puts packages; later ones take precedence."""
    return tuple(dict.fromkeys(join(place, "node_modules") for place in (project.base, project.code)))


def _mended(name: str, content: bytes) -> bytes:
    """A lock without entries for folders outside the package: npm would link to those folders instead of installing them."""
    if Path(name).name not in LOCKS:
        return content
    document = read_document(content)
    packages: Any = document.get("packages")
    if not isinstance(packages, dict) or not any(place.startswith("../") for place in packages):
        return content
    document["packages"] = {
        place: entry for place, entry in packages.items()
        if not place.startswith("../") and not (isinstance(entry, dict) and str(entry.get("resolved", "")).startswith("../"))}
    return json.dumps(document).encode()


def _notices(function: FunctionConfiguration, project: NodeProject) -> tuple[str, ...]:
    if not project.rewritten:
        return ()
    return (f"The {PACKAGE} of {function.name} lists {', '.join(project.rewritten)}: yarn and pnpm understand that, npm does "
            "not. Here it is installed from this machine; sam build refuses it.",)


def npm_command(
    function: FunctionConfiguration, target: Target, variables: Mapping[str, str]
) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """The command and the variables to call npm with for a function. Raises DependencyError when npm is not found."""
    npm, folder = _npm(function, target, variables)
    # Install scripts call `node` by name, and what they build must fit the Node.js that runs the function.
    path = os.pathsep.join(filter(None, (folder, variables.get("PATH", ""))))
    return npm, {**variables, **_QUIET, "PATH": path}


def _npm(function: FunctionConfiguration, target: Target, variables: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    """npm's command, preferably the npm beside the function's interpreter, and that interpreter's folder ("" for none)."""
    own = str(Path(target.interpreter).parent) if target.interpreter else ""
    places = os.pathsep.join(filter(None, (own, variables.get("PATH", ""))))
    found = shutil.which("npm", path=places)
    if found is None:
        raise DependencyError(f"{function.name} has a {PACKAGE} with dependencies, but npm was not found to install them.",
                              "Install Node.js with npm (nodejs.org), or run npm install beside the code elsewhere.")
    if not found.lower().endswith((".cmd", ".bat")):
        return (found,), own
    # Windows cannot start a .cmd script without a shell, so run the program that npm.cmd would.
    program = Path(found).parent / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return (shutil.which("node", path=places) or "node", str(program)), own
